/* append.c - bulk inserts, past the fold.
 *
 * Rows of one event that come in the order of their keys, into a table of which the batch has
 * folded nothing, gain nothing from the fold: they go straight into the engine, a group at a time,
 * and are not copied. So they reach the engine before what is folded of their table later. Rows in
 * any other order are folded: written in key order they touch each page once. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "apply/state.h"
#include "base/memory.h"

enum { APPEND_ROWS_MIN = 8, APPEND_COLUMNS_MAX = 64 };

/* Room for one group. */
struct append {
    const struct value *rows[FOLD_GROUP];
    struct value values[FOLD_GROUP * APPEND_COLUMNS_MAX];
};

struct append *append_new(void)
{
    return memory_new(sizeof(struct append));
}

void append_free(struct append *append)
{
    free(append);
}

bool apply_can_append(const struct apply_table *table, const struct rows *rows)
{
    return rows->kind == ROWS_WRITE && table->key != NULL &&
           table->map.column_count <= APPEND_COLUMNS_MAX;
}

/* The next rows of the event; 0 at its end. */
static bool read_group(struct append *append, struct apply_table *table, struct rows *rows,
                       unsigned *count, struct err *err)
{
    bool more = true;
    unsigned read = 0;
    while (read < FOLD_GROUP) {
        struct value *row = &append->values[(size_t)read * table->map.column_count];
        if (!rows_next(rows, table->before, row, &more, err))
            return err_wrap(err, "table %s.%s", table->def->db, table->def->name);
        if (!more)
            break;
        append->rows[read++] = row;
    }
    *count = read;
    return true;
}

static bool insert_group(struct apply *apply, struct apply_table *table, unsigned count,
                         struct err *err)
{
    struct engine *engine = apply->options.engine;
    return apply_open_engine(apply, err) &&
           engine->ops->insert(engine, table->target, apply->append->rows, count, err);
}

static bool fold_group(struct apply *apply, struct apply_table *table, unsigned count,
                       struct err *err)
{
    struct row_change change = { .kind = CHANGE_INSERT };
    for (unsigned i = 0; i < count; i++) {
        change.after = apply->append->rows[i];
        if (!apply_fold(apply, table, &change, err))
            return false;
    }
    return true;
}

bool apply_append(struct apply *apply, struct apply_table *table, struct rows *rows,
                  struct err *err)
{
    struct append *append = apply->append;
    size_t size = reader_left(&rows->data);
    bool is_bulk = false;
    for (;;) {
        unsigned count = 0;
        if (!read_group(append, table, rows, &count, err))
            return false;
        if (count == 0)
            break;
        apply_note_rows(apply, table, count);
        is_bulk = is_bulk || (count >= APPEND_ROWS_MIN && !fold_holds(apply->fold, table) &&
                              fold_is_in_order(table, append->rows, count));
        if (is_bulk ? !insert_group(apply, table, count, err)
                    : !fold_group(apply, table, count, err))
            return false;
    }
    if (is_bulk)
        apply->batch_direct += size;
    return true;
}

/* change.c - rows events into the fold, or straight into the engine.
 *
 * Straight go: tables without a row key; everything while one transaction is applied at a time or
 * a resumed copy is brought up to date; deletes and updates whose foreign keys the source's storage
 * engine acted on without logging it. Such cascades change other tables, so the fold is written
 * first. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "apply/state.h"
#include "binlog/compressed.h"
#include "binlog/rows.h"

/* MySQL ends a statement with an empty rows event of this id where the last table changed nothing.
 */
#define DUMMY_TABLE_ID ((uint64_t)0xffffff)

bool apply_is_dummy_rows(const struct event *event)
{
    struct rows rows;
    struct err err;
    return rows_is_rows_event(event->header.type) && rows_decode(event, &rows, &err) &&
           rows.table_id == DUMMY_TABLE_ID && reader_left(&rows.data) == 0;
}

bool apply_open_engine(struct apply *apply, struct err *err)
{
    if (apply->in_engine)
        return true;
    if (!apply->options.engine->ops->begin(apply->options.engine, err))
        return false;
    apply->in_engine = true;
    return true;
}

bool apply_flush(struct apply *apply, struct err *err)
{
    if (!fold_is_empty(apply->fold) &&
        (!apply_open_engine(apply, err) || !fold_flush(apply->fold, apply->options.engine, err)))
        return false;
    table_cache_sweep(&apply->tables);
    return true;
}

/* MariaDB's compressed rows events are the plain ones with what follows the bitmaps compressed. */
static bool decode_rows(struct apply *apply, const struct event *event, struct rows *rows,
                        struct err *err)
{
    struct event plain = *event;
    uint8_t type = event->header.type;
    bool is_v1 = type >= EVENT_WRITE_ROWS_COMPRESSED_V1 && type <= EVENT_DELETE_ROWS_COMPRESSED_V1;
    bool is_v2 = type >= EVENT_WRITE_ROWS_COMPRESSED && type <= EVENT_DELETE_ROWS_COMPRESSED;
    if (is_v1)
        plain.header.type = (uint8_t)(type - EVENT_WRITE_ROWS_COMPRESSED_V1 + EVENT_WRITE_ROWS_V1);
    if (is_v2)
        plain.header.type = (uint8_t)(type - EVENT_WRITE_ROWS_COMPRESSED + EVENT_WRITE_ROWS);
    if (!rows_decode(&plain, rows, err))
        return false;
    if (!is_v1 && !is_v2)
        return true;
    buf_reset(&apply->scratch);
    if (!compressed_decode(reader_rest(&rows->data), &apply->scratch, err))
        return false;
    rows->data = reader_of(buf_bytes(&apply->scratch));
    return true;
}

static bool change_directly(struct apply *apply, struct apply_table *table,
                            const struct row_change *change, bool cascades, struct err *err)
{
    struct engine *engine = apply->options.engine;
    enum change_mode mode = apply->repairing ? CHANGE_REPAIR : CHANGE_STRICT;
    if (!apply_open_engine(apply, err))
        return false;
    return cascades ? engine->ops->change_cascading(engine, table->target, change, mode, err)
                    : engine->ops->change(engine, table->target, change, mode, err);
}

bool apply_fold(struct apply *apply, struct apply_table *table, const struct row_change *change,
                struct err *err)
{
    switch (fold_add(apply->fold, table, change, err)) {
    case FOLD_DONE:
        break;
    case FOLD_REFUSED:
        return apply_flush(apply, err) && change_directly(apply, table, change, false, err);
    case FOLD_FAILED:
        return false;
    }
    if (fold_used(apply->fold) < apply->options.batch_bytes)
        return true;
    apply->batch_spilled = true;
    return apply_flush(apply, err);
}

static bool refuse_generated(const struct apply_table *table, unsigned column, struct err *err)
{
    return err_set(
        err, ERR_UNSUPPORTED,
        "table %s.%s: a change of what the generated column %s is made of came without its "
        "new value: set binlog_row_image = FULL on the source and make a new copy of it; "
        "where that is so already (MariaDB from 11.8.9 on leaves generated columns out of "
        "its updates) exclude the table",
        table->def->db, table->def->name, table->def->columns[column].name);
}

/* A row image that has none of a generated column, but changes what it is made of, leaves it to be
 * computed here: by an engine that can, of an update of one row alone. */
static bool change_generating(struct apply *apply, struct apply_table *table,
                              const struct row_change *change, bool cascades, unsigned column,
                              struct err *err)
{
    struct engine *engine = apply->options.engine;
    if (engine->ops->change_generating == NULL || change->kind != CHANGE_UPDATE || cascades ||
        apply->repairing)
        return refuse_generated(table, column, err);
    return apply_flush(apply, err) && apply_open_engine(apply, err) &&
           engine->ops->change_generating(engine, table->target, change, err);
}

/* What holds for all rows of an event. */
struct way {
    bool cascades; /* the engine is to follow foreign keys */
    bool direct;   /* row by row, without folding */
    bool lacks;    /* generated columns may be missing */
};

static bool change_in_its_way(struct apply *apply, struct apply_table *table,
                              const struct row_change *change, const struct way *way,
                              struct err *err)
{
    unsigned column;
    if (way->lacks && apply_table_loses_generated(table, change->kind, &column))
        return change_generating(apply, table, change, way->cascades, column, err);
    return way->direct ? change_directly(apply, table, change, way->cascades, err)
                       : apply_fold(apply, table, change, err);
}

void apply_note_rows(struct apply *apply, const struct apply_table *table, unsigned count)
{
    apply->transaction.has_changes = true;
    apply->transaction.has_lasting = apply->transaction.has_lasting || table->is_lasting;
    apply->batch_rows += count;
}

bool apply_rows(struct apply *apply, const struct event *event, struct err *err)
{
    static const enum change kinds[] = {
        [ROWS_WRITE] = CHANGE_INSERT, [ROWS_UPDATE] = CHANGE_UPDATE, [ROWS_DELETE] = CHANGE_DELETE
    };
    struct rows rows;
    bool more = false;
    if (!decode_rows(apply, event, &rows, err))
        return false;
    struct apply_table *table = table_cache_find(&apply->tables, rows.table_id);
    if (table == NULL && rows.table_id == DUMMY_TABLE_ID && reader_left(&rows.data) == 0)
        return true;
    if (table == NULL)
        return err_set(err, ERR_CORRUPT, "rows of table id %llu, which no table map named",
                       (unsigned long long)rows.table_id);
    if (table->target == NULL)
        return true;
    bool cascades = table->is_parent && rows.kind != ROWS_WRITE &&
                    (rows.flags & (ROWS_SQL_FOREIGN_KEY | ROWS_NO_FOREIGN_KEY_CHECKS)) == 0;
    struct way way = { cascades,
                       cascades || apply->one_by_one || apply->repairing || table->key == NULL,
                       rows.kind != ROWS_DELETE &&
                           apply_table_lacks_generated(table, rows.after_present) };
    struct row_change change = { kinds[rows.kind], table->before, table->after };
    if (!rows_bind(&rows, table->map.types, table->map.column_count, err) ||
        (cascades && !apply_flush(apply, err)))
        return false;
    if (!way.direct && !way.lacks && apply_can_append(table, &rows))
        return apply_append(apply, table, &rows, err);
    if (way.direct)
        apply->batch_direct += event->header.size;
    for (;;) {
        if (!rows_next(&rows, table->before, table->after, &more, err))
            return err_wrap(err, "table %s.%s", table->def->db, table->def->name);
        if (!more)
            return true;
        if (rows.partial_json && !apply_documents(apply, table, err))
            return false;
        apply_note_rows(apply, table, 1);
        if (!change_in_its_way(apply, table, &change, &way, err))
            return false;
    }
}

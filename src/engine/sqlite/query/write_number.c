/* write_number.c - AUTO_INCREMENT: a number once given does not come again.
 *
 * The largest is what the rows hold, or what was given since; it is looked up once. When the row of
 * the largest kept so far goes, binlogd_meta keeps the largest given ("number:ID"), in the same
 * transaction: so it costs nothing as long as numbers only grow. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/query/write.h"

int write_number_column(const struct table_def *def)
{
    for (unsigned i = 0; i < def->column_count; i++)
        if (def->columns[i].auto_increment)
            return (int)i;
    return -1;
}

/* As text: an integer's digits, or the digits that are stored where it has more than 63 bits. */
static bool largest_there(struct writing *w, unsigned column, uint64_t *out)
{
    sqlite3 *db = w->c->connection->db;
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    bool row = false;
    buf_str(&sql, "SELECT CAST(max(");
    db_quote_name(&sql, w->def->columns[column].name);
    buf_str(&sql, ") AS TEXT) FROM ");
    db_quote_name(&sql, w->table->sqlite_name);
    if (!db_prepare(db, buf_cstr(&sql), &stmt, w->c->err) || !db_step(db, stmt, &row, w->c->err))
        return false;
    const char *text = row ? db_column_text(stmt, 0) : "";
    *out = text[0] == '-' ? 0 : strtoull(text, NULL, 10);
    return true;
}

static bool is_integer(enum storage_form form)
{
    return form == FORM_INTEGER || form == FORM_BIG_UNSIGNED;
}

static bool look_up(struct writing *w, unsigned column)
{
    uint64_t most = 0, kept = 0;
    if (w->table->number_known)
        return true;
    if (!is_integer(w->table->columns[column].form))
        return compile_refuse(w->c, "AUTO_INCREMENT of FLOAT and DOUBLE");
    if (!largest_there(w, column, &most) ||
        !catalog_store_kept_number(w->c->connection->engine, w->table->id, &kept, w->c->err)) {
        w->c->failed = true;
        return false;
    }
    if (most > w->table->number_given)
        w->table->number_given = most;
    if (kept > w->table->number_given)
        w->table->number_given = kept;
    w->table->number_known = true;
    return true;
}

bool write_next_number(struct writing *w, unsigned column, struct value *out)
{
    const struct column_def *def = &w->def->columns[column];
    if (!look_up(w, column))
        return false;
    struct value next = { .u = w->table->number_given + 1 };
    next.kind = next.u > INT64_MAX ? VALUE_UINT : VALUE_INT;
    if (next.u == 0 || (next.u > INT64_MAX && w->table->columns[column].form == FORM_INTEGER))
        return compile_fail(w->c, PROBLEM_NO_NUMBER,
                            "Failed to read auto-increment value from storage engine");
    if (!store_convert(w->c, def, &next, out))
        return false;
    w->table->number_given = next.u;
    return true;
}

void write_note_number(struct writing *w, const struct value *row)
{
    int column = write_number_column(w->def);
    if (column < 0)
        return;
    const struct value *v = &row[column];
    bool is_number = (v->kind == VALUE_INT && v->i > 0) || v->kind == VALUE_UINT;
    if (is_number && v->u > w->table->number_given)
        w->table->number_given = v->u;
}

bool write_keep_number(struct writing *w, const struct value *row)
{
    int column = write_number_column(w->def);
    if (column < 0 || (row[column].kind != VALUE_INT && row[column].kind != VALUE_UINT) ||
        row[column].u <= w->table->number_kept)
        return true;
    if (!look_up(w, (unsigned)column))
        return false;
    if (!catalog_store_keep_number(w->c->connection->engine, w->table->id, w->table->number_given,
                                   w->c->err)) {
        w->c->failed = true;
        return false;
    }
    w->table->number_kept = w->table->number_given;
    return true;
}

/* write_number.c - AUTO_INCREMENT: a number once given does not come again.
 *
 * The largest is what the rows hold, or what was given since; it is looked up once. When the row of
 * the largest kept so far goes, binlogd_meta keeps the largest given ("number:ID"), in the same
 * transaction: so it costs nothing as long as numbers only grow. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/query/write.h"

int write_number_column(const struct table_def *def)
{
    for (unsigned i = 0; i < def->column_count; i++)
        if (def->columns[i].auto_increment)
            return (int)i;
    return -1;
}

static bool look_up(struct writing *w, unsigned column)
{
    int64_t most = 0;
    uint64_t kept = 0;
    AUTO_BUF sql = db_sql();
    if (w->table->number_known)
        return true;
    if (w->table->columns[column].form != FORM_INTEGER)
        return compile_refuse(w->c, "AUTO_INCREMENT of an unsigned BIGINT");
    buf_str(&sql, "SELECT max(");
    db_quote_name(&sql, w->def->columns[column].name);
    buf_str(&sql, ") FROM ");
    db_quote_name(&sql, w->table->sqlite_name);
    if (!db_integer(w->c->connection->db, buf_cstr(&sql), 0, &most, w->c->err) ||
        !catalog_store_kept_number(w->c->connection->engine, w->table->id, &kept, w->c->err)) {
        w->c->failed = true;
        return false;
    }
    if (most > 0 && (uint64_t)most > w->table->number_given)
        w->table->number_given = (uint64_t)most;
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
    struct value next = { .kind = VALUE_INT, .u = w->table->number_given + 1 };
    if (next.u > INT64_MAX)
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
    bool is_number =
        (v->kind == VALUE_INT && v->i > 0) || (v->kind == VALUE_UINT && v->u <= INT64_MAX);
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

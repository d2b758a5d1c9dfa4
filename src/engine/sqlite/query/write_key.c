/* write_key.c - UNIQUE keys: is a row in the way of another?
 *
 * SQLite's indexes are over bytes, which is what MySQL compares but for texts: those are searched
 * first, by their collation. For the others the change itself tells, and only then is it asked
 * which key it was. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/write.h"
#include "sql/names.h"

static bool is_unique(const struct key_def *key)
{
    return key->kind == KEY_PRIMARY || key->kind == KEY_UNIQUE;
}

bool write_is_unique_column(const struct table_def *def, const char *name)
{
    for (unsigned k = 0; k < def->key_count; k++)
        for (unsigned p = 0; p < def->keys[k].part_count && is_unique(&def->keys[k]); p++)
            if (def->keys[k].parts[p].column == NULL ||
                sql_name_equal(def->keys[k].parts[p].column, name))
                return true;
    return false;
}

bool write_touches_key(const struct writing *w, const struct value *row)
{
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (row[i].kind != VALUE_ABSENT && write_is_unique_column(w->def, w->def->columns[i].name))
            return true;
    return false;
}

static bool is_searched(const struct writing *w, const struct key_def *key)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        int column =
            key->parts[i].column != NULL ? table_def_column(w->def, key->parts[i].column) : -1;
        if (column < 0 || key->parts[i].prefix > 0 || w->table->columns[column].form == FORM_TEXT)
            return true;
    }
    return false;
}

bool write_must_search(const struct writing *w)
{
    for (unsigned i = 0; i < w->def->key_count; i++)
        if (is_unique(&w->def->keys[i]) && is_searched(w, &w->def->keys[i]))
            return true;
    return false;
}

static void cut(struct compiler *c, struct typed *typed, uint32_t prefix)
{
    if (prefix > 0)
        typed->sql = arena_printf(c->arena, "substr(%s,1,%u)", typed->sql, prefix);
}

/* *has_null: such a key is no other's. */
static bool add_part(struct writing *w, const struct key_part *part, struct buf *sql,
                     bool *has_null)
{
    struct compiler *c = w->c;
    struct typed column, value;
    const char *one;
    int at = part->column != NULL ? table_def_column(w->def, part->column) : -1;
    if (at < 0)
        return compile_refuse(c, "writing to a table with a UNIQUE key over an expression");
    *has_null = *has_null || w->after[at].kind == VALUE_NULL;
    if (*has_null)
        return true;
    struct relation as_row = *w->relation;
    as_row.row = w->after;
    struct relation as_table = *w->relation;
    as_table.row = NULL;
    column_typed(c, &as_table, (unsigned)at, &column);
    column_typed(c, &as_row, (unsigned)at, &value);
    cut(c, &column, part->prefix);
    cut(c, &value, part->prefix);
    if (!compile_comparison(c, "=", column, value, &one))
        return false;
    buf_printf(sql, "%s%s", sql->len > 0 ? " AND " : "", one);
    return true;
}

static void add_other_row(struct writing *w, struct buf *sql)
{
    struct compiler *c = w->c;
    if (w->table->key == NULL) {
        buf_printf(sql, " AND %s.%s<>%lld", w->relation->sql_alias, w->table->rowid_name,
                   (long long)w->rowid);
        return;
    }
    for (unsigned i = 0; i < w->table->key_count; i++) {
        unsigned column = w->table->key[i];
        struct relation as_table = *w->relation;
        struct typed typed;
        as_table.row = NULL;
        column_typed(c, &as_table, column, &typed);
        buf_printf(sql, i == 0 ? " AND NOT (%s = %s" : " AND %s = %s", typed.sql,
                   compile_bound(c, w->table->columns + column, &w->before[column]));
    }
    buf_str(sql, ")");
}

static bool read_row(struct writing *w, sqlite3_stmt *stmt, struct duplicate *out)
{
    unsigned count = w->def->column_count;
    out->row = arena_alloc(w->c->arena, (count + 1) * sizeof *out->row);
    for (unsigned i = 0; i < count; i++)
        if (!read_stored(stmt, (int)i, &w->table->columns[i], w->c->arena, &out->row[i],
                         w->c->err)) {
            w->c->failed = true;
            return false;
        }
    out->rowid = w->table->key == NULL ? sqlite3_column_int64(stmt, (int)count) : 0;
    return true;
}

static void select_row(struct writing *w, const struct buf *where, struct buf *sql)
{
    buf_str(sql, "SELECT ");
    for (unsigned i = 0; i < w->def->column_count; i++) {
        buf_printf(sql, "%s%s.", i > 0 ? "," : "", w->relation->sql_alias);
        db_quote_name(sql, w->def->columns[i].name);
    }
    if (w->table->key == NULL)
        buf_printf(sql, ",%s.%s", w->relation->sql_alias, w->table->rowid_name);
    buf_str(sql, " FROM ");
    db_quote_name(sql, w->table->sqlite_name);
    buf_printf(sql, " AS %s WHERE %.*s LIMIT 1", w->relation->sql_alias, (int)where->len,
               (const char *)where->data);
}

static bool find_by_key(struct writing *w, const struct key_def *key, bool is_update,
                        struct duplicate *out)
{
    struct compiler *c = w->c;
    sqlite3_stmt *stmt = NULL;
    bool has_null = false, row = false;
    unsigned bound = c->query->bound_count;
    AUTO_BUF where = db_sql();
    AUTO_BUF sql = db_sql();
    for (unsigned i = 0; i < key->part_count; i++)
        if (!add_part(w, &key->parts[i], &where, &has_null))
            return false;
    if (has_null)
        return true;
    if (is_update)
        add_other_row(w, &where);
    select_row(w, &where, &sql);
    bool ok = query_prepare_sql(c, &sql, &stmt) && query_next(c->query, stmt, &row, c->err);
    if (ok && row) {
        out->key = key;
        ok = read_row(w, stmt, out);
    }
    kept_give(c->connection, stmt);
    c->query->bound_count = bound;
    c->failed = c->failed || !ok;
    return ok;
}

bool write_find_duplicate(struct writing *w, bool is_update, struct duplicate *out)
{
    *out = (struct duplicate){ 0 };
    for (unsigned i = 0; i < w->def->key_count && out->key == NULL; i++)
        if (is_unique(&w->def->keys[i]) && !find_by_key(w, &w->def->keys[i], is_update, out))
            return false;
    return true;
}

/* A table without a key: its rows are named by SQLite's number. */
static bool change_by_number(struct writing *w, enum change kind, struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    int count = 0;
    buf_str(&sql, kind == CHANGE_DELETE ? "DELETE FROM " : "UPDATE ");
    db_quote_name(&sql, w->table->sqlite_name);
    for (unsigned i = 0; kind == CHANGE_UPDATE && i < w->def->column_count; i++) {
        if (w->after[i].kind == VALUE_ABSENT)
            continue;
        buf_str(&sql, count++ > 0 ? "," : " SET ");
        db_quote_name(&sql, w->def->columns[i].name);
        buf_str(&sql, "=?");
    }
    buf_printf(&sql, " WHERE %s=%lld", w->table->rowid_name, (long long)w->rowid);
    if (kind == CHANGE_UPDATE && count == 0)
        return true;
    if (!db_prepare(w->c->connection->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0, at = 1; kind == CHANGE_UPDATE && i < w->def->column_count; i++)
        if (w->after[i].kind != VALUE_ABSENT &&
            !storage_bind(&w->table->columns[i], stmt, (int)at++, &w->after[i], err))
            return false;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        return true;
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        return err_set(err, ERR_CONFLICT, "%s", sqlite3_errmsg(w->c->connection->db));
    return db_error(w->c->connection->db, rc, err, "a row of %s.%s", w->def->db, w->def->name);
}

static bool change(struct writing *w, enum change kind, struct err *err)
{
    struct row_change row = { kind, w->before, w->after };
    if (w->table->key == NULL && kind != CHANGE_INSERT)
        return change_by_number(w, kind, err);
    return rows_change(w->table, &row, CHANGE_STRICT, err);
}

/* The whole row as it will be, where `after` is only what changes. */
static struct value *whole(struct writing *w, enum change kind)
{
    unsigned count = w->def->column_count;
    struct value *row = w->after;
    if (kind != CHANGE_UPDATE)
        return row;
    row = arena_alloc(w->c->arena, (count + 1) * sizeof *row);
    for (unsigned i = 0; i < count; i++)
        row[i] = w->after[i].kind != VALUE_ABSENT ? w->after[i] : w->before[i];
    return row;
}

static bool find_with(struct writing *w, struct value *row, bool is_update, struct duplicate *out)
{
    struct value *after = w->after;
    w->after = row;
    bool ok = write_find_duplicate(w, is_update, out);
    w->after = after;
    return ok;
}

bool write_change(struct writing *w, enum change kind, struct duplicate *duplicate)
{
    struct err err = { 0 };
    bool is_update = kind == CHANGE_UPDATE;
    bool may_clash = kind == CHANGE_INSERT || (is_update && write_touches_key(w, w->after));
    bool follows = write_foreign_matters(w);
    struct value *row = may_clash || follows ? whole(w, kind) : NULL;
    *duplicate = (struct duplicate){ 0 };
    w->was_gone = false;
    if (may_clash && write_must_search(w) &&
        (!find_with(w, row, is_update, duplicate) || duplicate->key != NULL))
        return !w->c->failed;
    if (change(w, kind, &err))
        return !follows || write_foreign_follow(w, kind, row);
    if (may_clash && err.code == ERR_CONFLICT) {
        if (!find_with(w, row, is_update, duplicate))
            return false;
        if (duplicate->key != NULL)
            return true;
    }
    w->was_gone = kind == CHANGE_DELETE && err.code == ERR_CONFLICT && w->child_count > 0;
    if (w->was_gone)
        return true;
    *w->c->err = err;
    w->c->failed = true;
    return false;
}

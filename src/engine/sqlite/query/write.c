/* write.c - INSERT, UPDATE and DELETE of rows of one table, through the engine's own row changes:
 * the same statements, and the same stored forms, as on a replica.
 *
 * Rows to change are found first and changed then. All or nothing: a savepoint is around it. Tables
 * are refused whose rules are not enforced here: foreign keys, checks, generated columns. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "binlog/value_equal.h"
#include "engine/sqlite/cascade.h"
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/rows.h"
#include "sql/names.h"

enum { ROWS_MAX = 1000000 };

struct writing {
    struct compiler *c;
    struct engine_table *table;
    const struct table_def *def;
    struct query_outcome *outcome;
    struct value *after, *before; /* one per column */
    uint64_t insert_id;
};

static bool check_table(struct compiler *c, struct engine_table *table)
{
    const struct table_def *def = table->def;
    bool has_checks = def->check_count > 0;
    for (unsigned i = 0; i < def->column_count; i++)
        if (def->columns[i].generated != GENERATED_NO)
            return compile_refuse(c, "writing to a table with generated columns");
    if (def->fk_count > 0 || cascade_is_parent(table))
        return compile_refuse(c, "writing to a table with foreign keys");
    if (has_checks)
        return compile_refuse(c, "writing to a table with checks");
    if (def->is_sequence || def->system_versioned)
        return compile_refuse(c, "writing to a sequence or a system-versioned table");
    return true;
}

static bool open_writing(struct writing *w, const struct source *source)
{
    struct compiler *c = w->c;
    if (c->connection->reader != NULL)
        return compile_fail(c, PROBLEM_READ_ONLY_OPTION,
                            "The server is running with the --read-only option so it cannot "
                            "execute this statement");
    struct relation *relation = scope_add_table(c, source, true);
    if (relation == NULL || !check_table(c, relation->table))
        return false;
    w->table = relation->table;
    w->def = relation->table->def;
    w->after = arena_alloc(c->arena, w->def->column_count * sizeof *w->after);
    w->before = arena_alloc(c->arena, w->def->column_count * sizeof *w->before);
    return true;
}

/* ---- unique keys ---- */

static bool add_key_part(struct writing *w, const struct key_part *part, struct buf *sql,
                         bool *has_null)
{
    struct compiler *c = w->c;
    int column = part->column != NULL ? table_def_column(w->def, part->column) : -1;
    struct typed typed;
    const char *one;
    if (column < 0 || part->prefix > 0)
        return compile_refuse(c,
                              "writing to a table with a UNIQUE key over a prefix or expression");
    const struct value *value = &w->after[column];
    column_typed(c, c->relations, (unsigned)column, &typed);
    *has_null = *has_null || value->kind == VALUE_NULL;
    if (typed.rep == REP_TEXT && typed.column->type != SQL_ENUM) {
        struct typed constant = { .rep = REP_TEXT, .is_constant = true, .value = *value };
        if (value->kind != VALUE_NULL && !compile_comparison(c, "=", typed, constant, &one))
            return false;
        if (value->kind == VALUE_NULL)
            one = "0";
    } else {
        one = arena_printf(c->arena, "%s = %s", typed.sql,
                           compile_bound(c, w->table->columns + column, value));
    }
    buf_printf(sql, "%s%s", sql->data[sql->len - 1] == ' ' ? "" : " AND ", one);
    return true;
}

static void duplicate_text(struct writing *w, const struct key_def *key, struct buf *out)
{
    char room[64];
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct value *v = &w->after[table_def_column(w->def, key->parts[i].column)];
        buf_str(out, i > 0 ? "-" : "");
        if (v->kind == VALUE_TEXT)
            buf_append(out, v->bytes.data, v->bytes.len);
        else if (v->kind == VALUE_INT || v->kind == VALUE_UINT)
            buf_append(out, room,
                       (size_t)snprintf(room, sizeof room, v->kind == VALUE_INT ? "%lld" : "%llu",
                                        (long long)v->i));
        else
            buf_str(out, "?");
    }
}

/* Is a row with that key there, but for the one being changed? By the columns' collations. */
static bool check_key(struct writing *w, const struct key_def *key, bool is_update)
{
    struct compiler *c = w->c;
    sqlite3_stmt *stmt = NULL;
    bool has_null = false, row = false;
    unsigned bound = c->query->bound_count;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, w->table->sqlite_name);
    buf_printf(&sql, " AS %s WHERE ", c->relations->sql_alias);
    for (unsigned i = 0; i < key->part_count; i++)
        if (!add_key_part(w, &key->parts[i], &sql, &has_null))
            return false;
    for (unsigned i = 0; i < w->table->key_count && is_update; i++) {
        unsigned column = w->table->key[i];
        struct typed typed;
        column_typed(c, c->relations, column, &typed);
        buf_printf(&sql, i == 0 ? " AND NOT (%s = %s" : " AND %s = %s", typed.sql,
                   compile_bound(c, w->table->columns + column, &w->before[column]));
    }
    buf_str(&sql, is_update ? ") LIMIT 1" : " LIMIT 1");
    bool ok =
        has_null || (query_prepare_sql(c, &sql, &stmt) && query_next(c->query, stmt, &row, c->err));
    sqlite3_finalize(stmt);
    c->query->bound_count = bound;
    if (!ok)
        return false;
    if (!row)
        return true;
    AUTO_BUF text = db_sql();
    duplicate_text(w, key, &text);
    return compile_fail(c, PROBLEM_DUPLICATE_KEY, "Duplicate entry '%.190s' for key '%s'",
                        buf_cstr(&text), key->name);
}

static bool check_keys(struct writing *w, bool is_update)
{
    for (unsigned i = 0; i < w->def->key_count; i++) {
        const struct key_def *key = &w->def->keys[i];
        bool is_unique = key->kind == KEY_PRIMARY || key->kind == KEY_UNIQUE;
        if (is_unique && !check_key(w, key, is_update))
            return false;
    }
    return true;
}

/* ---- INSERT ---- */

static bool is_now(const char *text)
{
    return strncasecmp(text, "CURRENT_TIMESTAMP", 17) == 0;
}

static bool store_now(struct writing *w, const struct column_def *column, struct value *out)
{
    uint64_t unit = 1;
    for (unsigned i = column->scale; i < 6; i++)
        unit *= 10;
    uint64_t now = w->c->session->now_us - w->c->session->now_us % unit;
    *out = (struct value){ .kind = VALUE_TIMESTAMP, .u = now };
    if (column->type == SQL_TIMESTAMP)
        return true;
    if (column->type != SQL_DATETIME)
        return compile_refuse(w->c, "a default of the time in a column of this type");
    out->kind = VALUE_DATETIME;
    if (zone_local(w->c->session, now, &out->time, w->c->err))
        return true;
    w->c->failed = true;
    return false;
}

static bool store_default(struct writing *w, const struct column_def *column, struct value *out)
{
    *out = (struct value){ .kind = VALUE_NULL };
    if (column->default_text == NULL && column->nullable)
        return true;
    if (column->default_text == NULL && column->auto_increment)
        return true;
    if (column->default_text == NULL)
        return compile_fail(w->c, PROBLEM_NO_DEFAULT, "Field '%s' doesn't have a default value",
                            column->name);
    if (!column->default_is_expression) {
        struct value text = { .kind = VALUE_TEXT, .bytes = bytes_of_str(column->default_text) };
        return store_convert(w->c, column, &text, out);
    }
    return is_now(column->default_text) ? store_now(w, column, out)
                                        : compile_refuse(w->c, "a default that is an expression");
}

/* The next number after the largest that is there, or that was given: numbers of rows that are gone
 * do not come again. */
static bool next_number(struct writing *w, unsigned column, struct value *out)
{
    int64_t most = 0;
    struct typed typed;
    AUTO_BUF sql = db_sql();
    column_typed(w->c, w->c->relations, column, &typed);
    if (w->table->columns[column].form != FORM_INTEGER)
        return compile_refuse(w->c, "AUTO_INCREMENT of an unsigned BIGINT without a number given");
    buf_printf(&sql, "SELECT max(%s) FROM ", typed.sql);
    db_quote_name(&sql, w->table->sqlite_name);
    buf_printf(&sql, " AS %s", w->c->relations->sql_alias);
    if (!db_integer(w->c->connection->db, buf_cstr(&sql), 0, &most, w->c->err)) {
        w->c->failed = true;
        return false;
    }
    if (most < 0)
        most = 0;
    if (w->table->number_given > (uint64_t)most)
        most = (int64_t)w->table->number_given;
    struct value next = { .kind = VALUE_INT, .i = most < INT64_MAX ? most + 1 : most };
    if (most == INT64_MAX || !store_convert(w->c, typed.column, &next, out))
        return compile_fail(w->c, PROBLEM_OUT_OF_RANGE,
                            "Out of range value for column '%s' at row 1", typed.column->name);
    if (w->insert_id == 0)
        w->insert_id = next.u;
    return true;
}

static bool insert_value(struct writing *w, unsigned column, const struct expr *expr)
{
    const struct column_def *def = &w->def->columns[column];
    struct typed typed;
    if (expr == NULL || (expr->kind == EXPR_DEFAULT && expr->name == NULL)) {
        if (!store_default(w, def, &w->after[column]))
            return false;
    } else {
        if (!compile_expr(w->c, expr, &typed))
            return false;
        if (!typed.is_constant)
            return compile_refuse(w->c, "an expression in VALUES");
        bool is_auto = def->auto_increment && typed.rep == REP_NULL;
        if (is_auto)
            w->after[column] = typed.value;
        else if (!store_convert(w->c, def, &typed.value, &w->after[column]))
            return false;
    }
    bool is_zero = (w->after[column].kind == VALUE_INT || w->after[column].kind == VALUE_UINT) &&
                   w->after[column].u == 0 &&
                   (w->c->session->sql_mode & SQL_MODE_NO_AUTO_VALUE_ON_ZERO) == 0;
    if (def->auto_increment && (w->after[column].kind == VALUE_NULL || is_zero))
        return next_number(w, column, &w->after[column]);
    return true;
}

static bool find_column(struct writing *w, const char *name, unsigned *out)
{
    int column = table_def_column(w->def, name);
    if (column < 0)
        return compile_fail(w->c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s' in 'field list'",
                            name);
    *out = (unsigned)column;
    return true;
}

/* values[c]: what the row gives column c, or NULL. */
static bool place_values(struct writing *w, const struct insert_row *row,
                         const struct expr **values)
{
    const struct query_tree *tree = w->c->tree;
    unsigned expected = tree->columns != NULL ? tree->column_count : w->def->column_count;
    const struct expr *value = row->values;
    if (row->count != expected && (row->count > 0 || tree->column_count > 0))
        return compile_fail(w->c, PROBLEM_VALUE_COUNT,
                            "Column count doesn't match value count at row 1");
    for (unsigned i = 0; value != NULL; i++, value = value->next) {
        unsigned column = i;
        if (tree->columns != NULL && !find_column(w, tree->columns[i], &column))
            return false;
        if (values[column] != NULL)
            return compile_fail(w->c, PROBLEM_COLUMN_TWICE, "Column '%s' specified twice",
                                w->def->columns[column].name);
        values[column] = value;
    }
    return true;
}

static bool change(struct writing *w, enum change kind)
{
    struct row_change row = { kind, w->before, w->after };
    if (rows_change(w->table, &row, CHANGE_STRICT, w->c->err))
        return true;
    w->c->failed = true;
    return false;
}

static void note_number(struct writing *w)
{
    for (unsigned i = 0; i < w->def->column_count; i++) {
        const struct value *v = &w->after[i];
        bool is_number =
            (v->kind == VALUE_INT && v->i > 0) || (v->kind == VALUE_UINT && v->u <= INT64_MAX);
        if (w->def->columns[i].auto_increment && is_number && v->u > w->table->number_given)
            w->table->number_given = v->u;
    }
}

static bool insert_row(struct writing *w, const struct insert_row *row)
{
    const struct expr **values = arena_alloc(w->c->arena, w->def->column_count * sizeof *values);
    if (!place_values(w, row, values))
        return false;
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (!insert_value(w, i, values[i]))
            return false;
    if (!check_keys(w, false) || !change(w, CHANGE_INSERT))
        return false;
    note_number(w);
    w->outcome->changed++;
    return true;
}

static bool run_insert(struct writing *w)
{
    const struct query_tree *tree = w->c->tree;
    struct source source = { .db = tree->db, .name = tree->table };
    uint64_t count = 0;
    if (tree->kind == TREE_REPLACE || tree->ignore || tree->on_duplicate != NULL ||
        tree->select != NULL)
        return compile_refuse(w->c, "REPLACE, IGNORE, ON DUPLICATE KEY UPDATE and INSERT … SELECT");
    if (!open_writing(w, &source))
        return false;
    for (const struct insert_row *row = tree->rows; row != NULL; row = row->next, count++)
        if (!insert_row(w, row))
            return false;
    if (count > 1)
        snprintf(w->outcome->info, sizeof w->outcome->info,
                 "Records: %llu  Duplicates: 0  "
                 "Warnings: 0",
                 (unsigned long long)count);
    w->outcome->insert_id = w->insert_id;
    return true;
}

/* ---- UPDATE, DELETE ---- */

struct found {
    struct value *before, *after; /* column_count each */
};

struct finding {
    struct found *rows;
    unsigned count, room;
    unsigned *read; /* columns that are read in their stored form: the key, and what is assigned */
    unsigned read_count;
    struct typed *news; /* of the assignments */
    unsigned new_count;
    const unsigned *targets;
};

static bool assign(struct writing *w, const struct finding *f, sqlite3_stmt *stmt,
                   struct found *found)
{
    struct buf cell;
    buf_init(&cell, 256);
    bool ok = true;
    for (unsigned i = 0; i < f->new_count && ok; i++) {
        struct value value;
        ok = read_result(w->c->query, stmt, (int)(f->read_count + i), &f->news[i], &cell, &value,
                         w->c->err) &&
             store_convert(w->c, &w->def->columns[f->targets[i]], &value,
                           &found->after[f->targets[i]]);
    }
    buf_clear(&cell);
    return ok;
}

static bool keep_row(struct writing *w, struct finding *f, sqlite3_stmt *stmt)
{
    struct found found;
    size_t size = w->def->column_count * sizeof(struct value);
    if (f->count == ROWS_MAX)
        return compile_refuse(w->c, "changing more than 1,000,000 rows in a statement");
    if (f->count == f->room) {
        f->room = f->room > 0 ? 2 * f->room : 16;
        f->rows = memory_resize(f->rows, f->room * sizeof *f->rows);
    }
    found.before = arena_alloc(w->c->arena, size);
    found.after = arena_alloc(w->c->arena, size);
    for (unsigned i = 0; i < f->read_count; i++)
        if (!read_stored(stmt, (int)i, &w->table->columns[f->read[i]], w->c->arena,
                         &found.before[f->read[i]], w->c->err))
            return false;
    if (!assign(w, f, stmt, &found))
        return false;
    f->rows[f->count++] = found;
    return true;
}

static bool find_rows(struct writing *w, struct finding *f)
{
    struct compiler *c = w->c;
    sqlite3_stmt *stmt = NULL;
    const char *where = NULL;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT ");
    for (unsigned i = 0; i < f->read_count; i++) {
        struct typed typed;
        column_typed(c, c->relations, f->read[i], &typed);
        buf_printf(&sql, "%s%s", i > 0 ? "," : "", typed.sql);
    }
    for (unsigned i = 0; i < f->new_count; i++)
        buf_printf(&sql, ",%s",
                   f->news[i].is_constant ? compile_bound(c, NULL, &f->news[i].value)
                                          : f->news[i].sql);
    buf_str(&sql, " FROM ");
    db_quote_name(&sql, w->table->sqlite_name);
    buf_printf(&sql, " AS %s", c->relations->sql_alias);
    if (c->tree->where != NULL && !compile_condition(c, c->tree->where, &where))
        return false;
    if (where != NULL)
        buf_printf(&sql, " WHERE %s", where);
    if (c->has_aggregate)
        return compile_fail(c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
    if (!compile_order_and_limit(c, c->tree->order, &c->tree->limit, &sql) ||
        !query_prepare_sql(c, &sql, &stmt))
        return false;
    bool row = true, ok = true;
    while (ok && (ok = query_next(c->query, stmt, &row, c->err)) && row)
        ok = keep_row(w, f, stmt);
    sqlite3_finalize(stmt);
    c->query->bound_count = 0;
    c->failed = c->failed || !ok;
    return ok;
}

static bool touches_key(const struct writing *w, const struct finding *f)
{
    for (unsigned i = 0; i < f->new_count; i++)
        for (unsigned k = 0; k < w->def->key_count; k++)
            for (unsigned p = 0; p < w->def->keys[k].part_count; p++)
                if ((w->def->keys[k].kind == KEY_PRIMARY || w->def->keys[k].kind == KEY_UNIQUE) &&
                    w->def->keys[k].parts[p].column != NULL &&
                    sql_name_equal(w->def->keys[k].parts[p].column,
                                   w->def->columns[f->targets[i]].name))
                    return true;
    return false;
}

static bool change_row(struct writing *w, const struct finding *f, const struct found *found)
{
    bool differs = f->new_count == 0;
    w->before = found->before;
    w->after = found->after;
    for (unsigned i = 0; i < f->new_count; i++)
        differs =
            differs || !value_equal(&found->before[f->targets[i]], &found->after[f->targets[i]]);
    w->outcome->matched++;
    if (!differs)
        return true;
    w->outcome->changed++;
    if (f->new_count == 0)
        return change(w, CHANGE_DELETE);
    if (touches_key(w, f)) {
        if (w->table->key_count == 0 || w->def->key_count != 1 || w->table->key_count != 1)
            return compile_refuse(w->c, "UPDATE of a column of a UNIQUE key");
        if (!check_keys(w, true))
            return false;
    }
    for (unsigned i = 0; i < w->def->column_count; i++) {
        const struct column_def *column = &w->def->columns[i];
        if (column->on_update_now && found->after[i].kind == VALUE_ABSENT &&
            !store_now(w, column, &found->after[i]))
            return false;
    }
    return change(w, CHANGE_UPDATE);
}

static bool change_rows(struct writing *w, struct finding *f)
{
    bool ok = find_rows(w, f);
    for (unsigned i = 0; i < f->count && ok; i++)
        ok = change_row(w, f, &f->rows[i]);
    free(f->rows);
    return ok;
}

static bool check_assignments(struct writing *w, struct finding *f, unsigned *targets)
{
    for (const struct assignment *a = w->c->tree->assignments; a != NULL; a = a->next) {
        unsigned column = 0;
        if (!find_column(w, a->name, &column))
            return false;
        for (unsigned i = 0; i < f->new_count; i++) /* MySQL goes from left to right */
            if (!f->news[f->new_count - 1 - i].is_constant || targets[i] == column)
                return compile_refuse(w->c, "an assignment behind one that is no constant");
        if (a->expr->kind == EXPR_DEFAULT)
            return compile_refuse(w->c, "SET column = DEFAULT");
        targets[f->new_count] = column;
        f->read[f->read_count++] = column;
        if (!compile_expr(w->c, a->expr, &f->news[f->new_count++]))
            return false;
    }
    return true;
}

static bool run_found(struct writing *w)
{
    const struct query_tree *tree = w->c->tree;
    struct finding f = { 0 };
    if (tree->from->kind != SOURCE_TABLE || tree->from->next != NULL || tree->targets != NULL ||
        tree->ignore)
        return compile_refuse(w->c, "UPDATE and DELETE with several tables, or with IGNORE");
    if (!open_writing(w, tree->from))
        return false;
    if (w->table->key == NULL)
        return compile_refuse(w->c, "UPDATE and DELETE in a table without a key");
    unsigned room = w->table->key_count;
    for (const struct assignment *a = tree->assignments; a != NULL; a = a->next)
        room++;
    unsigned *targets = arena_alloc(w->c->arena, room * sizeof *targets);
    f.read = arena_alloc(w->c->arena, room * sizeof *f.read);
    f.news = arena_alloc(w->c->arena, room * sizeof *f.news);
    f.targets = targets;
    f.read_count = w->table->key_count;
    memcpy(f.read, w->table->key, w->table->key_count * sizeof *f.read);
    return check_assignments(w, &f, targets) && change_rows(w, &f);
}

bool write_run(struct compiler *c, struct query_outcome *outcome)
{
    struct writing w = { .c = c, .outcome = outcome };
    sqlite3 *db = c->connection->db;
    bool is_insert = c->tree->kind == TREE_INSERT || c->tree->kind == TREE_REPLACE;
    if (c->connection->reader == NULL && !c->connection->engine->in_transaction)
        return compile_fail(c, PROBLEM_READ_ONLY, "a statement that writes needs a transaction");
    if (c->connection->reader == NULL && !db_exec(db, "SAVEPOINT binlogd_statement", c->err))
        return false;
    bool ok = is_insert ? run_insert(&w) : run_found(&w);
    struct err err = *c->err;
    if (c->connection->reader == NULL &&
        !db_exec(db,
                 ok ? "RELEASE binlogd_statement"
                    : "ROLLBACK TO binlogd_statement;RELEASE binlogd_statement",
                 &err))
        ok = false;
    *c->err = err;
    if (ok && is_insert)
        outcome->matched = outcome->changed;
    if (ok && outcome->insert_id > 0)
        c->session->last_insert_id = outcome->insert_id;
    return ok;
}

/* write_value.c - values for columns: defaults, the time, and expressions over a row's values. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "binlog/value_equal.h"
#include "engine/sqlite/query/call.h"
#include "engine/sqlite/query/write.h"
#include "sql/types.h"

static bool is_now(const char *text)
{
    return strncasecmp(text, "CURRENT_TIMESTAMP", 17) == 0;
}

bool write_now(struct writing *w, const struct column_def *column, struct value *out)
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

/* DEFAULT (expression): of the server's own text, over no columns. */
static bool default_expression(struct writing *w, const struct column_def *column,
                               struct value *out)
{
    struct ddl_session as = { .db = w->def->db,
                              .flavour = w->c->connection->engine->flavour,
                              .charset = "utf8mb4" };
    AUTO(query_tree) tree = NULL;
    struct expr *expr = NULL;
    struct value value;
    struct err err = { 0 };
    if (!query_parse_expression(bytes_of_str(column->default_text), &as, &tree, &expr, &err))
        return compile_refuse(w->c, "a default that is this expression");
    if (!write_evaluate(w, expr, column, &value))
        return false;
    if (value_has_bytes(value.kind))
        value.bytes = arena_copy(w->c->arena, value.bytes);
    return store_convert(w->c, column, &value, out);
}

bool write_default(struct writing *w, const struct column_def *column, struct value *out)
{
    *out = (struct value){ .kind = VALUE_NULL };
    if (column->default_text == NULL && (column->nullable || column->auto_increment))
        return true;
    if (column->default_text == NULL)
        return compile_fail(w->c, PROBLEM_NO_DEFAULT, "Field '%s' doesn't have a default value",
                            column->name);
    if (!column->default_is_expression) {
        struct value text = { .kind = VALUE_TEXT, .bytes = bytes_of_str(column->default_text) };
        if (column->type == SQL_BIT)
            text =
                (struct value){ .kind = VALUE_UINT, .u = strtoull(column->default_text, NULL, 10) };
        return store_convert(w->c, column, &text, out);
    }
    return is_now(column->default_text) ? write_now(w, column, out)
                                        : default_expression(w, column, out);
}

static bool run_expression(struct writing *w, const struct typed *typed, struct value *out)
{
    struct compiler *c = w->c;
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AUTO_BUF sql = db_sql();
    AUTO_BUF cell = db_sql();
    buf_printf(&sql, "SELECT %s", typed->sql);
    bool ok = query_prepare_sql(c, &sql, &stmt) && query_next(c->query, stmt, &row, c->err) &&
              row && read_result(c->query, stmt, 0, typed, &cell, out, c->err);
    if (ok && value_has_bytes(out->kind))
        out->bytes = arena_copy(c->arena, out->bytes);
    kept_give(c->connection, stmt);
    c->failed = c->failed || !ok;
    return ok;
}

void write_fit(struct compiler *c, const struct column_def *column, struct typed *typed)
{
    enum type_class to = sql_type_class(column->type);
    if (typed->column != NULL && typed->column->type == SQL_BIT)
        typed->column = NULL;
    if (to == TYPE_INTEGER || to == TYPE_DECIMAL || to == TYPE_REAL)
        bits_as_number(c, typed);
}

bool write_evaluate(struct writing *w, const struct expr *expr, const struct column_def *column,
                    struct value *out)
{
    struct typed typed;
    unsigned bound = w->c->query->bound_count;
    bool ok = compile_expr(w->c, expr, &typed);
    if (ok && w->c->has_aggregate)
        ok = compile_fail(w->c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
    if (ok)
        write_fit(w->c, column, &typed);
    if (ok && typed.is_constant)
        *out = typed.value;
    else
        ok = ok && run_expression(w, &typed, out);
    w->c->query->bound_count = bound;
    return ok;
}

bool write_assigned(struct writing *w, unsigned column, const struct expr *expr, struct value *out)
{
    const struct column_def *def = &w->def->columns[column];
    const struct column_def *from = def;
    struct value value;
    if (expr->kind == EXPR_DEFAULT) {
        unsigned named = column;
        if (expr->name != NULL && !write_find_column(w, expr->name, &named))
            return false;
        from = &w->def->columns[named];
        if (from == def)
            return write_default(w, def, out);
        return compile_refuse(w->c, "the default of another column");
    }
    if (def->generated != GENERATED_NO)
        return compile_fail(w->c, PROBLEM_GENERATED_VALUE,
                            "The value specified for generated column '%s' in table '%s' is not "
                            "allowed.",
                            def->name, w->def->name);
    return write_evaluate(w, expr, def, &value) && store_convert(w->c, def, &value, out);
}

bool write_touch_times(struct writing *w)
{
    for (unsigned i = 0; i < w->def->column_count; i++) {
        const struct column_def *column = &w->def->columns[i];
        if (column->on_update_now && w->after[i].kind == VALUE_ABSENT &&
            !write_now(w, column, &w->after[i]))
            return false;
    }
    return true;
}

void write_keep_changed(const struct writing *w, const struct value *row,
                        const struct value *before, struct value *after)
{
    static const struct value absent = { .kind = VALUE_ABSENT };
    for (unsigned i = 0; i < w->def->column_count; i++)
        after[i] = value_equal(&row[i], &before[i]) ? absent : row[i];
}

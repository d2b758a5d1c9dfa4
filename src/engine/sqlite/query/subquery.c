/* subquery.c - a SELECT inside of an expression: a value, EXISTS, IN, ANY and ALL.
 *
 * SQLite takes the first row where MySQL wants a single one: mysql_single, an aggregate, complains
 * about a second (1242). A value is compared with the rows of a subquery by the comparison that
 * two columns have, so that what is refused there is refused here. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/call.h"

struct single {
    sqlite3_value *value;
    bool has_value;
};

static void single_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct single *single = sqlite3_aggregate_context(context, sizeof *single);
    (void)count;
    if (single == NULL)
        return;
    if (single->has_value) {
        problem(&connection->problem, PROBLEM_SUBQUERY_ROWS, "Subquery returns more than 1 row");
        sqlite3_result_error(context, "more than one row", -1);
        return;
    }
    single->has_value = true;
    single->value = sqlite3_value_dup(values[0]);
}

static void single_end(sqlite3_context *context)
{
    struct single *single = sqlite3_aggregate_context(context, 0);
    if (single == NULL || single->value == NULL)
        return;
    sqlite3_result_value(context, single->value);
    sqlite3_value_free(single->value);
    single->value = NULL;
}

void subquery_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, "mysql_single", 1, SQLITE_UTF8, connection, NULL,
                               single_step, single_end, NULL);
}

static bool compile_inside(struct compiler *c, const struct select *select, struct output *out,
                           struct buf *sql)
{
    struct scope saved;
    scope_enter(c, &saved);
    bool ok = compile_query(c, select, out, sql);
    scope_leave(c, &saved);
    return ok;
}

static bool one_column(struct compiler *c, const struct output *out)
{
    return out->count == 1 ||
           compile_fail(c, PROBLEM_OPERAND_COLUMNS, "Operand should contain 1 column(s)");
}

/* Never more than one row? */
static bool is_single(const struct select *select)
{
    if (select->next != NULL || select->inner != NULL)
        return false;
    if (select->limit.count != NULL && select->limit.count->kind == EXPR_INTEGER &&
        select->limit.count->number <= 1)
        return true;
    return select->group == NULL && select->items->next == NULL &&
           expr_is_aggregate(select->items->expr);
}

bool compile_scalar(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct output given = { 0 };
    AUTO_BUF sql = db_sql();
    if (!compile_inside(c, expr->select, &given, &sql) || !one_column(c, &given))
        return false;
    *out = given.types[0];
    bit_as_number(c, out);
    out->is_nullable = true;
    out->sql = arena_printf(
        c->arena, is_single(expr->select) ? "(%s)" : "(SELECT mysql_single(c1) FROM (%s))",
        buf_cstr(&sql));
    return !c->failed;
}

static void boolean(const char *sql, struct typed *out)
{
    *out = (struct typed){ .sql = sql, .rep = REP_INT, .is_nullable = true, .digits = 1 };
}

bool compile_exists(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct output given = { 0 };
    AUTO_BUF sql = db_sql();
    if (!compile_inside(c, expr->select, &given, &sql))
        return false;
    boolean(arena_printf(c->arena, "EXISTS (%s)", buf_cstr(&sql)), out);
    out->is_nullable = false;
    return !c->failed;
}

struct quantified {
    const char *op;
    bool is_all;
    bool negated;
};

static struct quantified quantifier(const struct expr *expr)
{
    if (expr->kind == EXPR_IN)
        return (struct quantified){ "=", false, expr->negated };
    return (struct quantified){ operator_text(expr->op), expr->number != 0, false };
}

/* The comparisons with a row each: the greatest of them is ANY's answer, the least is ALL's, but
 * for those that are NULL. */
static bool compile_over(struct compiler *c, const struct quantified *q, const struct typed *value,
                         const struct output *given, const struct buf *body, const char **sql)
{
    struct scope saved;
    const char *one;
    struct typed column = { .rep = REP_NULL };
    scope_enter(c, &saved);
    struct relation *relation = scope_add_output(c, "", given);
    if (relation != NULL)
        column_typed(c, relation, 0, &column);
    bool ok = relation != NULL && compile_comparison(c, q->op, *value, column, &one);
    scope_leave(c, &saved);
    if (!ok)
        return false;
    *sql = arena_printf(c->arena,
                        "(SELECT CASE WHEN %s(%s)=%d THEN %d WHEN count(*)=count(%s) THEN %d END "
                        "FROM (%.*s) AS %s)",
                        q->is_all ? "min" : "max", one, !q->is_all, !q->is_all, one, q->is_all,
                        (int)body->len, (const char *)body->data, relation->sql_alias);
    return true;
}

/* x IN (SELECT …) as SQLite has it, which looks rows up: where both are columns of one form. */
static bool compile_lookup(struct compiler *c, const struct typed *value,
                           const struct output *given, const struct buf *body, const char **sql)
{
    const struct typed *t = &given->types[0];
    const char *collate = "", *name = NULL;
    bool is_same =
        value->rep == REP_INT || value->rep == REP_TEXT || value->rep == REP_BYTES ||
        (value->column != NULL && t->column != NULL && value->column->type == t->column->type &&
         value->column->precision == t->column->precision &&
         value->column->scale == t->column->scale && value->column->length == t->column->length);
    if (value->is_constant || value->rep != t->rep || !is_same)
        return false;
    if (value->rep == REP_TEXT) {
        if (strcasecmp(value->collation, t->collation) != 0)
            return false;
        name = collate_name(c->arena, value->collation);
        if (name == NULL)
            return false;
        collate = arena_printf(c->arena, " COLLATE %s", name);
    }
    *sql = arena_printf(c->arena, "(%s%s IN (%.*s))", value->sql, collate, (int)body->len,
                        (const char *)body->data);
    return true;
}

bool compile_quantified(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct quantified q = quantifier(expr);
    struct output given = { 0 };
    struct typed value;
    const char *sql;
    AUTO_BUF body = db_sql();
    if (expr->args->kind == EXPR_ROW)
        return compile_refuse(c, "(a, b) IN (SELECT …)");
    if (!compile_expr(c, expr->args, &value) || !compile_inside(c, expr->select, &given, &body) ||
        !one_column(c, &given) || !compile_over(c, &q, &value, &given, &body, &sql))
        return false;
    bool is_in = strcmp(q.op, "=") == 0 && !q.is_all;
    if (is_in)
        (void)compile_lookup(c, &value, &given, &body, &sql);
    boolean(q.negated ? arena_printf(c->arena, "(NOT %s)", sql) : sql, out);
    return !c->failed;
}

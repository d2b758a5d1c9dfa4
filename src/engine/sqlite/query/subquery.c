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
    if (c->is_rolling)
        return compile_refuse(c, "a subquery in a SELECT … WITH ROLLUP");
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

/* What is compared with the columns of each row. */
struct operand {
    const struct expr *expr; /* a value, or (a, b) */
    struct typed *values;
    unsigned count;
};

static bool compile_operand(struct compiler *c, const struct expr *expr, struct operand *out)
{
    bool is_row = expr->kind == EXPR_ROW;
    const struct expr *e = is_row ? expr->args : expr;
    *out = (struct operand){ .expr = expr, .count = is_row ? expr->count : 1 };
    out->values = arena_alloc(c->arena, (out->count + 1) * sizeof *out->values);
    for (unsigned i = 0; i < out->count; i++, e = e->next)
        if (!compile_expr(c, e, &out->values[i]))
            return false;
    return true;
}

static bool same_columns(struct compiler *c, const struct operand *operand,
                         const struct output *given)
{
    return given->count == operand->count ||
           compile_fail(c, PROBLEM_OPERAND_COLUMNS, "Operand should contain %u column(s)",
                        operand->count);
}

/* With a row of the subquery: a = c1 AND b = c2; op is of rows = or <=>. */
static bool compare_row(struct compiler *c, const char *op, const struct operand *operand,
                        const struct relation *relation, const char **out)
{
    struct typed column = { .rep = REP_NULL };
    const char *one;
    AUTO_BUF sql = db_sql();
    for (unsigned i = 0; i < operand->count; i++) {
        column_typed(c, relation, i, &column);
        if (!compile_comparison(c, op, operand->values[i], column, &one))
            return false;
        buf_printf(&sql, "%s%s", i > 0 ? " AND " : "", one);
    }
    *out = arena_printf(c->arena, operand->count > 1 ? "(%s)" : "%s", buf_cstr(&sql));
    return !sql.failed || compile_refuse(c, "a statement as long as this");
}

/* *relation: the rows of the subquery, whose names are gone again. */
static bool compare_each(struct compiler *c, const char *op, const struct operand *operand,
                         const struct output *given, const struct relation **relation,
                         const char **one)
{
    struct scope saved;
    scope_enter(c, &saved);
    *relation = scope_add_output(c, "", given);
    bool ok = *relation != NULL && compare_row(c, op, operand, *relation, one);
    scope_leave(c, &saved);
    return ok;
}

/* The comparisons with a row each: the greatest of them is ANY's answer, the least is ALL's, but
 * for those that are NULL. */
static bool compile_over(struct compiler *c, const struct quantified *q,
                         const struct operand *operand, const struct output *given,
                         const struct buf *body, const char **sql)
{
    const struct relation *relation;
    const char *one;
    if (!compare_each(c, q->op, operand, given, &relation, &one))
        return false;
    *sql = arena_printf(c->arena,
                        "(SELECT CASE WHEN %s(%s)=%d THEN %d WHEN count(*)=count(%s) THEN %d END "
                        "FROM (%.*s) AS %s)",
                        q->is_all ? "min" : "max", one, !q->is_all, !q->is_all, one, q->is_all,
                        (int)body->len, (const char *)body->data, relation->sql_alias);
    return true;
}

/* May SQLite look the value up among those? *collate: by which collation. */
static bool is_looked_up(struct compiler *c, const struct typed *value, const struct typed *t,
                         const char **collate)
{
    bool is_same =
        value->rep == REP_INT || value->rep == REP_TEXT || value->rep == REP_BYTES ||
        (value->column != NULL && t->column != NULL && value->column->type == t->column->type &&
         value->column->precision == t->column->precision &&
         value->column->scale == t->column->scale && value->column->length == t->column->length);
    *collate = "";
    if (value->is_constant || value->rep != t->rep || !is_same)
        return false;
    if (value->rep != REP_TEXT)
        return true;
    const char *name = strcasecmp(value->collation, t->collation) == 0
                           ? collate_name(c->arena, value->collation)
                           : NULL;
    if (name != NULL)
        *collate = arena_printf(c->arena, " COLLATE %s", name);
    return name != NULL;
}

/* x IN (SELECT …) as SQLite has it, which looks rows up: where all are columns of one form. */
static void compile_lookup(struct compiler *c, const struct operand *operand,
                           const struct output *given, const struct buf *body, const char **sql)
{
    AUTO_BUF values = db_sql();
    for (unsigned i = 0; i < operand->count; i++) {
        const char *collate;
        if (!is_looked_up(c, &operand->values[i], &given->types[i], &collate))
            return;
        buf_printf(&values, "%s%s%s", i > 0 ? "," : "", operand->values[i].sql, collate);
    }
    *sql = arena_printf(c->arena, operand->count > 1 ? "((%s) IN (%.*s))" : "(%s IN (%.*s))",
                        buf_cstr(&values), (int)body->len, (const char *)body->data);
}

bool compile_quantified(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct quantified q = quantifier(expr);
    struct output given = { 0 };
    struct operand operand;
    const char *sql;
    AUTO_BUF body = db_sql();
    bool is_in = strcmp(q.op, "=") == 0 && !q.is_all;
    if (expr->args->kind == EXPR_ROW && !is_in)
        return compile_refuse(c, "(a, b) compared with ALL or ANY of a subquery");
    if (!compile_operand(c, expr->args, &operand) ||
        !compile_inside(c, expr->select, &given, &body) || !same_columns(c, &operand, &given) ||
        !compile_over(c, &q, &operand, &given, &body, &sql))
        return false;
    if (is_in)
        compile_lookup(c, &operand, &given, &body, &sql);
    boolean(q.negated ? arena_printf(c->arena, "(NOT %s)", sql) : sql, out);
    return !c->failed;
}

bool compile_row_subquery(struct compiler *c, const char *op, const struct expr *row,
                          const struct expr *subquery, const char **sql)
{
    struct output given = { 0 };
    struct operand operand;
    const struct relation *relation;
    const char *one;
    AUTO_BUF body = db_sql();
    bool differs = strcmp(op, "<>") == 0;
    if (!differs && strcmp(op, "=") != 0)
        return compile_refuse(c, "a row compared with a subquery by anything but = and <>");
    if (!compile_operand(c, row, &operand) || !compile_inside(c, subquery->select, &given, &body) ||
        !same_columns(c, &operand, &given) ||
        !compare_each(c, "=", &operand, &given, &relation, &one))
        return false;
    *sql = arena_printf(c->arena, "(%s(SELECT mysql_single(%s) FROM (%.*s) AS %s))",
                        differs ? "NOT " : "", one, (int)body.len, (const char *)body.data,
                        relation->sql_alias);
    return !c->failed;
}

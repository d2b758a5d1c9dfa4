/* expression.c - literals, columns, logic and integer arithmetic as SQLite has them. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"
#include "sql/lexer.h"

enum { NATIVE_DIGITS = 18 }; /* sums and products of so many fit 63 bits */

const char *compile_bound(struct compiler *c, const struct storage *storage,
                          const struct value *value)
{
    struct query *q = c->query;
    if (q->bound_count == BOUND_MAX) {
        compile_refuse(c, "more than 30,000 constants in a statement that searches rows");
        return "NULL";
    }
    if (q->bound_count == q->bound_room) {
        q->bound_room = q->bound_room > 0 ? 2 * q->bound_room : 16;
        q->bound = memory_resize(q->bound, q->bound_room * sizeof *q->bound);
    }
    q->bound[q->bound_count++] = (struct bound){ .storage = storage, .value = *value };
    return arena_printf(c->arena, "?%u", q->bound_count);
}

const char *compile_rows(struct compiler *c, const struct schema_rows *rows)
{
    static const struct value none = { .kind = VALUE_NULL };
    const char *sql = compile_bound(c, NULL, &none);
    if (!c->failed)
        c->query->bound[c->query->bound_count - 1].rows = rows;
    return sql;
}

static void constant(struct compiler *c, const struct value *value, struct typed *out)
{
    static const enum rep reps[] = {
        [VALUE_ABSENT] = REP_NULL,
        [VALUE_NULL] = REP_NULL,
        [VALUE_INT] = REP_INT,
        [VALUE_UINT] = REP_INT,
        [VALUE_FLOAT] = REP_REAL,
        [VALUE_DOUBLE] = REP_REAL,
        [VALUE_DECIMAL] = REP_DECIMAL,
        [VALUE_DATE] = REP_DATE,
        [VALUE_TIME] = REP_TIME,
        [VALUE_DATETIME] = REP_DATETIME,
        [VALUE_TIMESTAMP] = REP_DATETIME,
        [VALUE_TEXT] = REP_TEXT,
        [VALUE_BLOB] = REP_BYTES,
    };
    *out = (struct typed){ .rep = reps[value->kind], .is_constant = true, .value = *value };
    out->is_nullable = out->rep == REP_NULL;
    out->is_unsigned = value->kind == VALUE_UINT && value->u > INT64_MAX;
    if (out->rep == REP_INT) {
        uint64_t left = value->kind == VALUE_INT && value->i < 0 ? 0 - value->u : value->u;
        for (; left > 0 || out->digits == 0; left /= 10)
            out->digits++;
    }
    if (out->rep == REP_TEXT)
        out->collation = c->session->collation;
    if (out->rep == REP_TEXT || out->rep == REP_BYTES)
        out->length = (uint32_t)value->bytes.len;
}

static bool compile_literal(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_NULL };
    if (expr->kind == EXPR_INTEGER || expr->kind == EXPR_BOOLEAN) {
        value.kind = expr->number > INT64_MAX ? VALUE_UINT : VALUE_INT;
        value.u = expr->number;
    } else if (expr->kind == EXPR_TEXT || expr->kind == EXPR_BYTES) {
        value.kind = expr->kind == EXPR_TEXT ? VALUE_TEXT : VALUE_BLOB;
        value.bytes = expr->text;
    }
    constant(c, &value, out);
    return true;
}

/* 1.5 keeps its digits: a text that columns of numbers read exactly. */
static bool compile_decimal(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_TEXT, .bytes = expr->text };
    constant(c, &value, out);
    out->rep = REP_DECIMAL;
    const uint8_t *point = memchr(expr->text.data, '.', expr->text.len);
    if (point != NULL)
        out->scale = (uint8_t)(expr->text.data + expr->text.len - point - 1);
    return true;
}

static bool compile_parameter(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static const struct value unknown = { .kind = VALUE_NULL };
    constant(c, c->values != NULL ? &c->values[expr->number] : &unknown, out);
    return true;
}

static bool compile_variable(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static const struct value unset = { .kind = VALUE_NULL };
    const struct value *value = query_variable(c->session, expr->name);
    constant(c, value != NULL ? value : &unset, out);
    return true;
}

static bool compile_system(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value;
    if (c->session->system_variable == NULL ||
        !c->session->system_variable(expr->name, expr->number != 0, &value, c->arena,
                                     c->session->arg))
        return compile_fail(c, PROBLEM_UNKNOWN_VARIABLE, "Unknown system variable '%s'",
                            expr->name);
    constant(c, &value, out);
    return true;
}

static bool compile_column(struct compiler *c, const struct expr *expr, struct typed *out)
{
    c->has_plain_column = true;
    return scope_find(c, expr, out);
}

static void boolean(struct compiler *c, const char *sql, struct typed *out)
{
    (void)c;
    *out = (struct typed){ .sql = sql, .rep = REP_INT, .is_nullable = true, .digits = 1 };
}

/* Text of a value inside a larger expression. */
static const char *sql_of(struct compiler *c, const struct typed *typed)
{
    return typed->is_constant ? compile_bound(c, NULL, &typed->value) : typed->sql;
}

bool compile_condition(struct compiler *c, const struct expr *expr, const char **sql)
{
    struct typed typed;
    if (!compile_expr(c, expr, &typed))
        return false;
    if (typed.rep != REP_INT && typed.rep != REP_NULL && typed.rep != REP_REAL)
        return compile_refuse(c, "a condition that is no number");
    if (typed.column != NULL && typed.storage->form == FORM_BIG_UNSIGNED)
        return compile_refuse(c, "an unsigned BIGINT as a condition");
    *sql = sql_of(c, &typed);
    return !c->failed;
}

static bool compile_logic(struct compiler *c, const struct expr *expr, struct typed *out)
{
    const char *left, *right;
    const char *word = expr->op == OPERATOR_AND ? "AND" : "OR";
    if (!compile_condition(c, expr->args, &left) || !compile_condition(c, expr->args->next, &right))
        return false;
    boolean(c, arena_printf(c->arena, "(%s %s %s)", left, word, right), out);
    return true;
}

static bool compile_not(struct compiler *c, const struct expr *expr, struct typed *out)
{
    const char *sql;
    if (!compile_condition(c, expr->args, &sql))
        return false;
    boolean(c, arena_printf(c->arena, "(NOT %s)", sql), out);
    return true;
}

static bool compile_compared(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a, b;
    const char *sql;
    if (!compile_expr(c, expr->args, &a) || !compile_expr(c, expr->args->next, &b) ||
        !compile_comparison(c, operator_text(expr->op), a, b, &sql))
        return false;
    boolean(c, sql, out);
    return true;
}

/* Integers whose result cannot leave 63 bits: SQLite's own arithmetic is then MySQL's. */
static bool compile_arithmetic(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a, b;
    if (!compile_expr(c, expr->args, &a) || !compile_expr(c, expr->args->next, &b))
        return false;
    bool ok = (a.rep == REP_INT || a.rep == REP_NULL) && (b.rep == REP_INT || b.rep == REP_NULL);
    if (!ok)
        return compile_refuse(c, "arithmetic on anything but integers");
    bool is_unsigned = a.is_unsigned || b.is_unsigned;
    if (expr->op == OPERATOR_MINUS && is_unsigned)
        return compile_refuse(c, "subtraction with unsigned columns");
    uint8_t digits = (uint8_t)(a.digits > b.digits ? a.digits + 1 : b.digits + 1);
    if (expr->op == OPERATOR_TIMES)
        digits = (uint8_t)(a.digits + b.digits);
    if (digits > NATIVE_DIGITS)
        return compile_refuse(c, "arithmetic on numbers of more than 17 digits");
    *out = (struct typed){ .sql = arena_printf(c->arena, "(%s %s %s)", sql_of(c, &a),
                                               operator_text(expr->op), sql_of(c, &b)),
                           .rep = REP_INT,
                           .is_unsigned = is_unsigned,
                           .is_nullable = a.is_nullable || b.is_nullable,
                           .digits = digits };
    return !c->failed;
}

static bool compile_negate(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a;
    if (!compile_expr(c, expr->args, &a))
        return false;
    if (!a.is_constant && a.rep == REP_INT && !a.is_unsigned && a.digits <= NATIVE_DIGITS) {
        *out = a;
        out->column = NULL;
        out->sql = arena_printf(c->arena, "(-%s)", a.sql);
        return true;
    }
    if (!a.is_constant || (a.rep != REP_INT && a.rep != REP_DECIMAL) ||
        (a.value.kind == VALUE_UINT && a.value.u != (uint64_t)INT64_MAX + 1))
        return compile_refuse(c, "the negative of this");
    *out = a;
    if (a.rep == REP_DECIMAL) {
        const char *text = arena_strn(c->arena, a.value.bytes.data, a.value.bytes.len);
        out->value.bytes =
            bytes_of_str(text[0] == '-' ? text + 1 : arena_printf(c->arena, "-%s", text));
        return true;
    }
    out->value.kind = VALUE_INT;
    out->value.u = 0 - a.value.u;
    out->is_unsigned = false;
    return true;
}

static bool compile_operator(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static bool (*const handlers[OPERATOR_COUNT])(struct compiler *, const struct expr *,
                                                  struct typed *) = {
        [OPERATOR_AND] = compile_logic,
        [OPERATOR_OR] = compile_logic,
        [OPERATOR_NOT] = compile_not,
        [OPERATOR_EQUAL] = compile_compared,
        [OPERATOR_NULL_SAFE] = compile_compared,
        [OPERATOR_NOT_EQUAL] = compile_compared,
        [OPERATOR_LESS] = compile_compared,
        [OPERATOR_LESS_EQUAL] = compile_compared,
        [OPERATOR_GREATER] = compile_compared,
        [OPERATOR_GREATER_EQUAL] = compile_compared,
        [OPERATOR_PLUS] = compile_arithmetic,
        [OPERATOR_MINUS] = compile_arithmetic,
        [OPERATOR_TIMES] = compile_arithmetic,
        [OPERATOR_NEGATE] = compile_negate,
    };
    if (handlers[expr->op] == NULL)
        return compile_refuse(c, operator_text(expr->op));
    return handlers[expr->op](c, expr, out);
}

static bool compile_between(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed value, low, high;
    const char *from, *to;
    if (!compile_expr(c, expr->args, &value) || !compile_expr(c, expr->args->next, &low) ||
        !compile_expr(c, expr->args->next->next, &high) ||
        !compile_comparison(c, ">=", value, low, &from) ||
        !compile_comparison(c, "<=", value, high, &to))
        return false;
    boolean(c, arena_printf(c->arena, "(%s(%s AND %s))", expr->negated ? "NOT " : "", from, to),
            out);
    return true;
}

static bool compile_in(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed value, item;
    AUTO_BUF sql = db_sql();
    if (expr->select != NULL)
        return compile_quantified(c, expr, out);
    if (!compile_expr(c, expr->args, &value))
        return false;
    buf_printf(&sql, "(%s(", expr->negated ? "NOT " : "");
    for (const struct expr *e = expr->args->next; e != NULL; e = e->next) {
        const char *one;
        if (!compile_expr(c, e, &item) || !compile_comparison(c, "=", value, item, &one))
            return false;
        buf_printf(&sql, "%s%s", e == expr->args->next ? "" : " OR ", one);
    }
    buf_str(&sql, "))");
    if (expr->count > 500) /* SQLite's depth of expressions */
        return compile_refuse(c, "IN with more than 500 values");
    boolean(c, arena_str(c->arena, buf_cstr(&sql)), out);
    return true;
}

static bool compile_is(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a;
    if (!compile_expr(c, expr->args, &a))
        return false;
    const char *sql = sql_of(c, &a);
    if (strcmp(expr->name, "null") != 0 && !compile_condition(c, expr->args, &sql))
        return false;
    boolean(c, arena_printf(c->arena, "(%s IS %s%s)", sql, expr->negated ? "NOT " : "", expr->name),
            out);
    out->is_nullable = false;
    return !c->failed;
}

bool compile_expr(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static bool (*const handlers[])(struct compiler *, const struct expr *, struct typed *) = {
        [EXPR_NULL] = compile_literal,
        [EXPR_INTEGER] = compile_literal,
        [EXPR_BOOLEAN] = compile_literal,
        [EXPR_TEXT] = compile_literal,
        [EXPR_BYTES] = compile_literal,
        [EXPR_DECIMAL] = compile_decimal,
        [EXPR_PARAMETER] = compile_parameter,
        [EXPR_COLUMN] = compile_column,
        [EXPR_VARIABLE] = compile_variable,
        [EXPR_SYSTEM] = compile_system,
        [EXPR_OPERATOR] = compile_operator,
        [EXPR_BETWEEN] = compile_between,
        [EXPR_IN] = compile_in,
        [EXPR_IS] = compile_is,
        [EXPR_FUNCTION] = compile_function,
        [EXPR_EXISTS] = compile_exists,
        [EXPR_SUBQUERY] = compile_scalar,
        [EXPR_QUANTIFIED] = compile_quantified,
        [EXPR_NEW_VALUE] = compile_new_value,
    };
    if (c->failed)
        return false;
    if (handlers[expr->kind] == NULL)
        return compile_refuse(c, "this kind of expression");
    return handlers[expr->kind](c, expr, out);
}

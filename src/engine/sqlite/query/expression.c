/* expression.c - literals, columns and logic; which file has the rest. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include "engine/sqlite/query/function.h"
#include "engine/sqlite/query/json_order.h"
#include "engine/sqlite/query/schema_tables.h"
#include "sql/lexer.h"

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

const char *compile_pointer(struct compiler *c, void *pointer, const char *type)
{
    static const struct value none = { .kind = VALUE_NULL };
    const char *sql = compile_bound(c, NULL, &none);
    if (!c->failed) {
        c->query->bound[c->query->bound_count - 1].pointer = pointer;
        c->query->bound[c->query->bound_count - 1].pointer_type = type;
    }
    return sql;
}

const char *compile_rows(struct compiler *c, const struct schema_rows *rows)
{
    union {
        const struct schema_rows *borrowed;
        void *pointer;
    } as = { rows };
    return compile_pointer(c, as.pointer, SCHEMA_ROWS_POINTER);
}

static bool is_utf8(const char *charset)
{
    return strncasecmp(charset, "utf8", 4) == 0;
}

static bool compile_literal(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_NULL };
    if (expr->kind == EXPR_INTEGER || expr->kind == EXPR_BOOLEAN) {
        value.kind = expr->number > INT64_MAX ? VALUE_UINT : VALUE_INT;
        value.u = expr->number;
    } else if (expr->kind == EXPR_TEXT || expr->kind == EXPR_BYTES) {
        if (expr->kind == EXPR_TEXT && expr->name != NULL && !is_utf8(expr->name))
            return compile_refuse(c, "a literal in another character set than utf8mb4");
        value.kind = expr->kind == EXPR_TEXT ? VALUE_TEXT : VALUE_BLOB;
        value.bytes = expr->text;
    }
    compile_constant(c, &value, out);
    out->is_boolean = expr->kind == EXPR_BOOLEAN;
    out->is_bits = expr->kind == EXPR_BYTES && expr->number != 0;
    return true;
}

/* 1.5 keeps its digits: a text that columns of numbers read exactly. */
static bool compile_decimal(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_TEXT, .bytes = expr->text };
    struct number number;
    char text[NUMBER_ROOM];
    if (!number_read(expr->text, &number) || !number_fits(&number))
        return compile_refuse(c, "a DECIMAL of more than 65 digits, or 30 behind the point");
    value.bytes = arena_copy(c->arena, bytes_of(text, number_text(&number, text)));
    compile_constant(c, &value, out);
    out->rep = REP_DECIMAL;
    out->collation = NULL;
    out->digits = (uint8_t)number_digits(&number);
    out->scale = number.scale;
    return true;
}

static bool compile_real(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_DOUBLE };
    value.d = strtod(arena_strn(c->arena, expr->text.data, expr->text.len), NULL);
    if (!isfinite(value.d))
        return compile_fail(c, PROBLEM_ILLEGAL_VALUE, "Illegal double value found during parsing");
    compile_constant(c, &value, out);
    return true;
}

static bool compile_parameter(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static const struct value unknown = { .kind = VALUE_NULL };
    compile_constant(c, c->values != NULL ? &c->values[expr->number] : &unknown, out);
    return true;
}

static bool compile_variable(struct compiler *c, const struct expr *expr, struct typed *out)
{
    static const struct value unset = { .kind = VALUE_NULL };
    const struct value *value = query_variable(c->session, expr->name);
    compile_constant(c, value != NULL ? value : &unset, out);
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
    compile_constant(c, &value, out);
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
    *out = typed_bool();
    out->sql = sql;
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
    *sql = truth_sql(c, &typed);
    return !c->failed;
}

/* A constant whose truth is plain; NULL is not. */
static bool is_known(const struct typed *typed, bool *truth)
{
    bool is_plain =
        typed->is_constant && (typed->value.kind == VALUE_INT || typed->value.kind == VALUE_UINT);
    *truth = is_plain && typed->value.u != 0;
    return is_plain;
}

/* What a constant decides is not asked of SQLite, whose planner would not see through it. */
static bool compile_logic(struct compiler *c, const struct expr *expr, struct typed *out)
{
    bool is_and = expr->op == OPERATOR_AND, truth;
    struct typed sides[2];
    if (!compile_expr(c, expr->args, &sides[0]) || !compile_expr(c, expr->args->next, &sides[1]))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        if (!is_known(&sides[i], &truth))
            continue;
        const char *decided = truth ? "1" : "0";
        boolean(c, truth == is_and ? truth_sql(c, &sides[1 - i]) : decided, out);
        return !c->failed;
    }
    const char *left = truth_sql(c, &sides[0]), *right = truth_sql(c, &sides[1]);
    const char *word = is_and ? "AND" : "OR";
    boolean(c, arena_printf(c->arena, "(%s %s %s)", left, word, right), out);
    return !c->failed;
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
    const char *sql;
    if (!compile_operands(c, operator_text(expr->op), expr->args, expr->args->next, &sql))
        return false;
    boolean(c, sql, out);
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
        [OPERATOR_DIVIDE] = compile_arithmetic,
        [OPERATOR_DIV] = compile_arithmetic,
        [OPERATOR_PERCENT] = compile_arithmetic,
        [OPERATOR_NEGATE] = compile_negate,
        [OPERATOR_BIT_OR] = compile_bits,
        [OPERATOR_BIT_AND] = compile_bits,
        [OPERATOR_BIT_XOR] = compile_bits,
        [OPERATOR_BIT_NOT] = compile_bits,
        [OPERATOR_SHIFT_LEFT] = compile_bits,
        [OPERATOR_SHIFT_RIGHT] = compile_bits,
        [OPERATOR_XOR] = compile_xor,
        [OPERATOR_PIPES] = call_concat,
        [OPERATOR_JSON_VALUE] = call_json_arrow,
        [OPERATOR_JSON_TEXT] = call_json_arrow,
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
        !compile_expr(c, expr->args->next->next, &high))
        return false;
    if (is_document(&value) || is_document(&low) || is_document(&high))
        return compile_refuse(c, "BETWEEN with JSON");
    if (!compile_comparison(c, ">=", value, low, &from) ||
        !compile_comparison(c, "<=", value, high, &to))
        return false;
    boolean(c, arena_printf(c->arena, "(%s(%s AND %s))", expr->negated ? "NOT " : "", from, to),
            out);
    return true;
}

enum { IN_CHUNK = 100, IN_MAX = 20000 };

/* One comparison an item, in groups: SQLite bounds how deep an expression is. */
static bool in_items(struct compiler *c, const struct expr *items, const struct typed *value,
                     struct buf *sql)
{
    unsigned count = 0;
    buf_str(sql, "((");
    for (const struct expr *e = items; e != NULL; e = e->next, count++) {
        struct typed item;
        const char *one;
        if (!compile_expr(c, e, &item) || !compile_comparison(c, "=", *value, item, &one))
            return false;
        buf_printf(sql, "%s%s", count == 0 ? "" : count % IN_CHUNK == 0 ? ") OR (" : " OR ", one);
    }
    buf_str(sql, "))");
    return !sql->failed || compile_refuse(c, "IN with as many values as this");
}

/* Integers among integers: SQLite's own IN. *done false: it is something else. */
static bool in_integers(struct compiler *c, const struct expr *items, const struct typed *value,
                        struct buf *sql, bool *done)
{
    *done = is_bare_integer(value);
    buf_printf(sql, "(%s IN (", value->is_constant ? "NULL" : value->sql);
    for (const struct expr *e = items; e != NULL && *done; e = e->next) {
        struct typed item;
        struct value whole;
        *done = e->kind != EXPR_SUBQUERY && compile_expr(c, e, &item) && item.is_constant &&
                !is_null(&item) && whole_constant(&item, &whole);
        if (*done)
            buf_printf(sql, "%s%lld", e == items ? "" : ",", (long long)whole.i);
    }
    buf_str(sql, "))");
    *done = *done && !value->is_constant;
    if (!*done)
        buf_reset(sql);
    return !c->failed;
}

static bool compile_in(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed value;
    bool done = false;
    AUTO_BUF sql = db_sql();
    if (expr->select != NULL)
        return compile_quantified(c, expr, out);
    if (expr->args->kind == EXPR_ROW)
        return compile_rows_in(c, expr, out);
    if (expr->count > IN_MAX)
        return compile_refuse(c, "IN with more than 20,000 values");
    const struct expr *items = expr->args->next;
    if (!compile_expr(c, expr->args, &value) || !in_integers(c, items, &value, &sql, &done) ||
        (!done && !in_items(c, items, &value, &sql)))
        return false;
    boolean(c, arena_printf(c->arena, "(%s%s)", expr->negated ? "NOT " : "", buf_cstr(&sql)), out);
    return true;
}

static bool compile_is(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a;
    bool is_null = strcmp(expr->name, "null") == 0;
    if (!compile_expr(c, expr->args, &a))
        return false;
    if (is_null && a.is_constant) {
        boolean(c, "", out);
        out->is_constant = true;
        out->is_nullable = false;
        out->value =
            (struct value){ .kind = VALUE_INT, .i = (a.value.kind == VALUE_NULL) != expr->negated };
        return true;
    }
    const char *sql = is_null ? sql_of(c, &a) : truth_sql(c, &a);
    boolean(c, arena_printf(c->arena, "(%s IS %s%s)", sql, expr->negated ? "NOT " : "", expr->name),
            out);
    out->is_nullable = false;
    return !c->failed;
}

/* Texts in texts: beyond it nothing more is compiled. */
#define EXPRESSION_BYTES_MAX ((size_t)512 << 20)

/* WITH ROLLUP: an aggregate is over the rows as they are; what is rolled up has a type, but no
 * value. */
static bool compile_rolling(struct compiler *c, const struct expr *expr, struct typed *out)
{
    c->is_rolling = false;
    bool ok = compile_expr(c, expr, out);
    c->is_rolling = true;
    if (expr_is_aggregate(expr))
        return ok;
    out->sql = "NULL";
    out->is_constant = false;
    out->is_nullable = true;
    out->engine_table = NULL;
    return ok;
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
        [EXPR_REAL] = compile_real,
        [EXPR_TEMPORAL] = compile_temporal_literal,
        [EXPR_PARAMETER] = compile_parameter,
        [EXPR_COLUMN] = compile_column,
        [EXPR_VARIABLE] = compile_variable,
        [EXPR_SYSTEM] = compile_system,
        [EXPR_OPERATOR] = compile_operator,
        [EXPR_BETWEEN] = compile_between,
        [EXPR_IN] = compile_in,
        [EXPR_IS] = compile_is,
        [EXPR_LIKE] = compile_like,
        [EXPR_CASE] = compile_case,
        [EXPR_CAST] = compile_cast,
        [EXPR_COLLATE] = compile_collate,
        [EXPR_FUNCTION] = compile_function,
        [EXPR_EXISTS] = compile_exists,
        [EXPR_SUBQUERY] = compile_scalar,
        [EXPR_QUANTIFIED] = compile_quantified,
        [EXPR_NEW_VALUE] = compile_new_value,
    };
    if (c->failed)
        return false;
    if (c->is_rolling && (expr_is_aggregate(expr) || rollup_is_null(c, expr)))
        return compile_rolling(c, expr, out);
    if (c->arena->used > EXPRESSION_BYTES_MAX)
        return compile_refuse(c, "a statement as large as this");
    if (handlers[expr->kind] == NULL)
        return compile_refuse(c, "this kind of expression");
    return handlers[expr->kind](c, expr, out);
}

/* control.c - CASE and its relatives, as SQLite's CASE: only what is chosen is reckoned. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/function.h"
#include "engine/sqlite/query/json_order.h"

enum { BRANCHES_MAX = 200 };

bool eval_convert(struct evaluation *e, struct datum *out)
{
    const struct typed *type = &e->call->type;
    struct number number;
    bool is_valid;
    *out = e->args[0];
    switch (type->rep) {
    case REP_TEXT:
    case REP_BYTES:
        out->bytes = datum_to_text(&e->args[0], e->arena);
        out->rep = type->rep;
        return true;
    case REP_REAL:
        out->rep = REP_REAL;
        return datum_to_real(e, &e->args[0], &out->d);
    case REP_DECIMAL:
        if (!datum_to_number(e, &e->args[0], &number))
            return false;
        *out = datum_number(number_round(&number, type->scale, ROUND_HALF_UP));
        return true;
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
        if (!datum_to_temporal(e, &e->args[0], type->rep, out, &is_valid))
            return false;
        out->scale = type->scale;
        return is_valid || evaluation_refuse(e, "this value as a date");
    case REP_NULL:
    case REP_INT:
    case REP_COUNT:
        break;
    }
    return true;
}

static bool is_same(const struct typed *in, const struct typed *type)
{
    if (in->rep != type->rep)
        return false;
    if (in->rep == REP_TEXT || in->rep == REP_BYTES || in->rep == REP_INT || in->rep == REP_REAL)
        return true;
    return in->scale == type->scale;
}

bool convert_to(struct compiler *c, const struct typed *in, const struct typed *type,
                struct typed *out)
{
    struct typed plain = *type;
    plain.is_constant = false;
    plain.column = NULL;
    if (is_null(in)) {
        *out = plain;
        out->sql = "NULL";
        return true;
    }
    if (!is_same(in, type))
        return compile_call_1(c, eval_convert, in, plain, out);
    *out = *in;
    return true;
}

struct choice {
    struct typed types[BRANCHES_MAX];
    const char *conditions[BRANCHES_MAX];
    unsigned count; /* of results: one more than conditions where there is an ELSE */
    unsigned condition_count;
};

static bool merge_choice(struct compiler *c, struct choice *choice, struct typed *type)
{
    *type = choice->types[0];
    for (unsigned i = 1; i < choice->count; i++)
        if (!merge_types(c, type, &choice->types[i], type))
            return false;
    type->is_nullable = type->is_nullable || choice->condition_count == choice->count;
    if (type->column != NULL || type->is_constant || choice->count == 1) {
        struct typed nothing = { .rep = REP_NULL };
        return merge_types(c, type, &nothing, type);
    }
    return true;
}

/* CASE WHEN … THEN … ELSE … END with all results of one type. */
static bool write_choice(struct compiler *c, struct choice *choice, struct typed *out)
{
    struct typed type, converted;
    AUTO_BUF sql = db_sql();
    if (!merge_choice(c, choice, &type))
        return false;
    buf_str(&sql, "CASE");
    for (unsigned i = 0; i < choice->count; i++) {
        if (!convert_to(c, &choice->types[i], &type, &converted))
            return false;
        const char *value = is_null(&converted) ? "NULL" : plain_sql(c, &converted);
        if (i < choice->condition_count)
            buf_printf(&sql, " WHEN %s THEN %s", choice->conditions[i], value);
        else
            buf_printf(&sql, " ELSE %s", value);
    }
    buf_str(&sql, " END");
    *out = type;
    out->is_constant = false;
    out->sql = arena_printf(c->arena, "(%s)", buf_cstr(&sql));
    if (sql.failed)
        return compile_refuse(c, "an expression as long as this");
    return !c->failed;
}

static bool add_branch(struct compiler *c, struct choice *choice, const char *condition,
                       const struct typed *type)
{
    if (choice->count == BRANCHES_MAX)
        return compile_refuse(c, "CASE with more than 200 branches");
    if (condition != NULL)
        choice->conditions[choice->condition_count++] = condition;
    choice->types[choice->count++] = *type;
    return true;
}

/* WHEN: equal to the operand. Of a document MySQL compares the text here. */
static bool compile_when(struct compiler *c, const struct typed *operand, const struct expr *e,
                         const char **condition)
{
    struct typed when, text = *operand;
    if (!compile_expr(c, e, &when))
        return false;
    bool has_document = is_document(operand) || is_document(&when);
    if (has_document && (!operand->is_json || is_document(&when) || when.rep != REP_TEXT))
        return compile_refuse(c, "CASE of JSON and other values than texts");
    text.is_json = false;
    return compile_comparison(c, "=", text, when, condition);
}

bool compile_case(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct choice *choice = arena_alloc(c->arena, sizeof *choice);
    const struct expr *e = expr->args;
    struct typed operand, then;
    const char *condition;
    if (expr->number != 0) {
        if (!compile_expr(c, e, &operand))
            return false;
        e = e->next;
    }
    for (; e != NULL && e->next != NULL; e = e->next->next) {
        if (expr->number == 0 ? !compile_condition(c, e, &condition)
                              : !compile_when(c, &operand, e, &condition))
            return false;
        if (!compile_expr(c, e->next, &then) || !add_branch(c, choice, condition, &then))
            return false;
    }
    if (e != NULL && (!compile_expr(c, e, &then) || !add_branch(c, choice, NULL, &then)))
        return false;
    return write_choice(c, choice, out);
}

bool call_if(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct choice *choice = arena_alloc(c->arena, sizeof *choice);
    struct typed yes, no;
    const char *condition;
    return compile_condition(c, e->args, &condition) && compile_expr(c, e->args->next, &yes) &&
           compile_expr(c, e->args->next->next, &no) && add_branch(c, choice, condition, &yes) &&
           add_branch(c, choice, NULL, &no) && write_choice(c, choice, out);
}

/* COALESCE, IFNULL */
bool call_coalesce(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct choice *choice = arena_alloc(c->arena, sizeof *choice);
    bool is_nullable = true;
    for (const struct expr *a = e->args; a != NULL; a = a->next) {
        struct typed one;
        if (!compile_expr(c, a, &one))
            return false;
        is_nullable = is_nullable && (one.is_nullable || is_null(&one));
        const char *sql = is_null(&one) ? "NULL" : one.is_constant ? "1" : one.sql;
        bool is_last = a->next == NULL;
        const char *condition = is_last ? NULL : arena_printf(c->arena, "(%s) IS NOT NULL", sql);
        if (!add_branch(c, choice, condition, &one))
            return false;
    }
    if (!write_choice(c, choice, out))
        return false;
    out->is_nullable = is_nullable;
    return true;
}

/* NVL2(a, b, c): b where a is not NULL */
bool call_nvl2(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct expr is_null = { .kind = EXPR_IS, .args = e->args, .count = 1, .name = "null" };
    struct expr swapped = { .kind = EXPR_FUNCTION, .name = "if", .args = &is_null, .count = 3 };
    struct expr no = *e->args->next->next, yes = *e->args->next;
    is_null.next = &no;
    no.next = &yes;
    yes.next = NULL;
    return call_if(c, &swapped, out);
}

bool call_nullif(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct choice *choice = arena_alloc(c->arena, sizeof *choice);
    struct typed a, b, nothing = { .rep = REP_NULL };
    const char *equal;
    return compile_expr(c, e->args, &a) && compile_expr(c, e->args->next, &b) &&
           compile_comparison(c, "=", a, b, &equal) && add_branch(c, choice, equal, &nothing) &&
           add_branch(c, choice, NULL, &a) && write_choice(c, choice, out);
}

/* function.c - functions by their names (functions.def), and those that the session answers. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/function.h"
#include <limits.h>
#include <strings.h>
#include "sql/charset.h"

static void text(struct compiler *c, const char *value, struct typed *out)
{
    *out = (struct typed){ .rep = value != NULL && value[0] != '\0' ? REP_TEXT : REP_NULL,
                           .is_constant = true,
                           .is_nullable = true,
                           .collation = c->session->collation };
    out->value.kind = out->rep == REP_TEXT ? VALUE_TEXT : VALUE_NULL;
    if (out->rep == REP_TEXT)
        out->value.bytes = bytes_of_str(arena_str(c->arena, value));
    out->length = (uint32_t)(out->rep == REP_TEXT ? out->value.bytes.len : 0);
}

static void number(uint64_t value, struct typed *out)
{
    *out = (struct typed){ .rep = REP_INT, .is_constant = true, .digits = 20, .is_unsigned = true };
    out->value = (struct value){ .kind = VALUE_UINT, .u = value };
}

bool call_database(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->db, out);
    return true;
}

bool call_version(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->version, out);
    return true;
}

bool call_user(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->user, out);
    return true;
}

bool call_account(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->account, out);
    return true;
}

bool call_connection_id(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(c->session->connection_id, out);
    return true;
}

bool call_last_insert_id(struct compiler *c, const struct expr *e, struct typed *out)
{
    if (e->count > 0)
        return compile_last_insert_id(c, e, out);
    number(c->session->last_insert_id, out);
    return true;
}

bool call_found_rows(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(c->session->found_rows, out);
    return true;
}

bool call_row_count(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(0, out);
    out->is_unsigned = false;
    out->value = (struct value){ .kind = VALUE_INT, .i = c->session->row_count };
    return true;
}

/* Of any row of the group. */
bool call_any_value(struct compiler *c, const struct expr *e, struct typed *out)
{
    bool before = c->has_plain_column;
    if (c->rollup != NULL)
        return compile_refuse(c, "ANY_VALUE in a SELECT … WITH ROLLUP");
    bool ok = compile_expr(c, e->args, out);
    c->has_plain_column = before;
    return ok;
}

static bool collation_of(struct compiler *c, const struct expr *e, const char **out)
{
    struct typed arg;
    if (!compile_expr(c, e->args, &arg))
        return false;
    *out = arg.rep == REP_TEXT && !is_null(&arg) ? arg.collation : "binary";
    return true;
}

bool call_collation(struct compiler *c, const struct expr *e, struct typed *out)
{
    const char *collation;
    if (!collation_of(c, e, &collation))
        return false;
    text(c, collation, out);
    return true;
}

bool call_charset(struct compiler *c, const struct expr *e, struct typed *out)
{
    const char *collation;
    if (!collation_of(c, e, &collation))
        return false;
    const struct charset *charset = charset_by_collation(collation);
    text(c, charset != NULL ? charset_name(charset) : "binary", out);
    return true;
}

bool call_isnull(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct expr is = { .kind = EXPR_IS, .args = e->args, .count = 1, .name = "null" };
    return compile_expr(c, &is, out);
}

#define ANY UINT_MAX /* no enumerator holds it */

static const struct function_row {
    const char *name;
    unsigned least, most;
    bool (*special)(struct compiler *, const struct expr *, struct typed *);
    unsigned flags;
    type_fn *type;
    call_fn *eval;
    int number;
} functions[] = {
#define SPECIAL(name, least, most, handler) { name, least, most, call_##handler, 0, NULL, NULL, 0 },
#define FUNCTION(name, least, most, flags, type, eval, number)                                     \
    { name, least, most, NULL, flags, type_##type, eval_##eval, number },
#include "engine/sqlite/query/functions.def"
#undef SPECIAL
#undef FUNCTION
};

static bool compile_row(struct compiler *c, const struct function_row *row, const struct expr *e,
                        struct typed *out)
{
    struct typed *args = arena_alloc(c->arena, (e->count + 1) * sizeof *args);
    struct call call = { .eval = row->eval,
                         .flags = row->flags,
                         .args = args,
                         .count = e->count,
                         .number = row->number };
    unsigned i = 0;
    for (const struct expr *a = e->args; a != NULL; a = a->next, i++) {
        if (!compile_expr(c, a, &args[i]))
            return false;
        bool is_bit = args[i].column != NULL && args[i].column->type == SQL_BIT;
        if (is_bit && (row->flags & CALL_COUNTS_BITS) != 0)
            args[i].column = NULL;
    }
    return row->type(c, &call) && compile_call(c, &call, out);
}

/* TIMESTAMP(d), TIMESTAMP(d, t) */
bool call_timestamp(struct compiler *c, const struct expr *e, struct typed *out)
{
    static const struct function_row rows[] = {
        { "timestamp", 1, 1, NULL, 0, type_temporal, eval_temporal, REP_DATETIME },
        { "timestamp", 2, 2, NULL, 0, type_timestamp_sum, eval_addtime, 1 },
    };
    return compile_row(c, &rows[e->count - 1], e, out);
}

bool compile_function(struct compiler *c, const struct expr *e, struct typed *out)
{
    if (e->over != NULL)
        return compile_window(c, e, out);
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        const struct function_row *row = &functions[i];
        if (strcasecmp(row->name, e->name) != 0)
            continue;
        if (e->count < row->least || e->count > row->most)
            return compile_fail(c, PROBLEM_WRONG_ARGUMENTS,
                                "Incorrect parameter count in the call to native function '%s'",
                                e->name);
        return row->special != NULL ? row->special(c, e, out) : compile_row(c, row, e, out);
    }
    return compile_fail(c, PROBLEM_NOT_SUPPORTED, "the function %s: not supported here", e->name);
}

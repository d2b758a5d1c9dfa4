/* function.c - functions: what the session answers, and the aggregates that SQLite computes alike.
 */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"

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

static bool call_database(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->db, out);
    return true;
}

static bool call_version(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->version, out);
    return true;
}

static bool call_user(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->user, out);
    return true;
}

static bool call_account(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    text(c, c->session->account, out);
    return true;
}

static bool call_connection_id(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(c->session->connection_id, out);
    return true;
}

static bool call_last_insert_id(struct compiler *c, const struct expr *e, struct typed *out)
{
    if (e->count > 0)
        return compile_last_insert_id(c, e, out);
    number(c->session->last_insert_id, out);
    return true;
}

static bool call_found_rows(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(c->session->found_rows, out);
    return true;
}

static bool call_row_count(struct compiler *c, const struct expr *e, struct typed *out)
{
    (void)e;
    number(0, out);
    out->is_unsigned = false;
    out->value = (struct value){ .kind = VALUE_INT, .i = c->session->row_count };
    return true;
}

static bool call_now(struct compiler *c, const struct expr *e, struct typed *out)
{
    *out = (struct typed){ .rep = REP_DATETIME, .is_constant = true };
    out->value.kind = VALUE_DATETIME;
    if (e->count > 0)
        return compile_refuse(c, "a fraction of the time");
    uint64_t now = c->session->now_us - c->session->now_us % 1000000;
    if (zone_local(c->session, now, &out->value.time, c->err))
        return true;
    c->failed = true;
    return false;
}

static bool call_count(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg = { .sql = "*" };
    bool before = c->has_plain_column;
    c->has_aggregate = true;
    if (e->args->kind != EXPR_STAR && !compile_expr(c, e->args, &arg))
        return false;
    if (arg.is_constant)
        arg.sql = compile_bound(c, NULL, &arg.value);
    if (e->distinct && e->args->kind != EXPR_STAR && !sort_key(c, &arg, &arg.sql))
        return false;
    c->has_plain_column = before;
    *out = (struct typed){ .sql = arena_printf(c->arena, "count(%s%s)",
                                               e->distinct ? "DISTINCT " : "", arg.sql),
                           .rep = REP_INT,
                           .digits = 18 };
    return !c->failed;
}

/* DECIMAL, as MySQL has it. SQLite adds in 63 bits and reports what does not fit: 11 digits leave
 * room for 90 million rows. */
static bool call_sum(struct compiler *c, const struct expr *e, struct typed *out)
{
    enum { DIGITS_MAX = 11, SUM_DIGITS = 22 };
    struct typed arg;
    bool before = c->has_plain_column;
    c->has_aggregate = true;
    if (!compile_expr(c, e->args, &arg))
        return false;
    if (arg.is_constant || arg.rep != REP_INT || arg.digits > DIGITS_MAX)
        return compile_refuse(c, "SUM of anything but integers of at most 11 digits");
    c->has_plain_column = before;
    *out = (struct typed){ .sql = arena_printf(c->arena, "sum(%s%s)",
                                               e->distinct ? "DISTINCT " : "", arg.sql),
                           .rep = REP_DECIMAL,
                           .digits = SUM_DIGITS,
                           .is_nullable = true };
    return true;
}

/* The least and the greatest are in the stored form's own order, but for labels. */
static bool call_extreme(struct compiler *c, const struct expr *e, struct typed *out)
{
    const char *key;
    bool before = c->has_plain_column;
    c->has_aggregate = true;
    if (!compile_expr(c, e->args, out) || !sort_key(c, out, &key))
        return false;
    c->has_plain_column = before;
    if (out->rep == REP_TEXT)
        return compile_refuse(c, "MIN and MAX of texts");
    out->sql =
        arena_printf(c->arena, "%s(%s)", strcasecmp(e->name, "min") == 0 ? "min" : "max", key);
    out->is_nullable = true;
    return true;
}

bool compile_function(struct compiler *c, const struct expr *e, struct typed *out)
{
    enum { ANY = 1000 };
    static const struct {
        const char *name;
        unsigned count; /* or ANY */
        bool (*compile)(struct compiler *, const struct expr *, struct typed *);
    } functions[] = {
#define FUNCTION(name, count, handler) { name, count, call_##handler },
#include "engine/sqlite/query/functions.def"
#undef FUNCTION
    };
    if (e->over != NULL)
        return compile_window(c, e, out);
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        if (strcasecmp(functions[i].name, e->name) != 0)
            continue;
        if (functions[i].count != ANY && functions[i].count != e->count)
            return compile_fail(c, PROBLEM_WRONG_ARGUMENTS,
                                "Incorrect parameter count in the call to native function '%s'",
                                e->name);
        return functions[i].compile(c, e, out);
    }
    return compile_fail(c, PROBLEM_NOT_SUPPORTED, "the function %s: not supported here", e->name);
}

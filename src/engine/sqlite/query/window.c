/* window.c - OVER (…): the window functions that SQLite has as MySQL has them.
 *
 * Partitions and order go by the keys that GROUP BY and ORDER BY have; frames are the parser's own
 * words. Aggregates over windows are compiled as they are elsewhere. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"

enum gives { GIVES_INTEGER, GIVES_REAL, GIVES_ARGUMENT };

static const struct {
    const char *name;
    unsigned least, most; /* arguments */
    enum gives gives;
} functions[] = {
    { "row_number", 0, 0, GIVES_INTEGER },   { "rank", 0, 0, GIVES_INTEGER },
    { "dense_rank", 0, 0, GIVES_INTEGER },   { "ntile", 1, 1, GIVES_INTEGER },
    { "percent_rank", 0, 0, GIVES_REAL },    { "cume_dist", 0, 0, GIVES_REAL },
    { "lag", 1, 2, GIVES_ARGUMENT },         { "lead", 1, 2, GIVES_ARGUMENT },
    { "first_value", 1, 1, GIVES_ARGUMENT }, { "last_value", 1, 1, GIVES_ARGUMENT },
    { "nth_value", 2, 2, GIVES_ARGUMENT },
};

static const struct window *named(struct compiler *c, const struct window *over)
{
    const struct window *window = c->select != NULL ? c->select->windows : NULL;
    if (over->name == NULL)
        return over;
    if (over->partition != NULL || over->order != NULL || over->frame != NULL) {
        compile_refuse(c, "a window that refines another");
        return NULL;
    }
    while (window != NULL && strcasecmp(window->name, over->name) != 0)
        window = window->next;
    if (window == NULL)
        compile_fail(c, PROBLEM_NO_WINDOW, "Window name '%s' is not defined.", over->name);
    return window;
}

static bool add_key(struct compiler *c, const struct expr *expr, struct buf *sql)
{
    struct typed typed;
    const char *key;
    if (!compile_expr(c, expr, &typed) || !sort_key(c, &typed, &key))
        return false;
    buf_str(sql, key);
    return true;
}

static bool compile_over(struct compiler *c, const struct window *over, struct buf *sql)
{
    const struct window *window = named(c, over);
    if (window == NULL)
        return false;
    buf_str(sql, " OVER (");
    for (const struct expr *e = window->partition; e != NULL; e = e->next) {
        buf_str(sql, e == window->partition ? "PARTITION BY " : ",");
        if (!add_key(c, e, sql))
            return false;
    }
    for (const struct order_item *o = window->order; o != NULL; o = o->next) {
        buf_str(sql, o == window->order ? " ORDER BY " : ",");
        if (!add_key(c, o->expr, sql))
            return false;
        buf_str(sql, o->descending ? " DESC" : "");
    }
    buf_printf(sql, "%s%s)", window->frame != NULL ? " " : "",
               window->frame != NULL ? window->frame : "");
    return !c->failed;
}

static bool add_arguments(struct compiler *c, const struct expr *e, struct typed *first,
                          struct buf *sql)
{
    unsigned i = 0;
    for (const struct expr *arg = e->args; arg != NULL; arg = arg->next, i++) {
        struct typed typed;
        if (!compile_expr(c, arg, &typed))
            return false;
        bool is_number = typed.is_constant && typed.rep == REP_INT && typed.value.kind == VALUE_INT;
        if (i > 0 && (!is_number || typed.value.i < 0))
            return compile_refuse(c, "a window function's second argument that is no number");
        if (i == 0 && e->count == 1 && strcasecmp(e->name, "ntile") == 0 && !is_number)
            return compile_refuse(c, "NTILE of anything but a number");
        if (i == 0 && typed.is_constant && !is_number)
            return compile_refuse(c, "a window function of a constant");
        if (i == 0)
            *first = typed;
        buf_printf(sql, "%s%s", i > 0 ? "," : "",
                   typed.is_constant ? compile_bound(c, NULL, &typed.value) : typed.sql);
    }
    return true;
}

static bool compile_native(struct compiler *c, const struct expr *e, size_t function,
                           struct typed *out)
{
    struct typed first = { .rep = REP_INT };
    AUTO_BUF sql = db_sql();
    if (e->count < functions[function].least || e->count > functions[function].most)
        return compile_refuse(c, "this number of arguments of a window function");
    buf_printf(&sql, "%s(", functions[function].name);
    if (!add_arguments(c, e, &first, &sql))
        return false;
    buf_str(&sql, ")");
    if (!compile_over(c, e->over, &sql))
        return false;
    if (functions[function].gives == GIVES_ARGUMENT)
        *out = first;
    else
        *out = (struct typed){
            .rep = functions[function].gives == GIVES_REAL ? REP_REAL : REP_INT,
            .digits = functions[function].gives == GIVES_INTEGER ? 18 : 0,
        };
    out->is_constant = false;
    out->is_nullable = functions[function].gives == GIVES_ARGUMENT;
    out->sql = arena_str(c->arena, buf_cstr(&sql));
    return true;
}

/* An aggregate as it is elsewhere; its text ends where OVER goes. */
static bool compile_aggregate(struct compiler *c, const struct expr *e, struct typed *out)
{
    static const char *const names[] = { "count", "sum", "min", "max" };
    struct expr plain = *e;
    bool had_aggregate = c->has_aggregate, is_known = false;
    AUTO_BUF sql = db_sql();
    struct typed arg;
    plain.over = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        is_known = is_known || strcasecmp(names[i], e->name) == 0;
    if (!is_known || e->distinct)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED, "%s … OVER: not supported here", e->name);
    if (e->args->kind != EXPR_STAR && !compile_expr(c, e->args, &arg))
        return false;
    bool is_bit = e->args->kind != EXPR_STAR && arg.column != NULL && arg.column->type == SQL_BIT;
    if (is_bit && strncasecmp(e->name, "m", 1) == 0)
        return compile_refuse(c, "MIN and MAX of a BIT over a window");
    if (!compile_function(c, &plain, out))
        return false;
    c->has_aggregate = had_aggregate;
    buf_str(&sql, out->sql);
    if (strncasecmp(out->sql, e->name, strlen(e->name)) != 0)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED, "%s … OVER of this: not supported here",
                            e->name);
    if (!compile_over(c, e->over, &sql))
        return false;
    out->sql = arena_str(c->arena, buf_cstr(&sql));
    out->is_nullable = true;
    return true;
}

bool compile_window(struct compiler *c, const struct expr *expr, struct typed *out)
{
    if (c->rollup != NULL)
        return compile_refuse(c, "OVER in a SELECT … WITH ROLLUP");
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        if (strcasecmp(functions[i].name, expr->name) == 0)
            return compile_native(c, expr, i, out);
    return compile_aggregate(c, expr, out);
}

/* rollup.c - GROUP BY a, b WITH ROLLUP: the groups, those of a alone, and all rows.
 *
 * A SELECT for each level, joined by UNION ALL: what is grouped by is NULL where it is rolled up.
 * Behind the items of each stand the keys of its group, by which the whole is sorted as the servers
 * give it: every group's total behind its parts. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/function.h"

enum { LEVELS_MAX = 20 };

/* What stands in GROUP BY: by its place or alias, an item. */
static const struct expr *meant(const struct select *select, const struct expr *e)
{
    const struct select_item *item = NULL;
    uint64_t place = 1;
    for (const struct select_item *i = select->items; i != NULL; i = i->next, place++)
        if ((e->kind == EXPR_INTEGER && e->number == place) ||
            (e->kind == EXPR_COLUMN && e->table == NULL && i->alias != NULL &&
             strcasecmp(i->alias, e->name) == 0))
            item = i;
    return item != NULL ? item->expr : e;
}

static bool is_same(struct compiler *c, const struct expr *a, const struct expr *b)
{
    struct relation *x = NULL, *y = NULL;
    unsigned i = 0, k = 0;
    if (a->kind != EXPR_COLUMN || b->kind != EXPR_COLUMN)
        return expr_equal(a, b);
    return scope_resolve(c, a, &x, &i) && scope_resolve(c, b, &y, &k) && x != NULL && x == y &&
           i == k;
}

/* Its place in GROUP BY; -1: it is not there. */
static int group_of(struct compiler *c, const struct expr *expr)
{
    int place = 0;
    const struct select *select = c->rollup->select;
    for (const struct expr *e = select->group; e != NULL; e = e->next, place++)
        if (is_same(c, expr, e) || is_same(c, expr, meant(select, e)))
            return place;
    return -1;
}

bool rollup_is_null(struct compiler *c, const struct expr *expr)
{
    return c->is_rolling && group_of(c, expr) >= (int)c->rollup->level;
}

/* GROUPING(a, b): a bit for each that is rolled up. */
bool call_grouping(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct value bits = { .kind = VALUE_INT };
    if (c->rollup == NULL || !c->is_rolling)
        return compile_refuse(c, "GROUPING outside of a SELECT … WITH ROLLUP");
    for (const struct expr *arg = e->args; arg != NULL; arg = arg->next) {
        int place = group_of(c, arg);
        if (place < 0)
            return compile_refuse(c, "GROUPING of what is not grouped by");
        bits.i = bits.i * 2 + (place >= (int)c->rollup->level);
    }
    compile_constant(c, &bits, out);
    out->digits = 20;
    return true;
}

/* The keys of a level's groups, and whether they are rolled up. */
bool rollup_write_keys(struct compiler *c, struct buf *sql)
{
    const struct select *select = c->rollup->select;
    unsigned level = c->rollup->level, place = 0;
    bool gives_always = level == 0 && c->connection->engine->flavour == FLAVOUR_MYSQL;
    for (const struct expr *e = select->group; e != NULL; e = e->next, place++) {
        struct typed typed;
        const char *key = gives_always ? "max(NULL)" : "NULL"; /* of no rows, too */
        if (place < level &&
            (!compile_expr(c, meant(select, e), &typed) || !sort_key(c, &typed, &key)))
            return false;
        buf_printf(sql, ",%d AS l%u,%s AS k%u", place >= level, place, key, place);
    }
    return true;
}

static bool check(struct compiler *c, const struct select *select, unsigned *levels)
{
    *levels = 0;
    for (const struct expr *e = select->group; e != NULL; e = e->next, ++*levels) {
        const struct expr *by = meant(select, e);
        if (by->kind != EXPR_COLUMN && by->kind != EXPR_FUNCTION && by->kind != EXPR_OPERATOR)
            return compile_refuse(c, "WITH ROLLUP of such an expression");
    }
    if (select->order != NULL && c->connection->engine->flavour == FLAVOUR_MARIADB)
        return compile_fail(c, PROBLEM_WRONG_USAGE, "Incorrect usage of CUBE/ROLLUP and ORDER BY");
    for (const struct order_item *o = select->order; o != NULL; o = o->next)
        if (o->expr->kind != EXPR_INTEGER &&
            (o->expr->kind != EXPR_COLUMN || o->expr->table != NULL))
            return compile_refuse(c, "WITH ROLLUP sorted by an expression");
    bool is_other = select->distinct || select->calc_found_rows || select->next != NULL ||
                    select->operation != SET_NONE || *levels > LEVELS_MAX;
    return !is_other || compile_refuse(c, "WITH ROLLUP together with DISTINCT or UNION");
}

static bool compile_level(struct compiler *c, const struct select *select, unsigned level,
                          struct output *out, struct buf *sql)
{
    struct scope saved;
    struct rollup rollup = { select, level };
    scope_enter(c, &saved);
    c->outer = saved.outer;
    c->rollup = &rollup;
    bool ok = compile_block(c, select, BLOCK_NESTED, out, sql);
    c->rollup = NULL;
    scope_leave(c, &saved);
    return ok;
}

bool compile_rollup(struct compiler *c, const struct select *select, struct output *out,
                    struct buf *sql)
{
    AUTO_BUF body = db_sql();
    unsigned levels;
    struct output *whole = arena_alloc(c->arena, sizeof *whole);
    if (!check(c, select, &levels))
        return false;
    for (unsigned level = levels + 1; level-- > 0;) {
        struct output one = { 0 };
        buf_str(&body, level < levels ? " UNION ALL " : "");
        if (!compile_level(c, select, level, &one, &body))
            return false;
        if (level == levels)
            *whole = one;
    }
    for (unsigned i = 0; i < whole->count; i++)
        whole->types[i].is_nullable = true;
    struct relation *relation = scope_add_output(c, "", whole);
    if (relation == NULL)
        return false;
    c->select = NULL;
    *out = *whole;
    for (unsigned i = 0; i < out->count; i++)
        buf_printf(sql, "%s%s.c%u AS c%u", i > 0 ? "," : "SELECT ", relation->sql_alias, i + 1,
                   i + 1);
    buf_str(sql, " FROM (");
    buf_append(sql, body.data, body.len);
    buf_printf(sql, ") AS %s", relation->sql_alias);
    for (unsigned i = 0; i < levels && select->order == NULL; i++)
        buf_printf(sql, "%s l%u, k%u", i > 0 ? "," : " ORDER BY", i, i);
    return compile_order_and_limit(c, select->order, &select->limit, sql);
}

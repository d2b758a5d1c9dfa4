/* query_source.c - FROM: tables, derived tables, joins. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/query_grammar.h"

static struct source *parse_joined(struct query_parser *q);

/* USE, FORCE, IGNORE INDEX (…): SQLite's planner decides by itself. */
static bool skip_index_hints(struct query_parser *q)
{
    while (query_at(q, KW_USE) || query_at(q, KW_FORCE) || query_at(q, KW_IGNORE)) {
        parser_next(&q->p);
        if (!query_take(q, KW_INDEX) && !query_take(q, KW_KEY))
            return query_stuck(q);
        if (query_take(q, KW_FOR)) {
            if (!query_take(q, KW_JOIN) && !query_take(q, KW_ORDER) && !query_take(q, KW_GROUP))
                return query_stuck(q);
            (void)query_take(q, KW_BY);
        }
        if (!at_punct(&q->p, '(') || expect_parenthesised(&q->p) == NULL)
            return query_stuck(q);
        (void)query_take_punct(q, ',');
    }
    return !q->p.failed;
}

static struct source *parse_derived(struct query_parser *q)
{
    struct source *source = arena_alloc(q->p.arena, sizeof *source);
    source->kind = SOURCE_SELECT;
    if (!query_expect_punct(q, '(') || !query_enter(q))
        return NULL;
    source->select = parse_select(q);
    query_leave(q);
    if (!query_expect_punct(q, ')') || !query_alias(q, false, &source->alias))
        return NULL;
    if (source->alias == NULL && !query_stuck(q))
        return NULL;
    if (query_take_punct(q, '(') &&
        !query_names(q, &source->column_names, &source->column_name_count))
        return NULL;
    return source;
}

static struct source *parse_parenthesis(struct query_parser *q)
{
    struct source *source = NULL;
    if (at_select(q))
        return parse_derived(q);
    parser_next(&q->p);
    if (!query_enter(q) || !parse_sources(q, &source))
        return NULL;
    query_leave(q);
    if (source->next != NULL) { /* (a, b) is a cross join */
        struct source *left = source;
        while (left->next != NULL) {
            struct source *join = arena_alloc(q->p.arena, sizeof *join);
            join->kind = SOURCE_JOIN;
            join->left = left;
            join->right = left->next;
            join->next = left->next->next;
            left->next = NULL;
            join->right->next = NULL;
            left = join;
        }
        source = left;
    }
    return query_expect_punct(q, ')') ? source : NULL;
}

static struct source *parse_factor(struct query_parser *q)
{
    if (q->p.failed)
        return NULL;
    if (at_punct(&q->p, '{')) {
        query_refuse(q, "{ OJ … }");
        return NULL;
    }
    if (at_punct(&q->p, '('))
        return parse_parenthesis(q);
    struct source *source = arena_alloc(q->p.arena, sizeof *source);
    source->kind = SOURCE_TABLE;
    if (!query_table(q, &source->db, &source->name))
        return NULL;
    if (query_at(q, KW_PARTITION) && parser_peek(&q->p, 1).punct == '(') {
        query_refuse(q, "PARTITION (…) behind a table");
        return NULL;
    }
    if (query_at(q, KW_FOR) && parser_peek(&q->p, 1).keyword == KW_SYSTEM_TIME) {
        query_refuse(q, "FOR SYSTEM_TIME");
        return NULL;
    }
    bool ok = query_alias(q, false, &source->alias) && skip_index_hints(q);
    return ok ? source : NULL;
}

/* The words of a join at hand; false: there is none. */
static bool take_join(struct query_parser *q, struct source *join)
{
    join->join = JOIN_INNER;
    join->natural = query_take(q, KW_NATURAL);
    if (query_take(q, KW_STRAIGHT_JOIN))
        return true;
    if (query_at(q, KW_LEFT) || query_at(q, KW_RIGHT)) {
        join->join = query_at(q, KW_LEFT) ? JOIN_LEFT : JOIN_RIGHT;
        parser_next(&q->p);
        (void)query_take(q, KW_OUTER);
        return query_expect(q, KW_JOIN);
    }
    if (query_take(q, KW_INNER) || query_take(q, KW_CROSS))
        return query_expect(q, KW_JOIN);
    return query_take(q, KW_JOIN) || (join->natural && query_stuck(q));
}

static bool parse_condition(struct query_parser *q, struct source *join)
{
    if (query_take(q, KW_ON)) {
        join->on = parse_expr(q);
        return join->on != NULL;
    }
    if (query_take(q, KW_USING))
        return query_expect_punct(q, '(') && query_names(q, &join->using, &join->using_count);
    if (join->join != JOIN_INNER && !join->natural)
        return query_stuck(q);
    return !q->p.failed;
}

/* a JOIN b JOIN c ON … ON …: a join without a condition of its own takes in those behind it. */
static struct source *parse_joined(struct query_parser *q)
{
    struct source *left = parse_factor(q);
    unsigned joins = 0;
    while (left != NULL && !q->p.failed) {
        struct source *join = arena_alloc(q->p.arena, sizeof *join);
        join->kind = SOURCE_JOIN;
        if (!take_join(q, join))
            break;
        if (++joins > 61) {
            query_refuse(q, "more than 61 tables in a join");
            return NULL;
        }
        join->left = left;
        join->right = parse_factor(q);
        if (join->right == NULL || !parse_condition(q, join))
            return NULL;
        left = join;
    }
    return q->p.failed ? NULL : left;
}

bool parse_sources(struct query_parser *q, struct source **out)
{
    struct source **end = out;
    do {
        *end = parse_joined(q);
        if (*end == NULL)
            return false;
        end = &(*end)->next;
    } while (query_take_punct(q, ','));
    return true;
}

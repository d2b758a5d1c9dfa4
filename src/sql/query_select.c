/* query_select.c - SELECT: items, clauses, unions, WITH. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/query_grammar.h"

/* ( … ( SELECT: a subquery, however many parentheses stand around it. */
bool at_select(const struct query_parser *q)
{
    unsigned n = 0;
    struct token token = q->p.token;
    struct lexer ahead = q->p.lexer;
    while (token.kind == TOKEN_PUNCT && token.punct == '(' && n++ < QUERY_DEPTH_MAX)
        token = lexer_next(&ahead);
    return token.kind == TOKEN_WORD && (token.keyword == KW_SELECT || token.keyword == KW_WITH);
}

bool parse_order_list(struct query_parser *q, struct order_item **out)
{
    struct order_item **end = out;
    do {
        struct order_item *item = arena_alloc(q->p.arena, sizeof *item);
        item->expr = parse_expr(q);
        item->descending = query_take(q, KW_DESC);
        if (!item->descending)
            (void)query_take(q, KW_ASC);
        *end = item;
        end = &item->next;
    } while (query_take_punct(q, ','));
    return !q->p.failed;
}

bool parse_order(struct query_parser *q, struct order_item **out)
{
    if (!query_take(q, KW_ORDER))
        return !q->p.failed;
    return query_expect(q, KW_BY) && parse_order_list(q, out);
}

static struct expr *limit_number(struct query_parser *q)
{
    bool is_parameter = at_punct(&q->p, '?');
    if (!is_parameter && q->p.token.kind != TOKEN_INTEGER) {
        query_stuck(q);
        return NULL;
    }
    return parse_operand(q);
}

bool parse_limit(struct query_parser *q, struct limit *out)
{
    if (!query_take(q, KW_LIMIT))
        return !q->p.failed;
    out->count = limit_number(q);
    if (query_take(q, KW_OFFSET)) {
        out->offset = limit_number(q);
    } else if (query_take_punct(q, ',')) {
        out->offset = out->count;
        out->count = limit_number(q);
    }
    return !q->p.failed;
}

static bool parse_item(struct query_parser *q, struct select *select)
{
    struct select_item *item = arena_alloc(q->p.arena, sizeof *item), **end = &select->items;
    const uint8_t *start = q->p.token.raw.data;
    item->expr = parse_expr(q);
    if (item->expr == NULL)
        return false;
    const uint8_t *stop = q->p.token.kind == TOKEN_END ? q->p.lexer.end : q->p.token.raw.data;
    while (stop > start && (stop[-1] <= ' '))
        stop--;
    item->text = arena_strn(q->p.arena, start, (size_t)(stop - start));
    if (!query_alias(q, true, &item->alias))
        return false;
    while (*end != NULL)
        end = &(*end)->next;
    *end = item;
    return ++select->item_count <= QUERY_ITEMS_MAX ||
           query_refuse(q, "more than 4096 columns in a SELECT");
}

static bool parse_options(struct query_parser *q, struct select *select)
{
    static const enum keyword ignored[] = { KW_ALL,
                                            KW_HIGH_PRIORITY,
                                            KW_STRAIGHT_JOIN,
                                            KW_SQL_BIG_RESULT,
                                            KW_SQL_SMALL_RESULT,
                                            KW_SQL_BUFFER_RESULT,
                                            KW_SQL_NO_CACHE,
                                            KW_SQL_CACHE };
    for (;;) {
        bool found = query_take(q, KW_DISTINCT) || query_take(q, KW_DISTINCTROW);
        select->distinct = select->distinct || found;
        if (query_take(q, KW_SQL_CALC_FOUND_ROWS))
            select->calc_found_rows = found = true;
        for (size_t i = 0; i < ARRAY_COUNT(ignored); i++)
            found = query_take(q, ignored[i]) || found;
        if (!found)
            return !q->p.failed;
    }
}

static bool parse_windows(struct query_parser *q, struct select *select)
{
    struct window **end = &select->windows;
    if (!query_take(q, KW_WINDOW))
        return !q->p.failed;
    do {
        struct window *window = arena_alloc(q->p.arena, sizeof *window);
        struct window body = { 0 };
        const char *name = query_name(q);
        if (!query_expect(q, KW_AS) || !query_expect_punct(q, '(') || !parse_window(q, &body))
            return false;
        if (body.name != NULL)
            return query_refuse(q, "a window that refines another");
        *window = body;
        window->name = name;
        *end = window;
        end = &window->next;
    } while (query_take_punct(q, ','));
    return true;
}

static bool parse_group(struct query_parser *q, struct select *select)
{
    unsigned count = 0;
    if (!query_take(q, KW_GROUP))
        return !q->p.failed;
    if (!query_expect(q, KW_BY))
        return false;
    select->group = parse_expr_list(q, &count);
    if (query_at(q, KW_ASC) || query_at(q, KW_DESC))
        return query_refuse(q, "GROUP BY … ASC or DESC");
    select->rollup = accept_words(&q->p, KW_WITH, KW_ROLLUP);
    return !q->p.failed;
}

static bool parse_into(struct query_parser *q, struct select *select)
{
    const char *names[64];
    if (!query_take(q, KW_INTO))
        return !q->p.failed;
    if (!at_punct(&q->p, '@'))
        return query_refuse(q, "SELECT … INTO anything but user variables");
    do {
        if (select->into_count == ARRAY_COUNT(names))
            return query_refuse(q, "SELECT … INTO more than 64 variables");
        if (!query_expect_punct(q, '@'))
            return false;
        names[select->into_count++] = expect_word_or_string(&q->p);
    } while (query_take_punct(q, ','));
    select->into = arena_alloc(q->p.arena, select->into_count * sizeof *select->into);
    memcpy(select->into, names, select->into_count * sizeof *select->into);
    return !q->p.failed;
}

/* FOR UPDATE, FOR SHARE [SKIP LOCKED | NOWAIT], LOCK IN SHARE MODE */
static bool parse_lock(struct query_parser *q, struct select *select)
{
    if (query_take(q, KW_LOCK)) {
        select->locks = true;
        return query_expect(q, KW_IN) && query_expect(q, KW_SHARE) && query_expect(q, KW_MODE);
    }
    if (!query_take(q, KW_FOR))
        return !q->p.failed;
    select->locks = true;
    select->is_for_update = query_take(q, KW_UPDATE);
    if (!select->is_for_update && !query_take(q, KW_SHARE))
        return query_stuck(q);
    if (query_take(q, KW_NOWAIT) || accept_words(&q->p, KW_SKIP, KW_LOCKED))
        return true;
    return !query_at(q, KW_WAIT) || query_refuse(q, "FOR UPDATE WAIT n");
}

bool parse_items(struct query_parser *q, struct select *select)
{
    do {
        if (!parse_item(q, select))
            return false;
    } while (query_take_punct(q, ','));
    return true;
}

static bool parse_body(struct query_parser *q, struct select *select)
{
    if (!query_expect(q, KW_SELECT) || !parse_options(q, select) || !parse_items(q, select))
        return false;
    if (!parse_into(q, select))
        return false;
    if (query_take(q, KW_FROM)) {
        if (!query_take(q, KW_DUAL) && !parse_sources(q, &select->from))
            return false;
    }
    if (query_take(q, KW_WHERE) && (select->where = parse_expr(q)) == NULL)
        return false;
    if (!parse_group(q, select))
        return false;
    if (query_take(q, KW_HAVING) && (select->having = parse_expr(q)) == NULL)
        return false;
    if (query_at(q, KW_PROCEDURE))
        return query_refuse(q, "PROCEDURE");
    return parse_windows(q, select);
}

static bool parse_tail(struct query_parser *q, struct select *select)
{
    return parse_order(q, &select->order) && parse_limit(q, &select->limit) &&
           parse_into(q, select) && parse_lock(q, select) && parse_into(q, select);
}

/* One member of a union: SELECT …, or a parenthesised whole. */
static struct select *parse_member(struct query_parser *q)
{
    struct select *select = arena_alloc(q->p.arena, sizeof *select);
    if (!query_take_punct(q, '('))
        return parse_body(q, select) ? select : NULL;
    if (!query_enter(q))
        return NULL;
    select->inner = parse_select(q);
    query_leave(q);
    return query_expect_punct(q, ')') ? select : NULL;
}

static enum set_operation parse_operation(struct query_parser *q)
{
    enum set_operation operation = SET_NONE;
    if (query_take(q, KW_UNION))
        operation = SET_UNION;
    else if (query_take(q, KW_EXCEPT))
        operation = SET_EXCEPT;
    else if (query_take(q, KW_INTERSECT))
        operation = SET_INTERSECT;
    else
        return SET_NONE;
    if (query_take(q, KW_ALL)) {
        if (operation != SET_UNION)
            query_refuse(q, "EXCEPT ALL and INTERSECT ALL");
        return SET_UNION_ALL;
    }
    (void)query_take(q, KW_DISTINCT);
    return operation;
}

static bool parse_ctes(struct query_parser *q, struct cte **out, bool *recursive)
{
    struct cte **end = out;
    *recursive = query_take(q, KW_RECURSIVE);
    do {
        struct cte *cte = arena_alloc(q->p.arena, sizeof *cte);
        cte->name = query_name(q);
        if (query_take_punct(q, '(') &&
            !query_names(q, &cte->column_names, &cte->column_name_count))
            return false;
        if (!query_expect(q, KW_AS) || !query_expect_punct(q, '(') || !query_enter(q))
            return false;
        cte->select = parse_select(q);
        query_leave(q);
        if (!query_expect_punct(q, ')'))
            return false;
        *end = cte;
        end = &cte->next;
    } while (query_take_punct(q, ','));
    return true;
}

struct select *parse_select(struct query_parser *q)
{
    struct cte *ctes = NULL;
    bool recursive = false;
    if (!query_enter(q) || (query_take(q, KW_WITH) && !parse_ctes(q, &ctes, &recursive)))
        return NULL;
    struct select *first = parse_member(q), *last = first;
    while (last != NULL) {
        enum set_operation operation = parse_operation(q);
        if (operation == SET_NONE)
            break;
        last->next = parse_member(q);
        last = last->next;
        if (last != NULL)
            last->operation = operation;
    }
    query_leave(q);
    if (last == NULL || q->p.failed || !parse_tail(q, first))
        return NULL;
    first->ctes = ctes;
    first->recursive = recursive;
    return first;
}

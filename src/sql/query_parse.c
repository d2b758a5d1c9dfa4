/* query_parse.c - see query_tree.h: the statement's first words, and what all its parts need. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/memory.h"
#include "sql/query_grammar.h"

enum { ER_PARSE = 1064, ER_NOT_SUPPORTED = 1235 };
#define TREE_BYTES_MAX ((size_t)1 << 30)

bool query_stuck(struct query_parser *q)
{
    if (!q->p.failed) {
        (void)parser_stuck(&q->p);
        q->p.err->code = ERR_REFUSED;
        q->p.err->server_errno = ER_PARSE;
    }
    return false;
}

bool query_refuse(struct query_parser *q, const char *what)
{
    if (!q->p.failed) {
        (void)parser_refuse(&q->p, "%s: not supported here", what);
        q->p.err->code = ERR_REFUSED;
        q->p.err->server_errno = ER_NOT_SUPPORTED;
    }
    return false;
}

bool query_enter(struct query_parser *q)
{
    if (q->p.failed)
        return false;
    if (++q->depth > QUERY_DEPTH_MAX)
        return query_refuse(q, "more than 200 parentheses in one another");
    return true;
}

void query_leave(struct query_parser *q)
{
    q->depth--;
}

bool query_at(const struct query_parser *q, enum keyword keyword)
{
    return !q->p.failed && at_word(&q->p, keyword);
}

bool query_take(struct query_parser *q, enum keyword keyword)
{
    return !q->p.failed && accept_word(&q->p, keyword);
}

bool query_take_punct(struct query_parser *q, char punct)
{
    return !q->p.failed && accept_punct(&q->p, punct);
}

bool query_expect(struct query_parser *q, enum keyword keyword)
{
    return query_take(q, keyword) || query_stuck(q);
}

bool query_expect_punct(struct query_parser *q, char punct)
{
    return query_take_punct(q, punct) || query_stuck(q);
}

const char *query_name(struct query_parser *q)
{
    if (!q->p.failed && at_name(&q->p))
        return expect_name(&q->p);
    query_stuck(q);
    return NULL;
}

bool query_alias(struct query_parser *q, bool may_be_text, const char **out)
{
    bool said = query_take(q, KW_AS);
    bool is_text = may_be_text && q->p.token.kind == TOKEN_STRING;
    *out = NULL;
    if (!said && !is_text && (!at_name(&q->p) || query_at(q, KW_WINDOW)))
        return !q->p.failed;
    *out = is_text ? expect_string(&q->p) : query_name(q);
    return *out != NULL || query_stuck(q);
}

bool query_names(struct query_parser *q, const char ***names, unsigned *count)
{
    unsigned room = 8;
    const char **list = arena_alloc(q->p.arena, room * sizeof *list);
    *count = 0;
    do {
        if (*count == QUERY_ITEMS_MAX)
            return query_refuse(q, "more than 4096 names in a list");
        if (*count == room) {
            const char **longer = arena_alloc(q->p.arena, 2 * room * sizeof *longer);
            memcpy(longer, list, room * sizeof *list);
            list = longer;
            room *= 2;
        }
        const char *name = query_name(q);
        if (name != NULL && query_take_punct(q, '.')) /* t.a in an INSERT's list */
            name = query_name(q);
        list[(*count)++] = name;
    } while (query_take_punct(q, ','));
    *names = list;
    return query_expect_punct(q, ')');
}

bool query_table(struct query_parser *q, const char **db, const char **name)
{
    *db = NULL;
    *name = query_name(q);
    if (*name != NULL && query_take_punct(q, '.')) {
        *db = *name;
        *name = query_name(q);
    }
    return !q->p.failed;
}

static bool parse_select_statement(struct query_parser *q)
{
    q->tree->kind = TREE_SELECT;
    q->tree->select = parse_select(q);
    return q->tree->select != NULL;
}

static bool parse_do(struct query_parser *q)
{
    struct select *select = arena_alloc(q->p.arena, sizeof *select);
    struct select_item **end = &select->items;
    q->tree->kind = TREE_DO;
    q->tree->select = select;
    do {
        struct select_item *item = arena_alloc(q->p.arena, sizeof *item);
        item->expr = parse_expr(q);
        item->text = "";
        *end = item;
        end = &item->next;
        select->item_count++;
    } while (query_take_punct(q, ','));
    return !q->p.failed;
}

bool parse_row_statement(struct query_parser *q)
{
    if (query_take(q, KW_INSERT))
        return parse_insert(q, false);
    if (query_take(q, KW_REPLACE))
        return parse_insert(q, true);
    if (query_take(q, KW_UPDATE))
        return parse_update(q);
    if (query_take(q, KW_DELETE))
        return parse_delete(q);
    if (at_select(q))
        return parse_select_statement(q);
    return query_stuck(q);
}

static bool parse_words(struct query_parser *q)
{
    if (query_take(q, KW_SHOW))
        return parse_show(q);
    if (query_take(q, KW_DESCRIBE) || query_take(q, KW_DESC) || query_take(q, KW_EXPLAIN))
        return parse_describe(q);
    if (query_take(q, KW_DO))
        return parse_do(q);
    return parse_row_statement(q);
}

static struct query_tree *tree_new(const struct ddl_session *session)
{
    struct query_tree *tree = memory_new(sizeof *tree);
    arena_init(&tree->arena, TREE_BYTES_MAX);
    tree->session = *session;
    return tree;
}

void query_tree_free(struct query_tree *tree)
{
    if (tree == NULL)
        return;
    arena_clear(&tree->arena);
    free(tree);
}

static bool finish(struct query_parser *q, bool ok)
{
    if (ok && !q->p.failed && !parser_at_end(&q->p))
        ok = query_stuck(q);
    ok = ok && !q->p.failed;
    if (!ok && q->p.err->server_errno == 0) { /* of a shared part: a name, a charset */
        q->p.err->code = ERR_REFUSED;
        q->p.err->server_errno = ER_PARSE;
    }
    parser_clear(&q->p);
    return ok;
}

bool query_parse(struct bytes text, const struct ddl_session *session, struct query_tree **out,
                 struct err *err)
{
    AUTO(query_tree) tree = tree_new(session);
    struct query_parser q = { .tree = tree };
    err->server_errno = 0;
    parser_init(&q.p, text, &tree->session, &tree->arena, err);
    bool ok = parser_convert(&q.p) && parse_words(&q);
    if (!finish(&q, ok))
        return false;
    *out = tree;
    tree = NULL;
    return true;
}

bool query_parse_expression(struct bytes text, const struct ddl_session *session,
                            struct query_tree **out, struct expr **expr, struct err *err)
{
    AUTO(query_tree) tree = tree_new(session);
    struct query_parser q = { .tree = tree };
    err->server_errno = 0;
    parser_init(&q.p, text, &tree->session, &tree->arena, err);
    struct expr *made = parser_convert(&q.p) ? parse_expr(&q) : NULL;
    if (!finish(&q, made != NULL))
        return false;
    *expr = made;
    *out = tree;
    tree = NULL;
    return true;
}

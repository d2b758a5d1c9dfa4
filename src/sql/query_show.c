/* query_show.c - SHOW, DESCRIBE and EXPLAIN. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "sql/query_grammar.h"

static bool parse_like(struct query_parser *q)
{
    if (query_take(q, KW_WHERE)) {
        q->tree->where = parse_expr(q);
        return q->tree->where != NULL;
    }
    if (!query_take(q, KW_LIKE))
        return !q->p.failed;
    q->tree->like = expr_new(q, EXPR_TEXT);
    return expect_text_literal(&q->p, &q->tree->like->text);
}

static bool from_database(struct query_parser *q)
{
    if (!query_take(q, KW_FROM) && !query_take(q, KW_IN))
        return !q->p.failed;
    q->tree->db = query_name(q);
    return q->tree->db != NULL;
}

static bool from_table(struct query_parser *q)
{
    if (!query_take(q, KW_FROM) && !query_take(q, KW_IN))
        return query_stuck(q);
    return query_table(q, &q->tree->db, &q->tree->table) && from_database(q);
}

static bool show_create(struct query_parser *q)
{
    if (query_take(q, KW_TABLE)) {
        q->tree->show = SHOW_CREATE_TABLE;
        return query_table(q, &q->tree->db, &q->tree->table);
    }
    if (!query_take(q, KW_DATABASE) && !query_take(q, KW_SCHEMA))
        return query_refuse(q, "SHOW CREATE of this");
    q->tree->show = SHOW_CREATE_DATABASE;
    if (query_take(q, KW_IF))
        q->tree->if_exists = query_expect(q, KW_NOT) && query_expect(q, KW_EXISTS);
    q->tree->db = query_name(q);
    return q->tree->db != NULL;
}

/* What follows the words. */
enum show_tail { TAIL_LIKE, TAIL_DATABASE, TAIL_TABLE, TAIL_PACKAGE };

static const struct {
    enum keyword first, second; /* second: NONE, or the word behind it */
    enum show_kind show;
    enum show_tail tail;
} lists[] = {
    { KW_DATABASES, KEYWORD_NONE, SHOW_DATABASES, TAIL_LIKE },
    { KW_SCHEMAS, KEYWORD_NONE, SHOW_DATABASES, TAIL_LIKE },
    { KW_TABLE, KW_STATUS, SHOW_TABLE_STATUS, TAIL_DATABASE },
    { KW_TABLES, KEYWORD_NONE, SHOW_TABLES, TAIL_DATABASE },
    { KW_COLUMNS, KEYWORD_NONE, SHOW_COLUMNS, TAIL_TABLE },
    { KW_FIELDS, KEYWORD_NONE, SHOW_COLUMNS, TAIL_TABLE },
    { KW_INDEX, KEYWORD_NONE, SHOW_INDEX, TAIL_TABLE },
    { KW_INDEXES, KEYWORD_NONE, SHOW_INDEX, TAIL_TABLE },
    { KW_KEYS, KEYWORD_NONE, SHOW_INDEX, TAIL_TABLE },
    { KW_TRIGGERS, KEYWORD_NONE, SHOW_TRIGGERS, TAIL_DATABASE },
    { KW_EVENTS, KEYWORD_NONE, SHOW_EVENTS, TAIL_DATABASE },
    { KW_PROCEDURE, KW_STATUS, SHOW_PROCEDURES, TAIL_LIKE },
    { KW_FUNCTION, KW_STATUS, SHOW_FUNCTIONS, TAIL_LIKE },
    { KW_PACKAGE, KEYWORD_NONE, SHOW_PACKAGES, TAIL_PACKAGE },
    { KW_ENGINES, KEYWORD_NONE, SHOW_ENGINES, TAIL_LIKE },
    { KW_COLLATION, KEYWORD_NONE, SHOW_COLLATION, TAIL_LIKE },
    { KW_CHARACTER, KW_SET, SHOW_CHARACTER_SET, TAIL_LIKE },
    { KW_CHARSET, KEYWORD_NONE, SHOW_CHARACTER_SET, TAIL_LIKE },
};

static bool of_package(struct query_parser *q)
{
    (void)query_take(q, KW_BODY);
    return query_expect(q, KW_STATUS);
}

static bool parse_tail(struct query_parser *q, enum show_tail tail)
{
    if (tail == TAIL_PACKAGE && !of_package(q))
        return false;
    if (tail == TAIL_DATABASE && !from_database(q))
        return false;
    if (tail == TAIL_TABLE && !from_table(q))
        return false;
    return parse_like(q);
}

bool parse_show(struct query_parser *q)
{
    q->tree->kind = TREE_SHOW;
    if (query_take(q, KW_CREATE))
        return show_create(q);
    (void)query_take(q, KW_STORAGE);
    (void)query_take(q, KW_EXTENDED);
    q->tree->full = query_take(q, KW_FULL);
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        bool found = lists[i].second == KEYWORD_NONE
                         ? query_take(q, lists[i].first)
                         : accept_words(&q->p, lists[i].first, lists[i].second);
        if (!found)
            continue;
        q->tree->show = lists[i].show;
        return parse_tail(q, lists[i].tail);
    }
    return query_refuse(q, "this SHOW");
}

/* EXPLAIN [EXTENDED | PARTITIONS] [FORMAT = TRADITIONAL] statement */
static bool parse_explain(struct query_parser *q)
{
    (void)query_take(q, KW_EXTENDED);
    (void)query_take(q, KW_PARTITIONS);
    if (query_take(q, KW_FORMAT)) {
        const char *format = query_expect_punct(q, '=') ? expect_word_or_string(&q->p) : NULL;
        if (format == NULL || strcasecmp(format, "traditional") != 0)
            return query_refuse(q, "EXPLAIN in another format than TRADITIONAL");
    }
    if (query_at(q, KW_ANALYZE) || query_at(q, KW_FOR))
        return query_refuse(q, "EXPLAIN ANALYZE and EXPLAIN FOR CONNECTION");
    q->tree->explains = true;
    return parse_row_statement(q);
}

/* The words in front of a statement that are names, too. */
static bool at_explained(const struct query_parser *q)
{
    struct token next = parser_peek(&q->p, 1);
    if (query_at(q, KW_FORMAT))
        return next.kind == TOKEN_PUNCT && next.punct == '=';
    if (query_at(q, KW_EXTENDED) || query_at(q, KW_PARTITIONS))
        return next.kind == TOKEN_WORD;
    return !at_name(&q->p);
}

/* DESCRIBE table [column | pattern]; of a statement it is EXPLAIN. */
bool parse_describe(struct query_parser *q)
{
    if (at_explained(q))
        return parse_explain(q);
    q->tree->kind = TREE_SHOW;
    q->tree->show = SHOW_COLUMNS;
    if (!query_table(q, &q->tree->db, &q->tree->table))
        return false;
    if (q->p.token.kind != TOKEN_STRING && !at_name(&q->p))
        return true;
    q->tree->like = expr_new(q, EXPR_TEXT);
    const char *name = expect_word_or_string(&q->p);
    if (name == NULL)
        return false;
    q->tree->like->text = bytes_of_str(name);
    return true;
}

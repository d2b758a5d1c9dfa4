/* query_show.c - SHOW and DESCRIBE of the schema. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/query_grammar.h"

static bool parse_like(struct query_parser *q)
{
    if (query_at(q, KW_WHERE))
        return query_refuse(q, "SHOW … WHERE");
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

bool parse_show(struct query_parser *q)
{
    struct query_tree *tree = q->tree;
    tree->kind = TREE_SHOW;
    if (query_take(q, KW_CREATE))
        return show_create(q);
    if (query_take(q, KW_DATABASES) || query_take(q, KW_SCHEMAS)) {
        tree->show = SHOW_DATABASES;
        return parse_like(q);
    }
    if (accept_words(&q->p, KW_TABLE, KW_STATUS)) {
        tree->show = SHOW_TABLE_STATUS;
        return from_database(q) && parse_like(q);
    }
    (void)query_take(q, KW_EXTENDED);
    tree->full = query_take(q, KW_FULL);
    if (query_take(q, KW_TABLES)) {
        tree->show = SHOW_TABLES;
        return from_database(q) && parse_like(q);
    }
    if (query_take(q, KW_COLUMNS) || query_take(q, KW_FIELDS)) {
        tree->show = SHOW_COLUMNS;
        return from_table(q) && parse_like(q);
    }
    if (query_take(q, KW_INDEX) || query_take(q, KW_INDEXES) || query_take(q, KW_KEYS)) {
        tree->show = SHOW_INDEX;
        return from_table(q) && (!query_at(q, KW_WHERE) || query_refuse(q, "SHOW … WHERE"));
    }
    return query_refuse(q, "this SHOW");
}

/* DESCRIBE table [column | pattern]; of a statement it is EXPLAIN. */
bool parse_describe(struct query_parser *q)
{
    if (!at_name(&q->p))
        return query_refuse(q, "EXPLAIN");
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

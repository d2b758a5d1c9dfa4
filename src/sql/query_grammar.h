/* query_grammar.h - who parses what of a statement on rows. Private to src/sql.
 *
 * Each function stands at the first token of its part and leaves q->p behind the last; false or
 * NULL: failed (see parser.h). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/parser.h"
#include "sql/query_tree.h"

struct query_parser {
    struct parser p;
    struct query_tree *tree;
    unsigned depth; /* of parentheses and selects */
    unsigned nodes;
};

/* query_parse.c: errors with MySQL's number; always false. */
bool query_stuck(struct query_parser *q);
bool query_refuse(struct query_parser *q, const char *what); /* 1235 */
bool query_enter(struct query_parser *q);                    /* one level deeper, or refused */
void query_leave(struct query_parser *q);
bool query_at(const struct query_parser *q, enum keyword keyword);
bool query_take(struct query_parser *q, enum keyword keyword);
bool query_take_punct(struct query_parser *q, char punct);
bool query_expect(struct query_parser *q, enum keyword keyword);
bool query_expect_punct(struct query_parser *q, char punct);
const char *query_name(struct query_parser *q);
/* [AS] alias, if one is there. */
bool query_alias(struct query_parser *q, bool may_be_text, const char **out);
/* (a, b, …) behind its parenthesis */
bool query_names(struct query_parser *q, const char ***names, unsigned *count);
bool query_table(struct query_parser *q, const char **db, const char **name);
bool parse_row_statement(struct query_parser *q); /* SELECT, INSERT, REPLACE, UPDATE, DELETE */

/* query_expression.c */
struct expr *parse_expr(struct query_parser *q);
struct expr *parse_expr_list(struct query_parser *q, unsigned *count); /* a, b, … */
struct expr *expr_new(struct query_parser *q, enum expr_kind kind);
bool expr_add(struct query_parser *q, struct expr *parent, struct expr *arg);
struct expr *parse_level(struct query_parser *q, unsigned level);
bool parse_parameter_or_integer(struct query_parser *q, struct expr **out);

/* query_operand.c */
struct expr *parse_operand(struct query_parser *q);
struct expr *parse_interval(struct query_parser *q); /* at INTERVAL */
bool query_unit(struct query_parser *q, enum time_unit *out);

/* query_function.c: behind the opening parenthesis */
struct expr *parse_call(struct query_parser *q, const char *name);
bool parse_window(struct query_parser *q, struct window *out); /* behind the parenthesis */

/* query_select.c */
bool at_select(const struct query_parser *q);
struct select *parse_select(struct query_parser *q); /* WITH, SELECT, ( … */
bool parse_items(struct query_parser *q, struct select *select);
bool parse_order(struct query_parser *q, struct order_item **out); /* if ORDER BY is there */
bool parse_order_list(struct query_parser *q, struct order_item **out);
bool parse_limit(struct query_parser *q, struct limit *out);

/* query_source.c */
bool parse_sources(struct query_parser *q, struct source **out);

/* query_write.c */
bool parse_insert(struct query_parser *q, bool replace);
bool parse_update(struct query_parser *q);
bool parse_delete(struct query_parser *q);

/* query_show.c */
bool parse_show(struct query_parser *q);
bool parse_describe(struct query_parser *q);

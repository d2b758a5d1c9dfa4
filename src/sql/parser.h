/* parser.h - the current token of a statement, and the questions a grammar asks of it.
 *
 * Private to src/sql. accept_* consume and return true when the token is the one named; expect_*
 * fail the parse when it is not. A failed parse has p->failed set and *p->err written, once; every
 * function then returns false or NULL, so that callers may ask at the end of a clause. Results live
 * in the arena. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/ddl_tree.h"
#include "sql/lexer.h"

struct parser {
    struct lexer lexer;                /* behind `token` */
    struct token token;                /* the current one */
    const struct ddl_session *session; /* whose text it is */
    struct ddl *ddl;                   /* what is being built; NULL: no DDL */
    struct arena *arena;               /* of what is being built */
    struct buf text;                   /* scratch of the values being read */
    struct buf source;                 /* the statement as UTF-8, when it was something else */
    bool converted;                    /* it was */
    struct err *err;
    bool failed;
};

void parser_init(struct parser *p, struct bytes text, const struct ddl_session *session,
                 struct arena *arena, struct err *err);
void parser_clear(struct parser *p);
/* From the session's charset to UTF-8; before the first token is used. */
bool parser_convert(struct parser *p);

void parser_next(struct parser *p);
struct token parser_peek(const struct parser *p, unsigned n); /* n tokens on; 0: the current one */
bool parser_at_end(const struct parser *p); /* the end of the text, or a last semicolon */

/* ERR_UNSUPPORTED: "cannot understand this statement near '…' (character n)". */
bool parser_stuck(struct parser *p);
bool parser_refuse(struct parser *p, const char *format, ...) PRINTF_LIKE(2, 3);

bool at_word(const struct parser *p, enum keyword keyword);
bool at_punct(const struct parser *p, char punct);
bool accept_word(struct parser *p, enum keyword keyword);
bool accept_words(struct parser *p, enum keyword first, enum keyword second);
bool accept_punct(struct parser *p, char punct);
bool expect_word(struct parser *p, enum keyword keyword);
bool expect_punct(struct parser *p, char punct);

bool at_name(const struct parser *p);      /* quoted, or a word that is not reserved */
const char *expect_name(struct parser *p); /* NULL on failure */
/* [db.]table; the session's database where none is written. */
bool expect_table(struct parser *p, const char **db, const char **table);
bool expect_number(struct parser *p, uint64_t *out);
const char *expect_string(struct parser *p);         /* neighbours joined */
const char *expect_word_or_string(struct parser *p); /* option values: InnoDB, 'utf8', DEFAULT */

/* A literal text of any kind ('x', _utf8mb4'x', N'x', x'78', b'0111'): its bytes, as UTF-8
 * when an introducer names a charset. */
bool at_text_literal(const struct parser *p);
bool expect_text_literal(struct parser *p, struct bytes *out);

/* The text between the parenthesis at hand and its partner, which are consumed. */
const char *expect_parenthesised(struct parser *p);
/* Canonical text of the tokens up to where stop says, or the end; parentheses are skipped whole. */
const char *parser_text_until(struct parser *p, bool (*stop)(const struct parser *p));

struct ddl_step *parser_step(struct parser *p, enum step_kind kind); /* NULL: too many */
struct ddl_item *parser_item(struct parser *p, struct ddl_step *step, enum item_kind kind);

/* lexer.h - MySQL and MariaDB statement text as tokens, one at a time, without allocating.
 *
 * The text is UTF-8 (or at least ASCII-compatible); tokens borrow it. Version comments are opened
 * or skipped by the rules of the flavour and version; plain comments and hints are white space.
 * Lexing never fails as such: what cannot be a token is TOKEN_BAD, and the parser says where. A
 * lexer is a small value: copying it is how a parser looks ahead. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/buf.h"
#include "binlog/gtid.h" /* enum flavour */

enum keyword {
    KEYWORD_NONE,
#define KEYWORD(word, kind) KW_##word,
#include "sql/keywords.def"
#undef KEYWORD
    KEYWORD_COUNT
};
enum keyword keyword_of(struct bytes word); /* any case; KEYWORD_NONE when it is none */
bool keyword_is_reserved(enum keyword keyword);
const char *keyword_text(enum keyword keyword); /* upper case */

enum {
    SQL_MODE_REAL_AS_FLOAT = 1u << 0,
    SQL_MODE_ANSI_QUOTES = 1u << 2,
    SQL_MODE_NO_BACKSLASH_ESCAPES = 1u << 20,
    SQL_MODE_STRICT_TRANS_TABLES = 1u << 21,
    SQL_MODE_STRICT_ALL_TABLES = 1u << 22,
};

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* an unquoted identifier or keyword */
    TOKEN_QUOTED, /* `x`, or "x" under ANSI_QUOTES */
    TOKEN_STRING, /* 'x', "x", N'x': one literal, not yet joined with its neighbours */
    TOKEN_INTEGER,
    TOKEN_DECIMAL, /* 1.5, .5, 1e3 */
    TOKEN_HEX,     /* 0x4d, x'4d': `body` is the digits */
    TOKEN_BITS,    /* 0b01, b'01': `body` is the digits */
    TOKEN_PUNCT,   /* one character: `punct` */
    TOKEN_BAD,     /* an open string or comment, a stray byte */
};

struct token {
    enum token_kind kind;
    enum keyword keyword; /* of a TOKEN_WORD */
    uint8_t punct;
    bool spaced;       /* white space or a comment came before it */
    struct bytes raw;  /* as written, quotes included */
    struct bytes body; /* between the quotes, escapes still in it */
};

struct lexer {
    const uint8_t *start, *pos, *end;
    enum flavour flavour;
    uint32_t version; /* of the server that ran the text; 0: comments of all versions count */
    bool ansi_quotes;
    bool no_backslash;
    bool after_dot;         /* the next word may start with a digit */
    unsigned comment_depth; /* open version comments */
};

void lexer_init(struct lexer *lexer, struct bytes text, enum flavour flavour, uint32_t version,
                uint64_t sql_mode);
struct token lexer_next(struct lexer *lexer);
bool lexer_is_word(uint8_t c); /* may it be in an unquoted name? */

/* The value of a TOKEN_QUOTED or TOKEN_STRING: quotes undoubled, escapes resolved. */
void token_value(const struct lexer *lexer, const struct token *token, struct buf *out);
/* The token in the default sql_mode's quoting: text that any session reads alike. */
void token_print(const struct lexer *lexer, const struct token *token, struct buf *out);
void sql_quote_name(const char *name, struct buf *out);           /* `a``b` */
void sql_quote_text(const void *text, size_t n, struct buf *out); /* 'it''s \\ ' */

/* parser.c - see parser.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/parser.h"
#include <stdarg.h>
#include <stdio.h>
#include "sql/charset.h"

enum { QUOTE_CONTEXT = 40 }; /* bytes of the statement that an error shows */

void parser_init(struct parser *p, struct bytes text, const struct ddl_session *session,
                 struct arena *arena, struct err *err)
{
    *p = (struct parser){ .session = session, .arena = arena, .err = err };
    buf_init(&p->text, 4 * (size_t)DDL_TEXT_MAX);
    buf_init(&p->source, 4 * (size_t)DDL_TEXT_MAX);
    lexer_init(&p->lexer, text, session->flavour, session->server_version, session->sql_mode);
    p->token = lexer_next(&p->lexer);
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

/* Text in a charset that is not UTF-8 is read from a UTF-8 copy. */
bool parser_convert(struct parser *p)
{
    const struct ddl_session *session = p->session;
    if (p->converted)
        return true;
    const char *name = session->charset == NULL ? "utf8mb4" : session->charset;
    const struct charset *charset = charset_by_name(name);
    struct bytes text = bytes_of(p->lexer.start, (size_t)(p->lexer.end - p->lexer.start));
    if (charset == NULL)
        return parser_refuse(p, "this statement is in the charset %s, which is not known", name);
    if (strncmp(charset_name(charset), "utf8mb", 6) == 0 || charset_is_binary(charset) ||
        is_ascii(text))
        return true;
    struct bytes utf8;
    p->failed = !charset_to_utf8(charset, text, &p->source, &utf8, p->err);
    if (p->failed)
        return err_wrap(p->err, "the text of this statement");
    p->converted = true;
    lexer_init(&p->lexer, utf8, session->flavour, session->server_version, session->sql_mode);
    p->token = lexer_next(&p->lexer);
    return true;
}

void parser_clear(struct parser *p)
{
    buf_clear(&p->source);
    buf_clear(&p->text);
}

void parser_next(struct parser *p)
{
    p->token = lexer_next(&p->lexer);
}

struct token parser_peek(const struct parser *p, unsigned n)
{
    struct lexer ahead = p->lexer;
    struct token token = p->token;
    while (n-- > 0)
        token = lexer_next(&ahead);
    return token;
}

bool parser_at_end(const struct parser *p)
{
    if (at_punct(p, ';'))
        return parser_peek(p, 1).kind == TOKEN_END;
    return p->token.kind == TOKEN_END;
}

bool parser_refuse(struct parser *p, const char *format, ...)
{
    if (p->failed)
        return false;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    p->failed = true;
    return err_set(p->err, ERR_UNSUPPORTED, "%s", text);
}

/* Characters, not bytes, before the token: what an editor counts. */
static size_t character_of(const struct lexer *lexer, const uint8_t *pos)
{
    size_t n = 1;
    for (const uint8_t *q = lexer->start; q < pos; q++)
        n += (*q & 0xc0) != 0x80;
    return n;
}

bool parser_stuck(struct parser *p)
{
    const uint8_t *from = p->token.raw.data;
    if (p->token.kind == TOKEN_END)
        return parser_refuse(p, "cannot understand this statement: it ends too early");
    size_t left = (size_t)(p->lexer.end - from);
    size_t n = left < QUOTE_CONTEXT ? left : QUOTE_CONTEXT;
    while (n < left && (from[n] & 0xc0) == 0x80)
        n--; /* not through a character */
    return parser_refuse(p, "cannot understand this statement near '%.*s' (character %zu)", (int)n,
                         (const char *)from, character_of(&p->lexer, from));
}

bool at_word(const struct parser *p, enum keyword keyword)
{
    return p->token.kind == TOKEN_WORD && p->token.keyword == keyword;
}

bool at_punct(const struct parser *p, char punct)
{
    return p->token.kind == TOKEN_PUNCT && p->token.punct == (uint8_t)punct;
}

bool accept_word(struct parser *p, enum keyword keyword)
{
    if (!at_word(p, keyword))
        return false;
    parser_next(p);
    return true;
}

bool accept_words(struct parser *p, enum keyword first, enum keyword second)
{
    if (!at_word(p, first))
        return false;
    struct token next = parser_peek(p, 1);
    if (next.kind != TOKEN_WORD || next.keyword != second)
        return false;
    parser_next(p);
    parser_next(p);
    return true;
}

bool accept_punct(struct parser *p, char punct)
{
    if (!at_punct(p, punct))
        return false;
    parser_next(p);
    return true;
}

bool expect_word(struct parser *p, enum keyword keyword)
{
    return !p->failed && (accept_word(p, keyword) || parser_stuck(p));
}

bool expect_punct(struct parser *p, char punct)
{
    return !p->failed && (accept_punct(p, punct) || parser_stuck(p));
}

bool at_name(const struct parser *p)
{
    return p->token.kind == TOKEN_QUOTED ||
           (p->token.kind == TOKEN_WORD && !keyword_is_reserved(p->token.keyword));
}

/* The token as a name, whatever word it is. */
static const char *take_name(struct parser *p)
{
    buf_reset(&p->text);
    if (p->token.kind == TOKEN_QUOTED)
        token_value(&p->lexer, &p->token, &p->text);
    else
        buf_append(&p->text, p->token.raw.data, p->token.raw.len);
    bool bad = p->text.len == 0 || p->text.len > DDL_NAME_BYTES_MAX ||
               memchr(p->text.data, 0, p->text.len) != NULL;
    if (bad) {
        parser_stuck(p);
        return NULL;
    }
    parser_next(p);
    return arena_strn(p->arena, p->text.data, p->text.len);
}

const char *expect_name(struct parser *p)
{
    if (p->failed)
        return NULL;
    if (at_name(p))
        return take_name(p);
    parser_stuck(p);
    return NULL;
}

bool expect_table(struct parser *p, const char **db, const char **table)
{
    const char *first = at_punct(p, '.') ? p->session->db : expect_name(p);
    if (first == NULL)
        return false;
    *db = p->session->db;
    *table = first;
    if (accept_punct(p, '.')) {
        *db = first;
        *table = expect_name(p);
    }
    return !p->failed;
}

bool expect_number(struct parser *p, uint64_t *out)
{
    if (p->failed)
        return false;
    if (p->token.kind != TOKEN_INTEGER || p->token.raw.len > 20)
        return parser_stuck(p);
    uint64_t value = 0;
    for (size_t i = 0; i < p->token.raw.len; i++) {
        uint64_t digit = (uint64_t)(p->token.raw.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return parser_stuck(p);
        value = value * 10 + digit;
    }
    parser_next(p);
    *out = value;
    return true;
}

const char *expect_string(struct parser *p)
{
    if (p->failed)
        return NULL;
    if (p->token.kind != TOKEN_STRING) {
        parser_stuck(p);
        return NULL;
    }
    buf_reset(&p->text);
    while (p->token.kind == TOKEN_STRING) {
        token_value(&p->lexer, &p->token, &p->text);
        parser_next(p);
    }
    if (p->text.failed || (p->text.len > 0 && memchr(p->text.data, 0, p->text.len) != NULL)) {
        parser_refuse(p, "a text in this statement holds a NUL byte where none can be kept");
        return NULL;
    }
    return arena_strn(p->arena, p->text.data, p->text.len);
}

static bool is_introducer(const struct token *word, const struct token *next)
{
    return word->kind == TOKEN_WORD && word->raw.data[0] == '_' &&
           (next->kind == TOKEN_STRING || next->kind == TOKEN_HEX || next->kind == TOKEN_BITS);
}

bool at_text_literal(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    return p->token.kind == TOKEN_STRING || p->token.kind == TOKEN_HEX ||
           p->token.kind == TOKEN_BITS || is_introducer(&p->token, &next);
}

static unsigned hex_value(uint8_t c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Digits of `bits` bits each, right-aligned in whole bytes. */
static void append_digits(struct buf *out, struct bytes digits, unsigned bits)
{
    size_t pad = (8 - digits.len * bits % 8) % 8 / bits;
    unsigned byte = 0;
    for (size_t i = 0; i < digits.len; i++) {
        byte = byte << bits | hex_value(digits.data[i]);
        if ((i + 1 + pad) * bits % 8 == 0) {
            buf_u8(out, (uint8_t)byte);
            byte = 0;
        }
    }
}

/* The literal's bytes in the charset of its introducer ("_latin1") become UTF-8. */
static bool convert_literal(struct parser *p, struct bytes introducer, struct bytes *value)
{
    char *name = arena_strn(p->arena, introducer.data + 1, introducer.len - 1);
    const struct charset *charset = charset_by_name(name);
    if (charset == NULL)
        return parser_refuse(p, "the charset %s of a text in this statement is not known", name);
    if (charset_is_binary(charset) || is_ascii(*value))
        return true;
    if (p->converted)
        return parser_refuse(p,
                             "a text in the charset %s inside a statement in the charset %s is "
                             "not read here",
                             name, p->session->charset);
    struct buf scratch;
    struct bytes utf8;
    buf_init(&scratch, 4 * (size_t)DDL_TEXT_MAX);
    p->failed = !charset_to_utf8(charset, *value, &scratch, &utf8, p->err);
    if (!p->failed)
        *value = arena_copy(p->arena, utf8);
    buf_clear(&scratch);
    return !p->failed;
}

bool expect_text_literal(struct parser *p, struct bytes *out)
{
    if (p->failed || !at_text_literal(p))
        return parser_stuck(p);
    struct bytes introducer = { NULL, 0 };
    if (p->token.kind == TOKEN_WORD) {
        introducer = p->token.raw;
        parser_next(p);
    }
    buf_reset(&p->text);
    if (p->token.kind == TOKEN_STRING) {
        while (p->token.kind == TOKEN_STRING) {
            token_value(&p->lexer, &p->token, &p->text);
            parser_next(p);
        }
    } else {
        append_digits(&p->text, p->token.body, p->token.kind == TOKEN_HEX ? 4 : 1);
        parser_next(p);
    }
    *out = arena_copy(p->arena, buf_bytes(&p->text));
    return introducer.len == 0 || convert_literal(p, introducer, out);
}

const char *expect_word_or_string(struct parser *p)
{
    if (p->token.kind == TOKEN_STRING)
        return expect_string(p);
    if (p->failed)
        return NULL;
    if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_QUOTED)
        return take_name(p);
    parser_stuck(p);
    return NULL;
}

/* Must a space keep the token from what is before it? Quotes are made alike in canonical text, so
 * `a`"b" must not become one name, nor x"4d" a number; and - before - is no comment. */
static bool needs_space(const struct parser *p)
{
    if (p->text.len == 0)
        return false;
    uint8_t last = p->text.data[p->text.len - 1];
    bool quoted = p->token.kind == TOKEN_QUOTED || p->token.kind == TOKEN_STRING;
    bool dash = last == '-' && at_punct(p, '-');
    bool slash = (last == '/' && at_punct(p, '*')) || (last == '*' && at_punct(p, '/'));
    return p->token.spaced || dash || slash ||
           (quoted && (last == '\'' || last == '`' || lexer_is_word(last)));
}

/* Appends the current token to the scratch text and goes on. */
static bool keep_token(struct parser *p)
{
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD)
        return parser_stuck(p);
    if (needs_space(p))
        buf_u8(&p->text, ' ');
    token_print(&p->lexer, &p->token, &p->text);
    parser_next(p);
    return true;
}

/* At an opening parenthesis: keeps all up to its partner, both kept too. */
static bool keep_parenthesised(struct parser *p)
{
    unsigned depth = 0;
    do {
        if (at_punct(p, '(') && ++depth > DDL_DEPTH_MAX)
            return parser_refuse(p, "this statement nests more than %d parentheses", DDL_DEPTH_MAX);
        if (at_punct(p, ')'))
            depth--;
        if (!keep_token(p))
            return false;
    } while (depth > 0);
    return true;
}

const char *expect_parenthesised(struct parser *p)
{
    if (p->failed || !at_punct(p, '(')) {
        parser_stuck(p);
        return NULL;
    }
    buf_reset(&p->text);
    if (!keep_parenthesised(p))
        return NULL;
    size_t from = 1;
    while (p->text.data[from] == ' ')
        from++;
    size_t to = p->text.len - 1;
    while (to > from && p->text.data[to - 1] == ' ')
        to--;
    return arena_strn(p->arena, p->text.data + from, to - from);
}

const char *parser_text_until(struct parser *p, bool (*stop)(const struct parser *p))
{
    buf_reset(&p->text);
    while (!p->failed && !parser_at_end(p) && !stop(p)) {
        if (at_punct(p, ')') || at_punct(p, ';'))
            parser_stuck(p);
        else if (at_punct(p, '('))
            keep_parenthesised(p);
        else
            keep_token(p);
    }
    return p->failed ? NULL : arena_strn(p->arena, p->text.data, p->text.len);
}

struct ddl_step *parser_step(struct parser *p, enum step_kind kind)
{
    if (p->failed)
        return NULL;
    if (++p->ddl->step_count > DDL_STEP_MAX) {
        parser_refuse(p, "this statement names more than %d tables", DDL_STEP_MAX);
        return NULL;
    }
    struct ddl_step *step = arena_alloc(p->arena, sizeof *step);
    step->kind = kind;
    step->items_end = &step->items;
    *p->ddl->steps_end = step;
    p->ddl->steps_end = &step->next;
    return step;
}

struct ddl_item *parser_item(struct parser *p, struct ddl_step *step, enum item_kind kind)
{
    if (p->failed)
        return NULL;
    if (++step->item_count > DDL_ITEM_MAX) {
        parser_refuse(p, "this statement has more than %d clauses", DDL_ITEM_MAX);
        return NULL;
    }
    struct ddl_item *item = arena_alloc(p->arena, sizeof *item);
    item->kind = kind;
    *step->items_end = item;
    step->items_end = &item->next;
    return item;
}

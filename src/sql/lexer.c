/* lexer.c - see lexer.h. Words and numbers are told apart as the servers do it: a word may start
 * with a digit (1st, 1e, 0xz) as long as it is not wholly a number; after a dot it is always a
 * word. Bytes from 0x80 are letters. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/lexer.h"
#include <stdlib.h>

static const struct keyword_row {
    const char *text;
    bool reserved;
} keyword_rows[KEYWORD_COUNT] = {
    { "", false },
#define RESERVED            true
#define PLAIN               false
#define KEYWORD(word, kind) { #word, kind },
#include "sql/keywords.def"
#undef KEYWORD
#undef RESERVED
#undef PLAIN
};

enum { KEYWORD_TEXT_MAX = 32, NO_VERSION = 999999 };

static int compare_keyword(const void *key, const void *row)
{
    return strcmp(key, ((const struct keyword_row *)row)->text);
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

enum keyword keyword_of(struct bytes word)
{
    char text[KEYWORD_TEXT_MAX];
    if (word.len == 0 || word.len >= sizeof text)
        return KEYWORD_NONE;
    for (size_t i = 0; i < word.len; i++)
        text[i] = (char)upper(word.data[i]);
    text[word.len] = 0;
    const struct keyword_row *row =
        bsearch(text, keyword_rows + 1, KEYWORD_COUNT - 1, sizeof *row, compare_keyword);
    return row == NULL ? KEYWORD_NONE : (enum keyword)(row - keyword_rows);
}

bool keyword_is_reserved(enum keyword keyword)
{
    return keyword_rows[keyword].reserved;
}

const char *keyword_text(enum keyword keyword)
{
    return keyword_rows[keyword].text;
}

void lexer_init(struct lexer *lexer, struct bytes text, enum flavour flavour, uint32_t version,
                uint64_t sql_mode)
{
    *lexer = (struct lexer){
        .start = text.data,
        .pos = text.data,
        .end = text.data + text.len,
        .flavour = flavour,
        .version = version,
        .ansi_quotes = (sql_mode & SQL_MODE_ANSI_QUOTES) != 0,
        .no_backslash = (sql_mode & SQL_MODE_NO_BACKSLASH_ESCAPES) != 0,
    };
}

static size_t left(const struct lexer *l)
{
    return (size_t)(l->end - l->pos);
}

/* The byte i places on, or 0 past the end. */
static uint8_t at(const struct lexer *l, size_t i)
{
    return i < left(l) ? l->pos[i] : 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool lexer_is_word(uint8_t c)
{
    return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || c == '$' || c >= 0x80;
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F');
}

/* Does this server run what a version comment of that number holds? MariaDB leaves out 5.7 to 9.x,
 * which are MySQL's. What no server is to run has a number that none will have: the first line of
 * MariaDB's dumps, which only its client reads. */
static bool version_runs(const struct lexer *l, uint32_t number, bool maria_only)
{
    if (l->flavour == FLAVOUR_MYSQL && maria_only)
        return false;
    if (l->flavour == FLAVOUR_MARIADB && !maria_only && number >= 50700 && number <= 99999)
        return false;
    return l->version == 0 ? number < NO_VERSION : number <= l->version;
}

/* After the opening of a plain or skipped comment: to behind its end. A skipped version comment may
 * hold plain comments, one level deep. */
static bool skip_comment(struct lexer *l, bool may_nest)
{
    while (left(l) > 0) {
        if (at(l, 0) == '*' && at(l, 1) == '/') {
            l->pos += 2;
            return true;
        }
        if (may_nest && at(l, 0) == '/' && at(l, 1) == '*') {
            l->pos += 2;
            if (!skip_comment(l, false))
                return false;
            continue;
        }
        l->pos++;
    }
    return false;
}

/* At a slash and a star. */
static bool open_comment(struct lexer *l)
{
    bool maria = at(l, 2) == 'M' && at(l, 3) == '!';
    if (at(l, 2) != '!' && !maria) {
        l->pos += 2;
        return skip_comment(l, false);
    }
    l->pos += maria ? 4 : 3;
    unsigned digits = 0;
    uint32_t number = 0;
    while (digits < 6 && is_digit(at(l, digits)))
        number = number * 10 + (uint32_t)(at(l, digits++) - '0');
    if (digits < 5) {
        digits = 0;
        number = 0;
    }
    l->pos += digits;
    if (!version_runs(l, number, maria))
        return skip_comment(l, true);
    l->comment_depth++;
    return true;
}

static void skip_line(struct lexer *l)
{
    while (left(l) > 0 && at(l, 0) != '\n')
        l->pos++;
}

/* White space and comments. False: a comment is open at the end. */
static bool skip_blank(struct lexer *l)
{
    while (left(l) > 0) {
        uint8_t c = at(l, 0);
        uint8_t d = at(l, 1);
        if (is_space(c)) {
            l->pos++;
        } else if (c == '#' || (c == '-' && d == '-' && (left(l) == 2 || at(l, 2) <= ' '))) {
            skip_line(l);
        } else if (c == '/' && d == '*') {
            if (!open_comment(l))
                return false;
        } else if (c == '*' && d == '/' && l->comment_depth > 0) {
            l->comment_depth--;
            l->pos += 2;
        } else {
            return true;
        }
    }
    return l->comment_depth == 0;
}

static struct token finish(struct lexer *l, struct token t, const uint8_t *start)
{
    t.raw = bytes_of(start, (size_t)(l->pos - start));
    return t;
}

/* At the opening quote. */
static struct token read_quoted(struct lexer *l, struct token t, const uint8_t *start)
{
    uint8_t quote = *l->pos++;
    const uint8_t *body = l->pos;
    bool escapes = t.kind == TOKEN_STRING && !l->no_backslash;
    while (left(l) > 0) {
        if (*l->pos == '\\' && escapes && left(l) > 1) {
            l->pos += 2;
        } else if (*l->pos != quote) {
            l->pos++;
        } else if (at(l, 1) == quote) {
            l->pos += 2;
        } else {
            t.body = bytes_of(body, (size_t)(l->pos - body));
            l->pos++;
            return finish(l, t, start);
        }
    }
    t.kind = TOKEN_BAD;
    return finish(l, t, start);
}

/* x'4d', b'01', N'text': at the letter, a quote after it. */
static struct token read_prefixed(struct lexer *l, struct token t)
{
    const uint8_t *start = l->pos;
    uint8_t letter = upper(*l->pos++);
    t.kind = letter == 'N' ? TOKEN_STRING : letter == 'X' ? TOKEN_HEX : TOKEN_BITS;
    t = read_quoted(l, t, start);
    for (size_t i = 0; t.kind == TOKEN_HEX && i < t.body.len; i++)
        if (!is_hex(t.body.data[i]) || t.body.len % 2 != 0)
            t.kind = TOKEN_BAD;
    for (size_t i = 0; t.kind == TOKEN_BITS && i < t.body.len; i++)
        if (t.body.data[i] != '0' && t.body.data[i] != '1')
            t.kind = TOKEN_BAD;
    return t;
}

static bool all_of(struct bytes text, bool (*is)(uint8_t))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is(text.data[i]))
            return false;
    return text.len > 0;
}

static bool is_bit(uint8_t c)
{
    return c == '0' || c == '1';
}

/* Behind digits or a fraction: an exponent, if one is there. */
static bool read_exponent(struct lexer *l)
{
    size_t sign = at(l, 1) == '+' || at(l, 1) == '-' ? 1 : 0;
    if (upper(at(l, 0)) != 'E' || !is_digit(at(l, 1 + sign)))
        return false;
    l->pos += 1 + sign;
    while (is_digit(at(l, 0)))
        l->pos++;
    return true;
}

/* At a digit, or at a dot with a digit behind it. */
static struct token read_number(struct lexer *l, struct token t)
{
    const uint8_t *start = l->pos;
    t.kind = TOKEN_INTEGER;
    while (is_digit(at(l, 0)))
        l->pos++;
    if (at(l, 0) == '.') {
        t.kind = TOKEN_DECIMAL;
        l->pos++;
        while (is_digit(at(l, 0)))
            l->pos++;
    }
    if (read_exponent(l))
        t.kind = TOKEN_DECIMAL;
    return finish(l, t, start);
}

/* 0x4d and 0b01 are literals only in lower case and when all that follows fits. */
static bool read_radix(struct token *t)
{
    if (t->raw.len < 3 || t->raw.data[0] != '0')
        return false;
    struct bytes digits = bytes_of(t->raw.data + 2, t->raw.len - 2);
    if (t->raw.data[1] == 'x' && all_of(digits, is_hex))
        t->kind = TOKEN_HEX;
    else if (t->raw.data[1] == 'b' && all_of(digits, is_bit))
        t->kind = TOKEN_BITS;
    else
        return false;
    t->body = digits;
    return true;
}

static struct token read_word(struct lexer *l, struct token t, bool after_dot)
{
    const uint8_t *start = l->pos;
    while (left(l) > 0 && lexer_is_word(*l->pos))
        l->pos++;
    t.kind = TOKEN_WORD;
    t = finish(l, t, start);
    if (after_dot || !is_digit(*start)) {
        t.keyword = after_dot ? KEYWORD_NONE : keyword_of(t.raw);
        return t;
    }
    if (read_radix(&t))
        return t;
    size_t digits = 0;
    while (digits < t.raw.len && is_digit(start[digits]))
        digits++;
    bool exponent = digits < t.raw.len && upper(start[digits]) == 'E' &&
                    (digits + 1 == t.raw.len
                         ? (at(l, 0) == '+' || at(l, 0) == '-') && is_digit(at(l, 1))
                         : all_of(bytes_of(start + digits + 1, t.raw.len - digits - 1), is_digit));
    if (digits == t.raw.len || exponent) {
        l->pos = start;
        return read_number(l, t);
    }
    return t;
}

struct token lexer_next(struct lexer *l)
{
    struct token t = { .kind = TOKEN_END };
    const uint8_t *before = l->pos;
    bool after_dot = l->after_dot;
    l->after_dot = false;
    if (!skip_blank(l)) {
        t.kind = TOKEN_BAD;
        l->pos = l->end;
        return finish(l, t, before);
    }
    t.spaced = l->pos > before;
    const uint8_t *start = l->pos;
    if (left(l) == 0)
        return finish(l, t, start);
    uint8_t c = at(l, 0);
    uint8_t letter = upper(c);
    if ((letter == 'X' || letter == 'B' || letter == 'N') && at(l, 1) == '\'')
        return read_prefixed(l, t);
    if (lexer_is_word(c))
        return read_word(l, t, after_dot);
    if (c == '.' && is_digit(at(l, 1)) &&
        (t.spaced || start == l->start || !lexer_is_word(start[-1])) &&
        (start == l->start || start[-1] != '`'))
        return read_number(l, t);
    if (c == '`' || c == '\'' || c == '"') {
        t.kind = c == '`' || (c == '"' && l->ansi_quotes) ? TOKEN_QUOTED : TOKEN_STRING;
        return read_quoted(l, t, start);
    }
    l->pos++;
    l->after_dot = c == '.';
    t.kind = c < ' ' || c == 0x7f ? TOKEN_BAD : TOKEN_PUNCT;
    t.punct = c;
    return finish(l, t, start);
}

/* What a backslash and c stand for; 0 for the two that keep the backslash in patterns. */
static uint8_t unescape(uint8_t c)
{
    static const char from[] = "0bnrtZ";
    static const char to[] = "\0\b\n\r\t\x1a";
    const char *hit = c == 0 ? NULL : strchr(from, c);
    return hit == NULL ? c : (uint8_t)to[hit - from];
}

void token_value(const struct lexer *lexer, const struct token *token, struct buf *out)
{
    bool escapes = token->kind == TOKEN_STRING && !lexer->no_backslash;
    const uint8_t *body = token->body.data;
    size_t n = token->body.len;
    if (n == 0)
        return;
    uint8_t quote = body[n];
    for (size_t i = 0; i < n; i++) {
        if (body[i] == '\\' && escapes && i + 1 < n) {
            i++;
            if (body[i] == '%' || body[i] == '_')
                buf_u8(out, '\\');
            buf_u8(out, unescape(body[i]));
            continue;
        }
        if (body[i] == quote)
            i++; /* doubled */
        buf_u8(out, body[i]);
    }
}

void sql_quote_name(const char *name, struct buf *out)
{
    buf_u8(out, '`');
    for (; *name != 0; name++) {
        if (*name == '`')
            buf_u8(out, '`');
        buf_u8(out, (uint8_t)*name);
    }
    buf_u8(out, '`');
}

void sql_quote_text(const void *text, size_t n, struct buf *out)
{
    const uint8_t *p = text;
    buf_u8(out, '\'');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == 0) {
            buf_str(out, "\\0");
            continue;
        }
        if (p[i] == '\'' || p[i] == '\\')
            buf_u8(out, p[i]);
        buf_u8(out, p[i]);
    }
    buf_u8(out, '\'');
}

void token_print(const struct lexer *lexer, const struct token *token, struct buf *out)
{
    if (token->kind != TOKEN_QUOTED && token->kind != TOKEN_STRING) {
        buf_append(out, token->raw.data, token->raw.len);
        return;
    }
    struct buf value;
    buf_init(&value, token->body.len + 1);
    token_value(lexer, token, &value);
    if (token->kind == TOKEN_QUOTED) {
        sql_quote_name(buf_cstr(&value), out);
    } else {
        if (upper(token->raw.data[0]) == 'N')
            buf_u8(out, 'N');
        sql_quote_text(value.data, value.len, out);
    }
    buf_clear(&value);
}

/* ddl_default.c - DEFAULT: literals, CURRENT_TIMESTAMP, and expressions, which MySQL writes in
 * parentheses and MariaDB may write bare. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"
#include <strings.h>

enum { LOCALTIME_IS_TIME_SINCE = 110000 }; /* in MariaDB it is CURTIME() */

bool at_now(const struct parser *p)
{
    const struct ddl_session *s = &p->ddl->session;
    bool time_only = s->flavour == FLAVOUR_MARIADB && s->server_version >= LOCALTIME_IS_TIME_SINCE;
    return at_word(p, KW_CURRENT_TIMESTAMP) || at_word(p, KW_NOW) ||
           at_word(p, KW_LOCALTIMESTAMP) || (at_word(p, KW_LOCALTIME) && !time_only);
}

bool parse_now(struct parser *p, uint64_t *digits)
{
    *digits = 0;
    if (!at_now(p))
        return parser_stuck(p);
    parser_next(p);
    if (!accept_punct(p, '(') || accept_punct(p, ')'))
        return true;
    if (!expect_number(p, digits) || !expect_punct(p, ')'))
        return false;
    return *digits <= 6 || parser_stuck(p);
}

static bool set_value(struct parser *p, struct column_spec *spec, enum default_kind kind,
                      const char *text)
{
    if (text == NULL)
        return false;
    spec->default_kind = kind;
    spec->default_value = arena_copy(p->arena, bytes_of_str(text));
    return true;
}

/* 12, -1.5, +3e2: at the sign or the digits. */
static bool parse_signed_number(struct parser *p, struct column_spec *spec)
{
    bool minus = at_punct(p, '-');
    if (minus || at_punct(p, '+'))
        parser_next(p);
    if (p->token.kind != TOKEN_INTEGER && p->token.kind != TOKEN_DECIMAL)
        return parser_stuck(p);
    const char *text = arena_printf(p->arena, "%s%.*s", minus ? "-" : "", (int)p->token.raw.len,
                                    (const char *)p->token.raw.data);
    parser_next(p);
    return set_value(p, spec, DEFAULT_NUMBER, text);
}

static bool word_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
           strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
}

static bool parse_text_default(struct parser *p, struct column_spec *spec)
{
    bool introduced = p->token.kind == TOKEN_WORD && !word_is(&p->token, "_binary");
    spec->default_kind = p->token.kind == TOKEN_STRING || introduced ? DEFAULT_TEXT : DEFAULT_BITS;
    return expect_text_literal(p, &spec->default_value);
}

static bool parse_default_now(struct parser *p, struct column_spec *spec)
{
    uint64_t digits = 0;
    if (!parse_now(p, &digits))
        return false;
    if (digits == 0)
        return set_value(p, spec, DEFAULT_NOW, "CURRENT_TIMESTAMP");
    return set_value(p, spec, DEFAULT_NOW,
                     arena_printf(p->arena, "CURRENT_TIMESTAMP(%u)", (unsigned)digits));
}

/* DATE '2020-01-01': the words are names of types, and no keywords. */
static bool at_temporal_literal(const struct parser *p)
{
    return parser_peek(p, 1).kind == TOKEN_STRING &&
           (word_is(&p->token, "DATE") || word_is(&p->token, "TIME") ||
            word_is(&p->token, "TIMESTAMP"));
}

static bool behind_case(const struct parser *p)
{
    return at_word(p, KW_END);
}

static const char *join(struct parser *p, const char *a, const char *b)
{
    return a == NULL || b == NULL ? NULL : arena_printf(p->arena, "%s %s", a, b);
}

static const char *parse_case(struct parser *p)
{
    const char *text = parser_text_until(p, behind_case);
    return text != NULL && expect_word(p, KW_END) ? join(p, text, "END") : NULL;
}

/* db.name, `name`: quoted again. */
static const char *parse_reference(struct parser *p)
{
    const char *text = "";
    unsigned names = 0;
    do {
        if (++names > 3) {
            parser_stuck(p);
            return NULL;
        }
        bool quoted = p->token.kind == TOKEN_QUOTED;
        const char *name = expect_word_or_string(p);
        if (name == NULL)
            return NULL;
        if (quoted) {
            struct buf out;
            buf_init(&out, 2 * DDL_NAME_BYTES_MAX + 3);
            sql_quote_name(name, &out);
            name = arena_str(p->arena, buf_cstr(&out));
            buf_clear(&out);
        }
        text = arena_printf(p->arena, "%s%s%s", text, text[0] == 0 ? "" : ".", name);
    } while (accept_punct(p, '.'));
    return text;
}

/* NEXT VALUE FOR s, name, name(…), CASE … END */
static const char *parse_bare_expression(struct parser *p)
{
    if (at_word(p, KW_CASE))
        return parse_case(p);
    if (accept_words(p, KW_NEXT, KW_VALUE) && expect_word(p, KW_FOR))
        return join(p, "NEXT VALUE FOR", parse_reference(p));
    if (accept_words(p, KW_PREVIOUS, KW_VALUE) && expect_word(p, KW_FOR))
        return join(p, "PREVIOUS VALUE FOR", parse_reference(p));
    const char *text = parse_reference(p);
    if (text == NULL || !at_punct(p, '('))
        return text;
    const char *inner = expect_parenthesised(p);
    return inner == NULL ? NULL : arena_printf(p->arena, "%s(%s)", text, inner);
}

/* MariaDB takes (NOW(3)) for NOW(3). */
static bool at_parenthesised_now(struct parser *p)
{
    struct parser ahead = *p;
    struct err ignored = { 0 };
    uint64_t digits;
    ahead.err = &ignored;
    return p->ddl->session.flavour == FLAVOUR_MARIADB && accept_punct(&ahead, '(') &&
           at_now(&ahead) && parse_now(&ahead, &digits) && at_punct(&ahead, ')');
}

bool parse_default(struct parser *p, struct column_spec *spec)
{
    if (accept_word(p, KW_NULL)) {
        spec->default_kind = DEFAULT_NULL;
        return true;
    }
    if (at_word(p, KW_TRUE) || at_word(p, KW_FALSE)) {
        const char *text = at_word(p, KW_TRUE) ? "1" : "0";
        parser_next(p);
        return set_value(p, spec, DEFAULT_NUMBER, text);
    }
    if (at_parenthesised_now(p))
        return expect_punct(p, '(') && parse_default_now(p, spec) && expect_punct(p, ')');
    if (at_punct(p, '('))
        return set_value(p, spec, DEFAULT_EXPRESSION, expect_parenthesised(p));
    if (at_temporal_literal(p)) {
        parser_next(p);
        return parse_text_default(p, spec);
    }
    if (at_text_literal(p))
        return parse_text_default(p, spec);
    if (at_now(p))
        return parse_default_now(p, spec);
    if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_QUOTED)
        return set_value(p, spec, DEFAULT_EXPRESSION, parse_bare_expression(p));
    return parse_signed_number(p, spec);
}

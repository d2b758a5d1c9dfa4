/* expression.c - see expression.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/expression.h"
#include "sql/lexer.h"
#include "sql/names.h"

static bool is_open(const struct lexer *behind)
{
    struct lexer ahead = *behind;
    struct token next = lexer_next(&ahead);
    return next.kind == TOKEN_PUNCT && next.punct == '(';
}

static void token_text(const struct lexer *lexer, const struct token *token, struct buf *out)
{
    if (token->kind == TOKEN_QUOTED)
        token_value(lexer, token, out);
    else
        buf_append(out, token->raw.data, token->raw.len);
}

static bool token_says(const struct lexer *lexer, const struct token *token, const char *column)
{
    struct buf name;
    buf_init(&name, token->raw.len + 1);
    token_text(lexer, token, &name);
    bool same = sql_name_equal(buf_cstr(&name), column);
    buf_clear(&name);
    return same;
}

static bool token_names(const struct lexer *lexer, const struct token *token, const char *column)
{
    if (token->kind != TOKEN_QUOTED && (token->kind != TOKEN_WORD || is_open(lexer)))
        return false;
    return token_says(lexer, token, column);
}

static struct lexer lexer_of_bytes(struct bytes text)
{
    struct lexer lexer;
    lexer_init(&lexer, text, FLAVOUR_MYSQL, 0, 0);
    return lexer;
}

static struct lexer lexer_of(const char *text)
{
    return lexer_of_bytes(bytes_of_str(text));
}

bool expression_names(const char *text, const char *column)
{
    struct lexer lexer = lexer_of(text);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return false;
        if (token_names(&lexer, &token, column))
            return true;
    }
}

const char *expression_rename(const char *text, const char *from, const char *to,
                              struct arena *arena)
{
    struct lexer lexer = lexer_of(text);
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            break;
        if (token.spaced && out.len > 0)
            buf_u8(&out, ' ');
        if (token_names(&lexer, &token, from))
            sql_quote_name(to, &out);
        else
            token_print(&lexer, &token, &out);
    }
    const char *renamed = arena_str(arena, buf_cstr(&out));
    buf_clear(&out);
    return renamed;
}

static bool is_punct(const struct token *token, uint8_t punct)
{
    return token->kind == TOKEN_PUNCT && token->punct == punct;
}

/* Takes away parentheses that stand around the whole text; false: there are none. */
static bool unwrap(struct bytes *text)
{
    struct lexer lexer = lexer_of_bytes(*text);
    struct token token = lexer_next(&lexer);
    const uint8_t *inside = token.raw.data + token.raw.len;
    unsigned depth = 1;
    if (!is_punct(&token, '('))
        return false;
    while (depth > 0) {
        token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return false;
        depth += is_punct(&token, '(');
        depth -= is_punct(&token, ')');
    }
    if (lexer_next(&lexer).kind != TOKEN_END)
        return false;
    *text = bytes_of(inside, (size_t)(token.raw.data - inside));
    return true;
}

static bool is_name(const struct token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
}

static bool same_token(const struct lexer *lexer, const struct token *a, const struct token *b)
{
    struct buf name;
    if (!is_name(a) || !is_name(b))
        return a->kind == b->kind && bytes_equal(a->raw, b->raw);
    buf_init(&name, b->raw.len + 1);
    token_text(lexer, b, &name);
    bool same = token_says(lexer, a, buf_cstr(&name));
    buf_clear(&name);
    return same;
}

bool expression_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    struct bytes texts[2] = { bytes_of_str(a), bytes_of_str(b) };
    for (unsigned i = 0; i < 2; i++)
        while (unwrap(&texts[i]))
            continue;
    struct lexer x = lexer_of_bytes(texts[0]), y = lexer_of_bytes(texts[1]);
    for (;;) {
        struct token left = lexer_next(&x), right = lexer_next(&y);
        if (left.kind == TOKEN_BAD || right.kind == TOKEN_BAD || !same_token(&x, &left, &right))
            return false;
        if (left.kind == TOKEN_END)
            return true;
    }
}

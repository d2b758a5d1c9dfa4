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

static bool token_names(const struct lexer *lexer, const struct token *token, const char *column)
{
    struct buf name;
    if (token->kind != TOKEN_QUOTED && (token->kind != TOKEN_WORD || is_open(lexer)))
        return false;
    buf_init(&name, token->raw.len + 1);
    if (token->kind == TOKEN_QUOTED)
        token_value(lexer, token, &name);
    else
        buf_append(&name, token->raw.data, token->raw.len);
    bool same = sql_name_equal(buf_cstr(&name), column);
    buf_clear(&name);
    return same;
}

static struct lexer lexer_of(const char *text)
{
    struct lexer lexer;
    lexer_init(&lexer, bytes_of_str(text), FLAVOUR_MYSQL, 0, 0);
    return lexer;
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

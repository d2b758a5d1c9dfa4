/* like.c - LIKE: characters compared by the collation, or bytes where one side is bytes (LIKE
 * BINARY). */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/function.h"
#include "engine/sqlite/query/text_key.h"
#include "sql/lexer.h"

struct like {
    struct evaluation *e;
    uint32_t escape; /* 0: none */
    bool in_bytes;   /* one is a character, and equals itself only */
    bool failed;
};

enum { LIKE_DEPTH_MAX = 100, ESCAPE_MASK = 0xff, IN_BYTES = 0x100 };

static uint32_t like_next(const struct like *like, struct bytes *text)
{
    if (!like->in_bytes)
        return utf8_next(text);
    uint8_t first = text->data[0];
    *text = bytes_of(text->data + 1, text->len - 1);
    return first;
}

static bool like_same(struct like *like, uint32_t a, uint32_t b)
{
    bool same = a == b;
    if (!like->in_bytes && !same_characters(like->e, a, b, &same))
        like->failed = true;
    return same;
}

static bool like_matches(struct like *like, struct bytes text, struct bytes pattern,
                         unsigned depth);

/* Behind a %: somewhere the rest fits. */
static bool like_anywhere(struct like *like, struct bytes text, struct bytes pattern,
                          unsigned depth)
{
    if (pattern.len == 0)
        return true;
    if (depth == LIKE_DEPTH_MAX) {
        like->failed = true;
        evaluation_refuse(like->e, "LIKE with more than 100 percent signs");
        return false;
    }
    for (;;) {
        if (like_matches(like, text, pattern, depth + 1))
            return true;
        if (text.len == 0 || like->failed)
            return false;
        (void)like_next(like, &text);
    }
}

static bool like_matches(struct like *like, struct bytes text, struct bytes pattern, unsigned depth)
{
    while (pattern.len > 0 && !like->failed) {
        uint32_t wanted = like_next(like, &pattern);
        if (wanted == '%' && like->escape != '%') {
            while (pattern.len > 0 && pattern.data[0] == '%')
                (void)like_next(like, &pattern);
            return like_anywhere(like, text, pattern, depth);
        }
        if (text.len == 0)
            return false;
        if (wanted == like->escape && wanted != 0 && pattern.len > 0) {
            wanted = like_next(like, &pattern);
        } else if (wanted == '_') {
            (void)like_next(like, &text);
            continue;
        }
        if (!like_same(like, like_next(like, &text), wanted))
            return false;
    }
    return !like->failed && text.len == 0;
}

static bool eval_like(struct evaluation *e, struct datum *out)
{
    struct like like = { .e = e,
                         .escape = (uint32_t)e->call->number & ESCAPE_MASK,
                         .in_bytes = (e->call->number & IN_BYTES) != 0 };
    struct bytes text = datum_to_text(&e->args[0], e->arena);
    struct bytes pattern = datum_to_text(&e->args[1], e->arena);
    bool matches = like_matches(&like, text, pattern, 0);
    *out = datum_int(matches);
    return !like.failed;
}

static bool escape_of(struct compiler *c, const struct expr *expr, int *out)
{
    struct typed escape;
    *out = (c->session->sql_mode & SQL_MODE_NO_BACKSLASH_ESCAPES) != 0 ? 0 : '\\';
    if (expr == NULL)
        return true;
    if (!compile_expr(c, expr, &escape))
        return false;
    if (!escape.is_constant || escape.value.kind != VALUE_TEXT || escape.value.bytes.len > 1)
        return compile_refuse(c, "ESCAPE with anything but one ASCII character");
    *out = escape.value.bytes.len == 0 ? 0 : escape.value.bytes.data[0];
    return true;
}

/* An index finds those that begin alike. */
static void add_prefix(struct compiler *c, const struct call *call, struct typed *out)
{
    const struct typed *pattern = &call->args[1];
    const char *range;
    if (!out->is_constant && pattern->is_constant && pattern->value.kind == VALUE_TEXT &&
        compile_text_prefix(c, &call->args[0], pattern->value.bytes, (uint32_t)call->number,
                            call->collation, &range))
        out->sql = arena_printf(c->arena, "(%s AND %s)", range, out->sql);
}

bool compile_like(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed args[2];
    uint8_t coercion;
    struct call call = { .eval = eval_like, .args = args, .count = 2, .type = typed_bool() };
    if (!compile_expr(c, expr->args, &args[0]) || !compile_expr(c, expr->args->next, &args[1]) ||
        !escape_of(c, expr->args->next->next, &call.number))
        return false;
    if (args[0].is_json || args[1].is_json)
        return compile_refuse(c, "LIKE on JSON");
    bool in_bytes = args[0].rep == REP_BYTES || args[1].rep == REP_BYTES;
    if (in_bytes)
        call.number |= IN_BYTES;
    if (in_bytes ? !check_utf8(c, &call)
                 : !merge_collations(c, &args[0], &args[1], &call.collation, &coercion))
        return false;
    if (!check_printable(c, &args[0]) || !check_printable(c, &args[1]))
        return false;
    if (!in_bytes && args[0].rep != REP_TEXT && args[1].rep != REP_TEXT && !is_null(&args[0]) &&
        !is_null(&args[1]))
        return compile_refuse(c, "LIKE without a text");
    if (!compile_call(c, &call, out))
        return false;
    if (!expr->negated) {
        if (!in_bytes)
            add_prefix(c, &call, out);
        return true;
    }
    const char *sql = out->is_constant ? compile_bound(c, NULL, &out->value) : out->sql;
    *out = typed_bool();
    out->sql = arena_printf(c->arena, "(NOT %s)", sql);
    return !c->failed;
}

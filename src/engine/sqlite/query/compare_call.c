/* compare_call.c - comparisons that SQLite would do otherwise: values of several types, numbers as
 * texts, DECIMAL from expressions. By MySQL's rules: texts by their collation, dates with texts as
 * dates, integers and DECIMAL exactly, everything else as doubles. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/temporal.h"
#include "engine/sqlite/query/text_key.h"
#include "sql/lexer.h"

static int order_of_reals(double a, double b)
{
    return a < b ? -1 : a > b;
}

static bool as_reals(struct evaluation *e, const struct datum *a, const struct datum *b, int *order)
{
    double x, y;
    if (!datum_to_real(e, a, &x) || !datum_to_real(e, b, &y))
        return false;
    *order = order_of_reals(x, y);
    return true;
}

static bool as_numbers(struct evaluation *e, const struct datum *a, const struct datum *b,
                       int *order)
{
    struct number x, y;
    if (!datum_to_number(e, a, &x) || !datum_to_number(e, b, &y))
        return false;
    *order = number_compare(&x, &y);
    return true;
}

static bool as_bytes(const struct datum *a, const struct datum *b, int *order)
{
    size_t shorter = a->bytes.len < b->bytes.len ? a->bytes.len : b->bytes.len;
    *order = shorter > 0 ? memcmp(a->bytes.data, b->bytes.data, shorter) : 0;
    if (*order == 0)
        *order = a->bytes.len < b->bytes.len ? -1 : a->bytes.len > b->bytes.len;
    return true;
}

static int64_t packed(const struct datum *d)
{
    return d->rep == REP_TIME ? temporal_pack_time(&d->time) : temporal_pack_datetime(&d->time);
}

static bool as_temporals(struct evaluation *e, const struct datum *a, const struct datum *b,
                         int *order)
{
    bool is_time = (datum_is_temporal(a) ? a->rep : REP_TIME) == REP_TIME &&
                   (datum_is_temporal(b) ? b->rep : REP_TIME) == REP_TIME;
    struct datum x, y;
    bool x_valid, y_valid;
    enum rep rep = is_time ? REP_TIME : REP_DATETIME;
    if (!datum_to_temporal(e, a, rep, &x, &x_valid) || !datum_to_temporal(e, b, rep, &y, &y_valid))
        return false;
    if (!x_valid || !y_valid)
        return evaluation_refuse(e, "comparing a date or time with a value that is none");
    *order = packed(&x) < packed(&y) ? -1 : packed(&x) > packed(&y);
    return true;
}

static bool is_exact(const struct datum *d)
{
    return d->rep == REP_INT || d->rep == REP_DECIMAL;
}

bool datum_compare(struct evaluation *e, const struct datum *a, const struct datum *b, int *order)
{
    if (a->rep == REP_TEXT && b->rep == REP_TEXT)
        return compare_texts(e, a->bytes, b->bytes, order);
    if (datum_has_bytes(a) && datum_has_bytes(b))
        return as_bytes(a, b, order);
    if (datum_is_temporal(a) || datum_is_temporal(b))
        return as_temporals(e, a, b, order);
    if (is_exact(a) && is_exact(b))
        return as_numbers(e, a, b, order);
    return as_reals(e, a, b, order);
}

enum { ORDER_ONLY, NULL_SAFE };

static bool eval_compare(struct evaluation *e, struct datum *out)
{
    const struct datum *a = &e->args[0], *b = &e->args[1];
    int order = 0;
    if (a->rep == REP_NULL || b->rep == REP_NULL) {
        *out = e->call->number == NULL_SAFE ? datum_int(a->rep == b->rep) : datum_null();
        return true;
    }
    if (!datum_compare(e, a, b, &order))
        return false;
    *out = datum_int(e->call->number == NULL_SAFE ? order == 0 : order);
    return true;
}

/* Values of these types are compared in ways that are not done here. */
static bool is_comparable(const struct typed *a, const struct typed *b)
{
    const struct typed *both[2] = { a, b };
    for (unsigned i = 0; i < 2; i++) {
        const struct typed *t = both[i], *other = both[1 - i];
        if (t->is_json && !is_null(other))
            return false;
        if (t->column == NULL)
            continue;
        if (t->column->type == SQL_JSON || t->column->type == SQL_UUID ||
            t->column->type == SQL_INET4 || t->column->type == SQL_INET6)
            return false;
        if ((t->column->type == SQL_ENUM || t->column->type == SQL_SET) && other->rep != REP_TEXT &&
            !is_null(other))
            return false;
    }
    bool has_bytes = a->rep == REP_BYTES || b->rep == REP_BYTES;
    bool has_number =
        (a->rep != REP_BYTES && a->rep != REP_TEXT) || (b->rep != REP_BYTES && b->rep != REP_TEXT);
    return !has_bytes || !has_number || is_null(a) || is_null(b);
}

bool compile_compare_call(struct compiler *c, const char *op, const struct typed *a,
                          const struct typed *b, const char **sql)
{
    struct typed args[2] = { *a, *b }, result;
    uint8_t coercion;
    bool is_null_safe = strcmp(op, "IS") == 0;
    struct call call = { .eval = eval_compare,
                         .args = args,
                         .count = 2,
                         .type = typed_int(1, true),
                         .flags = CALL_TAKES_NULL,
                         .number = is_null_safe ? NULL_SAFE : ORDER_ONLY };
    if (!is_comparable(a, b))
        return compile_refuse(c, "a comparison of values of these types");
    if (a->rep == REP_TEXT && b->rep == REP_TEXT &&
        !merge_collations(c, a, b, &call.collation, &coercion))
        return false;
    if (!compile_call(c, &call, &result))
        return false;
    const char *text = result.is_constant ? compile_bound(c, NULL, &result.value) : result.sql;
    *sql = is_null_safe ? text : arena_printf(c->arena, "(%s %s 0)", text, op);
    return !c->failed;
}

/* ---- LIKE ---- */

struct like {
    struct evaluation *e;
    uint32_t escape; /* 0: none */
    bool failed;
};

enum { LIKE_DEPTH_MAX = 100 };

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
        (void)utf8_next(&text);
    }
}

static bool like_matches(struct like *like, struct bytes text, struct bytes pattern, unsigned depth)
{
    while (pattern.len > 0 && !like->failed) {
        bool same = false;
        uint32_t wanted = utf8_next(&pattern);
        if (wanted == '%' && like->escape != '%') {
            while (pattern.len > 0 && pattern.data[0] == '%')
                (void)utf8_next(&pattern);
            return like_anywhere(like, text, pattern, depth);
        }
        if (text.len == 0)
            return false;
        if (wanted == like->escape && wanted != 0 && pattern.len > 0) {
            wanted = utf8_next(&pattern);
        } else if (wanted == '_') {
            (void)utf8_next(&text);
            continue;
        }
        if (!same_characters(like->e, utf8_next(&text), wanted, &same))
            like->failed = true;
        if (!same)
            return false;
    }
    return !like->failed && text.len == 0;
}

static bool eval_like(struct evaluation *e, struct datum *out)
{
    struct like like = { .e = e, .escape = (uint32_t)e->call->number };
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
    if (args[0].rep == REP_BYTES || args[1].rep == REP_BYTES || args[0].is_json || args[1].is_json)
        return compile_refuse(c, "LIKE on bytes and JSON");
    if (!merge_collations(c, &args[0], &args[1], &call.collation, &coercion))
        return false;
    if (!check_printable(c, &args[0]) || !check_printable(c, &args[1]))
        return false;
    if (args[0].rep != REP_TEXT && args[1].rep != REP_TEXT && !is_null(&args[0]) &&
        !is_null(&args[1]))
        return compile_refuse(c, "LIKE without a text");
    if (!compile_call(c, &call, out))
        return false;
    if (!expr->negated) {
        add_prefix(c, &call, out);
        return true;
    }
    const char *sql = out->is_constant ? compile_bound(c, NULL, &out->value) : out->sql;
    *out = typed_bool();
    out->sql = arena_printf(c->arena, "(NOT %s)", sql);
    return !c->failed;
}

/* ---- keys to sort by ---- */

enum { KEY_DIGITS = 66, KEY_SCALE = 30 };

/* Texts that sort as numbers do: all digits there, those of a negative one turned around. */
static bool eval_number_key(struct evaluation *e, struct datum *out)
{
    char text[NUMBER_ROOM];
    struct number n = number_round(&e->args[0].number, KEY_SCALE, ROUND_HALF_UP);
    bool negative = n.negative;
    n.negative = false;
    size_t len = number_text(&n, text), width = KEY_DIGITS + KEY_SCALE + 1;
    char *key = arena_alloc(e->arena, width + 2);
    memset(key, '0', width + 1);
    key[0] = negative ? '-' : '0';
    memcpy(key + 1 + width - len, text, len);
    for (size_t i = 1; negative && i <= width; i++)
        if (key[i] >= '0' && key[i] <= '9')
            key[i] = (char)('J' - (key[i] - '0'));
    *out = datum_text(bytes_of(key, width + 1));
    return true;
}

static bool eval_time_key(struct evaluation *e, struct datum *out)
{
    *out = datum_int(temporal_pack_time(&e->args[0].time));
    return true;
}

bool compile_order_key(struct compiler *c, const struct typed *typed, const char **sql)
{
    struct typed key;
    if (!compile_call_1(
            c, typed->rep == REP_TIME ? eval_time_key : eval_number_key, typed,
            typed->rep == REP_TIME ? typed_int(20, true) : (struct typed){ .rep = REP_TEXT }, &key))
        return false;
    *sql = key.is_constant ? "NULL" : key.sql;
    return true;
}

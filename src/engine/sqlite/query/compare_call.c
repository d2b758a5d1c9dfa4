/* compare_call.c - comparisons that SQLite would do otherwise: values of several types, numbers as
 * texts, DECIMAL from expressions. By MySQL's rules: texts by their collation, dates with texts as
 * dates, integers and DECIMAL exactly, everything else as doubles. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/temporal.h"
#include "engine/sqlite/query/json_order.h"
#include "engine/sqlite/query/text_key.h"

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
    if (datum_has_bytes(a) && datum_has_bytes(b)) {
        *order = bytes_order(a->bytes, b->bytes);
        return true;
    }
    if (datum_is_temporal(a) || datum_is_temporal(b))
        return as_temporals(e, a, b, order);
    if (is_exact(a) && is_exact(b))
        return as_numbers(e, a, b, order);
    return as_reals(e, a, b, order);
}

enum { ORDER_ONLY, NULL_SAFE };

static bool eval_compare(struct evaluation *e, struct datum *out)
{
    const struct typed *types = e->call->args;
    const struct datum *a = &e->args[0], *b = &e->args[1];
    int order = 0;
    if (a->rep == REP_NULL || b->rep == REP_NULL) {
        *out = e->call->number == NULL_SAFE ? datum_int(a->rep == b->rep) : datum_null();
        return true;
    }
    if (types[0].is_json || types[1].is_json ? !json_compare(e, &order)
                                             : !datum_compare(e, a, b, &order))
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
        if (t->column == NULL)
            continue;
        if (t->column->type == SQL_UUID || t->column->type == SQL_INET4 ||
            t->column->type == SQL_INET6)
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
    for (unsigned i = 0; i < call.count; i++)
        args[i].is_json = is_document(&args[i]);
    if (!args[0].is_json && !args[1].is_json && !is_comparable(a, b))
        return compile_refuse(c, "a comparison of values of these types");
    if (a->rep == REP_TEXT && b->rep == REP_TEXT && !args[0].is_json && !args[1].is_json &&
        !merge_collations(c, a, b, &call.collation, &coercion))
        return false;
    if (!compile_call(c, &call, &result))
        return false;
    const char *text = result.is_constant ? compile_bound(c, NULL, &result.value) : result.sql;
    *sql = is_null_safe ? text : arena_printf(c->arena, "(%s %s 0)", text, op);
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

/* store_number.c - values for columns of numbers: rounded half away from zero, doubles to the even
 * neighbour; in range, or an error. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>
#include "binlog/decimal.h"
#include "engine/sqlite/query/store.h"
#include "engine/sqlite/query/stored_text.h"
#include "sql/number.h"

/* The text as a number. MySQL tells a text that begins with one from one that does not by the
 * error's number, for integers. */
static bool parse(const struct storing *s, const char *type, struct number *out)
{
    struct bytes text;
    bool whole, is_integer = strcmp(type, "integer") == 0;
    if (!store_as_text(s, &text))
        return false;
    struct bytes number = number_prefix(text, true, &whole);
    if (number.len == 0 || (!whole && !is_integer))
        return store_incorrect(s, PROBLEM_INCORRECT_VALUE, type);
    if (!whole)
        return store_truncated(s);
    return number_read(number, out) || store_out_of_range(s);
}

static bool is_real(const struct value *value)
{
    return value->kind == VALUE_DOUBLE || value->kind == VALUE_FLOAT;
}

static bool is_temporal(const struct value *value)
{
    return value->kind == VALUE_DATE || value->kind == VALUE_TIME || value->kind == VALUE_DATETIME;
}

/* 20240229, 123456, 20240229123456 */
static void temporal_integer(const struct value *value, bool *negative, uint64_t *out)
{
    const struct time_parts *t = &value->time;
    uint64_t date = t->year * 10000u + t->month * 100u + t->day;
    uint64_t clock = t->hour * 10000u + t->minute * 100u + t->second;
    *negative = t->negative;
    *out = value->kind == VALUE_DATE   ? date
           : value->kind == VALUE_TIME ? clock
                                       : date * 1000000 + clock;
}

static bool integer_of(const struct storing *s, bool *negative, uint64_t *out)
{
    struct number number;
    if (is_real(s->in)) {
        double rounded = rint(s->in->d);
        *negative = rounded < 0;
        if (!(fabs(rounded) < 18446744073709551615.0))
            return store_out_of_range(s);
        *out = (uint64_t)fabs(rounded);
        return true;
    }
    if (is_temporal(s->in)) {
        if (s->in->time.micro > 0)
            return store_cannot(s);
        temporal_integer(s->in, negative, out);
        return true;
    }
    if (!parse(s, "integer", &number))
        return false;
    return number_integer(&number, negative, out) || store_out_of_range(s);
}

bool store_integer(const struct storing *s, struct value *out)
{
    static const uint8_t bits[] = { [SQL_TINYINT] = 8,
                                    [SQL_SMALLINT] = 16,
                                    [SQL_MEDIUMINT] = 24,
                                    [SQL_INT] = 32,
                                    [SQL_BIGINT] = 64 };
    bool negative;
    uint64_t value;
    if (!integer_of(s, &negative, &value))
        return false;
    uint64_t most = UINT64_MAX >> (64 - bits[s->column->type] + !s->column->is_unsigned);
    uint64_t least = s->column->is_unsigned ? 0 : most + 1;
    if (value > (negative ? least : most))
        return store_out_of_range(s);
    *out = (struct value){ .kind = s->column->is_unsigned ? VALUE_UINT : VALUE_INT };
    out->u = negative ? 0 - value : value;
    return true;
}

bool store_bit(const struct storing *s, struct value *out)
{
    unsigned bits = s->column->length > 0 ? s->column->length : 1;
    bool is_bytes = s->in->kind == VALUE_BLOB || s->in->kind == VALUE_TEXT;
    if (s->in->kind != VALUE_INT && s->in->kind != VALUE_UINT && !is_bytes)
        return store_cannot(s);
    *out = (struct value){ .kind = VALUE_UINT, .u = s->in->u };
    if (is_bytes) {
        out->u = 0;
        for (size_t i = 0; i < s->in->bytes.len; i++) {
            if (out->u >> 56 != 0)
                return store_too_long(s);
            out->u = out->u << 8 | s->in->bytes.data[i];
        }
    }
    return bits >= 64 || out->u >> bits == 0 || store_too_long(s);
}

bool store_year(const struct storing *s, struct value *out)
{
    bool negative, is_text = s->in->kind == VALUE_TEXT;
    uint64_t value;
    if (is_temporal(s->in))
        return store_cannot(s);
    if (!integer_of(s, &negative, &value))
        return false;
    if (negative)
        return store_out_of_range(s);
    if (value < 100 && (value > 0 || (is_text && s->in->bytes.len < 4)))
        value += value < 70 ? 2000 : 1900;
    if (value != 0 && (value < 1901 || value > 2155))
        return store_out_of_range(s);
    *out = (struct value){ .kind = VALUE_INT, .u = value };
    return true;
}

bool store_real(const struct storing *s, struct value *out)
{
    struct bytes text;
    bool whole, is_float = s->column->type == SQL_FLOAT;
    *out = (struct value){ .kind = is_float ? VALUE_FLOAT : VALUE_DOUBLE };
    if (s->column->precision > 0)
        return store_cannot(s);
    if (is_real(s->in)) {
        out->d = s->in->d;
    } else {
        if (is_temporal(s->in))
            return store_cannot(s);
        if (!store_as_text(s, &text))
            return false;
        struct bytes number = number_prefix(text, true, &whole);
        if (number.len == 0 || !whole)
            return store_incorrect(s, PROBLEM_INCORRECT_VALUE, "double");
        out->d = strtod(arena_strn(s->c->arena, number.data, number.len), NULL);
    }
    if (is_float)
        out->d = (double)(float)out->d;
    if (!isfinite(out->d) || (s->column->is_unsigned && out->d < 0))
        return store_out_of_range(s);
    return true;
}

bool store_decimal(const struct storing *s, struct value *out)
{
    struct number number;
    char text[NUMBER_ROOM];
    struct decimal_type type = { s->column->precision, s->column->scale };
    struct err ignored;
    if (is_temporal(s->in))
        return store_cannot(s);
    if (!parse(s, "decimal", &number))
        return false;
    struct number rounded = number_round(&number, type.scale, ROUND_HALF_UP);
    if (number_compare(&rounded, &number) != 0 && !is_real(s->in))
        store_note(s);
    if (number_digits(&rounded) > type.precision || (rounded.negative && s->column->is_unsigned))
        return store_out_of_range(s);
    uint8_t *packed = arena_alloc(s->c->arena, DECIMAL_PACKED_MAX);
    if (!decimal_pack(type, bytes_of(text, number_text(&rounded, text)), packed, &ignored))
        return store_out_of_range(s);
    *out = (struct value){ .kind = VALUE_DECIMAL };
    out->bytes = bytes_of(packed, decimal_packed_size(type));
    return true;
}

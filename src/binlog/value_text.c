/* value_text.c - a value from the text of a result row: one parser a kind, found through a table.
 *
 * Strict on purpose: these are the servers' own texts of their own values, so anything unexpected
 * means that the column is not what the catalog says, and rounding would hide it. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_text.h"
#include <math.h>
#include <stdlib.h>
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/temporal.h"

typedef bool text_parser(const struct column_type *type, struct bytes text, struct arena *arena,
                         struct value *out, struct err *err);

enum { FLOAT_TEXT_MAX = 400, BITS_MAX = 64 };

static bool bad_text(struct bytes text, const char *what, struct err *err)
{
    int shown = text.len < 60 ? (int)text.len : 60;
    return err_set(err, ERR_CORRUPT, "\"%.*s\" is not %s", shown, (const char *)text.data, what);
}

/* Decimal digits only, at least one, up to max. */
static bool parse_digits(struct bytes text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = text.data[i] - (unsigned)'0';
        if (digit > 9 || digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return text.len > 0;
}

static unsigned integer_bits(uint8_t type)
{
    static const uint8_t bits[256] = { [COLUMN_TINY] = 8,
                                       [COLUMN_SHORT] = 16,
                                       [COLUMN_INT24] = 24,
                                       [COLUMN_LONG] = 32,
                                       [COLUMN_LONGLONG] = 64 };
    return bits[type];
}

static bool integer_from_text(const struct column_type *type, struct bytes text,
                              struct arena *arena, struct value *out, struct err *err)
{
    (void)arena;
    uint64_t max = UINT64_MAX >> (64 - integer_bits(type->type));
    uint64_t number;
    if (type->is_unsigned) {
        if (!parse_digits(text, max, &number))
            return bad_text(text, "an unsigned integer of the column's size", err);
        *out = (struct value){ .kind = VALUE_UINT, .u = number };
        return true;
    }
    bool negative = text.len > 0 && text.data[0] == '-';
    struct bytes digits = negative ? bytes_of(text.data + 1, text.len - 1) : text;
    if (!parse_digits(digits, max / 2 + (negative ? 1 : 0), &number))
        return bad_text(text, "an integer of the column's size", err);
    *out = (struct value){ .kind = VALUE_INT, .i = (int64_t)(negative ? 0 - number : number) };
    return true;
}

static bool number_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                             struct value *out, struct err *err)
{
    char copy[FLOAT_TEXT_MAX + 1];
    char *end;
    (void)arena;
    if (text.len == 0 || text.len > FLOAT_TEXT_MAX)
        return bad_text(text, "a number", err);
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    bool is_float = type->type == COLUMN_FLOAT;
    double number = is_float ? (double)strtof(copy, &end) : strtod(copy, &end);
    if (end != copy + text.len || !isfinite(number) || strspn(copy, "+-.0123456789eE") != text.len)
        return bad_text(text, "a number of the column's size", err);
    *out = (struct value){ .kind = is_float ? VALUE_FLOAT : VALUE_DOUBLE, .d = number };
    return true;
}

static bool decimal_from_text(const struct column_type *type, struct bytes text,
                              struct arena *arena, struct value *out, struct err *err)
{
    struct decimal_type digits = { type->precision, type->scale };
    uint8_t packed[DECIMAL_PACKED_MAX];
    if (!decimal_pack(digits, text, packed, err))
        return false;
    struct bytes bytes = { packed, decimal_packed_size(digits) };
    *out = (struct value){ .kind = VALUE_DECIMAL, .bytes = arena_copy(arena, bytes) };
    return true;
}

static bool bit_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                          struct value *out, struct err *err)
{
    (void)arena;
    uint64_t bits;
    if (type->length == 0 || type->length > BITS_MAX ||
        !parse_digits(text, UINT64_MAX >> (BITS_MAX - type->length), &bits))
        return bad_text(text, "the number of a BIT column; select CAST(col AS UNSIGNED)", err);
    *out = (struct value){ .kind = VALUE_UINT, .u = bits };
    return true;
}

static bool enum_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    uint64_t index;
    if (!parse_digits(text, UINT16_MAX, &index))
        return bad_text(text, "the index of an ENUM; select CAST(col AS UNSIGNED)", err);
    *out = (struct value){ .kind = VALUE_UINT, .u = index };
    return true;
}

static bool set_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                          struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    uint64_t bits;
    if (!parse_digits(text, UINT64_MAX, &bits))
        return bad_text(text, "the bitmap of a SET; select CAST(col AS UNSIGNED)", err);
    *out = (struct value){ .kind = VALUE_UINT, .u = bits };
    return true;
}

static bool year_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    uint64_t year;
    if (!parse_digits(text, 2155, &year) || (year != 0 && year < 1901))
        return bad_text(text, "a YEAR", err);
    *out = (struct value){ .kind = VALUE_INT, .i = (int64_t)year };
    return true;
}

static bool date_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_DATE };
    (void)type;
    (void)arena;
    if (!temporal_parse_date(text, &value.time, err))
        return false;
    *out = value;
    return true;
}

static bool time_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_TIME };
    (void)type;
    (void)arena;
    if (!temporal_parse_time(text, &value.time, err))
        return false;
    *out = value;
    return true;
}

static bool datetime_from_text(const struct column_type *type, struct bytes text,
                               struct arena *arena, struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_DATETIME };
    (void)type;
    (void)arena;
    if (!temporal_parse_datetime(text, &value.time, err))
        return false;
    *out = value;
    return true;
}

static bool timestamp_from_text(const struct column_type *type, struct bytes text,
                                struct arena *arena, struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_TIMESTAMP };
    (void)type;
    (void)arena;
    if (!temporal_parse_timestamp(text, &value.u, err))
        return false;
    *out = value;
    return true;
}

static bool bytes_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                            struct value *out, struct err *err)
{
    (void)arena;
    (void)err;
    *out = (struct value){ .kind = type->is_binary ? VALUE_BLOB : VALUE_TEXT, .bytes = text };
    return true;
}

/* The log has CHAR and BINARY without their padding; a SELECT gives BINARY with it. */
static bool string_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                             struct value *out, struct err *err)
{
    while (type->is_binary && text.len > 0 && text.data[text.len - 1] == 0)
        text.len--;
    return bytes_from_text(type, text, arena, out, err);
}

static bool json_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    if (text.len == 0)
        return bad_text(text, "JSON", err);
    *out = (struct value){ .kind = VALUE_JSON_TEXT, .bytes = text };
    return true;
}

static bool geometry_from_text(const struct column_type *type, struct bytes text,
                               struct arena *arena, struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    (void)err;
    *out = (struct value){ .kind = VALUE_GEOMETRY, .bytes = text };
    return true;
}

static bool vector_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                             struct value *out, struct err *err)
{
    (void)type;
    (void)arena;
    if (text.len % sizeof(float) != 0)
        return bad_text(text, "the bytes of a VECTOR", err);
    *out = (struct value){ .kind = VALUE_VECTOR, .bytes = text };
    return true;
}

static text_parser *const parsers[256] = {
    [COLUMN_TINY] = integer_from_text,
    [COLUMN_SHORT] = integer_from_text,
    [COLUMN_INT24] = integer_from_text,
    [COLUMN_LONG] = integer_from_text,
    [COLUMN_LONGLONG] = integer_from_text,
    [COLUMN_FLOAT] = number_from_text,
    [COLUMN_DOUBLE] = number_from_text,
    [COLUMN_NEWDECIMAL] = decimal_from_text,
    [COLUMN_BIT] = bit_from_text,
    [COLUMN_ENUM] = enum_from_text,
    [COLUMN_SET] = set_from_text,
    [COLUMN_YEAR] = year_from_text,
    [COLUMN_DATE] = date_from_text,
    [COLUMN_TIME] = time_from_text,
    [COLUMN_TIME2] = time_from_text,
    [COLUMN_DATETIME] = datetime_from_text,
    [COLUMN_DATETIME2] = datetime_from_text,
    [COLUMN_TIMESTAMP] = timestamp_from_text,
    [COLUMN_TIMESTAMP2] = timestamp_from_text,
    [COLUMN_STRING] = string_from_text,
    [COLUMN_VARCHAR] = bytes_from_text,
    [COLUMN_VAR_STRING] = bytes_from_text,
    [COLUMN_VARCHAR_COMPRESSED] = bytes_from_text,
    [COLUMN_TINY_BLOB] = bytes_from_text,
    [COLUMN_BLOB] = bytes_from_text,
    [COLUMN_MEDIUM_BLOB] = bytes_from_text,
    [COLUMN_LONG_BLOB] = bytes_from_text,
    [COLUMN_BLOB_COMPRESSED] = bytes_from_text,
    [COLUMN_JSON] = json_from_text,
    [COLUMN_GEOMETRY] = geometry_from_text,
    [COLUMN_VECTOR] = vector_from_text,
};

bool value_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                     struct value *out, struct err *err)
{
    text_parser *parse = parsers[type->type];
    if (parse == NULL)
        return err_set(err, ERR_UNSUPPORTED, "column type %u cannot be read from text", type->type);
    if (text.data == NULL)
        text = bytes_of_str("");
    return parse(type, text, arena, out, err);
}

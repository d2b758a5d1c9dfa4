/* line_value.c - one function a kind of value, found through a table. */
// SPDX-License-Identifier: Apache-2.0
#include "print/line_value.h"
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/json.h"
#include "binlog/json_diff.h"
#include "binlog/temporal.h"
#include "binlog/value_number.h"
#include "print/put.h"

typedef void value_putter(const struct line_column *column, const struct value *value,
                          struct buf *scratch, struct buf *out);

/* A character of two bytes that a terminal takes for a command: U+0080 to U+009F. */
static bool is_c1(const uint8_t *at, size_t left)
{
    return left >= 2 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
}

static void put_escaped(const uint8_t *bytes, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        put(out, "\\x", 2);
        put_hex(bytes_of(bytes + i, 1), out);
    }
}

void line_text_put(struct bytes text, struct buf *out)
{
    put_byte(out, '\'');
    for (size_t at = 0; at < text.len;) {
        at += put_plain_prefix(bytes_of(text.data + at, text.len - at), out);
        if (at == text.len)
            break;
        uint8_t byte = text.data[at];
        size_t size = is_c1(text.data + at, text.len - at) ? 2 : 1;
        if (byte < 0x20 || byte == 0x7f || size == 2)
            put_escaped(text.data + at, size, out);
        else {
            if (byte == '\'' || byte == '\\')
                put_byte(out, '\\');
            put_byte(out, (char)byte);
        }
        at += size;
    }
    put_byte(out, '\'');
}

static void put_null(const struct line_column *column, const struct value *value,
                     struct buf *scratch, struct buf *out)
{
    (void)column;
    (void)value;
    (void)scratch;
    put(out, "NULL", 4);
}

static unsigned integer_bits(uint8_t type)
{
    switch (type) {
    case COLUMN_TINY:
        return 8;
    case COLUMN_SHORT:
        return 16;
    case COLUMN_INT24:
        return 24;
    case COLUMN_LONG:
        return 32;
    default:
        return 64;
    }
}

static void put_int(const struct line_column *column, const struct value *value,
                    struct buf *scratch, struct buf *out)
{
    (void)scratch;
    put_signed(value->i, out);
    if (value->i >= 0 || column->is_sign_known)
        return;
    put(out, " (", 2);
    put_unsigned((uint64_t)value->i & UINT64_MAX >> (64 - integer_bits(column->type->type)), out);
    put_byte(out, ')');
}

static void put_bits(uint64_t bits, unsigned count, struct buf *out)
{
    put(out, "b'", 2);
    while (count > 0)
        put_byte(out, (bits >> --count & 1) != 0 ? '1' : '0');
    put_byte(out, '\'');
}

static void put_uint(const struct line_column *column, const struct value *value,
                     struct buf *scratch, struct buf *out)
{
    (void)scratch;
    if (column->type->type == COLUMN_BIT)
        put_bits(value->u, column->type->length, out);
    else if (column->type->type == COLUMN_SET)
        put_bits(value->u, 8u * column->type->length, out);
    else
        put_unsigned(value->u, out);
}

static void put_float(const struct line_column *column, const struct value *value,
                      struct buf *scratch, struct buf *out)
{
    char number[NUMBER_TEXT_MAX];
    (void)column;
    (void)scratch;
    size_t len = float_text((float)value->d, number);
    put(out, number, len);
}

static void put_double(const struct line_column *column, const struct value *value,
                       struct buf *scratch, struct buf *out)
{
    (void)column;
    (void)scratch;
    put_real(value->d, out);
}

static void put_decimal(const struct line_column *column, const struct value *value,
                        struct buf *scratch, struct buf *out)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = 0;
    struct err ignored;
    struct decimal_type digits = { column->type->precision, column->type->scale };
    (void)scratch;
    if (decimal_text(digits, value->bytes, text, &len, &ignored)) {
        put(out, text, len);
        return;
    }
    put(out, "X'", 2);
    put_hex(value->bytes, out);
    put_byte(out, '\'');
}

static unsigned scale_of(const struct line_column *column)
{
    return column->type->scale > 6 ? 6 : column->type->scale;
}

/* With colons, as the tools have it. */
static void put_quoted(const char *text, size_t len, struct buf *out)
{
    put_byte(out, '\'');
    put(out, text, len);
    put_byte(out, '\'');
}

static void put_date(const struct line_column *column, const struct value *value,
                     struct buf *scratch, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    size_t len = temporal_date_text(&value->time, text);
    (void)column;
    (void)scratch;
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] == '-' ? ':' : text[i];
    put_quoted(text, len, out);
}

static void put_time(const struct line_column *column, const struct value *value,
                     struct buf *scratch, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    size_t len = temporal_time_text(&value->time, scale_of(column), text);
    (void)scratch;
    put_quoted(text, len, out);
}

static void put_datetime(const struct line_column *column, const struct value *value,
                         struct buf *scratch, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    size_t len = temporal_datetime_text(&value->time, scale_of(column), text);
    (void)scratch;
    put_quoted(text, len, out);
}

/* Seconds since 1970, as the tools have it. */
static void put_timestamp(const struct line_column *column, const struct value *value,
                          struct buf *scratch, struct buf *out)
{
    unsigned scale = scale_of(column);
    uint64_t fraction = value->u % 1000000;
    (void)scratch;
    put_unsigned(value->u / 1000000, out);
    if (scale == 0)
        return;
    put_byte(out, '.');
    for (uint64_t unit = 100000; scale > 0; scale--, unit /= 10)
        put_byte(out, (char)('0' + fraction / unit % 10));
}

static void put_content(const struct line_column *column, const struct value *value,
                        struct buf *scratch, struct buf *out)
{
    struct err ignored;
    (void)column;
    if (!value->compressed) {
        line_text_put(value->bytes, out);
        return;
    }
    buf_reset(scratch);
    bool readable = value_decompress(value->bytes, scratch, &ignored);
    line_text_put(readable ? buf_bytes(scratch) : value->bytes, out);
}

static void put_json(const struct line_column *column, const struct value *value,
                     struct buf *scratch, struct buf *out)
{
    struct err ignored;
    (void)column;
    buf_reset(scratch);
    bool readable = json_text(value->bytes, scratch, &ignored);
    line_text_put(readable ? buf_bytes(scratch) : value->bytes, out);
}

static void put_diff_value(struct bytes binary, struct buf *scratch, struct buf *out)
{
    struct err ignored;
    buf_reset(scratch);
    bool readable = json_text(binary, scratch, &ignored);
    put(out, ", CAST(", 7);
    line_text_put(readable ? buf_bytes(scratch) : binary, out);
    put(out, " AS JSON)", 9);
}

/* JSON_REPLACE(JSON_REMOVE(@2, '$.a'), '$.b', CAST('1' AS JSON)): the last change comes first, so
 * the list is read twice. */
static void put_json_diff(const struct line_column *column, const struct value *value,
                          struct buf *scratch, struct buf *out)
{
    static const char *const verbs[] = { "JSON_REPLACE(", "JSON_INSERT(", "JSON_REMOVE(" };
    struct json_diff diff;
    struct err ignored;
    buf_reset(scratch);
    for (struct reader r = reader_of(value->bytes); reader_left(&r) > 0;) {
        if (!json_diff_next(&r, &diff, &ignored))
            break;
        put_byte(scratch, (char)diff.operation);
    }
    while (scratch->len > 0)
        buf_str(out, verbs[scratch->data[--scratch->len]]);
    buf_printf(out, "@%u", column->number);
    for (struct reader r = reader_of(value->bytes); reader_left(&r) > 0;) {
        if (!json_diff_next(&r, &diff, &ignored))
            break;
        put(out, ", ", 2);
        line_text_put(diff.path, out);
        if (diff.operation != JSON_DIFF_REMOVE)
            put_diff_value(diff.value, scratch, out);
        put_byte(out, ')');
    }
}

static void put_vector(const struct line_column *column, const struct value *value,
                       struct buf *scratch, struct buf *out)
{
    char number[NUMBER_TEXT_MAX];
    (void)column;
    (void)scratch;
    put_byte(out, '[');
    for (size_t at = 0; at + sizeof(float) <= value->bytes.len; at += sizeof(float)) {
        float element;
        memcpy(&element, value->bytes.data + at, sizeof element);
        if (at > 0)
            put_byte(out, ',');
        put(out, number, float_text(element, number));
    }
    put_byte(out, ']');
}

void line_value_put(const struct line_column *column, const struct value *value,
                    struct buf *scratch, struct buf *out)
{
    static value_putter *const putters[] = {
        [VALUE_ABSENT] = put_null,
        [VALUE_NULL] = put_null,
        [VALUE_INT] = put_int,
        [VALUE_UINT] = put_uint,
        [VALUE_FLOAT] = put_float,
        [VALUE_DOUBLE] = put_double,
        [VALUE_DECIMAL] = put_decimal,
        [VALUE_DATE] = put_date,
        [VALUE_TIME] = put_time,
        [VALUE_DATETIME] = put_datetime,
        [VALUE_TIMESTAMP] = put_timestamp,
        [VALUE_TEXT] = put_content,
        [VALUE_BLOB] = put_content,
        [VALUE_JSON] = put_json,
        [VALUE_GEOMETRY] = put_content,
        [VALUE_VECTOR] = put_vector,
        [VALUE_JSON_TEXT] = put_content,
        [VALUE_JSON_DIFF] = put_json_diff,
    };
    putters[value->kind](column, value, scratch, out);
}

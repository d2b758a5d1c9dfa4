/* value_print.c - values for people: messages, `binlogd cat`. Control characters are escaped, so
 * that nothing a source sends can forge a line; bytes above ASCII are passed on in the column's
 * charset. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include "binlog/decimal.h"
#include "binlog/json.h"
#include "binlog/temporal.h"
#include "binlog/value_number.h"
#include "binlog/value_text.h"

static void print_hex(struct bytes bytes, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    buf_str(out, "X'");
    for (size_t i = 0; i < bytes.len && !out->failed; i++) {
        uint8_t byte = bytes.data[i];
        buf_append(out, (char[]){ digits[byte >> 4], digits[byte & 15] }, 2);
    }
    buf_u8(out, '\'');
}

static void print_quoted(struct bytes text, struct buf *out)
{
    buf_u8(out, '\'');
    for (size_t i = 0; i < text.len && !out->failed; i++) {
        uint8_t byte = text.data[i];
        if (byte == '\'' || byte == '\\')
            buf_u8(out, '\\');
        if (byte < 0x20 || byte == 0x7f)
            buf_printf(out, "\\x%02x", byte);
        else
            buf_u8(out, byte);
    }
    buf_u8(out, '\'');
}

static void print_time(const struct value *value, const struct column_type *type, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    unsigned scale = type == NULL || type->scale > 6 ? 6 : type->scale;
    if (value->kind == VALUE_DATE)
        temporal_date_text(&value->time, text);
    else if (value->kind == VALUE_TIME)
        temporal_time_text(&value->time, scale, text);
    else if (value->kind == VALUE_DATETIME)
        temporal_datetime_text(&value->time, scale, text);
    else
        temporal_timestamp_text(value->u, scale, text);
    print_quoted(bytes_of_str(text), out);
}

static void print_decimal(struct bytes packed, const struct column_type *type, struct buf *out)
{
    char text[DECIMAL_TEXT_MAX];
    struct err ignored;
    if (type != NULL && decimal_text((struct decimal_type){ type->precision, type->scale }, packed,
                                     text, NULL, &ignored))
        buf_str(out, text);
    else
        print_hex(packed, out);
}

static void print_json(struct bytes binary, struct buf *out)
{
    struct buf text;
    struct err ignored;
    buf_init(&text, out->max);
    if (json_text(binary, &text, &ignored))
        print_quoted(buf_bytes(&text), out);
    else
        print_hex(binary, out);
    buf_clear(&text);
}

static void print_text(const struct value *value, struct buf *out)
{
    struct buf content;
    struct err ignored;
    struct bytes bytes = value->bytes;
    buf_init(&content, out->max);
    bool readable = !value->compressed || value_decompress(value->bytes, &content, &ignored);
    if (value->compressed && readable)
        bytes = buf_bytes(&content);
    if (readable && value->kind == VALUE_TEXT)
        print_quoted(bytes, out);
    else
        print_hex(bytes, out);
    buf_clear(&content);
}

void value_print(const struct value *value, const struct column_type *type, struct buf *out)
{
    char number[NUMBER_TEXT_MAX];
    switch (value->kind) {
    case VALUE_ABSENT:
        buf_str(out, "(absent)");
        return;
    case VALUE_NULL:
        buf_str(out, "NULL");
        return;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->i);
        return;
    case VALUE_UINT:
        buf_printf(out, "%" PRIu64, value->u);
        return;
    case VALUE_FLOAT:
        buf_append(out, number, float_text((float)value->d, number));
        return;
    case VALUE_DOUBLE:
        buf_append(out, number, double_text(value->d, number));
        return;
    case VALUE_DECIMAL:
        print_decimal(value->bytes, type, out);
        return;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
    case VALUE_TIMESTAMP:
        print_time(value, type, out);
        return;
    case VALUE_TEXT:
    case VALUE_BLOB:
        print_text(value, out);
        return;
    case VALUE_JSON_TEXT:
        print_quoted(value->bytes, out);
        return;
    case VALUE_JSON:
        print_json(value->bytes, out);
        return;
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
    case VALUE_JSON_DIFF:
        print_hex(value->bytes, out);
        return;
    }
}

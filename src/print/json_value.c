/* json_value.c - numbers keep all their digits, decimals and times are strings, bytes are hex. */
// SPDX-License-Identifier: Apache-2.0
#include "print/json_value.h"
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/json.h"
#include "binlog/json_diff.h"
#include "binlog/temporal.h"
#include "binlog/text.h"
#include "binlog/value_number.h"
#include "print/put.h"

enum { SET_LABELS_MAX = 64, SCRATCH_MAX = 1 << 30 };

void json_scratch_init(struct json_scratch *scratch)
{
    buf_init(&scratch->content, SCRATCH_MAX);
    buf_init(&scratch->utf8, SCRATCH_MAX);
}

void json_scratch_clear(struct json_scratch *scratch)
{
    buf_clear(&scratch->content);
    buf_clear(&scratch->utf8);
}

static void escape(uint8_t byte, struct buf *out)
{
    switch (byte) {
    case '"':
        buf_append(out, "\\\"", 2);
        return;
    case '\\':
        buf_append(out, "\\\\", 2);
        return;
    case '\n':
        buf_append(out, "\\n", 2);
        return;
    default:
        buf_printf(out, "\\u%04x", byte);
    }
}

/* Control characters are escaped, those of two bytes (U+0080 to U+009F) too: a terminal takes them
 * for commands. */
static void put_character(struct bytes text, size_t size, struct buf *out)
{
    bool is_c1 = size == 2 && text.data[0] == 0xc2 && text.data[1] < 0xa0;
    bool is_special = size == 1 && (text.data[0] < 0x20 || text.data[0] == 0x7f ||
                                    text.data[0] == '"' || text.data[0] == '\\');
    if (size == 0)
        put(out, "\\ufffd", 6);
    else if (is_c1 || is_special)
        escape(text.data[size - 1], out);
    else
        put(out, text.data, size);
}

void json_put_string(struct bytes text, struct buf *out)
{
    put_byte(out, '"');
    for (size_t at = 0; at < text.len;) {
        at += put_plain_prefix(bytes_of(text.data + at, text.len - at), out);
        if (at == text.len)
            break;
        struct bytes rest = bytes_of(text.data + at, text.len - at);
        size_t size = text_utf8_size(rest);
        put_character(rest, size, out);
        at += size > 0 ? size : 1;
    }
    put_byte(out, '"');
}

void json_put_hex(struct bytes bytes, struct buf *out)
{
    put(out, "{\"hex\":\"", 8);
    put_hex(bytes, out);
    put(out, "\"}", 2);
}

static void put_plain(const char *text, size_t len, struct buf *out)
{
    put_byte(out, '"');
    put(out, text, len);
    put_byte(out, '"');
}

static bool is_utf8(struct bytes text)
{
    for (size_t at = 0, size; at < text.len; at += size) {
        size = text_utf8_size(bytes_of(text.data + at, text.len - at));
        if (size == 0)
            return false;
    }
    return true;
}

/* Most strings are that: they are read once. */
static bool put_plain_text(struct bytes text, struct buf *out)
{
    size_t from = out->len;
    put_byte(out, '"');
    if (put_plain_prefix(text, out) == text.len) {
        put_byte(out, '"');
        return true;
    }
    out->len = from;
    return false;
}

/* In the column's charset; where the log does not name it, a string only if it is UTF-8. */
static void put_text(struct bytes text, const struct charset *charset, struct buf *scratch,
                     struct buf *out)
{
    struct err ignored;
    struct bytes utf8 = text;
    bool known = charset != NULL && !charset_is_binary(charset);
    if ((!known || charset_keeps_ascii(charset)) && put_plain_text(text, out))
        return;
    if (known ? charset_to_utf8(charset, text, scratch, &utf8, &ignored) : is_utf8(text))
        json_put_string(utf8, out);
    else
        json_put_hex(text, out);
}

static void put_content(const struct value *value, const struct charset *charset,
                        struct json_scratch *scratch, struct buf *out)
{
    struct bytes bytes = value->bytes;
    struct err ignored;
    bool readable = true;
    if (value->compressed) {
        buf_reset(&scratch->content);
        readable = value_decompress(value->bytes, &scratch->content, &ignored);
    }
    if (value->compressed && readable)
        bytes = buf_bytes(&scratch->content);
    if (readable && value->kind == VALUE_TEXT)
        put_text(bytes, charset, &scratch->utf8, out);
    else
        json_put_hex(bytes, out);
}

static void put_set(uint64_t bits, const struct column_metadata *metadata,
                    const struct charset *charset, struct json_scratch *scratch, struct buf *out)
{
    struct buf *joined = &scratch->content;
    buf_reset(joined);
    for (unsigned i = 0; i < SET_LABELS_MAX && i < metadata->label_count; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        if (joined->len > 0)
            put_byte(joined, ',');
        put(joined, metadata->labels[i].data, metadata->labels[i].len);
    }
    put_text(buf_bytes(joined), charset, &scratch->utf8, out);
}

static void put_number(uint64_t number, const struct row_table *table, unsigned column,
                       struct json_scratch *scratch, struct buf *out)
{
    const struct column_metadata *metadata = &table->map.metadata[column];
    const struct charset *charset = table->charsets[column];
    uint8_t type = table->map.types[column].type;
    if (type == COLUMN_SET && metadata->has_labels)
        put_set(number, metadata, charset, scratch, out);
    else if (type == COLUMN_ENUM && metadata->has_labels && number == 0)
        put_plain("", 0, out);
    else if (type == COLUMN_ENUM && metadata->has_labels && number <= metadata->label_count)
        put_text(metadata->labels[number - 1], charset, &scratch->utf8, out);
    else
        put_unsigned(number, out);
}

static void put_time(const struct value *value, unsigned scale, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    size_t len = moment_text(value, scale, text);
    put_plain(text, len, out);
}

static void put_decimal(const struct value *value, const struct column_type *type, struct buf *out)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = 0;
    struct err ignored;
    struct decimal_type digits = { type->precision, type->scale };
    if (decimal_text(digits, value->bytes, text, &len, &ignored))
        put_plain(text, len, out);
    else
        json_put_hex(value->bytes, out);
}

/* A document is put in as it is: it is JSON. */
static void put_document(struct bytes binary, struct buf *out)
{
    struct err ignored;
    size_t from = out->len;
    if (json_text(binary, out, &ignored))
        return;
    out->len = from;
    json_put_hex(binary, out);
}

void json_put_value(const struct value *value, const struct row_table *table, unsigned column,
                    struct json_scratch *scratch, struct buf *out)
{
    char number[NUMBER_TEXT_MAX];
    const struct column_type *type = &table->map.types[column];
    switch (value->kind) {
    case VALUE_ABSENT:
    case VALUE_NULL:
        put(out, "null", 4);
        return;
    case VALUE_INT:
        put_signed(value->i, out);
        return;
    case VALUE_UINT:
        put_number(value->u, table, column, scratch, out);
        return;
    case VALUE_FLOAT:
        put(out, number, float_text((float)value->d, number));
        return;
    case VALUE_DOUBLE:
        put(out, number, double_text(value->d, number));
        return;
    case VALUE_DECIMAL:
        put_decimal(value, type, out);
        return;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
    case VALUE_TIMESTAMP:
        put_time(value, type->scale, out);
        return;
    case VALUE_TEXT:
        if (!value->compressed) {
            put_text(value->bytes, table->charsets[column], &scratch->utf8, out);
            return;
        }
        put_content(value, table->charsets[column], scratch, out);
        return;
    case VALUE_BLOB:
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
    case VALUE_JSON_TEXT:
        put_content(value, NULL, scratch, out);
        return;
    case VALUE_JSON:
        put_document(value->bytes, out);
        return;
    case VALUE_JSON_DIFF: /* the document that it changes is not at hand */
        json_put_hex(value->bytes, out);
        return;
    }
}

bool json_put_changed(struct bytes before, struct bytes diffs, struct json_scratch *scratch,
                      struct buf *out)
{
    struct err ignored;
    struct buf *text = &scratch->content;
    struct buf *changed = &scratch->utf8;
    buf_reset(text);
    bool ok = json_text(before, text, &ignored) &&
              json_diff_apply(buf_bytes(text), diffs, changed, &ignored);
    if (ok)
        put(out, changed->data, changed->len);
    return ok;
}

static const char *type_word(const struct column_type *type)
{
    switch (type->type) {
    case COLUMN_TINY:
        return "tinyint";
    case COLUMN_SHORT:
        return "smallint";
    case COLUMN_INT24:
        return "mediumint";
    case COLUMN_LONG:
        return "int";
    case COLUMN_LONGLONG:
        return "bigint";
    case COLUMN_FLOAT:
        return "float";
    case COLUMN_DOUBLE:
        return "double";
    case COLUMN_DECIMAL:
    case COLUMN_NEWDECIMAL:
        return "decimal";
    case COLUMN_DATE:
    case COLUMN_NEWDATE:
        return "date";
    case COLUMN_TIME:
    case COLUMN_TIME2:
        return "time";
    case COLUMN_DATETIME:
    case COLUMN_DATETIME2:
        return "datetime";
    case COLUMN_TIMESTAMP:
    case COLUMN_TIMESTAMP2:
        return "timestamp";
    case COLUMN_YEAR:
        return "year";
    case COLUMN_BIT:
        return "bit";
    case COLUMN_ENUM:
        return "enum";
    case COLUMN_SET:
        return "set";
    case COLUMN_JSON:
        return "json";
    case COLUMN_GEOMETRY:
        return "geometry";
    case COLUMN_VECTOR:
        return "vector";
    case COLUMN_STRING:
        return type->is_binary ? "binary" : "char";
    case COLUMN_VARCHAR:
    case COLUMN_VAR_STRING:
    case COLUMN_VARCHAR_COMPRESSED:
        return type->is_binary ? "varbinary" : "varchar";
    default:
        return type->is_binary ? "blob" : "text";
    }
}

static bool has_fraction(uint8_t type)
{
    return type == COLUMN_TIME2 || type == COLUMN_DATETIME2 || type == COLUMN_TIMESTAMP2;
}

void json_put_type(const struct row_table *table, unsigned column, struct buf *out)
{
    const struct column_type *type = &table->map.types[column];
    buf_str(out, type_word(type));
    if (type->type == COLUMN_NEWDECIMAL)
        buf_printf(out, "(%u,%u)", type->precision, type->scale);
    else if (has_fraction(type->type) && type->scale > 0 && type->scale <= 6)
        buf_printf(out, "(%u)", type->scale);
    if (type->is_unsigned)
        buf_str(out, " unsigned");
}

/* sql_value.c - see sql_value.h. Quoted text has no backslash and no control character, so that it
 * means the same in every sql_mode and to every client. */
// SPDX-License-Identifier: Apache-2.0
#include "print/sql_value.h"
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/json.h"
#include "binlog/temporal.h"
#include "binlog/text.h"
#include "binlog/value_number.h"
#include "print/put.h"
#include "print/session_sql.h"

enum { UNPACKED_MAX = 1 << 30, SET_LABELS_MAX = 64 };

static void put_hex_literal(struct bytes bytes, struct buf *out)
{
    put(out, "X'", 2);
    put_hex(bytes, out);
    put_byte(out, '\'');
}

/* UTF-8 that needs no escapes, and does not look like the end of a statement. */
static bool is_plain(struct bytes text)
{
    for (size_t at = 0, size; at < text.len; at += size) {
        uint8_t byte = text.data[at];
        size = text_utf8_size(bytes_of(text.data + at, text.len - at));
        bool is_c1 = size == 2 && byte == 0xc2 && text.data[at + 1] < 0xa0;
        if (size == 0 || is_c1 || byte < 0x20 || byte == 0x7f || byte == '\\')
            return false;
    }
    return text.len == 0 ||
           memmem(text.data, text.len, LOG_DELIMITER, strlen(LOG_DELIMITER)) == NULL;
}

static void put_quoted(struct bytes text, struct buf *out)
{
    put_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            put_byte(out, '\'');
        put_byte(out, (char)text.data[i]);
    }
    put_byte(out, '\'');
}

static bool no_charset(struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED, "its character set is not known here");
}

static bool put_text(const struct charset *charset, struct bytes text, struct buf *out,
                     struct err *err)
{
    AUTO_BUF scratch;
    struct bytes utf8;
    struct err ignored;
    buf_init(&scratch, UNPACKED_MAX);
    if (charset == NULL)
        return no_charset(err);
    if (charset_to_utf8(charset, text, &scratch, &utf8, &ignored) && is_plain(utf8)) {
        put_quoted(utf8, out);
        return true;
    }
    buf_printf(out, "_%s ", charset_name(charset));
    put_hex_literal(text, out);
    return true;
}

/* A BINARY is stored with zeros at its end, which the log leaves out. */
static void put_binary(const struct column_type *type, struct bytes bytes, struct buf *out)
{
    put(out, "X'", 2);
    put_hex(bytes, out);
    for (size_t i = bytes.len; type->type == COLUMN_STRING && i < type->length; i++)
        put(out, "00", 2);
    put_byte(out, '\'');
}

static bool put_content(const struct row_table *table, unsigned column, const struct value *value,
                        struct buf *out, struct err *err)
{
    AUTO_BUF unpacked;
    struct bytes bytes = value->bytes;
    buf_init(&unpacked, UNPACKED_MAX);
    if (value->compressed) {
        if (!value_decompress(value->bytes, &unpacked, err))
            return false;
        bytes = buf_bytes(&unpacked);
    }
    if (value->kind == VALUE_TEXT)
        return put_text(table->charsets[column], bytes, out, err);
    put_binary(&table->map.types[column], bytes, out);
    return true;
}

static bool put_labels(const struct row_table *table, unsigned column, uint64_t bits,
                       struct buf *out, struct err *err)
{
    const struct column_metadata *metadata = &table->map.metadata[column];
    AUTO_BUF joined;
    buf_init(&joined, 1 << 20);
    for (unsigned i = 0; i < SET_LABELS_MAX && i < metadata->label_count; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        if (joined.len > 0)
            buf_u8(&joined, ',');
        buf_append(&joined, metadata->labels[i].data, metadata->labels[i].len);
    }
    return put_text(table->charsets[column], buf_bytes(&joined), out, err);
}

static bool put_unsigned_value(const struct row_table *table, unsigned column, uint64_t number,
                               struct buf *out, struct err *err)
{
    const struct column_type *type = &table->map.types[column];
    const struct column_metadata *metadata = &table->map.metadata[column];
    if (type->type == COLUMN_ENUM && number > 0 && number <= metadata->label_count)
        return put_text(table->charsets[column], metadata->labels[number - 1], out, err);
    if (type->type == COLUMN_SET && metadata->has_labels && number != 0)
        return put_labels(table, column, number, out, err);
    if (type->type != COLUMN_BIT) {
        put_unsigned(number, out);
        return true;
    }
    put(out, "b'", 2);
    for (unsigned bit = type->length; bit > 0; bit--)
        put_byte(out, (number >> (bit - 1) & 1) != 0 ? '1' : '0');
    put_byte(out, '\'');
    return true;
}

/* A FLOAT is compared as the double that it is. */
static void put_number(const struct value *value, enum sql_use use, struct buf *out)
{
    char text[NUMBER_TEXT_MAX];
    bool as_float = value->kind == VALUE_FLOAT && use == SQL_STORED;
    size_t len = as_float ? float_text((float)value->d, text) : double_text(value->d, text);
    put(out, text, len);
}

static bool put_decimal(const struct value *value, const struct column_type *type, struct buf *out,
                        struct err *err)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = 0;
    struct decimal_type digits = { type->precision, type->scale };
    if (!decimal_text(digits, value->bytes, text, &len, err))
        return false;
    put(out, text, len);
    return true;
}

static void put_moment(const struct value *value, unsigned scale, struct buf *out)
{
    char text[TEMPORAL_TEXT_MAX];
    size_t len = moment_text(value, scale, text);
    put_quoted(bytes_of(text, len), out);
}

static bool put_json(struct bytes binary, struct buf *out, struct err *err)
{
    AUTO_BUF text;
    buf_init(&text, UNPACKED_MAX);
    return json_text(binary, &text, err) &&
           put_text(charset_by_name("utf8mb4"), buf_bytes(&text), out, err);
}

/* Without the definition nobody knows whether MariaDB's 16 or 4 bytes are a BINARY or a UUID or an
 * address, which SQL writes otherwise. */
static bool check_bytes(const struct row_table *table, unsigned column, struct err *err)
{
    const struct column_type *type = &table->map.types[column];
    enum sql_type known = table->def != NULL ? table->def->columns[column].type : SQL_BINARY;
    if (known == SQL_UUID || known == SQL_INET4 || known == SQL_INET6)
        return err_set(err, ERR_UNSUPPORTED, "UUIDs and addresses cannot be written as SQL here");
    bool is_open = table->flavour == FLAVOUR_MARIADB && table->def == NULL &&
                   type->type == COLUMN_STRING && (type->length == 16 || type->length == 4);
    return !is_open || err_set(err, ERR_UNSUPPORTED,
                               "it may be a UUID or an address: give its CREATE TABLE in a file "
                               "with --schema");
}

static bool put_known(const struct row_table *table, unsigned column, const struct value *value,
                      enum sql_use use, struct buf *out, struct err *err)
{
    const struct column_type *type = &table->map.types[column];
    switch (value->kind) {
    case VALUE_NULL:
        put(out, "NULL", 4);
        return true;
    case VALUE_INT:
        if (type->type == COLUMN_YEAR && value->i == 0)
            put(out, "'0000'", 6);
        else
            put_signed(value->i, out);
        return true;
    case VALUE_UINT:
        return put_unsigned_value(table, column, value->u, out, err);
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        put_number(value, use, out);
        return true;
    case VALUE_DECIMAL:
        return put_decimal(value, type, out, err);
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
    case VALUE_TIMESTAMP:
        put_moment(value, type->scale, out);
        return true;
    case VALUE_BLOB:
        return check_bytes(table, column, err) && put_content(table, column, value, out, err);
    case VALUE_TEXT:
        return put_content(table, column, value, out, err);
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
        put_hex_literal(value->bytes, out);
        return true;
    case VALUE_JSON:
        return put_json(value->bytes, out, err);
    case VALUE_JSON_TEXT:
        return put_text(charset_by_name("utf8mb4"), value->bytes, out, err);
    case VALUE_JSON_DIFF:
    case VALUE_ABSENT:
        break;
    }
    return err_set(err, ERR_UNSUPPORTED, "only parts of a JSON document are in the log");
}

bool sql_value_put(const struct row_table *table, unsigned column, const struct value *value,
                   enum sql_use use, struct buf *out, struct err *err)
{
    struct bytes name = table->map.metadata[column].name;
    if (put_known(table, column, value, use, out, err))
        return true;
    err->code = ERR_UNSUPPORTED;
    return err_wrap(err, "column %.*s of %s.%s", (int)name.len, (const char *)name.data, table->db,
                    table->name);
}

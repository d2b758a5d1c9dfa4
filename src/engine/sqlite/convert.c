/* convert.c - see convert.h: a table of pairs of forms, and a function for each. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/convert.h"
#include <stdio.h>
#include <strings.h>
#include "engine/sqlite/convert_internal.h"

void convert_refuse(sqlite3_context *context, sqlite3_value *value, const struct column_def *to)
{
    char text[512];
    snprintf(text, sizeof text,
             "column %s: the value '%.100s' does not fit its new type exactly, and what the source "
             "made of it depends on its settings: make a new copy of the source",
             to->name, sqlite3_value_text(value));
    sqlite3_result_error(context, text, -1);
}

struct bytes convert_text_of(sqlite3_value *value)
{
    const unsigned char *text = sqlite3_value_text(value);
    return bytes_of(text, (size_t)sqlite3_value_bytes(value));
}

void convert_result(sqlite3_context *context, const void *text, size_t len)
{
    sqlite3_result_text64(context, len > 0 ? text : "", len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void copy_value(sqlite3_context *context, sqlite3_value *value,
                       const struct column_def *from, const struct column_def *to)
{
    (void)from, (void)to;
    sqlite3_result_value(context, value);
}

/* ---- text ---- */

static size_t characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static uint64_t bytes_limit(const struct column_def *column)
{
    static const uint32_t limits[] = {
        [SQL_TINYTEXT] = UINT8_MAX,  [SQL_TEXT] = UINT16_MAX, [SQL_MEDIUMTEXT] = (1u << 24) - 1,
        [SQL_TINYBLOB] = UINT8_MAX,  [SQL_BLOB] = UINT16_MAX, [SQL_MEDIUMBLOB] = (1u << 24) - 1,
        [SQL_LONGBLOB] = UINT32_MAX,
    };
    if (column->type == SQL_BINARY || column->type == SQL_VARBINARY)
        return column->length;
    bool is_limited = column->type < ARRAY_COUNT(limits) && limits[column->type] != 0;
    return is_limited ? limits[column->type] : UINT32_MAX;
}

static bool keeps_characters(const struct column_def *from, const struct column_def *to)
{
    return to->charset == NULL || strcasecmp(to->charset, "utf8mb4") == 0 ||
           (from->charset != NULL && strcasecmp(from->charset, to->charset) == 0);
}

/* CHAR strips spaces from its end, so only text without them passes into it. */
static void to_text(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                    const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    bool is_counted = to->type == SQL_CHAR || to->type == SQL_VARCHAR;
    bool fits = is_counted
                    ? characters(text) <= to->length
                    : (is_ascii(text) || keeps_characters(from, to)) && text.len <= bytes_limit(to);
    bool is_trimmed = to->type == SQL_CHAR && text.len > 0 && text.data[text.len - 1] == ' ';
    if (fits && !is_trimmed && (keeps_characters(from, to) || is_ascii(text)))
        convert_result(context, text.data, text.len);
    else
        convert_refuse(context, value, to);
}

static void to_enum(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                    const struct column_def *to)
{
    (void)from;
    struct bytes text = convert_text_of(value);
    for (unsigned i = 0; i < to->label_count; i++) {
        if (sqlite3_value_type(value) == SQLITE_TEXT && bytes_equal_str(text, to->labels[i])) {
            convert_result(context, text.data, text.len);
            return;
        }
    }
    convert_refuse(context, value, to);
}

static bool set_takes(struct bytes member, const struct column_def *to, uint64_t *bits)
{
    for (unsigned i = 0; i < to->label_count && i < 64; i++) {
        if (bytes_equal_str(member, to->labels[i])) {
            *bits |= (uint64_t)1 << i;
            return true;
        }
    }
    return false;
}

static void to_set(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                   const struct column_def *to)
{
    struct bytes rest = convert_text_of(value);
    uint64_t bits = 0;
    (void)from;
    while (rest.len > 0) {
        const uint8_t *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma != NULL ? (size_t)(comma - rest.data) : rest.len;
        if (!set_takes(bytes_of(rest.data, len), to, &bits)) {
            convert_refuse(context, value, to);
            return;
        }
        size_t step = comma != NULL ? len + 1 : len;
        rest = bytes_of(rest.data + step, rest.len - step);
    }
    AUTO_BUF text = db_sql();
    for (unsigned i = 0; i < to->label_count && i < 64; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        buf_str(&text, text.len > 0 ? "," : "");
        buf_str(&text, to->labels[i]);
    }
    convert_result(context, text.data, text.len);
}

static void to_blob(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                    const struct column_def *to)
{
    const void *data = sqlite3_value_blob(value);
    size_t len = (size_t)sqlite3_value_bytes(value);
    (void)from;
    if (len > bytes_limit(to))
        convert_refuse(context, value, to);
    else
        sqlite3_result_blob64(context, len > 0 ? data : "", len, SQLITE_TRANSIENT);
}

static void to_binary(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                      const struct column_def *to)
{
    uint8_t padded[256] = { 0 };
    const uint8_t *data = sqlite3_value_blob(value);
    size_t len = (size_t)sqlite3_value_bytes(value);
    (void)from;
    if (to->length > 255 || len > to->length) {
        convert_refuse(context, value, to);
        return;
    }
    if (len > 0)
        memcpy(padded, data, len);
    sqlite3_result_blob64(context, padded, to->length, SQLITE_TRANSIENT);
}

/* ---- dates and times ---- */

static void change_fraction(sqlite3_context *context, sqlite3_value *value,
                            const struct column_def *from, const struct column_def *to)
{
    char text[64];
    struct bytes stored = convert_text_of(value);
    char zero = stored.len > 0 && stored.data[0] == '-' ? 'J' : '0';
    size_t want = stored.len - (from->scale > 0 ? from->scale + 1u : 0) +
                  (to->scale > 0 ? to->scale + 1u : 0);
    if (stored.len > 40) {
        convert_refuse(context, value, to);
        return;
    }
    memcpy(text, stored.data, stored.len);
    for (size_t i = want; i < stored.len; i++) {
        if (text[i] != zero && text[i] != '.') {
            convert_refuse(context, value, to);
            return;
        }
    }
    for (size_t i = stored.len; i < want; i++)
        text[i] = from->scale == 0 && i == stored.len ? '.' : zero;
    convert_result(context, text, want);
}

static void date_to_datetime(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    char text[64];
    (void)from;
    int len = snprintf(text, sizeof text, "%.10s 00:00:00", sqlite3_value_text(value));
    if (to->scale > 0)
        len += snprintf(text + len, sizeof text - (size_t)len, ".%0*d", to->scale, 0);
    convert_result(context, text, (size_t)len);
}

/* ---- the table ---- */

static const struct {
    uint8_t from, to;
    convert_fn *convert;
} conversions[] = {
    { FORM_INTEGER, FORM_INTEGER, convert_integer },
    { FORM_INTEGER, FORM_BIG_UNSIGNED, convert_integer },
    { FORM_BIG_UNSIGNED, FORM_INTEGER, convert_integer },
    { FORM_BIG_UNSIGNED, FORM_BIG_UNSIGNED, convert_integer },
    { FORM_INTEGER, FORM_DECIMAL, convert_to_decimal },
    { FORM_BIG_UNSIGNED, FORM_DECIMAL, convert_to_decimal },
    { FORM_DECIMAL, FORM_DECIMAL, convert_to_decimal },
    { FORM_INTEGER, FORM_TEXT, convert_integer_to_text },
    { FORM_BIG_UNSIGNED, FORM_TEXT, convert_integer_to_text },
    { FORM_DECIMAL, FORM_TEXT, convert_decimal_to_text },
    { FORM_INTEGER, FORM_REAL, convert_integer_to_real },
    { FORM_BIG_UNSIGNED, FORM_REAL, convert_integer_to_real },
    { FORM_REAL, FORM_REAL, convert_real },
    { FORM_TEXT, FORM_TEXT, to_text },
    { FORM_ENUM, FORM_TEXT, to_text },
    { FORM_SET, FORM_TEXT, to_text },
    { FORM_DATE, FORM_TEXT, to_text },
    { FORM_DATETIME, FORM_TEXT, to_text },
    { FORM_UUID, FORM_TEXT, to_text },
    { FORM_JSON, FORM_TEXT, to_text },
    { FORM_TEXT, FORM_ENUM, to_enum },
    { FORM_ENUM, FORM_ENUM, to_enum },
    { FORM_TEXT, FORM_SET, to_set },
    { FORM_SET, FORM_SET, to_set },
    { FORM_BLOB, FORM_BLOB, to_blob },
    { FORM_BINARY, FORM_BLOB, to_blob },
    { FORM_TEXT, FORM_BLOB, convert_text_to_blob },
    { FORM_TEXT, FORM_BINARY, convert_text_to_binary },
    { FORM_BLOB, FORM_TEXT, convert_bytes_to_text },
    { FORM_BINARY, FORM_TEXT, convert_bytes_to_text },
    { FORM_TEXT, FORM_INTEGER, convert_text_to_integer },
    { FORM_TEXT, FORM_BIG_UNSIGNED, convert_text_to_integer },
    { FORM_TEXT, FORM_DECIMAL, convert_text_to_decimal },
    { FORM_TEXT, FORM_REAL, convert_text_to_real },
    { FORM_TEXT, FORM_DATE, convert_text_to_date },
    { FORM_TEXT, FORM_DATETIME, convert_text_to_datetime },
    { FORM_DECIMAL, FORM_INTEGER, convert_decimal_to_integer },
    { FORM_DECIMAL, FORM_BIG_UNSIGNED, convert_decimal_to_integer },
    { FORM_DECIMAL, FORM_REAL, convert_decimal_to_real },
    { FORM_DATETIME, FORM_DATE, convert_datetime_to_date },
    { FORM_BINARY, FORM_BINARY, to_binary },
    { FORM_BLOB, FORM_BINARY, to_binary },
    { FORM_DATE, FORM_DATE, copy_value },
    { FORM_DATE, FORM_DATETIME, date_to_datetime },
    { FORM_DATETIME, FORM_DATETIME, change_fraction },
    { FORM_TIMESTAMP, FORM_TIMESTAMP, change_fraction },
    { FORM_TIME, FORM_TIME, change_fraction },
    { FORM_JSON, FORM_JSON, copy_value },
    { FORM_UUID, FORM_UUID, copy_value },
    { FORM_INET4, FORM_INET4, copy_value },
    { FORM_INET6, FORM_INET6, copy_value },
};

static convert_fn *conversion_between(enum storage_form from, enum storage_form to)
{
    for (size_t i = 0; i < ARRAY_COUNT(conversions); i++)
        if (conversions[i].from == from && conversions[i].to == to)
            return conversions[i].convert;
    return NULL;
}

static bool same_labels(const struct column_def *a, const struct column_def *b)
{
    if (a->label_count > b->label_count) /* labels added at the end change nothing stored */
        return false;
    for (unsigned i = 0; i < a->label_count; i++)
        if (strcmp(a->labels[i], b->labels[i]) != 0)
            return false;
    return true;
}

static bool text_is_same(const struct column_def *from, const struct column_def *to)
{
    if (!keeps_characters(from, to))
        return false;
    bool is_counted = from->type == SQL_CHAR || from->type == SQL_VARCHAR;
    bool same_charset =
        from->charset != NULL && to->charset != NULL && strcasecmp(from->charset, to->charset) == 0;
    if (from->type == to->type) /* a TEXT has room for so many bytes, not characters */
        return from->length <= to->length && (is_counted || same_charset);
    bool to_is_long = to->type >= SQL_TEXT && to->type <= SQL_LONGTEXT;
    bool from_is_long = from->type >= SQL_TINYTEXT && from->type <= SQL_LONGTEXT;
    return to_is_long && from_is_long && to->type > from->type;
}

/* A FLOAT or DOUBLE without (M,D) takes any digits. */
static bool same_digits(const struct column_def *from, const struct column_def *to)
{
    bool takes_any = to->type != SQL_DECIMAL && to->precision == 0;
    return takes_any || (from->precision == to->precision && from->scale == to->scale);
}

/* With the same form on both sides: do stored values stay as they are? */
static bool is_same(enum storage_form form, const struct column_def *from,
                    const struct column_def *to)
{
    switch (form) {
    case FORM_INTEGER:
    case FORM_BIG_UNSIGNED:
        return convert_range_holds(to, from) && (from->type == SQL_YEAR) == (to->type == SQL_YEAR);
    case FORM_REAL:
        return (from->type == to->type || to->type == SQL_DOUBLE) && same_digits(from, to) &&
               from->is_unsigned >= to->is_unsigned;
    case FORM_DECIMAL:
        return same_digits(from, to) && from->is_unsigned >= to->is_unsigned;
    case FORM_TIME:
    case FORM_DATETIME:
    case FORM_TIMESTAMP:
        return from->scale == to->scale;
    case FORM_TEXT:
        return text_is_same(from, to);
    case FORM_BINARY:
        return from->length == to->length;
    case FORM_BLOB:
        return from->type == to->type ? from->length <= to->length
                                      : bytes_limit(from) <= bytes_limit(to);
    case FORM_ENUM:
    case FORM_SET:
        return same_labels(from, to);
    case FORM_DATE:
    case FORM_JSON:
    case FORM_UUID:
    case FORM_INET4:
    case FORM_INET6:
        return true;
    }
    return false;
}

static bool is_shape(const struct column_def *column)
{
    return column->type == SQL_GEOMETRY || column->type == SQL_VECTOR;
}

enum conversion convert_kind(const struct column_def *from, const struct column_def *to)
{
    enum storage_form a = storage_form_of(from), b = storage_form_of(to);
    if (to->generated != GENERATED_NO && from->generated == GENERATED_NO)
        return CONVERSION_REFUSED;
    if (is_shape(from) != is_shape(to))
        return CONVERSION_REFUSED;
    if (a == b && is_same(a, from, to))
        return CONVERSION_NONE;
    return conversion_between(a, b) != NULL ? CONVERSION_NEEDED : CONVERSION_REFUSED;
}

void convert_value(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                   const struct column_def *to)
{
    if (sqlite3_value_type(value) == SQLITE_NULL)
        sqlite3_result_null(context);
    else
        conversion_between(storage_form_of(from), storage_form_of(to))(context, value, from, to);
}

/* convert_text.c - see convert_internal.h: conversions out of text and out of bytes.
 *
 * Text becomes a number or a date only where it is written as the servers themselves write one; the
 * rest (spaces around it, words behind it, days that no month has) is decided by the SQL mode. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "binlog/temporal.h"
#include "engine/sqlite/convert_internal.h"

enum { NUMBER_MAX = 100, BINARY_MAX = 255, VALUE_MAX = 1000000000 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct bytes text, size_t at)
{
    size_t count = 0;
    while (at + count < text.len && is_digit(text.data[at + count]))
        count++;
    return count;
}

/* [-+]digits[.digits], of at most NUMBER_MAX characters */
static bool is_plain_number(struct bytes text)
{
    size_t at = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');
    size_t whole = digits_at(text, at);
    at += whole;
    if (whole == 0 || text.len > NUMBER_MAX)
        return false;
    if (at == text.len)
        return true;
    size_t fraction = text.data[at] == '.' ? digits_at(text, at + 1) : 0;
    return fraction > 0 && at + 1 + fraction == text.len;
}

void convert_text_to_integer(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    bool negative = false, is_whole = memchr(text.data, '.', text.len) == NULL;
    uint64_t magnitude = 0;
    (void)from;
    if (to->type == SQL_BIT || to->type == SQL_YEAR || !is_whole || !is_plain_number(text) ||
        !convert_round(text, &negative, &magnitude) ||
        !convert_fits_integer(to, negative, magnitude))
        convert_refuse(context, value, to);
    else
        convert_integer_result(context, negative, magnitude);
}

void convert_text_to_decimal(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    char stored[STORAGE_DECIMAL_MAX];
    size_t len = 0;
    (void)from;
    if (!is_plain_number(text) || !convert_rescale(text, to, stored, &len))
        convert_refuse(context, value, to);
    else
        convert_result(context, stored, len);
}

void convert_text_to_real(sqlite3_context *context, sqlite3_value *value,
                          const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    char copy[NUMBER_MAX + 1];
    (void)from;
    if (!is_plain_number(text) || to->precision > 0 || to->is_unsigned) {
        convert_refuse(context, value, to);
        return;
    }
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, (const char *)text.data);
    double number = strtod(copy, NULL);
    sqlite3_result_double(context, to->type == SQL_FLOAT ? (double)(float)number : number);
}

/* ---- dates ---- */

static bool is_real_date(const struct time_parts *parts)
{
    static const unsigned days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned year = parts->year, month = parts->month, day = parts->day;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || is_leap;
}

void convert_text_to_date(sqlite3_context *context, sqlite3_value *value,
                          const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    struct time_parts parts;
    struct err ignored = { 0 };
    (void)from;
    if (temporal_parse_date(text, &parts, &ignored) && is_real_date(&parts))
        convert_result(context, text.data, text.len);
    else
        convert_refuse(context, value, to);
}

void convert_text_to_datetime(sqlite3_context *context, sqlite3_value *value,
                              const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    struct time_parts parts, again;
    struct err ignored = { 0 };
    char stored[TEMPORAL_TEXT_MAX];
    (void)from;
    if (!temporal_parse_datetime(text, &parts, &ignored) || !is_real_date(&parts)) {
        convert_refuse(context, value, to);
        return;
    }
    size_t len = temporal_datetime_text(&parts, to->scale, stored);
    if (temporal_parse_datetime(bytes_of(stored, len), &again, &ignored) &&
        again.micro == parts.micro)
        convert_result(context, stored, len);
    else
        convert_refuse(context, value, to); /* digits too many: rounded, or cut off */
}

/* A fraction of the last second of a day may be rounded into the next. */
void convert_datetime_to_date(sqlite3_context *context, sqlite3_value *value,
                              const struct column_def *from, const struct column_def *to)
{
    enum { DATE_LEN = 10, CLOCK_AT = 11, CLOCK_LEN = 8 };
    struct bytes text = convert_text_of(value);
    bool may_round = from->scale > 0 && text.len > CLOCK_AT + CLOCK_LEN &&
                     memcmp(text.data + CLOCK_AT, "23:59:59", CLOCK_LEN) == 0;
    if (text.len < CLOCK_AT + CLOCK_LEN || may_round)
        convert_refuse(context, value, to);
    else
        convert_result(context, text.data, DATE_LEN);
}

/* ---- text and bytes ---- */

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

/* Are the bytes at the source those of UTF-8? In ucs2, utf16 and utf32 not even ASCII's are. */
static bool is_stored_as_utf8(const struct column_def *column, struct bytes text)
{
    const char *charset = column->charset != NULL ? column->charset : "utf8mb4";
    if (strncasecmp(charset, "utf8", 4) == 0)
        return true;
    bool is_wide = strcasecmp(charset, "ucs2") == 0 || strncasecmp(charset, "utf16", 5) == 0 ||
                   strcasecmp(charset, "utf32") == 0;
    return !is_wide && is_ascii(text);
}

static uint64_t blob_limit(const struct column_def *column)
{
    switch ((int)column->type) {
    case SQL_VARBINARY:
        return column->length;
    case SQL_TINYBLOB:
        return UINT8_MAX;
    case SQL_BLOB:
        return UINT16_MAX;
    case SQL_MEDIUMBLOB:
        return (1u << 24) - 1;
    default:
        return UINT32_MAX;
    }
}

void convert_text_to_blob(sqlite3_context *context, sqlite3_value *value,
                          const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    if (is_stored_as_utf8(from, text) && text.len <= blob_limit(to))
        sqlite3_result_blob64(context, text.len > 0 ? (const char *)text.data : "", text.len,
                              SQLITE_TRANSIENT);
    else
        convert_refuse(context, value, to);
}

void convert_text_to_binary(sqlite3_context *context, sqlite3_value *value,
                            const struct column_def *from, const struct column_def *to)
{
    struct bytes text = convert_text_of(value);
    uint8_t padded[BINARY_MAX] = { 0 };
    if (!is_stored_as_utf8(from, text) || to->length > BINARY_MAX || text.len > to->length) {
        convert_refuse(context, value, to);
        return;
    }
    memcpy(padded, text.data, text.len);
    sqlite3_result_blob64(context, padded, to->length, SQLITE_TRANSIENT);
}

static size_t characters(struct bytes utf8)
{
    size_t count = 0;
    for (size_t i = 0; i < utf8.len; i++)
        count += (utf8.data[i] & 0xc0) != 0x80;
    return count;
}

static bool holds_text(const struct column_def *column, struct bytes bytes, struct bytes utf8)
{
    switch ((int)column->type) {
    case SQL_CHAR:
        return characters(utf8) <= column->length &&
               (utf8.len == 0 || utf8.data[utf8.len - 1] != ' ');
    case SQL_VARCHAR:
        return characters(utf8) <= column->length;
    case SQL_TINYTEXT:
        return bytes.len <= UINT8_MAX;
    case SQL_TEXT:
        return bytes.len <= UINT16_MAX;
    case SQL_MEDIUMTEXT:
        return bytes.len < 1u << 24;
    default:
        return true;
    }
}

/* The bytes stay at the source; here they are read as what they now are. */
void convert_bytes_to_text(sqlite3_context *context, sqlite3_value *value,
                           const struct column_def *from, const struct column_def *to)
{
    const struct charset *charset = charset_by_name(to->charset != NULL ? to->charset : "utf8mb4");
    struct bytes bytes = bytes_of(sqlite3_value_blob(value), (size_t)sqlite3_value_bytes(value));
    struct bytes utf8 = bytes;
    struct buf scratch;
    struct err ignored = { 0 };
    (void)from;
    buf_init(&scratch, VALUE_MAX);
    if (charset != NULL && charset_to_utf8(charset, bytes, &scratch, &utf8, &ignored) &&
        holds_text(to, bytes, utf8))
        convert_result(context, utf8.data, utf8.len);
    else
        convert_refuse(context, value, to);
    buf_clear(&scratch);
}

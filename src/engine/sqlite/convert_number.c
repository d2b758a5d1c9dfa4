/* convert_number.c - see convert_internal.h: conversions between numbers, and of numbers to text.
 *
 * DECIMAL is rounded half away from zero, as the servers do in every SQL mode. Out of range:
 * refused, since a mode decides between an error and the nearest value. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "binlog/decimal.h"
#include "engine/sqlite/convert_internal.h"

static void integer_range(const struct column_def *column, int64_t *min, uint64_t *max)
{
    static const unsigned bits_of[] = { [SQL_TINYINT] = 8,
                                        [SQL_SMALLINT] = 16,
                                        [SQL_MEDIUMINT] = 24,
                                        [SQL_INT] = 32,
                                        [SQL_BIGINT] = 64 };
    unsigned bits = column->type <= SQL_BIGINT ? bits_of[column->type] : column->length;
    bool is_unsigned = column->is_unsigned || column->type == SQL_BIT;
    if (column->type == SQL_YEAR) {
        *min = 0;
        *max = 2155;
        return;
    }
    uint64_t all = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    *max = is_unsigned ? all : all >> 1;
    *min = is_unsigned ? 0 : -(int64_t)(all >> 1) - 1;
}

bool convert_range_holds(const struct column_def *outer, const struct column_def *inner)
{
    int64_t outer_min, inner_min;
    uint64_t outer_max, inner_max;
    integer_range(outer, &outer_min, &outer_max);
    integer_range(inner, &inner_min, &inner_max);
    return outer_min <= inner_min && outer_max >= inner_max;
}

bool convert_fits_integer(const struct column_def *to, bool negative, uint64_t magnitude)
{
    int64_t min;
    uint64_t max;
    integer_range(to, &min, &max);
    return negative ? magnitude <= -(uint64_t)min : magnitude <= max;
}

/* As the source's value is stored: above 2^63-1 as twenty digits. */
void convert_integer_result(sqlite3_context *context, bool negative, uint64_t magnitude)
{
    char text[24];
    if (negative)
        sqlite3_result_int64(context, (int64_t)-magnitude);
    else if (magnitude <= INT64_MAX)
        sqlite3_result_int64(context, (int64_t)magnitude);
    else
        convert_result(
            context, text,
            (size_t)snprintf(text, sizeof text, "%020llu", (unsigned long long)magnitude));
}

void convert_integer(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                     const struct column_def *to)
{
    (void)from;
    bool is_big = sqlite3_value_type(value) == SQLITE_TEXT; /* above 2^63-1 */
    int64_t number = sqlite3_value_int64(value);
    uint64_t magnitude = is_big       ? strtoull((const char *)sqlite3_value_text(value), NULL, 10)
                         : number < 0 ? -(uint64_t)number
                                      : (uint64_t)number;
    if (to->type != SQL_YEAR && convert_fits_integer(to, !is_big && number < 0, magnitude))
        sqlite3_result_value(context, value);
    else
        convert_refuse(context, value, to);
}

static size_t integer_text(sqlite3_value *value, char out[32])
{
    if (sqlite3_value_type(value) == SQLITE_TEXT)
        return (size_t)snprintf(out, 32, "%llu",
                                strtoull((const char *)sqlite3_value_text(value), NULL, 10));
    return (size_t)snprintf(out, 32, "%lld", (long long)sqlite3_value_int64(value));
}

void convert_integer_to_text(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    char text[32];
    size_t len = integer_text(value, text);
    if (from->zerofill || from->type == SQL_BIT || (to->length > 0 && len > to->length))
        convert_refuse(context, value, to);
    else
        convert_result(context, text, len);
}

/* FLOAT(7,2): is it a number of two digits? What is not is rounded by the source. */
static bool has_digits(const struct column_def *column, double number)
{
    char text[512];
    if (column->precision == 0)
        return true;
    snprintf(text, sizeof text, "%.*f", column->scale, number);
    double rounded = strtod(text, NULL);
    return (column->type == SQL_FLOAT ? (double)(float)rounded : rounded) == number &&
           fabs(number) < pow(10, column->precision - column->scale);
}

static void real_result(sqlite3_context *context, sqlite3_value *value, double number,
                        const struct column_def *to)
{
    double stored = to->type == SQL_FLOAT ? (double)(float)number : number;
    if (isinf(stored) || (to->is_unsigned && number < 0) || !has_digits(to, stored))
        convert_refuse(context, value, to);
    else
        sqlite3_result_double(context, stored);
}

void convert_integer_to_real(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    enum { EXACT_DOUBLE = 53, EXACT_FLOAT = 24 };
    (void)from;
    int64_t number = sqlite3_value_int64(value);
    int64_t limit = (int64_t)1 << (to->type == SQL_FLOAT ? EXACT_FLOAT : EXACT_DOUBLE);
    if (sqlite3_value_type(value) == SQLITE_TEXT || number > limit || number < -limit)
        convert_refuse(context, value, to);
    else
        real_result(context, value, (double)number, to);
}

void convert_real(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                  const struct column_def *to)
{
    (void)from;
    real_result(context, value, sqlite3_value_double(value), to);
}

/* Canonical text of a stored DECIMAL. */
static size_t decimal_of_stored(struct bytes stored, char out[STORAGE_DECIMAL_MAX])
{
    size_t at = 0, len = 0;
    bool negative = stored.len > 0 && stored.data[0] == '-';
    if (negative)
        out[len++] = '-', at++;
    while (at + 1 < stored.len && (stored.data[at] == '0' || stored.data[at] == 'J') &&
           stored.data[at + 1] != '.')
        at++;
    for (; at < stored.len && len + 1 < STORAGE_DECIMAL_MAX; at++) {
        char c = (char)stored.data[at];
        out[len++] = c >= 'A' && c <= 'J' ? (char)('0' + ('J' - c)) : c;
    }
    out[len] = '\0';
    return len;
}

/* Adds one to the last digit of [-]digits[.digits]; room for one more digit is kept before them. */
static char *add_one(char *digits, size_t len)
{
    for (size_t i = len; i-- > 0;) {
        if (digits[i] == '.')
            continue;
        if (digits[i] != '9') {
            digits[i]++;
            return digits;
        }
        digits[i] = '0';
    }
    *--digits = '1';
    return digits;
}

/* [-+]digits[.digits] with at most so many digits behind the point, in `room`. */
static char *round_text(struct bytes text, unsigned scale, char room[STORAGE_DECIMAL_MAX * 2])
{
    bool negative = text.data[0] == '-';
    size_t sign = negative || text.data[0] == '+';
    char *digits = room + 2;
    size_t len = text.len - sign;
    if (len >= STORAGE_DECIMAL_MAX * 2 - 2)
        return NULL;
    memcpy(digits, text.data + sign, len);
    const char *point = memchr(digits, '.', len);
    size_t keep = point != NULL ? (size_t)(point - digits) + 1 + scale : len;
    bool up = keep < len && digits[keep] >= '5';
    if (keep < len)
        len = scale > 0 ? keep : keep - 1;
    digits[len] = '\0';
    if (up)
        digits = add_one(digits, len);
    if (negative)
        *--digits = '-';
    return digits;
}

bool convert_rescale(struct bytes text, const struct column_def *to, char out[STORAGE_DECIMAL_MAX],
                     size_t *out_len)
{
    struct decimal_type type = { to->precision, to->scale };
    uint8_t packed[DECIMAL_PACKED_MAX];
    struct err ignored = { 0 };
    char room[STORAGE_DECIMAL_MAX * 2], canonical[DECIMAL_TEXT_MAX];
    size_t len = 0;
    const char *rounded = text.len > 0 ? round_text(text, to->scale, room) : NULL;
    if (rounded == NULL || (to->is_unsigned && rounded[0] == '-') ||
        !decimal_pack(type, bytes_of_str(rounded), packed, &ignored) ||
        !decimal_text(type, bytes_of(packed, decimal_packed_size(type)), canonical, &len, &ignored))
        return false;
    *out_len = storage_decimal(to, canonical, len, out);
    return true;
}

bool convert_round(struct bytes text, bool *negative, uint64_t *magnitude)
{
    char room[STORAGE_DECIMAL_MAX * 2];
    char *end = NULL;
    const char *rounded = text.len > 0 ? round_text(text, 0, room) : NULL;
    if (rounded == NULL)
        return false;
    *negative = rounded[0] == '-';
    errno = 0;
    *magnitude = strtoull(rounded + *negative, &end, 10);
    return errno == 0 && *end == '\0';
}

void convert_to_decimal(sqlite3_context *context, sqlite3_value *value,
                        const struct column_def *from, const struct column_def *to)
{
    char text[STORAGE_DECIMAL_MAX], stored[STORAGE_DECIMAL_MAX];
    size_t len = storage_form_of(from) == FORM_DECIMAL
                     ? decimal_of_stored(convert_text_of(value), text)
                     : integer_text(value, text);
    if (convert_rescale(bytes_of(text, len), to, stored, &len))
        convert_result(context, stored, len);
    else
        convert_refuse(context, value, to);
}

void convert_decimal_to_integer(sqlite3_context *context, sqlite3_value *value,
                                const struct column_def *from, const struct column_def *to)
{
    char text[STORAGE_DECIMAL_MAX];
    bool negative = false;
    uint64_t magnitude = 0;
    size_t len = decimal_of_stored(convert_text_of(value), text);
    (void)from;
    if (to->type == SQL_BIT || to->type == SQL_YEAR ||
        !convert_round(bytes_of(text, len), &negative, &magnitude) ||
        !convert_fits_integer(to, negative && magnitude > 0, magnitude))
        convert_refuse(context, value, to);
    else
        convert_integer_result(context, negative, magnitude);
}

void convert_decimal_to_real(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    char text[STORAGE_DECIMAL_MAX];
    (void)decimal_of_stored(convert_text_of(value), text);
    (void)from;
    real_result(context, value, strtod(text, NULL), to);
}

void convert_decimal_to_text(sqlite3_context *context, sqlite3_value *value,
                             const struct column_def *from, const struct column_def *to)
{
    char text[STORAGE_DECIMAL_MAX];
    size_t len = decimal_of_stored(convert_text_of(value), text);
    if (from->zerofill || (to->length > 0 && len > to->length))
        convert_refuse(context, value, to);
    else
        convert_result(context, text, len);
}

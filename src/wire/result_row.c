/* result_row.c - see result_row.h; layouts: the protocol's column definition, text resultset
 * row and binary resultset row.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/result_row.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "binlog/temporal.h"
#include "binlog/value_number.h"

enum {
    TEXT_NULL = 0xfb,
    FIXED_SIZE = 0x0c,
    SCALAR_MAX = 384,  /* a number or a time as text: a DOUBLE with 30 decimals is the longest */
    BITMAP_OFFSET = 2, /* of the first column's NULL bit */
    HOURS_A_DAY = 24,
    MICRO_DIGITS = 6,
};

static void put_name(struct buf *out, const char *name)
{
    buf_lenenc_bytes(out, bytes_of_str(name));
}

void result_column_encode(const struct result_column *column, struct buf *out)
{
    put_name(out, "def");
    put_name(out, column->db);
    put_name(out, column->table);
    put_name(out, column->org_table);
    put_name(out, column->name);
    put_name(out, column->org_name);
    buf_u8(out, FIXED_SIZE);
    buf_le(out, column->charset, 2);
    buf_le(out, column->length, 4);
    buf_u8(out, column->type);
    buf_le(out, column->flags, 2);
    buf_u8(out, column->decimals);
    buf_le(out, 0, 2);
}

static bool misfit(const struct result_column *column, struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED, "column '%s' holds a value that its type %u does not",
                   column->name, column->type);
}

/* ---- as text ---- */

static size_t integer_text(const struct result_column *column, const struct value *value,
                           char text[SCALAR_MAX])
{
    unsigned width = (column->flags & RESULT_ZEROFILL) != 0 ? column->length : 0;
    if (column->type == COLUMN_YEAR)
        width = 4;
    if (width >= SCALAR_MAX)
        width = SCALAR_MAX - 1;
    int len = value->kind == VALUE_INT
                  ? snprintf(text, SCALAR_MAX, "%0*" PRId64, (int)width, value->i)
                  : snprintf(text, SCALAR_MAX, "%0*" PRIu64, (int)width, value->u);
    return (size_t)len;
}

/* A FLOAT is shown with six digits, as every server does. */
static size_t real_text(const struct result_column *column, const struct value *value,
                        char text[SCALAR_MAX])
{
    char digits[NUMBER_TEXT_MAX];
    bool is_float = value->kind == VALUE_FLOAT;
    if (column->decimals < RESULT_FLOATING &&
        (column->type == COLUMN_FLOAT || column->type == COLUMN_DOUBLE))
        return (size_t)snprintf(text, SCALAR_MAX, "%.*f", column->decimals, value->d);
    if (!is_float)
        return double_text(value->d, text);
    snprintf(digits, sizeof digits, "%.6g", value->d);
    return double_text(strtod(digits, NULL), text);
}

static unsigned fraction_digits(const struct result_column *column)
{
    return column->decimals > MICRO_DIGITS ? 0 : column->decimals;
}

/* Zero: no number and no time. */
static size_t scalar_text(const struct result_column *column, const struct value *value,
                          char text[SCALAR_MAX])
{
    if (value->kind == VALUE_INT || value->kind == VALUE_UINT)
        return integer_text(column, value, text);
    if (value->kind == VALUE_FLOAT || value->kind == VALUE_DOUBLE)
        return real_text(column, value, text);
    if (value->kind == VALUE_DATE)
        return temporal_date_text(&value->time, text);
    if (value->kind == VALUE_TIME)
        return temporal_time_text(&value->time, fraction_digits(column), text);
    if (value->kind == VALUE_DATETIME)
        return temporal_datetime_text(&value->time, fraction_digits(column), text);
    return 0;
}

static bool put_text(const struct result_column *column, const struct value *value, struct buf *out,
                     struct err *err)
{
    char text[SCALAR_MAX];
    if (value->kind == VALUE_TEXT || value->kind == VALUE_BLOB) {
        buf_lenenc_bytes(out, value->bytes);
        return true;
    }
    size_t len = scalar_text(column, value, text);
    if (len == 0)
        return misfit(column, err);
    buf_lenenc_bytes(out, bytes_of(text, len));
    return true;
}

bool result_row_text(const struct result_column *columns, const struct value *values,
                     unsigned count, struct buf *out, struct err *err)
{
    for (unsigned i = 0; i < count; i++) {
        if (values[i].kind == VALUE_NULL)
            buf_u8(out, TEXT_NULL);
        else if (!put_text(&columns[i], &values[i], out, err))
            return false;
    }
    return true;
}

/* ---- binary ---- */

static bool put_integer(const struct result_column *column, const struct value *value, size_t size,
                        struct buf *out, struct err *err)
{
    bool is_negative = value->kind == VALUE_INT && value->i < 0;
    if (value->kind != VALUE_INT && value->kind != VALUE_UINT)
        return misfit(column, err);
    unsigned bits = (unsigned)size * 8;
    uint64_t most = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    if (is_negative ? value->i < -(int64_t)(most / 2) - 1 : value->u > most)
        return misfit(column, err);
    buf_le(out, value->u, size);
    return true;
}

static bool put_real(const struct result_column *column, const struct value *value, struct buf *out,
                     struct err *err)
{
    uint64_t bits = 0;
    double d = value->d;
    if (value->kind == VALUE_INT)
        d = (double)value->i;
    else if (value->kind == VALUE_UINT)
        d = (double)value->u;
    else if (value->kind != VALUE_FLOAT && value->kind != VALUE_DOUBLE)
        return misfit(column, err);
    if (column->type == COLUMN_FLOAT) {
        float f = (float)d;
        uint32_t half;
        memcpy(&half, &f, sizeof half);
        buf_le(out, half, sizeof half);
        return true;
    }
    memcpy(&bits, &d, sizeof bits);
    buf_le(out, bits, sizeof bits);
    return true;
}

/* As long as it must be: parts that are zero at the end are left out. */
static bool put_date(const struct result_column *column, const struct value *value, struct buf *out,
                     struct err *err)
{
    const struct time_parts *t = &value->time;
    if (value->kind != VALUE_DATE && value->kind != VALUE_DATETIME)
        return misfit(column, err);
    bool has_clock = value->kind == VALUE_DATETIME && (t->hour | t->minute | t->second) != 0;
    bool has_micro = value->kind == VALUE_DATETIME && t->micro != 0;
    bool has_date = (t->year | t->month | t->day) != 0;
    uint8_t len = has_micro ? 11 : has_clock ? 7 : has_date ? 4 : 0;
    buf_u8(out, len);
    if (len >= 4) {
        buf_le(out, t->year, 2);
        buf_u8(out, t->month);
        buf_u8(out, t->day);
    }
    if (len >= 7) {
        buf_u8(out, (uint8_t)t->hour);
        buf_u8(out, t->minute);
        buf_u8(out, t->second);
    }
    if (has_micro)
        buf_le(out, t->micro, 4);
    return true;
}

static bool put_time(const struct result_column *column, const struct value *value, struct buf *out,
                     struct err *err)
{
    const struct time_parts *t = &value->time;
    if (value->kind != VALUE_TIME)
        return misfit(column, err);
    bool has_clock = (t->hour | t->minute | t->second) != 0;
    uint8_t len = t->micro != 0 ? 12 : has_clock ? 8 : 0;
    buf_u8(out, len);
    if (len == 0)
        return true;
    buf_u8(out, t->negative);
    buf_le(out, t->hour / HOURS_A_DAY, 4);
    buf_u8(out, (uint8_t)(t->hour % HOURS_A_DAY));
    buf_u8(out, t->minute);
    buf_u8(out, t->second);
    if (t->micro != 0)
        buf_le(out, t->micro, 4);
    return true;
}

static bool put_binary(const struct result_column *column, const struct value *value,
                       struct buf *out, struct err *err)
{
    switch (column->type) {
    case COLUMN_TINY:
        return put_integer(column, value, 1, out, err);
    case COLUMN_SHORT:
    case COLUMN_YEAR:
        return put_integer(column, value, 2, out, err);
    case COLUMN_INT24:
    case COLUMN_LONG:
        return put_integer(column, value, 4, out, err);
    case COLUMN_LONGLONG:
        return put_integer(column, value, 8, out, err);
    case COLUMN_FLOAT:
    case COLUMN_DOUBLE:
        return put_real(column, value, out, err);
    case COLUMN_DATE:
    case COLUMN_DATETIME:
    case COLUMN_TIMESTAMP:
        return put_date(column, value, out, err);
    case COLUMN_TIME:
        return put_time(column, value, out, err);
    default: /* a length and its bytes */
        return put_text(column, value, out, err);
    }
}

bool result_row_binary(const struct result_column *columns, const struct value *values,
                       unsigned count, struct buf *out, struct err *err)
{
    size_t bitmap_size = (count + 7 + BITMAP_OFFSET) / 8;
    size_t at = out->len + 1;
    uint8_t *head = buf_reserve(out, 1 + bitmap_size);
    if (head == NULL)
        return true;
    memset(head, 0, 1 + bitmap_size);
    out->len += 1 + bitmap_size;
    for (unsigned i = 0; i < count; i++) {
        unsigned bit = i + BITMAP_OFFSET;
        if (values[i].kind == VALUE_NULL)
            out->data[at + bit / 8] |= (uint8_t)(1u << bit % 8);
        else if (!put_binary(&columns[i], &values[i], out, err))
            return false;
    }
    return true;
}

/* value_encode.c - one writer a wire type, the inverse of value.c's readers: values into row
 * images.
 *
 * What is written is what value_decode gives back. A value of another kind than the column's is an
 * error and not a conversion: whoever made it has misread the table's definition. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/json.h"
#include "binlog/temporal.h"
#include "binlog/value.h"
#include "binlog/value_fraction.h"

typedef bool value_writer(const struct column_type *type, const struct value *value,
                          struct buf *out, struct err *err);

enum { YEAR_BASE = 1900, BITS_MAX = 64, NUMBER_BYTES_MAX = 8, LENGTH_BYTES_MAX = 4 };

static bool misfit(const struct column_type *type, const struct value *value, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "a value of kind %d does not fit a column of wire type %u",
                   (int)value->kind, type->type);
}

/* Table maps come from outside: a length is believed as far as value_decode would. */
static bool is_length(const struct column_type *type, unsigned max)
{
    return type->length > 0 && type->length <= max;
}

static void put_be(struct buf *out, uint64_t number, size_t size)
{
    for (size_t i = size; i > 0; i--)
        buf_u8(out, (uint8_t)(number >> (8 * (i - 1))));
}

static bool write_integer(const struct column_type *type, const struct value *value,
                          struct buf *out, struct err *err)
{
    static const uint8_t sizes[] = { [COLUMN_TINY] = 1,
                                     [COLUMN_SHORT] = 2,
                                     [COLUMN_INT24] = 3,
                                     [COLUMN_LONG] = 4,
                                     [COLUMN_LONGLONG] = 8 };
    size_t size = sizes[type->type];
    unsigned unused = (unsigned)(64 - 8 * size);
    if (value->kind != (type->is_unsigned ? VALUE_UINT : VALUE_INT))
        return misfit(type, value, err);
    bool fits = type->is_unsigned ? value->u << unused >> unused == value->u
                                  : (int64_t)((uint64_t)value->i << unused) >> unused == value->i;
    if (!fits)
        return misfit(type, value, err);
    buf_le(out, value->u, size);
    return true;
}

static bool write_float(const struct column_type *type, const struct value *value, struct buf *out,
                        struct err *err)
{
    float number = (float)value->d;
    uint32_t bits;
    if (value->kind != VALUE_FLOAT)
        return misfit(type, value, err);
    memcpy(&bits, &number, sizeof bits);
    buf_le(out, bits, sizeof bits);
    return true;
}

static bool write_double(const struct column_type *type, const struct value *value, struct buf *out,
                         struct err *err)
{
    uint64_t bits;
    if (value->kind != VALUE_DOUBLE)
        return misfit(type, value, err);
    memcpy(&bits, &value->d, sizeof bits);
    buf_le(out, bits, sizeof bits);
    return true;
}

static bool write_decimal(const struct column_type *type, const struct value *value,
                          struct buf *out, struct err *err)
{
    struct decimal_type digits = { type->precision, type->scale };
    if (value->kind != VALUE_DECIMAL || !decimal_type_valid(digits) ||
        value->bytes.len != decimal_packed_size(digits))
        return misfit(type, value, err);
    buf_append(out, value->bytes.data, value->bytes.len);
    return true;
}

static bool write_bit(const struct column_type *type, const struct value *value, struct buf *out,
                      struct err *err)
{
    if (value->kind != VALUE_UINT || !is_length(type, BITS_MAX) ||
        (type->length < BITS_MAX && value->u >> type->length != 0))
        return misfit(type, value, err);
    put_be(out, value->u, (type->length + 7u) / 8);
    return true;
}

/* ENUM and SET. */
static bool write_choice(const struct column_type *type, const struct value *value, struct buf *out,
                         struct err *err)
{
    if (value->kind != VALUE_UINT || !is_length(type, NUMBER_BYTES_MAX) ||
        (type->length < NUMBER_BYTES_MAX && value->u >> (8 * type->length) != 0))
        return misfit(type, value, err);
    buf_le(out, value->u, type->length);
    return true;
}

static bool write_year(const struct column_type *type, const struct value *value, struct buf *out,
                       struct err *err)
{
    if (value->kind != VALUE_INT || (value->i != 0 && (value->i <= YEAR_BASE || value->i > 2155)))
        return misfit(type, value, err);
    buf_u8(out, (uint8_t)(value->i == 0 ? 0 : value->i - YEAR_BASE));
    return true;
}

static bool write_date(const struct column_type *type, const struct value *value, struct buf *out,
                       struct err *err)
{
    const struct time_parts *date = &value->time;
    if (value->kind != VALUE_DATE || date->year > 9999 || date->month > 12 || date->day > 31)
        return misfit(type, value, err);
    buf_le(out, (uint64_t)date->year << 9 | (uint64_t)date->month << 5 | date->day, 3);
    return true;
}

static bool write_time(const struct column_type *type, const struct value *value, struct buf *out,
                       struct err *err)
{
    if (value->kind != VALUE_TIME || type->scale > FRACTION_SCALE_MAX)
        return misfit(type, value, err);
    struct time_parts magnitude = value->time;
    magnitude.negative = false;
    uint64_t packed = (uint64_t)temporal_pack_time(&magnitude);
    unsigned shift = 8u * fraction_bytes[type->scale];
    uint64_t number = packed >> 24 << shift | (packed & 0xffffff) / fraction_unit[type->scale];
    uint64_t zero = (uint64_t)0x800000 << shift;
    put_be(out, value->time.negative ? zero - number : zero + number,
           3u + fraction_bytes[type->scale]);
    return true;
}

static bool write_datetime(const struct column_type *type, const struct value *value,
                           struct buf *out, struct err *err)
{
    if (value->kind != VALUE_DATETIME || type->scale > FRACTION_SCALE_MAX)
        return misfit(type, value, err);
    uint64_t packed = (uint64_t)temporal_pack_datetime(&value->time);
    put_be(out, 0x8000000000 + (packed >> 24), 5);
    put_be(out, (packed & 0xffffff) / fraction_unit[type->scale], fraction_bytes[type->scale]);
    return true;
}

static bool write_timestamp(const struct column_type *type, const struct value *value,
                            struct buf *out, struct err *err)
{
    if (value->kind != VALUE_TIMESTAMP || type->scale > FRACTION_SCALE_MAX ||
        value->u / 1000000 > TIMESTAMP_SECONDS_MAX)
        return misfit(type, value, err);
    put_be(out, value->u / 1000000, 4);
    put_be(out, value->u % 1000000 / fraction_unit[type->scale], fraction_bytes[type->scale]);
    return true;
}

static bool has_text_or_bytes(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_BLOB;
}

static bool write_string(const struct column_type *type, const struct value *value, struct buf *out,
                         struct err *err)
{
    if (!has_text_or_bytes(value) || value->bytes.len > type->length)
        return misfit(type, value, err);
    buf_le(out, value->bytes.len, type->length > 255 ? 2 : 1);
    buf_append(out, value->bytes.data, value->bytes.len);
    return true;
}

static bool put_blob(const struct column_type *type, struct bytes bytes, struct buf *out,
                     struct err *err)
{
    if (!is_length(type, LENGTH_BYTES_MAX) || (uint64_t)bytes.len >> (8 * type->length) != 0)
        return err_set(err, ERR_CONFLICT, "%zu bytes do not fit a length field of %u", bytes.len,
                       type->length);
    buf_le(out, bytes.len, type->length);
    buf_append(out, bytes.data, bytes.len);
    return true;
}

static bool write_blob(const struct column_type *type, const struct value *value, struct buf *out,
                       struct err *err)
{
    if (!has_text_or_bytes(value) && value->kind != VALUE_GEOMETRY && value->kind != VALUE_VECTOR)
        return misfit(type, value, err);
    return put_blob(type, value->bytes, out, err);
}

/* The length comes before the document, and is known after it. */
static bool write_json(const struct column_type *type, const struct value *value, struct buf *out,
                       struct err *err)
{
    if (value->kind == VALUE_JSON)
        return put_blob(type, value->bytes, out, err);
    if (value->kind != VALUE_JSON_TEXT || !is_length(type, LENGTH_BYTES_MAX))
        return misfit(type, value, err);
    size_t start = out->len;
    buf_le(out, 0, type->length);
    if (!json_binary(value->bytes, out, err))
        return false;
    if (out->failed)
        return true;
    size_t len = out->len - start - type->length;
    for (unsigned i = 0; i < type->length; i++)
        out->data[start + i] = (uint8_t)(len >> (8 * i));
    return true;
}

/* Types in no row are not written: the old temporal formats, compressed columns. */
static value_writer *const writers[256] = {
    [COLUMN_TINY] = write_integer,
    [COLUMN_SHORT] = write_integer,
    [COLUMN_INT24] = write_integer,
    [COLUMN_LONG] = write_integer,
    [COLUMN_LONGLONG] = write_integer,
    [COLUMN_FLOAT] = write_float,
    [COLUMN_DOUBLE] = write_double,
    [COLUMN_NEWDECIMAL] = write_decimal,
    [COLUMN_BIT] = write_bit,
    [COLUMN_ENUM] = write_choice,
    [COLUMN_SET] = write_choice,
    [COLUMN_YEAR] = write_year,
    [COLUMN_DATE] = write_date,
    [COLUMN_TIME2] = write_time,
    [COLUMN_DATETIME2] = write_datetime,
    [COLUMN_TIMESTAMP2] = write_timestamp,
    [COLUMN_STRING] = write_string,
    [COLUMN_VARCHAR] = write_string,
    [COLUMN_VAR_STRING] = write_string,
    [COLUMN_TINY_BLOB] = write_blob,
    [COLUMN_BLOB] = write_blob,
    [COLUMN_MEDIUM_BLOB] = write_blob,
    [COLUMN_LONG_BLOB] = write_blob,
    [COLUMN_JSON] = write_json,
    [COLUMN_GEOMETRY] = write_blob,
    [COLUMN_VECTOR] = write_blob,
};

bool value_encode(const struct column_type *type, const struct value *value, struct buf *out,
                  struct err *err)
{
    value_writer *write = writers[type->type];
    if (write == NULL)
        return err_set(err, ERR_UNSUPPORTED, "wire type %u cannot be written", type->type);
    return write(type, value, out, err);
}

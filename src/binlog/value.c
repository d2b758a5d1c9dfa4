/* value.c - one reader a wire type, found through a table: the innermost loop of every row.
 *
 * A reader takes its bytes in one step and looks at `failed` once. Values that the servers cannot
 * have written (month 13, a fraction of 1.2 seconds) are corrupt; what they can is given as it is.
 */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value.h"
#include <assert.h>
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/temporal.h"
#include "binlog/value_fraction.h"
#include "binlog/value_old.h"

typedef bool value_reader(const struct column_type *type, struct reader *r, struct value *out,
                          struct err *err);

enum { BITS_MAX = 64, NUMBER_BYTES_MAX = 8, LENGTH_BYTES_MAX = 4 };

static const char *type_name(uint8_t type)
{
    static const char *const names[256] = {
#define COLUMN(name, code, metadata_size, traits, text) [code] = text,
#include "binlog/column.def"
#undef COLUMN
    };
    return names[type] != NULL ? names[type] : "unknown";
}

static bool cut_off(const struct column_type *type, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the %s is longer than the event", type_name(type->type));
}

static bool impossible(const struct column_type *type, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the %s has an impossible value", type_name(type->type));
}

static bool impossible_type(const struct column_type *type, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "a %s cannot have length %u, precision %u, scale %u",
                   type_name(type->type), type->length, type->precision, type->scale);
}

static inline bool read_integer(const struct column_type *type, size_t size, struct reader *r,
                                struct value *out, struct err *err)
{
    uint64_t bits = reader_le(r, size);
    unsigned unused = (unsigned)(64 - 8 * size);
    if (r->failed)
        return cut_off(type, err);
    if (type->is_unsigned)
        *out = (struct value){ .kind = VALUE_UINT, .u = bits };
    else
        *out = (struct value){ .kind = VALUE_INT, .i = (int64_t)(bits << unused) >> unused };
    return true;
}

static bool read_tiny(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    return read_integer(type, 1, r, out, err);
}

static bool read_short(const struct column_type *type, struct reader *r, struct value *out,
                       struct err *err)
{
    return read_integer(type, 2, r, out, err);
}

static bool read_int24(const struct column_type *type, struct reader *r, struct value *out,
                       struct err *err)
{
    return read_integer(type, 3, r, out, err);
}

static bool read_long(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    return read_integer(type, 4, r, out, err);
}

static bool read_longlong(const struct column_type *type, struct reader *r, struct value *out,
                          struct err *err)
{
    return read_integer(type, 8, r, out, err);
}

static bool read_float(const struct column_type *type, struct reader *r, struct value *out,
                       struct err *err)
{
    uint32_t bits = reader_u32(r);
    float number;
    static_assert(sizeof number == sizeof bits, "float is IEEE binary32");
    if (r->failed)
        return cut_off(type, err);
    memcpy(&number, &bits, sizeof number);
    *out = (struct value){ .kind = VALUE_FLOAT, .d = (double)number };
    return true;
}

static bool read_double(const struct column_type *type, struct reader *r, struct value *out,
                        struct err *err)
{
    uint64_t bits = reader_u64(r);
    double number;
    static_assert(sizeof number == sizeof bits, "double is IEEE binary64");
    if (r->failed)
        return cut_off(type, err);
    memcpy(&number, &bits, sizeof number);
    *out = (struct value){ .kind = VALUE_DOUBLE, .d = number };
    return true;
}

static bool read_decimal(const struct column_type *type, struct reader *r, struct value *out,
                         struct err *err)
{
    struct decimal_type digits = { type->precision, type->scale };
    if (!decimal_type_valid(digits))
        return impossible_type(type, err);
    struct bytes packed = reader_bytes(r, decimal_packed_size(digits));
    if (r->failed)
        return cut_off(type, err);
    *out = (struct value){ .kind = VALUE_DECIMAL, .bytes = packed };
    return true;
}

static bool read_bit(const struct column_type *type, struct reader *r, struct value *out,
                     struct err *err)
{
    if (type->length == 0 || type->length > BITS_MAX)
        return impossible_type(type, err);
    uint64_t bits = reader_be(r, (type->length + 7u) / 8);
    if (r->failed)
        return cut_off(type, err);
    if (type->length < BITS_MAX && bits >> type->length != 0)
        return impossible(type, err);
    *out = (struct value){ .kind = VALUE_UINT, .u = bits };
    return true;
}

static bool read_choice(const struct column_type *type, struct reader *r, struct value *out,
                        struct err *err)
{
    if (type->length == 0 || type->length > NUMBER_BYTES_MAX)
        return impossible_type(type, err);
    uint64_t number = reader_le(r, type->length);
    if (r->failed)
        return cut_off(type, err);
    *out = (struct value){ .kind = VALUE_UINT, .u = number };
    return true;
}

static bool read_year(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    uint8_t year = reader_u8(r);
    if (r->failed)
        return cut_off(type, err);
    *out = (struct value){ .kind = VALUE_INT, .i = year == 0 ? 0 : 1900 + year };
    return true;
}

static bool read_date(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    uint32_t bits = reader_u24(r);
    if (r->failed)
        return cut_off(type, err);
    struct time_parts date = { .year = (uint16_t)(bits >> 9),
                               .month = (uint8_t)(bits >> 5 & 15),
                               .day = (uint8_t)(bits & 31) };
    if (date.year > 9999 || date.month > 12)
        return impossible(type, err);
    *out = (struct value){ .kind = VALUE_DATE, .time = date };
    return true;
}

static bool fraction_micros(unsigned scale, uint64_t fraction, uint32_t *micros)
{
    uint64_t wide = fraction * fraction_unit[scale];
    *micros = (uint32_t)wide;
    return wide < 1000000;
}

static bool read_time2(const struct column_type *type, struct reader *r, struct value *out,
                       struct err *err)
{
    if (type->scale > FRACTION_SCALE_MAX)
        return impossible_type(type, err);
    unsigned shift = 8u * fraction_bytes[type->scale];
    int64_t number = (int64_t)reader_be(r, 3u + fraction_bytes[type->scale]);
    if (r->failed)
        return cut_off(type, err);
    number -= (int64_t)0x800000 << shift;
    uint64_t size = (uint64_t)(number < 0 ? -number : number);
    uint32_t micros;
    if (!fraction_micros(type->scale, size & ((1ull << shift) - 1), &micros))
        return impossible(type, err);
    int64_t packed = (int64_t)(size >> shift << 24 | micros);
    struct value value = { .kind = VALUE_TIME };
    if (!temporal_unpack_time(number < 0 ? -packed : packed, &value.time))
        return impossible(type, err);
    *out = value;
    return true;
}

static bool read_datetime2(const struct column_type *type, struct reader *r, struct value *out,
                           struct err *err)
{
    if (type->scale > FRACTION_SCALE_MAX)
        return impossible_type(type, err);
    uint64_t whole = reader_be(r, 5);
    uint64_t fraction = reader_be(r, fraction_bytes[type->scale]);
    if (r->failed)
        return cut_off(type, err);
    uint32_t micros;
    struct value value = { .kind = VALUE_DATETIME };
    if (!fraction_micros(type->scale, fraction, &micros) || whole < 0x8000000000)
        return impossible(type, err);
    int64_t packed = (int64_t)((whole - 0x8000000000) << 24 | micros);
    if (!temporal_unpack_datetime(packed, &value.time))
        return impossible(type, err);
    *out = value;
    return true;
}

static bool read_timestamp2(const struct column_type *type, struct reader *r, struct value *out,
                            struct err *err)
{
    if (type->scale > FRACTION_SCALE_MAX)
        return impossible_type(type, err);
    uint64_t seconds = reader_be(r, 4);
    uint64_t fraction = reader_be(r, fraction_bytes[type->scale]);
    if (r->failed)
        return cut_off(type, err);
    uint32_t micros;
    if (!fraction_micros(type->scale, fraction, &micros))
        return impossible(type, err);
    *out = (struct value){ .kind = VALUE_TIMESTAMP, .u = seconds * 1000000 + micros };
    return true;
}

static bool read_old(const struct column_type *type, struct reader *r, struct value *out,
                     struct err *err)
{
    if (type->scale == COLUMN_SCALE_UNKNOWN)
        return err_set(err, ERR_UNSUPPORTED,
                       "a %s has no length in the log; it can be read where the table's definition "
                       "is known, or after ALTER TABLE … FORCE with mysql56_temporal_format = ON",
                       type_name(type->type));
    if (type->scale > FRACTION_SCALE_MAX)
        return impossible_type(type, err);
    enum value_old_result result = value_read_old(type->type, type->scale, r, out);
    if (result == VALUE_OLD_CUT_OFF)
        return cut_off(type, err);
    return result == VALUE_OLD_OK || impossible(type, err);
}

static inline bool read_bytes(const struct column_type *type, size_t n, struct reader *r,
                              struct value *out, struct err *err)
{
    struct bytes bytes = reader_bytes(r, n);
    if (r->failed)
        return cut_off(type, err);
    *out = (struct value){ .kind = type->is_binary ? VALUE_BLOB : VALUE_TEXT, .bytes = bytes };
    return true;
}

static bool read_string(const struct column_type *type, struct reader *r, struct value *out,
                        struct err *err)
{
    return read_bytes(type, type->length > 255 ? reader_u16(r) : reader_u8(r), r, out, err);
}

static bool read_blob(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    if (type->length == 0 || type->length > LENGTH_BYTES_MAX)
        return impossible_type(type, err);
    return read_bytes(type, reader_le(r, type->length), r, out, err);
}

static bool read_compressed_string(const struct column_type *type, struct reader *r,
                                   struct value *out, struct err *err)
{
    if (!read_string(type, r, out, err))
        return false;
    out->compressed = true;
    return true;
}

static bool read_compressed_blob(const struct column_type *type, struct reader *r,
                                 struct value *out, struct err *err)
{
    if (!read_blob(type, r, out, err))
        return false;
    out->compressed = true;
    return true;
}

static bool read_json(const struct column_type *type, struct reader *r, struct value *out,
                      struct err *err)
{
    if (!read_blob(type, r, out, err))
        return false;
    out->kind = VALUE_JSON;
    return true;
}

static bool read_geometry(const struct column_type *type, struct reader *r, struct value *out,
                          struct err *err)
{
    if (!read_blob(type, r, out, err))
        return false;
    out->kind = VALUE_GEOMETRY;
    return true;
}

static bool read_vector(const struct column_type *type, struct reader *r, struct value *out,
                        struct err *err)
{
    if (!read_blob(type, r, out, err))
        return false;
    if (out->bytes.len % sizeof(float) != 0)
        return impossible(type, err);
    out->kind = VALUE_VECTOR;
    return true;
}

/* Types in no row cannot be read: DECIMAL and dates from before MySQL 5.0, NULL, typed arrays. */
static value_reader *const readers[256] = {
    [COLUMN_TINY] = read_tiny,
    [COLUMN_SHORT] = read_short,
    [COLUMN_INT24] = read_int24,
    [COLUMN_LONG] = read_long,
    [COLUMN_LONGLONG] = read_longlong,
    [COLUMN_FLOAT] = read_float,
    [COLUMN_DOUBLE] = read_double,
    [COLUMN_NEWDECIMAL] = read_decimal,
    [COLUMN_BIT] = read_bit,
    [COLUMN_ENUM] = read_choice,
    [COLUMN_SET] = read_choice,
    [COLUMN_YEAR] = read_year,
    [COLUMN_DATE] = read_date,
    [COLUMN_TIME2] = read_time2,
    [COLUMN_DATETIME2] = read_datetime2,
    [COLUMN_TIMESTAMP2] = read_timestamp2,
    [COLUMN_TIME] = read_old,
    [COLUMN_DATETIME] = read_old,
    [COLUMN_TIMESTAMP] = read_old,
    [COLUMN_STRING] = read_string,
    [COLUMN_VARCHAR] = read_string,
    [COLUMN_VAR_STRING] = read_string,
    [COLUMN_VARCHAR_COMPRESSED] = read_compressed_string,
    [COLUMN_TINY_BLOB] = read_blob,
    [COLUMN_BLOB] = read_blob,
    [COLUMN_MEDIUM_BLOB] = read_blob,
    [COLUMN_LONG_BLOB] = read_blob,
    [COLUMN_BLOB_COMPRESSED] = read_compressed_blob,
    [COLUMN_JSON] = read_json,
    [COLUMN_GEOMETRY] = read_geometry,
    [COLUMN_VECTOR] = read_vector,
};

bool value_decode(const struct column_type *type, struct reader *r, struct value *out,
                  struct err *err)
{
    value_reader *read = readers[type->type];
    if (read == NULL)
        return err_set(err, ERR_UNSUPPORTED, "column type %u (%s) cannot be read", type->type,
                       type_name(type->type));
    return read(type, r, out, err);
}

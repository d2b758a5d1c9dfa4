/* value_old.c - see value_old.h for the layouts. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_old.h"
#include <assert.h>
#include "binlog/column.h"

enum { SCALE_MAX = 6, HOUR_MAX = 838 };
/* one more than the seconds of 838:59:59, in microseconds: where TIME has its zero */
#define TIME_ZERO_MICROS ((uint64_t)(HOUR_MAX + 1) * 3600 * 1000000)

static const uint8_t time_bytes[SCALE_MAX + 1] = { 3, 4, 4, 5, 5, 5, 6 };
static const uint8_t datetime_bytes[SCALE_MAX + 1] = { 8, 6, 6, 7, 7, 7, 8 };
static const uint8_t fraction_bytes[SCALE_MAX + 1] = { 0, 1, 1, 2, 2, 3, 3 };
static const uint32_t units[SCALE_MAX + 1] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };

static bool in_range(const struct time_parts *parts, unsigned hour_max)
{
    return parts->month <= 12 && parts->day <= 31 && parts->hour <= hour_max &&
           parts->minute <= 59 && parts->second <= 59;
}

static bool time_of_number(int32_t number, struct time_parts *out)
{
    uint32_t size = (uint32_t)(number < 0 ? -number : number);
    *out = (struct time_parts){ .negative = number < 0,
                                .hour = (uint16_t)(size / 10000),
                                .minute = (uint8_t)(size / 100 % 100),
                                .second = (uint8_t)(size % 100) };
    return in_range(out, HOUR_MAX);
}

static bool time_of_micros(uint64_t micros, bool negative, struct time_parts *out)
{
    uint64_t seconds = micros / 1000000;
    if (seconds / 3600 > HOUR_MAX)
        return false;
    *out = (struct time_parts){ .negative = negative,
                                .hour = (uint16_t)(seconds / 3600),
                                .minute = (uint8_t)(seconds / 60 % 60),
                                .second = (uint8_t)(seconds % 60),
                                .micro = (uint32_t)(micros % 1000000) };
    return true;
}

static bool datetime_of_number(uint64_t number, struct time_parts *out)
{
    uint64_t date = number / 1000000;
    uint64_t clock = number % 1000000;
    if (date > 99991231)
        return false;
    *out = (struct time_parts){ .year = (uint16_t)(date / 10000),
                                .month = (uint8_t)(date / 100 % 100),
                                .day = (uint8_t)(date % 100),
                                .hour = (uint16_t)(clock / 10000),
                                .minute = (uint8_t)(clock / 100 % 100),
                                .second = (uint8_t)(clock % 100) };
    return in_range(out, 23);
}

static bool datetime_of_packed(uint64_t packed, struct time_parts *out)
{
    uint64_t seconds = packed / 1000000;
    uint64_t days = seconds / 86400;
    if (days / 32 / 13 > 9999)
        return false;
    *out = (struct time_parts){ .year = (uint16_t)(days / 32 / 13),
                                .month = (uint8_t)(days / 32 % 13),
                                .day = (uint8_t)(days % 32),
                                .hour = (uint16_t)(seconds / 3600 % 24),
                                .minute = (uint8_t)(seconds / 60 % 60),
                                .second = (uint8_t)(seconds % 60),
                                .micro = (uint32_t)(packed % 1000000) };
    return true;
}

static bool read_time(unsigned scale, struct reader *r, struct value *out)
{
    out->kind = VALUE_TIME;
    if (scale == 0) {
        uint32_t bits = reader_u24(r);
        return time_of_number((int32_t)(bits << 8) >> 8, &out->time);
    }
    uint64_t stored = reader_be(r, time_bytes[scale]) * units[scale];
    bool negative = stored < TIME_ZERO_MICROS;
    uint64_t micros = negative ? TIME_ZERO_MICROS - stored : stored - TIME_ZERO_MICROS;
    return time_of_micros(micros, negative, &out->time);
}

static bool read_datetime(unsigned scale, struct reader *r, struct value *out)
{
    out->kind = VALUE_DATETIME;
    if (scale == 0)
        return datetime_of_number(reader_u64(r), &out->time);
    uint64_t stored = reader_be(r, datetime_bytes[scale]);
    if (stored > UINT64_MAX / units[scale])
        return false;
    return datetime_of_packed(stored * units[scale], &out->time);
}

static bool read_timestamp(unsigned scale, struct reader *r, struct value *out)
{
    uint64_t seconds = scale == 0 ? reader_u32(r) : reader_be(r, 4);
    uint64_t micros = reader_be(r, fraction_bytes[scale]) * units[scale];
    *out = (struct value){ .kind = VALUE_TIMESTAMP, .u = seconds * 1000000 + micros };
    return scale == 0 || micros < 1000000;
}

enum value_old_result value_read_old(uint8_t type, unsigned scale, struct reader *r,
                                     struct value *out)
{
    assert(scale <= SCALE_MAX);
    struct value value = { 0 };
    bool possible = type == COLUMN_TIME       ? read_time(scale, r, &value)
                    : type == COLUMN_DATETIME ? read_datetime(scale, r, &value)
                                              : read_timestamp(scale, r, &value);
    if (r->failed)
        return VALUE_OLD_CUT_OFF;
    if (!possible)
        return VALUE_OLD_IMPOSSIBLE;
    *out = value;
    return VALUE_OLD_OK;
}

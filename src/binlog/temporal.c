/* temporal.c - calendar arithmetic without the C library: no time zones, no locale. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/temporal.h"
#include <assert.h>

enum { SECONDS_OF_DAY = 86400, MICROS_OF_SECOND = 1000000, HOUR_MAX = 838, SCALE_MAX = 6 };
static const uint32_t powers_of_ten[SCALE_MAX + 1] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

static bool date_in_range(const struct time_parts *parts)
{
    return parts->year <= 9999 && parts->month <= 12 && parts->day <= 31;
}

static bool clock_in_range(const struct time_parts *parts, unsigned hour_max)
{
    return parts->hour <= hour_max && parts->minute <= 59 && parts->second <= 59 &&
           parts->micro < MICROS_OF_SECOND;
}

static void clock_unpack(uint64_t packed, struct time_parts *out)
{
    uint64_t clock = packed >> 24;
    out->micro = (uint32_t)(packed & 0xffffff);
    out->second = (uint8_t)(clock & 0x3f);
    out->minute = (uint8_t)(clock >> 6 & 0x3f);
}

bool temporal_unpack_datetime(int64_t packed, struct time_parts *out)
{
    if (packed < 0)
        return false;
    struct time_parts parts = { 0 };
    uint64_t bits = (uint64_t)packed;
    clock_unpack(bits, &parts);
    parts.hour = (uint16_t)(bits >> 36 & 0x1f);
    uint64_t date = bits >> 41;
    uint64_t months = date >> 5;
    if (months / 13 > 9999)
        return false;
    parts.day = (uint8_t)(date & 0x1f);
    parts.month = (uint8_t)(months % 13);
    parts.year = (uint16_t)(months / 13);
    if (!clock_in_range(&parts, 23))
        return false;
    *out = parts;
    return true;
}

bool temporal_unpack_time(int64_t packed, struct time_parts *out)
{
    struct time_parts parts = { .negative = packed < 0 };
    uint64_t bits = packed < 0 ? 0 - (uint64_t)packed : (uint64_t)packed;
    clock_unpack(bits, &parts);
    if (bits >> 36 > HOUR_MAX)
        return false;
    parts.hour = (uint16_t)(bits >> 36);
    if (!clock_in_range(&parts, HOUR_MAX))
        return false;
    *out = parts;
    return true;
}

static int64_t clock_pack(const struct time_parts *parts)
{
    uint64_t clock = (uint64_t)parts->hour << 12 | (uint64_t)parts->minute << 6 | parts->second;
    return (int64_t)(clock << 24 | parts->micro);
}

int64_t temporal_pack_datetime(const struct time_parts *parts)
{
    int64_t date = (int64_t)((parts->year * 13u + parts->month) << 5 | parts->day);
    return date << 41 | clock_pack(parts);
}

int64_t temporal_pack_time(const struct time_parts *parts)
{
    int64_t packed = clock_pack(parts);
    return parts->negative ? -packed : packed;
}

/* At least `width` digits. */
static char *number_write(char *at, unsigned number, unsigned width)
{
    char digits[10];
    unsigned n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || n < width);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static char *date_write(char *at, const struct time_parts *parts)
{
    at = number_write(at, parts->year, 4);
    *at++ = '-';
    at = number_write(at, parts->month, 2);
    *at++ = '-';
    return number_write(at, parts->day, 2);
}

static char *clock_write(char *at, const struct time_parts *parts, unsigned scale)
{
    at = number_write(at, parts->hour, 2);
    *at++ = ':';
    at = number_write(at, parts->minute, 2);
    *at++ = ':';
    at = number_write(at, parts->second, 2);
    if (scale == 0)
        return at;
    unsigned digits = scale < SCALE_MAX ? scale : SCALE_MAX;
    *at++ = '.';
    return number_write(at, parts->micro / powers_of_ten[SCALE_MAX - digits], digits);
}

static size_t text_end(const char *text, char *at)
{
    *at = 0;
    assert(at - text < TEMPORAL_TEXT_MAX);
    return (size_t)(at - text);
}

size_t temporal_date_text(const struct time_parts *parts, char text[TEMPORAL_TEXT_MAX])
{
    return text_end(text, date_write(text, parts));
}

size_t temporal_time_text(const struct time_parts *parts, unsigned scale,
                          char text[TEMPORAL_TEXT_MAX])
{
    char *at = text;
    if (parts->negative)
        *at++ = '-';
    return text_end(text, clock_write(at, parts, scale));
}

size_t temporal_datetime_text(const struct time_parts *parts, unsigned scale,
                              char text[TEMPORAL_TEXT_MAX])
{
    char *at = date_write(text, parts);
    *at++ = ' ';
    return text_end(text, clock_write(at, parts, scale));
}

/* The civil date of a day count since 1970-01-01 (years 1970 to 2106): years begin in March, so
 * that the leap day is the last one. */
static void date_of_days(uint32_t days, struct time_parts *out)
{
    uint32_t shifted = days + 719468; /* since 0000-03-01 */
    uint32_t era = shifted / 146097;
    uint32_t day_of_era = shifted - era * 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t march_month = (5 * day_of_year + 2) / 153;
    out->day = (uint8_t)(day_of_year - (153 * march_month + 2) / 5 + 1);
    out->month = (uint8_t)(march_month < 10 ? march_month + 3 : march_month - 9);
    out->year = (uint16_t)(year_of_era + era * 400 + (out->month <= 2 ? 1 : 0));
}

static uint32_t days_of_date(const struct time_parts *parts)
{
    uint32_t year = parts->year - (parts->month <= 2 ? 1u : 0u);
    uint32_t era = year / 400;
    uint32_t year_of_era = year - era * 400;
    uint32_t march_month = parts->month > 2 ? parts->month - 3u : parts->month + 9u;
    uint32_t day_of_year = (153 * march_month + 2) / 5 + parts->day - 1;
    uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

size_t temporal_timestamp_text(uint64_t micros, unsigned scale, char text[TEMPORAL_TEXT_MAX])
{
    struct time_parts parts = { 0 };
    uint64_t seconds = micros / MICROS_OF_SECOND;
    assert(seconds <= TIMESTAMP_SECONDS_MAX);
    if (micros > 0) {
        uint32_t rest = (uint32_t)(seconds % SECONDS_OF_DAY);
        date_of_days((uint32_t)(seconds / SECONDS_OF_DAY), &parts);
        parts.hour = (uint16_t)(rest / 3600);
        parts.minute = (uint8_t)(rest / 60 % 60);
        parts.second = (uint8_t)(rest % 60);
        parts.micro = (uint32_t)(micros % MICROS_OF_SECOND);
    }
    return temporal_datetime_text(&parts, scale, text);
}

/* least to most digits; false when there are fewer */
static bool number_read(struct reader *r, unsigned least, unsigned most, unsigned *out)
{
    unsigned n = 0;
    unsigned number = 0;
    while (n < most && reader_left(r) > 0 && *r->pos >= '0' && *r->pos <= '9') {
        number = number * 10 + (unsigned)(*r->pos++ - '0');
        n++;
    }
    *out = number;
    return n >= least;
}

static bool sign_read(struct reader *r, char sign)
{
    if (reader_left(r) == 0 || *r->pos != (uint8_t)sign)
        return false;
    r->pos++;
    return true;
}

static bool date_read(struct reader *r, struct time_parts *out)
{
    unsigned year, month, day;
    if (!number_read(r, 4, 4, &year) || !sign_read(r, '-') || !number_read(r, 2, 2, &month) ||
        !sign_read(r, '-') || !number_read(r, 2, 2, &day))
        return false;
    out->year = (uint16_t)year;
    out->month = (uint8_t)month;
    out->day = (uint8_t)day;
    return date_in_range(out);
}

static bool clock_read(struct reader *r, unsigned hour_max, struct time_parts *out)
{
    unsigned hour, minute, second;
    unsigned micro = 0;
    if (!number_read(r, 2, 3, &hour) || !sign_read(r, ':') || !number_read(r, 2, 2, &minute) ||
        !sign_read(r, ':') || !number_read(r, 2, 2, &second))
        return false;
    if (sign_read(r, '.')) {
        const uint8_t *start = r->pos;
        if (!number_read(r, 1, SCALE_MAX, &micro))
            return false;
        micro *= powers_of_ten[SCALE_MAX - (size_t)(r->pos - start)];
    }
    out->hour = (uint16_t)hour;
    out->minute = (uint8_t)minute;
    out->second = (uint8_t)second;
    out->micro = micro;
    return clock_in_range(out, hour_max);
}

static bool parse_failed(struct bytes text, const char *what, struct err *err)
{
    int shown = text.len < TEMPORAL_TEXT_MAX ? (int)text.len : TEMPORAL_TEXT_MAX;
    return err_set(err, ERR_CORRUPT, "\"%.*s\" is not a %s", shown, (const char *)text.data, what);
}

bool temporal_parse_date(struct bytes text, struct time_parts *out, struct err *err)
{
    struct reader r = reader_of(text);
    struct time_parts parts = { 0 };
    if (!date_read(&r, &parts) || reader_left(&r) > 0)
        return parse_failed(text, "date", err);
    *out = parts;
    return true;
}

bool temporal_parse_time(struct bytes text, struct time_parts *out, struct err *err)
{
    struct reader r = reader_of(text);
    struct time_parts parts = { 0 };
    parts.negative = sign_read(&r, '-');
    if (!clock_read(&r, HOUR_MAX, &parts) || reader_left(&r) > 0)
        return parse_failed(text, "time", err);
    if (parts.hour == 0 && parts.minute == 0 && parts.second == 0 && parts.micro == 0)
        parts.negative = false; /* there is one zero */
    *out = parts;
    return true;
}

bool temporal_parse_datetime(struct bytes text, struct time_parts *out, struct err *err)
{
    struct reader r = reader_of(text);
    struct time_parts parts = { 0 };
    if (!date_read(&r, &parts) || !sign_read(&r, ' ') || !clock_read(&r, 23, &parts) ||
        reader_left(&r) > 0)
        return parse_failed(text, "datetime", err);
    *out = parts;
    return true;
}

static bool date_is_zero(const struct time_parts *parts)
{
    return parts->year == 0 && parts->month == 0 && parts->day == 0 && parts->hour == 0 &&
           parts->minute == 0 && parts->second == 0 && parts->micro == 0;
}

bool temporal_parse_timestamp(struct bytes text, uint64_t *micros, struct err *err)
{
    struct time_parts parts = { 0 };
    if (!temporal_parse_datetime(text, &parts, err))
        return false;
    if (date_is_zero(&parts)) {
        *micros = 0;
        return true;
    }
    if (parts.year < 1970 || parts.month == 0 || parts.day == 0)
        return parse_failed(text, "timestamp", err);
    uint64_t seconds = (uint64_t)days_of_date(&parts) * SECONDS_OF_DAY + parts.hour * 3600u +
                       parts.minute * 60u + parts.second;
    if (seconds > TIMESTAMP_SECONDS_MAX)
        return parse_failed(text, "timestamp", err);
    *micros = seconds * MICROS_OF_SECOND + parts.micro;
    return true;
}

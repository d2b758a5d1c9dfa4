/* zone.c - instants in the session's time zone: "+02:00", "UTC", or SYSTEM, the program's own. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include "binlog/temporal.h"
#include "engine/sqlite/query/query_internal.h"
#include "sql/time_text.h"

#define MICROS 1000000ll
enum { EPOCH_DAYS = 719528, SECONDS_OF_DAY = 86400 };

/* Seconds east of UTC at that instant. */
static bool offset_of(const char *zone, int64_t instant, int64_t *out)
{
    unsigned hours = 0, minutes = 0;
    char sign = '+', more;
    if (strcasecmp(zone, "UTC") == 0) {
        *out = 0;
        return true;
    }
    if (strcasecmp(zone, "SYSTEM") == 0) {
        time_t at = (time_t)instant;
        struct tm local;
        if (localtime_r(&at, &local) == NULL)
            return false;
        *out = local.tm_gmtoff;
        return true;
    }
    if (sscanf(zone, "%c%2u:%2u%c", &sign, &hours, &minutes, &more) != 3 || hours > 14 ||
        minutes > 59 || (sign != '+' && sign != '-'))
        return false;
    *out = (int64_t)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

bool zone_is_known(const char *zone)
{
    int64_t offset;
    return offset_of(zone, 0, &offset);
}

bool zone_wall(const char *zone, uint64_t micros, struct time_parts *out, struct err *err)
{
    char text[TEMPORAL_TEXT_MAX];
    int64_t offset = 0;
    if (!offset_of(zone, (int64_t)micros / MICROS, &offset))
        return problem(err, PROBLEM_UNKNOWN_TIME_ZONE, "Unknown or incorrect time zone: '%s'",
                       zone);
    int64_t local = (int64_t)micros + offset * MICROS;
    if (local <= 0) { /* before 1970 here, or its first instant: no timestamp says that */
        int64_t seconds = local < 0 ? (local - MICROS + 1) / MICROS : 0;
        *out = (struct time_parts){ .micro = (uint32_t)(local - seconds * MICROS) };
        int64_t days = seconds < 0 ? (seconds - SECONDS_OF_DAY + 1) / SECONDS_OF_DAY : 0;
        calendar_date(EPOCH_DAYS + days, out);
        int64_t clock = seconds - days * SECONDS_OF_DAY;
        out->hour = (uint16_t)(clock / 3600);
        out->minute = (uint8_t)(clock / 60 % 60);
        out->second = (uint8_t)(clock % 60);
        return true;
    }
    size_t len = temporal_timestamp_text((uint64_t)local, 6, text);
    return temporal_parse_datetime(bytes_of(text, len), out, err);
}

bool zone_local(const struct query_session *session, uint64_t micros, struct time_parts *out,
                struct err *err)
{
    if (micros > 0)
        return zone_wall(session->time_zone, micros, out, err);
    *out = (struct time_parts){ 0 }; /* the zero date stays one */
    return true;
}

bool zone_instant(const char *zone, const struct time_parts *local, uint64_t *out)
{
    int64_t days = calendar_days(local->year, local->month, local->day) - EPOCH_DAYS;
    int64_t wall = days * SECONDS_OF_DAY + local->hour * 3600 + local->minute * 60 + local->second;
    int64_t before, after, offset;
    /* offsets a day before and behind tell of a change of the clock between them */
    if (!offset_of(zone, wall - SECONDS_OF_DAY, &before) ||
        !offset_of(zone, wall + SECONDS_OF_DAY, &after))
        return false;
    if (before != after && (!offset_of(zone, wall - before, &offset) ||
                            !offset_of(zone, wall - after, &before) || offset != before))
        return false;
    if (before == after)
        offset = before;
    int64_t instant = wall - offset;
    *out = instant > 0 ? (uint64_t)instant * MICROS + local->micro : 0;
    return true;
}

/* zone.c - instants in the session's time zone: "+02:00", "UTC", or SYSTEM, the program's own. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include "binlog/temporal.h"
#include "engine/sqlite/query/query_internal.h"

#define MICROS 1000000ll

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

bool zone_local(const struct query_session *session, uint64_t micros, struct time_parts *out,
                struct err *err)
{
    char text[TEMPORAL_TEXT_MAX];
    int64_t offset = 0;
    if (!offset_of(session->time_zone, (int64_t)micros / MICROS, &offset))
        return problem(err, PROBLEM_UNKNOWN_TIME_ZONE, "Unknown or incorrect time zone: '%s'",
                       session->time_zone);
    int64_t local = (int64_t)micros + offset * MICROS;
    if (micros == 0 || local <= 0)
        local = 0; /* the zero date stays one */
    size_t len = temporal_timestamp_text((uint64_t)local, 6, text);
    return temporal_parse_datetime(bytes_of(text, len), out, err);
}

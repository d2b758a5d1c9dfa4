/* temporal.h - dates and times: packed forms, text with fractions, instants.
 *
 * Packed (MySQL "TIME_to_longlong_packed"), as JSON holds them and, cut to the column's fraction,
 * DATETIME2 and TIME2 on the wire:
 *
 *   date      (year * 13 + month) * 32 + day
 *   clock     hour << 12 | minute << 6 | second
 *   datetime  (date << 17 | clock) << 24 | micro
 *   time      clock << 24 | micro, the whole negated when negative
 *
 * Zero parts ("0000-00-00", "2024-00-00") and days that the month does not have are values like any
 * other: the servers store them. An instant is microseconds since 1970 UTC; 0 is the zero date.
 * Pure; any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"
#include "binlog/value.h"

enum { TEMPORAL_TEXT_MAX = 32 };                     /* any text here, with its NUL */
#define TIMESTAMP_SECONDS_MAX ((uint64_t)UINT32_MAX) /* 2106-02-07 06:28:15, MariaDB >= 11.5 */

/* False: parts out of range. */
bool temporal_unpack_datetime(int64_t packed, struct time_parts *out) MUST_CHECK;
bool temporal_unpack_time(int64_t packed, struct time_parts *out) MUST_CHECK;
int64_t temporal_pack_datetime(const struct time_parts *parts);
int64_t temporal_pack_time(const struct time_parts *parts);

/* scale: digits after the second, 0..6; further digits are cut off. The length without the NUL. */
size_t temporal_date_text(const struct time_parts *parts, char text[TEMPORAL_TEXT_MAX]);
size_t temporal_time_text(const struct time_parts *parts, unsigned scale,
                          char text[TEMPORAL_TEXT_MAX]);
size_t temporal_datetime_text(const struct time_parts *parts, unsigned scale,
                              char text[TEMPORAL_TEXT_MAX]);
/* UTC; "0000-00-00 00:00:00" for 0. micros is at most that of TIMESTAMP_SECONDS_MAX. */
size_t temporal_timestamp_text(uint64_t micros, unsigned scale, char text[TEMPORAL_TEXT_MAX]);

/* The servers' own text, exactly: YYYY-MM-DD, [-]HH[H]:MM:SS[.f], YYYY-MM-DD HH:MM:SS[.f], one to
 * six digits f. ERR_CORRUPT for anything else and for parts out of range. */
bool temporal_parse_date(struct bytes text, struct time_parts *out, struct err *err) MUST_CHECK;
bool temporal_parse_time(struct bytes text, struct time_parts *out, struct err *err) MUST_CHECK;
bool temporal_parse_datetime(struct bytes text, struct time_parts *out, struct err *err) MUST_CHECK;
bool temporal_parse_timestamp(struct bytes text, uint64_t *micros, struct err *err) MUST_CHECK;

/* value_old.h - MariaDB's temporal formats from before MySQL 5.6 (mysql56_temporal_format = OFF).
 *
 * Without fractions: TIME 3 bytes LE, the number HHMMSS, signed; DATETIME 8 bytes LE, the number
 * YYYYMMDDHHMMSS; TIMESTAMP 4 bytes LE. With fractions, all big-endian, cut to `scale` digits:
 * TIME the microseconds plus those of 839 hours; DATETIME the parts as mixed-radix digits down to
 * the microsecond; TIMESTAMP the seconds in 4 bytes, then the fraction. Pure; any thread may call.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/value.h"

enum value_old_result { VALUE_OLD_OK, VALUE_OLD_CUT_OFF, VALUE_OLD_IMPOSSIBLE };

/* type: COLUMN_TIME, COLUMN_DATETIME or COLUMN_TIMESTAMP; scale: 0..6. */
enum value_old_result value_read_old(uint8_t type, unsigned scale, struct reader *r,
                                     struct value *out);

/* convert.h - stored values from one column definition to another, for ALTER TABLE.
 *
 * Only conversions whose result is certain: what the source's SQL mode, time zone or rounding could
 * have decided otherwise is refused, value by value where that can be told by the value. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/storage.h"

enum conversion {
    CONVERSION_NONE,    /* stored values mean the same under both definitions */
    CONVERSION_NEEDED,  /* each value goes through convert_value */
    CONVERSION_REFUSED, /* not known how */
};
enum conversion convert_kind(const struct column_def *from, const struct column_def *to);
/* Sets the result, or an error that names the value. */
void convert_value(sqlite3_context *context, sqlite3_value *value, const struct column_def *from,
                   const struct column_def *to);

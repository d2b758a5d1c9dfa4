/* value_equal.c - see value_equal.h. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_equal.h"

static bool time_equal(const struct time_parts *a, const struct time_parts *b)
{
    return a->negative == b->negative && a->year == b->year && a->month == b->month &&
           a->day == b->day && a->hour == b->hour && a->minute == b->minute &&
           a->second == b->second && a->micro == b->micro;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind || a->compressed != b->compressed)
        return false;
    if (value_has_bytes(a->kind))
        return bytes_equal(a->bytes, b->bytes);
    switch (a->kind) {
    case VALUE_ABSENT:
    case VALUE_NULL:
        return true;
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_TIMESTAMP:
        return a->u == b->u;
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        return memcmp(&a->d, &b->d, sizeof a->d) == 0;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
        return time_equal(&a->time, &b->time);
    case VALUE_DECIMAL:
    case VALUE_TEXT:
    case VALUE_BLOB:
    case VALUE_JSON:
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
    case VALUE_JSON_TEXT:
    case VALUE_JSON_DIFF:
        break;
    }
    return false;
}

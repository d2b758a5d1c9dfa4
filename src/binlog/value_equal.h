/* value_equal.h - values of row images compared. Pure; any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/value.h"

/* The same value of one column: kind and content (0.0 and -0.0 differ; ABSENT equals ABSENT). */
bool value_equal(const struct value *a, const struct value *b);
/* Kinds whose content is in value.bytes. */
static inline bool value_has_bytes(enum value_kind kind)
{
    return kind == VALUE_DECIMAL || kind >= VALUE_TEXT;
}

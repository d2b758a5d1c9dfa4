/* quote.h - bytes as an SQL literal that means the same whatever the session's sql_mode is. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"

/* Appends one of
 *   'text'           UTF-8 without a backslash or a control character; ' is doubled
 *   _utf8mb4 X'5c'   other UTF-8, since NO_BACKSLASH_ESCAPES changes what a backslash means
 *   X'ff'            anything else: a binary string */
void quote_literal(struct bytes text, struct buf *out);

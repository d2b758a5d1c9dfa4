/* value_text.h - values from the text a SELECT gives, and values as text for people.
 *
 * value_from_text gives the same kind and the same bytes as the binlog path (value_decode) does, so
 * that a row copied by a snapshot and a row applied from the log are one and the same. What a plain
 * SELECT shows is not exact for every type; select these columns so:
 *
 *     FLOAT            col + 0e0: a plain SELECT rounds a FLOAT to six digits
 *     BIT, ENUM, SET   CAST(col AS UNSIGNED): bits, index, bitmap. MySQL turns col + 0 of a SET
 *                      with a 64th member into a double
 *     TIMESTAMP        col, with time_zone = '+00:00'
 *     all others       col, with character_set_results = NULL: the columns' own bytes
 *
 * MariaDB's UUID, INET4 and INET6 stand in the log as BINARY(16 or 4): select CAST(col AS
 * BINARY(n)). MySQL's JSON becomes VALUE_JSON_TEXT, where the log has VALUE_JSON. Pure; any thread
 * may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "binlog/value.h"

/* text: not NULL (the caller handles SQL NULL). Bytes of *out are borrowed from text, except for
 * DECIMAL, whose packed form is in arena. ERR_CORRUPT when text is no value of that type. */
bool value_from_text(const struct column_type *type, struct bytes text, struct arena *arena,
                     struct value *out, struct err *err) MUST_CHECK;

/* For messages and listings: 12, 'abc' (quotes and backslashes escaped, other control bytes as
 * \xNN), X'00ff', '2024-02-29', NULL, (absent). type may be NULL where the value is no DECIMAL and
 * fractions may show six digits. Bytes that cannot be decoded print as X'…'. */
void value_print(const struct value *value, const struct column_type *type, struct buf *out);

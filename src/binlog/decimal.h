/* decimal.h - DECIMAL(precision, scale) between MySQL's packed form and text.
 *
 * Packed (MySQL "decimal2bin"): the digits before and after the point, each side in groups of nine
 * from the point on, a group in 4 bytes big-endian, the odd leftovers of a side in 1 to 4 bytes;
 * the first bit flipped; a negative number has all its bits inverted. So packed values of one
 * column compare like memcmp. Pure; any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/macros.h"

enum {
    DECIMAL_PRECISION_MAX = 81, /* of a column: 65; inside JSON, whole groups of nine are counted */
    DECIMAL_SCALE_MAX = 38,     /* MariaDB; MySQL: 30 */
    DECIMAL_PACKED_MAX = 40,
    DECIMAL_TEXT_MAX = 88, /* sign, digits, point, NUL */
};

struct decimal_type {
    uint8_t precision; /* 1..81: all digits */
    uint8_t scale;     /* 0..38, at most precision: the digits after the point */
};

bool decimal_type_valid(struct decimal_type type);
size_t decimal_packed_size(struct decimal_type type); /* 1..DECIMAL_PACKED_MAX; type is valid */

/* Canonical text: "-999999.9999", all digits of the scale, no zeros in front but the one before the
 * point; zero has no sign. Writes a NUL; *len (may be NULL) is without it. ERR_CORRUPT when packed
 * has the wrong size or a group holds more digits than it may. */
bool decimal_text(struct decimal_type type, struct bytes packed, char text[DECIMAL_TEXT_MAX],
                  size_t *len, struct err *err) MUST_CHECK;
/* [-+]digits[.digits], as a server prints a DECIMAL. Never rounds: ERR_CORRUPT for text that is no
 * number, or has more digits than the type on either side. Writes decimal_packed_size bytes. */
bool decimal_pack(struct decimal_type type, struct bytes text, uint8_t packed[DECIMAL_PACKED_MAX],
                  struct err *err) MUST_CHECK;

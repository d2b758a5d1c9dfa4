/* weights.h - how collations compare texts: characters to weights, texts by their weights.
 *
 *   _bin          the characters' own numbers
 *   _general_ci   a weight for each character of the basic plane; one for all others
 *   _unicode_ci, _unicode_520_ci, _0900_ai_ci, _uca1400_ai_ci
 *                 the first level of the Unicode Collation Algorithm; a character may have no
 * weight or several
 *
 * Most pad the shorter text with spaces; the 0900 and _nopad_ ones do not. Characters whose weight
 * nobody here knows for certain are told (false): nothing is guessed. Texts are UTF-8. Any thread.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/macros.h"

struct weights; /* static; one for collations that compare alike */
const struct weights *weights_of(const char *collation); /* NULL: not known here */
const char *weights_name(const struct weights *weights); /* "general", "bin_nopad" … */
const struct weights *weights_at(unsigned i);            /* all of them; NULL behind the last */
bool weights_only_ascii(const struct weights *weights);  /* other characters are not known */
bool weights_are_total(const struct weights *weights);   /* every character is known */
bool weights_are_bytes(const struct weights *weights);   /* texts compare as their bytes do */
/* *order: -1, 0, 1. */
bool weights_compare(const struct weights *weights, struct bytes a, struct bytes b,
                     int *order) MUST_CHECK;
/* Appends bytes that sort as the text does, the same for texts that are equal. */
bool weights_key(const struct weights *weights, struct bytes text, struct buf *out) MUST_CHECK;
/* Do two characters weigh the same? As LIKE asks. */
bool weights_same(const struct weights *weights, uint32_t a, uint32_t b, bool *same) MUST_CHECK;
/* The next character of UTF-8 that is not empty; what is none counts byte by byte. */
uint32_t utf8_next(struct bytes *text);

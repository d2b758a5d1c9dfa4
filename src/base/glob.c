/* glob.c - see glob.h. */
// SPDX-License-Identifier: Apache-2.0
#include "base/glob.h"
#include <ctype.h>

static bool same(uint8_t a, uint8_t b, enum glob_letters letters)
{
    return a == b || (letters == GLOB_ANY_CASE && tolower(a) == tolower(b));
}

/* Classic backtracking to the last star: linear in practice, quadratic at worst, never exponential.
 */
bool glob_matches(struct bytes pattern, struct bytes text, enum glob_letters letters)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.len &&
                   (pattern.data[p] == '?' || same(pattern.data[p], text.data[t], letters))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

void glob_print_like(struct bytes pattern, struct buf *out)
{
    for (size_t i = 0; i < pattern.len; i++) {
        uint8_t letter = pattern.data[i];
        if (letter == '%' || letter == '_' || letter == '\\')
            buf_u8(out, '\\');
        buf_u8(out, letter == '*' ? '%' : letter == '?' ? '_' : letter);
    }
}

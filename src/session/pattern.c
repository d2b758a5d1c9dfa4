/* pattern.c - LIKE, as SHOW uses it: ASCII case does not matter, a backslash takes the meaning. */
// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include "session/state.h"

static bool same(uint8_t a, uint8_t b)
{
    return tolower(a) == tolower(b);
}

/* Iterative: on a mismatch the last % takes one byte more. Never worse than text times pattern. */
bool like_matches(struct bytes text, struct bytes pattern)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    while (t < text.len) {
        bool is_literal = p + 1 < pattern.len && pattern.data[p] == '\\';
        if (p < pattern.len && pattern.data[p] == '%') {
            star = ++p;
            resume = t;
        } else if (p < pattern.len &&
                   (is_literal ? same(pattern.data[p + 1], text.data[t])
                               : pattern.data[p] == '_' || same(pattern.data[p], text.data[t]))) {
            p += is_literal ? 2 : 1;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '%')
        p++;
    return p == pattern.len;
}

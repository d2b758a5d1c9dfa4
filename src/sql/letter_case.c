/* letter_case.c - see letter_case.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/letter_case.h"

enum { ASCII = 128 };

struct letters {
    uint32_t first;
    uint16_t count, stride;
    int32_t distance;
};

#define UPPER(first, count, stride, distance) { first, count, stride, distance },
#define LOWER(first, count, stride, distance)
#define NEWER(first, count)
static const struct letters uppers[] = {
#include "sql/letter_case.def"
};
#undef UPPER
#undef LOWER
#define UPPER(first, count, stride, distance)
#define LOWER(first, count, stride, distance) { first, count, stride, distance },
static const struct letters lowers[] = {
#include "sql/letter_case.def"
};
#undef LOWER
#undef NEWER
#define LOWER(first, count, stride, distance)
#define NEWER(first, count) { first, count, 1, 0 },
static const struct letters newers[] = {
#include "sql/letter_case.def"
};
#undef UPPER
#undef LOWER
#undef NEWER

static const struct letters *find(const struct letters *rows, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t at = code - rows[i].first;
        if (code >= rows[i].first && at % rows[i].stride == 0 &&
            at / rows[i].stride < rows[i].count)
            return &rows[i];
    }
    return NULL;
}

bool letter_case(uint32_t code, bool upper, bool newer, uint32_t *out)
{
    *out = code;
    if (code < ASCII) {
        bool is_other = upper ? code >= 'a' && code <= 'z' : code >= 'A' && code <= 'Z';
        *out = is_other ? code ^ 0x20u : code;
        return true;
    }
    if (newer && find(newers, ARRAY_COUNT(newers), code) != NULL)
        return false;
    const struct letters *row =
        upper ? find(uppers, ARRAY_COUNT(uppers), code) : find(lowers, ARRAY_COUNT(lowers), code);
    if (row != NULL)
        *out = (uint32_t)((int64_t)code + row->distance);
    return true;
}

/* names.c - see names.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/names.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One character of at most three bytes; a byte that starts none stands for itself. */
static uint32_t take_character(const uint8_t **text)
{
    const uint8_t *p = *text;
    if (p[0] >= 0xc2 && p[0] < 0xe0 && (p[1] & 0xc0) == 0x80) {
        *text += 2;
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if ((p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *text += 3;
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    *text += 1;
    return p[0];
}

static const struct fold_range {
    uint32_t first, last;
    uint32_t add; /* 1: every other character is upper case */
} folds[] = {
    { 'A', 'Z', 32 },     { 0xc0, 0xd6, 32 },   { 0xd8, 0xde, 32 },   { 0x100, 0x137, 1 },
    { 0x14a, 0x177, 1 },  { 0x391, 0x3a1, 32 }, { 0x3a3, 0x3ab, 32 }, { 0x400, 0x40f, 80 },
    { 0x410, 0x42f, 32 }, { 0x460, 0x481, 1 },  { 0x48a, 0x4bf, 1 },
};

static uint32_t fold(uint32_t c)
{
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
        if (c < folds[i].first || c > folds[i].last)
            continue;
        return folds[i].add == 1 ? c | 1 : c + folds[i].add;
    }
    return c;
}

bool sql_name_equal(const char *a, const char *b)
{
    const uint8_t *p = (const uint8_t *)a;
    const uint8_t *q = (const uint8_t *)b;
    while (*p != 0 && *q != 0)
        if (fold(take_character(&p)) != fold(take_character(&q)))
            return false;
    return *p == *q;
}

bool sql_text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

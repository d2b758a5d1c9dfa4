/* suggest.c - edit distance over short names, two rows of the table at a time. */
// SPDX-License-Identifier: Apache-2.0
#include "config/suggest.h"
#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };

static char plain(char c)
{
    return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions and replacements between two names of at most NAME_MAX_BYTES. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_BYTES + 1];
    size_t width = strlen(b);
    for (unsigned j = 0; j <= width; j++)
        row[j] = j;
    for (unsigned i = 0; a[i] != 0; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            unsigned replaced = diagonal + (plain(a[i]) != plain(b[j]));
            diagonal = row[j + 1];
            row[j + 1] = least(row[j] + 1, row[j + 1] + 1, replaced);
        }
    }
    return row[width];
}

const char *suggest_nearest(const char *name, const char *const *names, unsigned count)
{
    size_t len = strlen(name);
    const char *nearest = NULL;
    if (len > NAME_MAX_BYTES)
        return NULL;
    unsigned best = len < 4 ? 2 : (unsigned)len / 3 + 2; /* more edits than this: another word */
    for (unsigned i = 0; i < count; i++) {
        unsigned d = strlen(names[i]) <= NAME_MAX_BYTES ? distance(name, names[i]) : best;
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

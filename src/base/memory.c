/* memory.c - malloc or abort. */
// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void memory_exhausted(const char *what)
{
    fprintf(stderr, "binlogd: out of memory (%s)\n", what);
    abort();
}

static void *memory_or_abort(void *p, size_t size)
{
    char what[48];
    if (p != NULL)
        return p;
    snprintf(what, sizeof what, "%zu bytes asked for", size);
    memory_exhausted(what);
}

void *memory_new(size_t size)
{
    return memory_or_abort(calloc(1, size > 0 ? size : 1), size);
}

void *memory_resize(void *old, size_t size)
{
    return memory_or_abort(realloc(old, size > 0 ? size : 1), size);
}

char *memory_str(const char *text)
{
    return text == NULL ? NULL : memory_strn(text, strlen(text));
}

char *memory_strn(const void *text, size_t n)
{
    char *copy = memory_new(n + 1);
    if (n > 0)
        memcpy(copy, text, n);
    return copy;
}

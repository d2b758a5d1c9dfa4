/* statement_pipe.h - what the probes of SQL share: statements from standard input, each ended by a
 * NUL byte. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/err.h"

enum { STATEMENT_MAX = 1 << 20 };

static inline void must(bool ok, const struct err *err)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static inline bool is_schema_change(const char *text)
{
    static const char *const heads[] = { "CREATE", "DROP", "ALTER", "TRUNCATE" };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (strncasecmp(text, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

/* False: one was too long. */
static inline bool each_statement(void (*answer)(const char *text, void *arg), void *arg)
{
    char *text = calloc(1, STATEMENT_MAX);
    size_t len = 0;
    int c;
    while (text != NULL && len < STATEMENT_MAX && (c = getchar()) != EOF) {
        text[len++] = (char)c;
        if (c != 0)
            continue;
        answer(text, arg);
        len = 0;
    }
    free(text);
    return len < STATEMENT_MAX;
}

/* problem.c - errors with MySQL's numbers and states (problems.def). */
// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include "engine/sqlite/query/query_internal.h"

static const struct {
    uint16_t number;
    char state[6];
} problems[] = {
#define PROBLEM(name, number, state) { number, state },
#include "engine/sqlite/query/problems.def"
#undef PROBLEM
};

const char *query_state(uint16_t number)
{
    for (size_t i = 0; i < ARRAY_COUNT(problems); i++)
        if (problems[i].number == number)
            return problems[i].state;
    return "HY000";
}

bool problem(struct err *err, enum problem number, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)err_set(err, ERR_REFUSED, "%s", text);
    err->server_errno = (uint16_t)number;
    return false;
}

bool compile_fail(struct compiler *c, enum problem number, const char *format, ...)
{
    char text[512];
    va_list args;
    if (c->failed)
        return false;
    c->failed = true;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return problem(c->err, number, "%s", text);
}

bool compile_refuse(struct compiler *c, const char *what)
{
    return compile_fail(c, PROBLEM_NOT_SUPPORTED, "%s: not supported here", what);
}

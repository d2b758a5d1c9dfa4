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

const char *query_command(enum query_kind kind, bool is_written)
{
    static const char *const writes[] = {
        [QUERY_SELECT] = "SELECT", [QUERY_INSERT] = "INSERT", [QUERY_REPLACE] = "INSERT, DELETE",
        [QUERY_UPDATE] = "UPDATE", [QUERY_DELETE] = "DELETE", [QUERY_SHOW] = "SELECT",
        [QUERY_DO] = "SELECT",
    };
    return is_written ? writes[kind] : "SELECT";
}

bool query_deny(const struct query_session *session, const char *command,
                const struct query_table *table, struct err *err)
{
    const char *host = strrchr(session->user, '@');
    int name_len = host == NULL ? (int)strlen(session->user) : (int)(host - session->user);
    return problem(err, PROBLEM_TABLE_DENIED,
                   "%s command denied to user '%.*s'@'%s' for table '%s'", command, name_len,
                   session->user, host == NULL ? "" : host + 1, table->name);
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

/* call_lock.c - GET_LOCK and its family. Who holds which name is known to whoever runs the
 * statements of all sessions (query_session's named_lock); here are the arguments and the answers.
 */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include "engine/sqlite/query/function.h"

enum { NAME_CHARACTERS_MAX = 64 };

bool type_lock(struct compiler *c, struct call *call)
{
    enum { ID_DIGITS = 10 };
    (void)c;
    call->type = typed_int(call->number == QUERY_LOCK_HOLDER ? ID_DIGITS : 1, true);
    return true;
}

static size_t characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool take_name(struct evaluation *e, struct query_lock *lock)
{
    bool is_null = e->args[0].rep == REP_NULL;
    if (!is_null)
        lock->name = arg_text(e, 0);
    return (!is_null && lock->name.len > 0 && characters(lock->name) <= NAME_CHARACTERS_MAX) ||
           evaluation_fail(e, PROBLEM_LOCK_NAME, "Incorrect user-level lock name '%.*s'.",
                           is_null ? 4 : (int)lock->name.len,
                           is_null ? "NULL" : (const char *)lock->name.data);
}

/* A negative time is for ever; to MariaDB it is none, and neither is NULL. */
static bool take_timeout(struct evaluation *e, struct query_lock *lock)
{
    double seconds = 0;
    bool is_null = e->args[1].rep == REP_NULL;
    if (!is_null && !datum_to_real(e, &e->args[1], &seconds))
        return false;
    lock->is_null = !lock->ignores_case && (is_null || seconds < 0);
    bool is_endless = !(seconds >= 0) || seconds > QUERY_LOCK_SECONDS_MAX;
    lock->wait_ms =
        is_endless ? QUERY_LOCK_SECONDS_MAX * UINT64_C(1000) : (uint64_t)llround(seconds * 1000);
    return true;
}

bool eval_lock(struct evaluation *e, struct datum *out)
{
    struct query_session *session = e->call->query->session;
    struct query_lock lock = { .what = (enum query_lock_call)e->call->number,
                               .ignores_case = e->connection->engine->flavour == FLAVOUR_MYSQL };
    struct err err = { 0 };
    if (session->named_lock == NULL)
        return evaluation_fail(e, PROBLEM_NOT_SUPPORTED, "named locks: not supported here");
    if ((lock.what != QUERY_LOCK_RELEASE_ALL && !take_name(e, &lock)) ||
        (lock.what == QUERY_LOCK_GET && !take_timeout(e, &lock)))
        return false;
    if (!lock.is_null && !session->named_lock(&lock, session->named_lock_arg, &err))
        return evaluation_fail(e, PROBLEM_NOT_SUPPORTED, "%s", err.text);
    *out = lock.is_null ? datum_null() : datum_int((int64_t)lock.answer);
    return true;
}

/* named_locks.c - GET_LOCK and its family: names that one session at a time holds.
 *
 * Nobody blocks a worker for one: a statement that comes to another's name is taken back, waits in
 * a queue, and begins anew when a name was released or its time is over. So only a statement that
 * reads, and has given no row yet, may wait. A session may hold many, and one of them several
 * times; it loses all of them with its connection. The executor's lock guards them. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "base/clock.h"
#include "execute/state.h"

enum { NAMED_LOCKS_MAX = 10000 };

static bool is_called(const struct named_lock *lock, const struct query_lock *call)
{
    const char *name = (const char *)call->name.data;
    size_t len = call->name.len;
    return strlen(lock->name) == len && (call->ignores_case ? strncasecmp(lock->name, name, len)
                                                            : memcmp(lock->name, name, len)) == 0;
}

/* Where it is, or would be. */
static struct named_lock **find(struct executor *x, const struct query_lock *call)
{
    struct named_lock **at = &x->named_locks;
    while (*at != NULL && !is_called(*at, call))
        at = &(*at)->next;
    return at;
}

static void drop(struct executor *x, struct named_lock **at)
{
    struct named_lock *lock = *at;
    *at = lock->next;
    free(lock->name);
    free(lock);
    x->named_lock_count--;
    x->locks_released++;
    executor_wake_locked(x);
}

static bool add(struct execution *e, struct named_lock **at, struct bytes name, struct err *err)
{
    struct executor *x = e->executor;
    if (x->named_lock_count == NAMED_LOCKS_MAX)
        return err_set(err, ERR_REFUSED, "more than %d named locks: not supported here",
                       NAMED_LOCKS_MAX);
    struct named_lock *lock = memory_new(sizeof *lock);
    *lock = (struct named_lock){ memory_strn(name.data, name.len), e, 1, NULL };
    *at = lock;
    x->named_lock_count++;
    e->named_locks++;
    return true;
}

/* False: it has to wait, and its statement is to be taken back. */
static bool wait(struct execution *e, struct query_lock *call, struct err *err)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (e->lock_until_ms == 0)
        e->lock_until_ms = now_ms + call->wait_ms;
    call->answer = 0;
    if (now_ms >= e->lock_until_ms)
        return true;
    if (!statement_may_begin_anew(e))
        return err_set(err, ERR_REFUSED,
                       "waiting for a named lock where rows are written, or behind a row of the "
                       "result: not supported here");
    e->must_wait = true;
    e->locks_seen = e->executor->locks_released;
    return err_set(err, ERR_REFUSED, "it waits for a named lock");
}

static bool get(struct execution *e, struct query_lock *call, struct err *err)
{
    struct named_lock **at = find(e->executor, call);
    call->answer = 1;
    if (*at == NULL)
        return add(e, at, call->name, err);
    if ((*at)->holder != e)
        return wait(e, call, err);
    (*at)->count++;
    return true;
}

static void release(struct execution *e, struct query_lock *call)
{
    struct named_lock **at = find(e->executor, call);
    call->is_null = *at == NULL;
    call->answer = *at != NULL && (*at)->holder == e;
    if (call->answer == 0 || --(*at)->count > 0)
        return;
    e->named_locks--;
    drop(e->executor, at);
}

static uint64_t release_all(struct execution *e)
{
    uint64_t count = 0;
    struct named_lock **at = &e->executor->named_locks;
    while (*at != NULL && e->named_locks > 0) {
        if ((*at)->holder != e) {
            at = &(*at)->next;
            continue;
        }
        count += (*at)->count;
        e->named_locks--;
        drop(e->executor, at);
    }
    return count;
}

static bool answer(struct execution *e, struct query_lock *call, struct err *err)
{
    const struct named_lock *lock =
        call->what == QUERY_LOCK_RELEASE_ALL ? NULL : *find(e->executor, call);
    switch (call->what) {
    case QUERY_LOCK_GET:
        return get(e, call, err);
    case QUERY_LOCK_RELEASE:
        release(e, call);
        return true;
    case QUERY_LOCK_RELEASE_ALL:
        call->answer = release_all(e);
        return true;
    case QUERY_LOCK_IS_FREE:
        call->answer = lock == NULL;
        return true;
    case QUERY_LOCK_HOLDER:
        break;
    }
    call->is_null = lock == NULL;
    call->answer = lock == NULL ? 0 : lock->holder->session.connection_id;
    return true;
}

bool named_locks_call(struct query_lock *call, void *arg, struct err *err)
{
    struct execution *e = arg;
    pthread_mutex_lock(&e->executor->lock);
    bool ok = answer(e, call, err);
    pthread_mutex_unlock(&e->executor->lock);
    return ok;
}

void named_locks_release_all(struct execution *e)
{
    if (e->named_locks == 0)
        return;
    pthread_mutex_lock(&e->executor->lock);
    (void)release_all(e);
    pthread_mutex_unlock(&e->executor->lock);
}

/* writer.c - the writer's thread: whose turn it is, and the flush that several share. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <time.h>
#include "base/clock.h"
#include "execute/state.h"

enum {
    IDLE_MS = 500,
    FLUSH_TOGETHER_MAX = 64,
    COMPANY_US_MAX = 500, /* a flush waits no longer for those who shared the last one, */
    COMPANY_SHARE = 4,    /* and no longer than this part of what that took */
};

static struct execution *next_write(struct executor *x)
{
    if (x->fences.first != NULL)
        return queue_take(&x->fences);
    struct execution *e = x->owner != NULL    ? x->owner
                          : x->locker != NULL ? x->locker
                                              : x->writes.first;
    return e != NULL && queue_remove(&x->writes, e) ? e : NULL;
}

/* False: nothing came until then. */
static bool wait_for_write(struct executor *x, uint64_t until_us)
{
    struct timespec until = { .tv_sec = (time_t)(until_us / 1000000),
                              .tv_nsec = (long)(until_us % 1000000) * 1000 };
    return pthread_cond_timedwait(&x->writer_wake, &x->lock, &until) != ETIMEDOUT;
}

static void rest(struct executor *x, bool is_idle)
{
    const struct execute_writer *writer = executor_writer(x);
    struct err err = { 0 };
    if (x->owner != NULL || writer->has_failed(writer->arg))
        return;
    pthread_mutex_unlock(&x->lock);
    bool ok = writer->rest(writer->arg, is_idle, &err);
    if (!ok)
        x->options.on_failure(&err, x->options.arg);
    pthread_mutex_lock(&x->lock);
    x->is_stopping = x->is_stopping || !ok;
}

/* One sync, then all answers that waited for it; with the lock, which is given up meanwhile. */
static void flush(struct executor *x)
{
    const struct execute_writer *writer = executor_writer(x);
    struct err err = { 0 };
    struct execution *e;
    if (x->logged_count == 0)
        return;
    pthread_mutex_unlock(&x->lock);
    uint64_t start_us = clock_monotonic_us();
    bool ok = writer->flush(writer->arg, &err);
    if (!ok)
        x->options.on_failure(&err, x->options.arg);
    pthread_mutex_lock(&x->lock);
    x->flushed_together = x->logged_count;
    x->flush_us = clock_monotonic_us() - start_us;
    while ((e = queue_take(&x->logged)) != NULL) {
        if (!ok)
            statement_fail_flush(e, &err);
        executor_make_ready(x, e, EXECUTION_READY);
    }
    x->logged_count = 0;
    x->is_stopping = x->is_stopping || !ok;
}

/* What waits for no client is run before the flush that is due, to share it. */
static bool shares_flush(const struct executor *x)
{
    return x->logged_count < FLUSH_TOGETHER_MAX && x->owner == NULL && x->locker == NULL &&
           x->fences.first == NULL && x->writes.first != NULL &&
           statement_may_share(x->writes.first);
}

/* Who shared the last flush has his answer since, and mostly comes again within a moment: without
 * waiting, the first one to come would have the next flush alone, and the others the one after. */
static void wait_for_company(struct executor *x)
{
    uint64_t patience_us = x->flush_us / COMPANY_SHARE;
    if (patience_us > COMPANY_US_MAX)
        patience_us = COMPANY_US_MAX;
    while (x->logged_count < x->flushed_together && x->writes.first == NULL && !x->is_stopping &&
           wait_for_write(x, x->logged_us + patience_us))
        ;
}

static void write_all(struct executor *x)
{
    while (!x->is_stopping && !x->ends_writing) {
        if (x->logged_count > 0 && x->owner == NULL && x->locker == NULL)
            wait_for_company(x);
        if (!shares_flush(x))
            flush(x);
        struct execution *e = next_write(x);
        x->writer_runs = e != NULL;
        if (e != NULL)
            executor_run_one(x, e, PLACE_WRITER);
        x->writer_runs = false;
        if (x->logged_count > 0)
            continue;
        if (e != NULL)
            rest(x, false);
        else if (!wait_for_write(x, clock_monotonic_us() + IDLE_MS * 1000))
            rest(x, true);
    }
    flush(x);
}

void *writer_main(void *arg)
{
    struct executor *x = arg;
    struct engine *engine = x->options.engine;
    struct err err = { 0 };
    bool ok = engine->ops->query->open(engine, QUERY_WRITE, &x->writer, &err);
    if (!ok)
        x->options.on_failure(&err, x->options.arg);
    pthread_mutex_lock(&x->lock);
    if (ok)
        write_all(x);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

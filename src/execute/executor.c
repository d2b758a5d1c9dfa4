/* executor.c - whose an execution is: its moves between the loop, the queues and the workers.
 *
 *   IDLE ──start──> WAITS ──> RUNS ──> READY ──next──> SENDING ──go on──> WAITS | IDLE
 *     └────try────> RUNS (on the loop's thread) ──> SENDING | WAITS
 *     └──────────── leave, from anywhere ──────────> GONE ──next──> freed
 *
 * Reads are taken in order. Of writes, while a transaction has the writer, only its own statements
 * are taken, and between transactions those of who has locked tables; else the one that came first.
 */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "execute"
#include "execute/execute.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "execute/state.h"

enum { READERS = 2, ROOM_MAX = 64 * 1024 };

/* ---- moves; under the lock ---- */

static void wait_in(struct executor *x, struct execution *e, enum place place)
{
    e->state = EXECUTION_WAITS;
    e->place = place;
    e->deadline_ms = clock_monotonic_ms() + (uint64_t)e->request.lock_wait_s * 1000;
    bool is_fence = e->request.kind == EXECUTE_FENCE;
    queue_add(place != PLACE_WRITER ? &x->reads : is_fence ? &x->fences : &x->writes, e);
    pthread_cond_signal(place == PLACE_WRITER ? &x->writer_wake : &x->reader_wake);
}

void executor_wake_locked(struct executor *x)
{
    struct execution *e;
    while ((e = queue_take(&x->locked)) != NULL)
        wait_in(x, e, e->place);
}

void executor_make_ready(struct executor *x, struct execution *e, enum execution_state state)
{
    e->state = state;
    queue_add(&x->ready, e);
    x->options.on_ready(x->options.arg);
}

static void settle(struct executor *x, struct execution *e, enum step step)
{
    if (step == STEP_TO_WRITER || step == STEP_TO_READER) {
        wait_in(x, e, step == STEP_TO_WRITER ? PLACE_WRITER : PLACE_READER);
    } else if (step == STEP_NO_READER) {
        e->state = EXECUTION_WAITS;
        e->deadline_ms = clock_monotonic_ms() + (uint64_t)e->request.lock_wait_s * 1000;
        queue_add(&x->starved, e);
    } else if (step == STEP_LOCKED) {
        e->state = EXECUTION_WAITS;
        queue_add(&x->locked, e);
        if (e->locks_seen != x->locks_released)
            executor_wake_locked(x);
    } else if (step == STEP_LOGGED) {
        e->state = EXECUTION_WAITS;
        queue_add(&x->logged, e);
        if (x->logged_count++ == 0)
            x->logged_us = clock_monotonic_us();
    } else {
        executor_make_ready(x, e, EXECUTION_READY);
    }
}

/* Who waits for a reader's connection, while one may be had. */
static void feed_starved(struct executor *x)
{
    if (x->starved.first != NULL &&
        (x->idle_reader_count > 0 || x->open_readers < EXECUTE_READERS_MAX))
        wait_in(x, queue_take(&x->starved), PLACE_READER);
}

static enum step run_and_note(struct execution *e, enum place place)
{
    uint64_t start_us = clock_monotonic_us();
    enum step step = statement_step(e, place);
    if (step == STEP_OUTPUT && e->is_whole && statement_may_run_here(e, place))
        here_note(e, clock_monotonic_us() - start_us);
    return step;
}

void executor_run_one(struct executor *x, struct execution *e, enum place place)
{
    e->state = EXECUTION_RUNS;
    e->place = place;
    bool has_left = e->has_left;
    pthread_mutex_unlock(&x->lock);
    enum step step = STEP_OUTPUT;
    if (has_left)
        statement_abandon(e);
    else
        step = run_and_note(e, place);
    pthread_mutex_lock(&x->lock);
    if (!has_left && e->has_left) { /* meanwhile */
        pthread_mutex_unlock(&x->lock);
        statement_abandon(e);
        has_left = true;
        pthread_mutex_lock(&x->lock);
    }
    if (has_left)
        executor_make_ready(x, e, EXECUTION_GONE);
    else
        settle(x, e, step);
    feed_starved(x);
}

const struct execute_writer *executor_writer(struct executor *x)
{
    return atomic_load(&x->changes);
}

void executor_own(struct executor *x, struct execution *owner)
{
    pthread_mutex_lock(&x->lock);
    x->owner = owner;
    pthread_mutex_unlock(&x->lock);
}

void executor_lock(struct executor *x, struct execution *locker)
{
    pthread_mutex_lock(&x->lock);
    x->locker = locker;
    pthread_cond_signal(&x->writer_wake);
    pthread_mutex_unlock(&x->lock);
}

bool executor_has_free_reader(struct executor *x)
{
    pthread_mutex_lock(&x->lock);
    bool has = x->reads.first == NULL && x->readers_at_work < x->reader_count;
    pthread_mutex_unlock(&x->lock);
    return has;
}

/* ---- threads ---- */

static void *reader_main(void *arg)
{
    struct executor *x = arg;
    pthread_mutex_lock(&x->lock);
    while (!x->is_stopping) {
        struct execution *e = queue_take(&x->reads);
        if (e != NULL) {
            x->readers_at_work++;
            executor_run_one(x, e, PLACE_READER);
            x->readers_at_work--;
        } else {
            pthread_cond_wait(&x->reader_wake, &x->lock);
        }
    }
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

struct executor *executor_new(const struct executor_options *options)
{
    struct executor *x = memory_new(sizeof *x);
    pthread_condattr_t monotonic;
    x->options = *options;
    if (options->readers == 0)
        x->options.readers = READERS;
    pthread_mutex_init(&x->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&x->reader_wake, NULL);
    pthread_cond_init(&x->writer_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    queue_init(&x->reads);
    queue_init(&x->writes);
    queue_init(&x->fences);
    queue_init(&x->starved);
    queue_init(&x->locked);
    queue_init(&x->ready);
    queue_init(&x->logged);
    return x;
}

static bool start_thread(pthread_t *thread, void *(*run)(void *), struct executor *x,
                         struct err *err)
{
    errno = pthread_create(thread, NULL, run, x);
    return errno == 0 || err_sys(err, "start a thread for statements");
}

bool executor_start(struct executor *x, struct err *err)
{
    x->reader_threads = memory_new(x->options.readers * sizeof *x->reader_threads);
    while (x->reader_count < x->options.readers) {
        if (!start_thread(&x->reader_threads[x->reader_count], reader_main, x, err))
            return false;
        x->reader_count++;
    }
    return x->options.writer == NULL || executor_allow_writes(x, x->options.writer, err);
}

bool executor_allow_writes(struct executor *x, const struct execute_writer *writer, struct err *err)
{
    assert(executor_writer(x) == NULL);
    atomic_store(&x->changes, writer);
    x->has_writer_thread = start_thread(&x->writer_thread, writer_main, x, err);
    return x->has_writer_thread;
}

bool executor_hold_writes(struct executor *x, bool on)
{
    pthread_mutex_lock(&x->lock);
    if (on && x->locker == NULL)
        x->locker = &x->nobody;
    if (!on && x->locker == &x->nobody)
        x->locker = NULL;
    bool is_quiet = x->locker == &x->nobody && x->owner == NULL && !x->writer_runs &&
                    !x->writes_here && x->logged_count == 0;
    pthread_cond_signal(&x->writer_wake);
    pthread_mutex_unlock(&x->lock);
    return is_quiet;
}

static void end_writer(struct executor *x)
{
    if (x->has_writer_thread)
        pthread_join(x->writer_thread, NULL);
    x->has_writer_thread = false;
    if (x->writer != NULL)
        x->options.engine->ops->query->close(x->writer);
    x->writer = NULL;
}

/* Who waited to write learns from a reader that this is over. */
void executor_forbid_writes(struct executor *x)
{
    struct execution *e;
    pthread_mutex_lock(&x->lock);
    assert(x->locker == &x->nobody && x->owner == NULL);
    x->ends_writing = true;
    pthread_cond_broadcast(&x->writer_wake);
    pthread_mutex_unlock(&x->lock);
    end_writer(x);
    pthread_mutex_lock(&x->lock);
    atomic_store(&x->changes, NULL);
    while ((e = queue_take(&x->writes)) != NULL || (e = queue_take(&x->fences)) != NULL)
        wait_in(x, e, PLACE_READER);
    x->locker = NULL;
    x->ends_writing = false;
    pthread_mutex_unlock(&x->lock);
}

/* No other thread is left: who still waits is through. */
static void end_queue(struct executor *x, struct execution_queue *queue)
{
    struct execution *e;
    while ((e = queue_take(queue)) != NULL) {
        statement_abandon(e);
        e->state = EXECUTION_GONE;
        queue_add(&x->ready, e);
    }
}

void executor_stop(struct executor *x)
{
    pthread_mutex_lock(&x->lock);
    x->is_stopping = true;
    pthread_cond_broadcast(&x->reader_wake);
    pthread_cond_broadcast(&x->writer_wake);
    pthread_mutex_unlock(&x->lock);
    for (unsigned i = 0; i < x->reader_count; i++)
        pthread_join(x->reader_threads[i], NULL);
    x->reader_count = 0;
    end_writer(x);
    end_queue(x, &x->reads);
    end_queue(x, &x->writes);
    end_queue(x, &x->fences);
    end_queue(x, &x->starved);
    end_queue(x, &x->locked);
    readers_close(x);
}

void executor_free(struct executor *x)
{
    if (x == NULL)
        return;
    executor_stop(x);
    pthread_cond_destroy(&x->reader_wake);
    pthread_cond_destroy(&x->writer_wake);
    pthread_mutex_destroy(&x->lock);
    free(x->reader_threads);
    free(x->room.data);
    free(x);
}

/* Who has waited long enough for a named lock, or was killed, is told so by its own statement. */
static void wake_late(struct executor *x, uint64_t now_ms)
{
    struct execution *next;
    for (struct execution *e = x->locked.first; e != NULL; e = next) {
        next = e->next;
        if (now_ms < e->lock_until_ms && !atomic_load(&e->is_cancelled))
            continue;
        (void)queue_remove(&x->locked, e);
        wait_in(x, e, e->place);
    }
}

static void expire(struct executor *x, struct execution_queue *queue, uint64_t now_ms)
{
    struct execution *next;
    for (struct execution *e = queue->first; e != NULL; e = next) {
        next = e->next;
        bool is_late = now_ms >= e->deadline_ms || atomic_load(&e->is_cancelled);
        if (!is_late || e == x->owner || e == x->locker || e->has_left)
            continue;
        (void)queue_remove(queue, e);
        statement_expire(e);
        executor_make_ready(x, e, EXECUTION_READY);
    }
}

void executor_tick(struct executor *x)
{
    pthread_mutex_lock(&x->lock);
    expire(x, &x->writes, clock_monotonic_ms());
    expire(x, &x->starved, clock_monotonic_ms());
    wake_late(x, clock_monotonic_ms());
    pthread_mutex_unlock(&x->lock);
}

/* ---- the loop thread ---- */

/* The room that an answer was made in is the next one's. */
static void keep_room(struct executor *x, struct buf *out)
{
    if (x->room.data == NULL && out->cap <= ROOM_MAX) {
        x->room = *out;
        out->data = NULL;
        out->cap = 0;
    }
    buf_clear(out);
}

static void take_room(struct executor *x, struct buf *out)
{
    if (out->data != NULL || x->room.data == NULL)
        return;
    out->data = x->room.data;
    out->cap = x->room.cap;
    x->room.data = NULL;
}

static void take_request(struct execution *e, const struct execute_request *request)
{
    assert(e->state == EXECUTION_IDLE);
    e->request = *request;
    execution_copy_texts(e);
    e->text_hash = here_hash(e);
    here_count(e);
    take_room(e->executor, &e->out);
    e->number = request->number;
    e->is_whole = false;
    e->gtid.kind = GTID_NONE;
    e->lock_until_ms = 0;
    atomic_store(&e->is_cancelled, false);
}

void execution_start(struct execution *e, const struct execute_request *request)
{
    struct executor *x = e->executor;
    take_request(e, request);
    pthread_mutex_lock(&x->lock);
    wait_in(x, e, statement_place(e));
    pthread_mutex_unlock(&x->lock);
}

static void hurry(struct execution *e)
{
    struct executor *x = e->executor;
    if (e->place == PLACE_READER)
        readers_hurry(e);
    else
        x->options.engine->ops->query->hurry(x->writer, e->is_here);
}

static enum step run_here(struct execution *e, enum place place)
{
    uint64_t start_us = clock_monotonic_us();
    e->state = EXECUTION_RUNS;
    e->place = place;
    e->is_here = true;
    e->was_long = false;
    hurry(e);
    enum step step = statement_step(e, place);
    e->is_here = false;
    hurry(e);
    here_ran(e, clock_monotonic_us() - start_us);
    return step;
}

/* While a transaction has the writer, its thread does nothing but wait for that one's next
 * statement: so this thread may run it. */
static bool has_writer(struct execution *e)
{
    struct executor *x = e->executor;
    pthread_mutex_lock(&x->lock);
    bool has = x->owner == e && !x->is_stopping;
    x->writes_here = has;
    pthread_mutex_unlock(&x->lock);
    return has;
}

bool execution_try(struct execution *e, const struct execute_request *request)
{
    struct executor *x = e->executor;
    take_request(e, request);
    enum place place = statement_place(e);
    bool is_tried = here_may_run(e) && statement_may_run_here(e, place) &&
                    (place == PLACE_READER || has_writer(e));
    enum step step = is_tried ? run_here(e, place) : STEP_TO_READER;
    pthread_mutex_lock(&x->lock);
    if (step == STEP_OUTPUT)
        e->state = EXECUTION_SENDING;
    else if (is_tried)
        settle(x, e, step);
    else
        wait_in(x, e, place);
    x->writes_here = false;
    if (x->owner == NULL && x->writes.first != NULL) /* it may have lost its transaction */
        pthread_cond_signal(&x->writer_wake);
    feed_starved(x);
    pthread_mutex_unlock(&x->lock);
    return step == STEP_OUTPUT;
}

struct execution *executor_next(struct executor *x)
{
    pthread_mutex_lock(&x->lock);
    struct execution *e = queue_take(&x->ready);
    if (e != NULL && e->state == EXECUTION_READY)
        e->state = EXECUTION_SENDING;
    pthread_mutex_unlock(&x->lock);
    return e;
}

void execution_go_on(struct execution *e)
{
    struct executor *x = e->executor;
    assert(e->state == EXECUTION_SENDING);
    buf_reset(&e->out);
    if (!e->is_whole) {
        pthread_mutex_lock(&x->lock);
        wait_in(x, e, e->place);
        pthread_mutex_unlock(&x->lock);
        return;
    }
    keep_room(x, &e->out);
    free(e->text);
    e->text = NULL;
    e->state = EXECUTION_IDLE;
}

void execution_cancel(struct execution *e)
{
    atomic_store(&e->is_cancelled, true);
    executor_tick(e->executor);
}

/* Something is open that only a worker may let go of. */
static bool holds_something(const struct execution *e)
{
    return e->executor->owner == e || e->lock != LOCK_NONE || e->named_locks > 0 ||
           e->reader != NULL || e->query != NULL;
}

struct execution *executor_awaited(struct executor *x)
{
    pthread_mutex_lock(&x->lock);
    struct execution *e = x->writes.first != NULL ? x->owner : NULL;
    bool is_idle = e != NULL && e->state == EXECUTION_IDLE;
    pthread_mutex_unlock(&x->lock);
    return is_idle ? e : NULL;
}

bool execution_holds_writer(const struct execution *e)
{
    struct executor *x = e->executor;
    pthread_mutex_lock(&x->lock);
    bool holds = x->owner == e || x->locker == e;
    pthread_mutex_unlock(&x->lock);
    return holds;
}

void execution_leave(struct execution *e)
{
    struct executor *x = e->executor;
    struct execution_queue *queues[] = { &x->reads,  &x->writes, &x->fences, &x->starved,
                                         &x->locked, &x->ready,  &x->logged };
    pthread_mutex_lock(&x->lock);
    e->has_left = true;
    atomic_store(&e->is_cancelled, true);
    if (e->state != EXECUTION_RUNS) { /* else its worker sees it */
        for (size_t i = 0; i < ARRAY_COUNT(queues); i++)
            (void)queue_remove(queues[i], e);
        if (holds_something(e)) {
            wait_in(x, e, x->owner == e ? PLACE_WRITER : PLACE_READER);
        } else {
            statement_abandon(e);
            executor_make_ready(x, e, EXECUTION_GONE);
        }
    }
    pthread_mutex_unlock(&x->lock);
}

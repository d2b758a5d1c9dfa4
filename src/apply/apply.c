/* apply.c - see apply.h: the loop, commits, waiting, and what happens after a failure.
 *
 *   applying --log is read to its end--> waiting --more--> applying
 *   applying --failure--> checking: everything since the last commit again, one transaction a
 *                         commit; past the place of the failure back to applying
 *   checking --failure--> stopped: that is the transaction, and all before it is committed
 *   the log failed --> stopped: what was read ahead of the durable end is rolled back */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "apply"
#include "apply/apply.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define DEFAULT_BATCH_BYTES ((uint64_t)32 << 20)
enum {
    DEFAULT_BATCH_TRANSACTIONS = 50000,
    BATCH_ROWS_MAX = 500000, /* of those that are not folded, too */
    IDLE_WAIT_MS = 500,
    SYNC_BUSY_MS = 10000, /* between syncs of the engine under load */
    CANCEL_CHECK_EVENTS = 1024,
    SCRATCH_MAX = (1 << 30) + (64 << 20),
};

struct apply *apply_new(const struct apply_options *options)
{
    struct apply *apply = memory_new(sizeof *apply);
    apply->options = *options;
    until_copy(&options->until, &apply->options.until);
    if (apply->options.batch_bytes == 0)
        apply->options.batch_bytes = DEFAULT_BATCH_BYTES;
    if (apply->options.batch_transactions == 0)
        apply->options.batch_transactions = DEFAULT_BATCH_TRANSACTIONS;
    apply->fold = fold_new();
    buf_init(&apply->scratch, SCRATCH_MAX);
    buf_init(&apply->documents, SCRATCH_MAX);
    apply->append = append_new();
    apply->payload = payload_reader_new();
    stream_init(&apply->stream);
    apply->position.gtids = gtid_set_new();
    apply->shared.gtids = gtid_set_new();
    apply->shared.status.state = "starting";
    pthread_mutex_init(&apply->shared.lock, NULL);
    return apply;
}

void apply_free(struct apply *apply)
{
    if (apply == NULL)
        return;
    cursor_free(apply->cursor);
    fold_free(apply->fold);
    table_cache_retire(&apply->tables);
    table_cache_sweep(&apply->tables);
    buf_clear(&apply->scratch);
    buf_clear(&apply->documents);
    append_free(apply->append);
    payload_reader_free(apply->payload);
    position_clear(&apply->position);
    gtid_set_free(apply->shared.gtids);
    until_clear(&apply->options.until);
    pthread_mutex_destroy(&apply->shared.lock);
    free(apply);
}

bool apply_is_cancelled(const struct apply *apply)
{
    return apply->options.cancel != NULL && cancel_fired(apply->options.cancel);
}

/* ---- what others see ---- */

void apply_set_state(struct apply *apply, const char *state)
{
    pthread_mutex_lock(&apply->shared.lock);
    apply->shared.status.state = state;
    pthread_mutex_unlock(&apply->shared.lock);
}

static void publish_position(struct apply *apply)
{
    struct apply_shared *shared = &apply->shared;
    struct gtid_set *gtids = gtid_set_copy(apply->position.gtids);
    pthread_mutex_lock(&shared->lock);
    struct gtid_set *old = shared->gtids;
    shared->gtids = gtids;
    snprintf(shared->status.file, sizeof shared->status.file, "%s", apply->position.file);
    shared->status.offset = apply->position.offset;
    shared->status.log_end = apply->end;
    shared->status.repairing = apply->repairing;
    shared->status.last_commit_us = apply->position.last_commit_us;
    pthread_mutex_unlock(&shared->lock);
    gtid_set_free(old);
}

static bool publish_prepared(struct apply *apply, struct err *err)
{
    struct apply_prepared prepared = { 0 };
    if (!apply_read_prepared(apply, &prepared, err))
        return false;
    pthread_mutex_lock(&apply->shared.lock);
    apply->shared.status.prepared = prepared;
    pthread_mutex_unlock(&apply->shared.lock);
    return true;
}

static void publish_commit(struct apply *apply)
{
    struct apply_status *status = &apply->shared.status;
    publish_position(apply);
    pthread_mutex_lock(&apply->shared.lock);
    status->transactions += apply->batch_transactions - apply->batch_skipped;
    status->skipped += apply->batch_skipped;
    status->rows += apply->batch_rows;
    status->batch = apply->batch_transactions;
    status->commits++;
    if (apply->transaction.timestamp != 0)
        status->last_timestamp = apply->transaction.timestamp;
    pthread_mutex_unlock(&apply->shared.lock);
    if (apply->options.on_commit != NULL)
        apply->options.on_commit(&apply->position, apply->options.on_commit_arg);
}

void apply_status(struct apply *apply, struct apply_status *out)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    pthread_mutex_lock(&apply->shared.lock);
    free(out->gtids);
    *out = apply->shared.status;
    gtid_set_print(apply->shared.gtids, &text);
    out->gtid_count = gtid_set_count(apply->shared.gtids);
    pthread_mutex_unlock(&apply->shared.lock);
    out->gtids = memory_str(buf_cstr(&text));
    buf_clear(&text);
}

void apply_status_clear(struct apply_status *status)
{
    free(status->gtids);
    *status = (struct apply_status){ 0 };
}

struct log_pos apply_synced_end(struct apply *apply)
{
    pthread_mutex_lock(&apply->shared.lock);
    struct log_pos end = apply->shared.synced;
    pthread_mutex_unlock(&apply->shared.lock);
    return end;
}

/* ---- commits ---- */

static void forget_batch(struct apply *apply)
{
    apply->batch_transactions = 0;
    apply->batch_rows = 0;
    apply->batch_direct = 0;
    apply->batch_skipped = 0;
    apply->batch_spilled = false;
}

/* The log may still be syncing what was read ahead: here, where nobody sees it yet, is its end
 * waited for. */
static bool commit_when_durable(struct apply *apply, struct err *err)
{
    struct engine *engine = apply->options.engine;
    if (engine->ops->prepare != NULL && !engine->ops->prepare(engine, &apply->position, err))
        return false;
    return store_wait_durable(apply->options.store, apply->end, err) &&
           engine->ops->commit(engine, &apply->position, err);
}

bool apply_commit(struct apply *apply, struct err *err)
{
    if (log_pos_compare(apply->end, apply->committed) == 0)
        return true;
    if (!apply_flush(apply, err) || !apply_open_engine(apply, err) ||
        !commit_when_durable(apply, err))
        return false;
    apply->in_engine = false;
    apply->committed = apply->end;
    publish_commit(apply);
    forget_batch(apply);
    return !apply->xa.changed || publish_prepared(apply, err);
}

bool apply_sync_engine(struct apply *apply, struct err *err)
{
    struct engine *engine = apply->options.engine;
    apply->synced_at_ms = clock_monotonic_ms();
    if (log_pos_compare(apply_synced_end(apply), apply->committed) == 0)
        return true;
    if (!engine->ops->sync(engine, err))
        return false;
    pthread_mutex_lock(&apply->shared.lock);
    apply->shared.synced = apply->committed;
    pthread_mutex_unlock(&apply->shared.lock);
    return true;
}

static void roll_back(struct apply *apply)
{
    fold_reset(apply->fold);
    table_cache_retire(&apply->tables);
    table_cache_sweep(&apply->tables);
    apply->options.engine->ops->rollback(apply->options.engine);
    apply->in_engine = false;
    forget_batch(apply);
    apply->transaction = (struct apply_transaction){ 0 };
    apply->xa.open = false;
}

/* ---- where to start ---- */

/* A place that the log does not have: the source lost its tail, or another log has its names. */
static bool misfit(const struct position *p, struct err *err)
{
    if (err->code != ERR_CONFLICT)
        return err_wrap(err, "the engine is at %s, %llu", p->file, (unsigned long long)p->offset);
    struct err reason = *err;
    return err_set(err, ERR_CONFLICT,
                   "the data is at %s, %llu, and the log here does not have that place (%s): the "
                   "source lost the tail of its log, or this is another log. Make a new copy into "
                   "an empty --data directory",
                   p->file, (unsigned long long)p->offset, reason.text);
}

static bool open_cursor(struct apply *apply, struct err *err)
{
    struct store *store = apply->options.store;
    struct position *p = &apply->position;
    struct log_pos at = { .offset = p->offset };
    cursor_free(apply->cursor);
    apply->cursor = NULL;
    apply->is_found_by_gtid = !store_find_file(store, p->file, &at.file);
    if (!apply->is_found_by_gtid) {
        if (!cursor_open(store, at, "apply", &apply->cursor, err))
            return misfit(p, err);
    } else if (gtid_set_is_empty(p->gtids)) {
        return err_set(
            err, ERR_CONFLICT,
            "the engine is at %s, %llu, but the log here does not hold that file: remove "
            "the data directory and make a new copy of the source",
            p->file, (unsigned long long)p->offset);
    } else if (!cursor_open_after(store, p->gtids, "apply", &apply->cursor, err)) {
        return false;
    }
    cursor_read_ahead(apply->cursor);
    stream_init(&apply->stream);
    const struct format *format = cursor_format(apply->cursor);
    if (format != NULL) {
        apply->stream.format = *format;
        apply->stream.has_format = true;
    }
    apply->end = apply->committed = cursor_event_end(apply->cursor);
    apply->position_file = UINT64_MAX; /* the name may be of a source before this one */
    return true;
}

/* Before anything is applied: the place may be behind, or be none. */
static bool check_until(struct apply *apply, struct err *err)
{
    const struct until *until = &apply->options.until;
    if (until->kind != UNTIL_NOTHING && apply->repairing)
        return err_set(err, ERR_CONFLICT,
                       "the first copy is not whole before it has come to %s, %llu: START REPLICA "
                       "without UNTIL",
                       apply->position.repair_until_file,
                       (unsigned long long)apply->position.repair_until_offset);
    apply->is_at_end =
        until_is_reached(until, apply->position.gtids, apply->options.store, apply->end);
    return until_check(until, apply->options.store, err);
}

static bool start(struct apply *apply, struct err *err)
{
    struct engine *engine = apply->options.engine;
    position_clear(&apply->position);
    if (!engine->ops->position(engine, &apply->position, err))
        return false;
    if (apply->position.file[0] == '\0')
        return err_set(err, ERR_CONFLICT,
                       "the engine holds no complete copy of the source: make one first");
    if (apply->position.gtids == NULL)
        apply->position.gtids = gtid_set_new();
    apply->repairing = apply->position.repair_until_file[0] != '\0';
    if (!open_cursor(apply, err) || !check_until(apply, err))
        return false;
    publish_position(apply);
    return publish_prepared(apply, err);
}

/* ---- the loop ---- */

static bool batch_is_full(const struct apply *apply)
{
    return apply->batch_transactions >= apply->options.batch_transactions ||
           apply->batch_rows >= BATCH_ROWS_MAX ||
           apply->batch_direct >= apply->options.batch_bytes || apply->batch_spilled ||
           apply->one_by_one || apply->transaction.has_ddl;
}

/* The failure did not come back: it was passing (a lock) or only the sharing of a commit's. */
static void end_checking(struct apply *apply)
{
    log_info("past the place of the failure: going on as before");
    apply->one_by_one = false;
    apply_set_state(apply, "applying");
}

static bool take_event(struct apply *apply, const struct event *event, struct err *err)
{
    if (!apply_event(apply, event, err))
        return false;
    if (apply->transaction.open || apply->batch_transactions == 0 || !batch_is_full(apply))
        return true;
    if (!apply_commit(apply, err))
        return apply_wrap_place(apply, event, err);
    apply->transaction.has_ddl = false;
    if (apply->one_by_one && log_pos_compare(apply->end, apply->one_by_one_until) > 0)
        end_checking(apply);
    return clock_monotonic_ms() - apply->synced_at_ms < SYNC_BUSY_MS ||
           apply_sync_engine(apply, err);
}

/* Everything appended has been read. */
static bool wait_for_more(struct apply *apply, struct err *err)
{
    struct store *store = apply->options.store;
    struct log_pos seen = cursor_event_end(apply->cursor);
    if (!apply->transaction.open && !apply_commit(apply, err))
        return false;
    if (apply_is_cancelled(apply) || log_pos_compare(store_appended_end(store), seen) > 0)
        return true;
    apply->is_at_end = apply->options.until_end;
    if (apply->is_at_end)
        return true;
    apply_set_state(apply, apply->one_by_one ? "checking" : "waiting");
    if (!store_wait_appended(store, seen, IDLE_WAIT_MS, err))
        return false;
    if (log_pos_compare(store_appended_end(store), seen) > 0) {
        apply_set_state(apply, apply->one_by_one ? "checking" : "applying");
        return true;
    }
    return apply_sync_engine(apply, err); /* idle: now purge may follow */
}

static bool follow(struct apply *apply, struct err *err)
{
    struct event event;
    for (unsigned count = 0; !apply->is_at_end; count++) {
        if (count % CANCEL_CHECK_EVENTS == 0 && apply_is_cancelled(apply))
            return true;
        switch (cursor_next(apply->cursor, &event, err)) {
        case CURSOR_EVENT:
            if (!take_event(apply, &event, err))
                return err->code == ERR_CANCELLED && apply_is_cancelled(apply);
            break;
        case CURSOR_END:
            if (!wait_for_more(apply, err))
                return false;
            if (apply_is_cancelled(apply))
                return true;
            break;
        case CURSOR_ERROR:
            return false;
        }
    }
    return true;
}

/* Asked to stop: what is whole is committed; half a transaction is not. */
static bool finish(struct apply *apply, struct err *err)
{
    bool done = true;
    if (!apply->transaction.open)
        done = apply_commit(apply, err);
    roll_back(apply);
    return done && apply_sync_engine(apply, err);
}

/* Goes back to the last commit, to meet the failure again at its own transaction. */
static bool check_one_by_one(struct apply *apply, const struct err *failure, struct err *err)
{
    struct log_pos failed_at =
        apply->cursor != NULL ? cursor_event_end(apply->cursor) : (struct log_pos){ 0 };
    log_info("applying one transaction at a time from %s, %llu on, to find the place of: %s",
             apply->shared.status.file, (unsigned long long)apply->shared.status.offset,
             failure->text);
    roll_back(apply);
    if (!start(apply, err))
        return false;
    apply->one_by_one = true;
    apply->one_by_one_until = failed_at;
    apply_set_state(apply, "checking");
    return true;
}

static bool run(struct apply *apply, struct err *err)
{
    struct err failure;
    if (!start(apply, err))
        return false;
    log_info("applying from %s, %llu on", apply->position.file,
             (unsigned long long)apply->position.offset);
    apply_set_state(apply, "applying");
    apply->synced_at_ms = clock_monotonic_ms();
    for (;;) {
        if (follow(apply, err))
            return finish(apply, err);
        /* A disk's failure is no transaction's fault, and a failed sync must not be tried again. */
        if (apply->one_by_one || err->code == ERR_SYSTEM)
            return false;
        failure = *err;
        if (!check_one_by_one(apply, &failure, err))
            return false;
    }
}

bool apply_run(struct apply *apply, struct err *err)
{
    bool done = run(apply, err);
    if (!done)
        roll_back(apply);
    cursor_free(apply->cursor);
    apply->cursor = NULL;
    pthread_mutex_lock(&apply->shared.lock);
    apply->shared.status.state = "stopped";
    apply->shared.status.is_until_reached =
        done && apply->is_at_end && apply->options.until.kind != UNTIL_NOTHING;
    if (!done)
        apply->shared.status.error = *err;
    pthread_mutex_unlock(&apply->shared.lock);
    return done;
}

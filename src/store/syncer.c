/* syncer.c - datasync and what it publishes.
 *
 * Promises. (1) The durable end moves only after a datasync that succeeded and that began after
 * the bytes were in the file. (2) One datasync at a time; whoever comes meanwhile is served by the
 * next one (group commit). (3) The first failure is final: the durable end stays, every waiter is
 * told, no datasync is tried again. Threads: the store's own loop, or the writer inline. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include "base/bug.h"
#include "base/clock.h"
#include "store/state.h"

bool store_fail(struct store *store, struct err *err)
{
    struct shared *shared = store->shared;
    if (err->os_errno == ENOSPC || err->os_errno == EDQUOT)
        err_wrap(err,
                 "the disk of %s is full: free space there, and the log goes on after it is "
                 "opened again",
                 store->dir);
    pthread_mutex_lock(&shared->lock);
    if (!shared->has_failed) {
        shared->failure = *err;
        atomic_store(&shared->has_failed, true);
    }
    shared_tell(shared);
    pthread_cond_broadcast(&shared->grown);
    pthread_cond_broadcast(&shared->work);
    pthread_mutex_unlock(&shared->lock);
    return false;
}

bool store_alive(const struct store *store, struct err *err)
{
    struct shared *shared = store->shared;
    if (!atomic_load_explicit(&shared->has_failed, memory_order_acquire))
        return true;
    pthread_mutex_lock(&shared->lock);
    *err = shared->failure;
    pthread_mutex_unlock(&shared->lock);
    return err_wrap(err, "the log has failed and takes no more writes until it is opened again");
}

static void set_syncing(struct shared *shared, bool syncing)
{
    assert(shared->syncing != syncing);
    shared->syncing = syncing;
    atomic_store_explicit(&shared->is_busy, syncing, memory_order_release);
}

/* With the lock held, and given up around the datasync: syncs what is appended, and publishes it.
 * The only place that moves the durable end inside a file. */
static void sync_once(struct store *store)
{
    struct shared *shared = store->shared;
    struct log_pos target = shared->appended;
    int fd = shared->sync_fd;
    struct err err;
    shared->due_us = 0;
    set_syncing(shared, true);
    if (BUG(EARLY_DURABLE))
        shared->durable = target;
    pthread_mutex_unlock(&shared->lock);
    bool ok = store->files->datasync(store->files, fd) == 0 || BUG(SWALLOWED_FSYNC);
    if (!ok) {
        err_sys(&err, "fdatasync of the log's newest file in %s", store->dir);
        store_fail(store, &err);
    }
    pthread_mutex_lock(&shared->lock);
    set_syncing(shared, false);
    if (ok && !shared->has_failed) {
        assert(log_pos_compare(target, shared->durable) >= 0);
        shared->durable = target;
    }
    shared_tell(shared);
}

static bool has_work(const struct shared *shared)
{
    return !shared->has_failed && !shared->syncing &&
           log_pos_compare(shared->appended, shared->durable) > 0;
}

/* True when the time has come; else it was waited for, with the lock given up, and all must be
 * looked at again. */
static bool is_due(struct shared *shared)
{
    if (shared->due_us <= clock_monotonic_us())
        return true;
    struct timespec due = { .tv_sec = (time_t)(shared->due_us / 1000000),
                            .tv_nsec = (long)(shared->due_us % 1000000) * 1000 };
    pthread_cond_timedwait(&shared->work, &shared->lock, &due);
    return false;
}

static void *syncer_run(void *arg)
{
    struct store *store = arg;
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    while (!shared->stop) {
        if (!has_work(shared))
            pthread_cond_wait(&shared->work, &shared->lock);
        else if (is_due(shared))
            sync_once(store);
    }
    pthread_mutex_unlock(&shared->lock);
    return NULL;
}

/* Before it is synced: who reads ahead works while the disk does. Under the lock. */
static void publish_appended(struct store *store, uint64_t end)
{
    struct shared *shared = store->shared;
    assert(end <= store->marked && end <= store->segment.flushed);
    assert(end >= shared->appended.offset && store->number == shared->durable.file);
    shared->appended = (struct log_pos){ store->number, end };
    pthread_cond_broadcast(&shared->grown);
}

void sync_request(struct store *store, uint64_t end, unsigned delay_us)
{
    struct shared *shared = store->shared;
    uint64_t due_us = delay_us == 0 ? 0 : clock_monotonic_us() + delay_us;
    pthread_mutex_lock(&shared->lock);
    if (!has_work(shared) || due_us < shared->due_us)
        shared->due_us = due_us;
    publish_appended(store, end);
    pthread_cond_signal(&shared->work);
    pthread_mutex_unlock(&shared->lock);
}

bool sync_finish(struct store *store, uint64_t end, struct err *err)
{
    struct shared *shared = store->shared;
    struct log_pos target = { store->number, end };
    pthread_mutex_lock(&shared->lock);
    publish_appended(store, end);
    while (!shared->has_failed && log_pos_compare(shared->durable, target) < 0) {
        if (!shared->syncing)
            sync_once(store);
        else
            pthread_cond_wait(&shared->changed, &shared->lock);
    }
    /* a sync that began before may still run on this file, with nothing more to publish */
    while (shared->syncing)
        pthread_cond_wait(&shared->changed, &shared->lock);
    pthread_mutex_unlock(&shared->lock);
    return store_alive(store, err);
}

bool syncer_start(struct store *store, struct err *err)
{
    int rc = pthread_create(&store->thread, NULL, syncer_run, store);
    if (rc != 0) {
        errno = rc;
        return err_sys(err, "start the log's syncing thread");
    }
    store->has_thread = true;
    return true;
}

void syncer_stop(struct store *store)
{
    if (!store->has_thread)
        return;
    pthread_mutex_lock(&store->shared->lock);
    store->shared->stop = true;
    pthread_cond_broadcast(&store->shared->work);
    pthread_mutex_unlock(&store->shared->lock);
    pthread_join(store->thread, NULL);
    store->has_thread = false;
}

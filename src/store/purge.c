/* purge.c - drops whole files from the log's beginning.
 *
 * Order: the list without them is durable first, then the files go, then their GTID indexes (which
 * tell the next open, after a crash in between, that a file was purged and not lost). Never drops
 * the newest file. Any thread; index_lock keeps it apart from store_start_file. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/bug.h"
#include "base/clock.h"
#include "base/reader.h"
#include "store/state.h"

/* A file's last event is as old as the next file's first one: its format description. */
static bool first_event_seconds(struct store *store, const char *name, uint64_t *seconds,
                                struct err *err)
{
    char path[PATH_MAX];
    uint8_t bytes[4];
    size_t got = 0;
    store_path(store, name, path);
    int fd = store->files->open(store->files, path, O_RDONLY, 0);
    if (fd < 0)
        return err_sys(err, "open %s", path);
    bool ok = files_read_at(store->files, fd, bytes, sizeof bytes, BINLOG_MAGIC_SIZE, &got, err);
    store->files->close(store->files, fd);
    struct reader r = reader_of(bytes_of(bytes, got));
    *seconds = reader_u32(&r); /* 0 when the file has no event yet: not old */
    return ok ? true : err_wrap(err, "%s", path);
}

static bool is_old(struct store *store, const struct purge_limits *limits, const char *next_name,
                   bool *old, struct err *err)
{
    uint64_t seconds;
    uint64_t now = clock_wall_us() / 1000000;
    *old = false;
    if (limits->keep_seconds == 0)
        return true;
    if (!first_event_seconds(store, next_name, &seconds, err))
        return false;
    *old = seconds > 0 && seconds + limits->keep_seconds < now;
    return true;
}

/* Who still needs the file; under the lock. */
static bool is_held(const struct shared *shared, uint64_t file, struct log_pos needed,
                    char held[256])
{
    struct log_pos end = { file, shared_limit(shared, file) };
    const char *name = index_entry_at(&shared->index, file)->name;
    if (log_pos_compare(needed, end) < 0) {
        snprintf(held, 256, "%.200s is not applied to the end yet", name);
        return true;
    }
    for (const struct cursor *c = shared->cursors; c != NULL; c = c->next) {
        struct log_pos at = { c->file, c->safe_offset };
        if (log_pos_compare(at, end) < 0 && !BUG(PURGE_IN_USE)) {
            snprintf(held, 256, "%.120s is read by %.100s", name, c->reader_name);
            return true;
        }
    }
    return false;
}

/* How many files may go. Under index_lock: the list does not change meanwhile, cursors may move
 * on, and none can be opened before the list's first file. */
static bool count_droppable(struct store *store, const struct purge_limits *limits,
                            struct log_pos needed, unsigned *count, char held[256], struct err *err)
{
    struct shared *shared = store->shared;
    uint64_t size = store_size_bytes(store);
    *count = 0;
    held[0] = 0;
    while (*count + 1 < shared->index.count) {
        uint64_t file = shared->index.first + *count;
        bool old;
        if (!is_old(store, limits, shared->index.entries[*count + 1].name, &old, err))
            return false;
        if (!old && (limits->keep_bytes == 0 || size <= limits->keep_bytes))
            return true;
        pthread_mutex_lock(&shared->lock);
        bool keep = is_held(shared, file, needed, held);
        pthread_mutex_unlock(&shared->lock);
        if (keep)
            return true;
        size -= shared->index.entries[*count].size;
        (*count)++;
    }
    return true;
}

/* The list in memory goes first, so that no cursor can open what is about to be deleted; one that
 * was opened meanwhile puts it back. */
static bool unlist(struct store *store, unsigned count, struct log_pos needed, char held[256],
                   struct index *before)
{
    struct shared *shared = store->shared;
    bool ok = true;
    pthread_mutex_lock(&shared->lock);
    for (unsigned i = 0; ok && i < count; i++)
        ok = !is_held(shared, shared->index.first + i, needed, held);
    if (ok) {
        index_copy(&shared->index, before);
        index_drop_first(&shared->index, count);
    }
    pthread_mutex_unlock(&shared->lock);
    return ok;
}

static void relist(struct store *store, struct index *before)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    index_clear(&shared->index);
    shared->index = *before;
    pthread_mutex_unlock(&shared->lock);
    index_init(before);
}

static bool unlink_all(struct store *store, const struct index *names, unsigned count,
                       const char *suffix, struct err *err)
{
    for (unsigned i = 0; i < count; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s%s", store->dir, names->entries[i].name, suffix);
        if (store->files->unlink(store->files, path) != 0 && errno != ENOENT)
            return err_sys(err, "remove %s", path);
    }
    if (store->files->sync_dir(store->files, store->dir) != 0)
        return err_sys(err, "fsync of the directory %s", store->dir);
    return true;
}

static bool drop_files(struct store *store, unsigned count, struct log_pos needed, char held[256],
                       struct err *err)
{
    struct index before;
    index_init(&before);
    if (!unlist(store, count, needed, held, &before))
        return true;
    if (!index_save(store->files, store->dir, &store->shared->index, err)) {
        relist(store, &before); /* the old list or the new one is on disk; both are right */
        return false;
    }
    bool ok = unlink_all(store, &before, count, "", err) &&
              unlink_all(store, &before, count, GTID_INDEX_SUFFIX, err);
    index_clear(&before);
    return ok;
}

bool store_purge(struct store *store, const struct purge_limits *limits, struct log_pos needed,
                 unsigned *dropped, char held[256], struct err *err)
{
    struct shared *shared = store->shared;
    unsigned count = 0;
    if (store->read_only)
        return err_set(err, ERR_CONFIG, "the log in %s was opened for reading only", store->dir);
    pthread_mutex_lock(&shared->index_lock);
    bool ok = store_alive(store, err) && count_droppable(store, limits, needed, &count, held, err);
    uint64_t first = shared->index.first;
    if (ok && count > 0)
        ok = drop_files(store, count, needed, held, err);
    *dropped = (unsigned)(shared->index.first - first);
    pthread_mutex_unlock(&shared->index_lock);
    return ok ? true : err_wrap(err, "purge");
}

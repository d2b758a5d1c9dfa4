/* store.c - opening and closing the directory, and what any thread may ask.
 *
 * Opening: lock, list, the last file's recovery, then everything that may still be in the page
 * cache only is made durable before it is called so: a process that died leaves unsynced bytes that
 * can be read. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "store"
#include "store/store.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bug.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/directory.h"
#include "store/state.h"

int log_pos_compare(struct log_pos a, struct log_pos b)
{
    if (a.file != b.file)
        return a.file < b.file ? -1 : 1;
    return a.offset < b.offset ? -1 : a.offset > b.offset;
}

void store_path(const struct store *store, const char *name, char path[])
{
    snprintf(path, PATH_MAX, "%s/%s", store->dir, name);
}

/* ---- open ---- */

static struct shared *shared_new(void)
{
    struct shared *shared = memory_new(sizeof *shared);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shared->changed, &monotonic);
    pthread_cond_init(&shared->grown, &monotonic);
    pthread_cond_init(&shared->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&shared->lock, NULL);
    pthread_mutex_init(&shared->index_lock, NULL);
    shared->sync_fd = -1;
    return shared;
}

static void shared_free(struct shared *shared)
{
    index_clear(&shared->index);
    pthread_cond_destroy(&shared->changed);
    pthread_cond_destroy(&shared->grown);
    pthread_cond_destroy(&shared->work);
    pthread_mutex_destroy(&shared->lock);
    pthread_mutex_destroy(&shared->index_lock);
    free(shared);
}

static struct store *store_new(const struct store_options *options)
{
    struct store *store = memory_new(sizeof *store);
    store->dir = memory_str(options->dir);
    store->files = options->files != NULL ? options->files : &files_os;
    store->sync_after_us = options->sync_after_us;
    store->read_only = options->read_only;
    store->lock_fd = -1;
    store->shared = shared_new();
    store->gtids = gtid_set_new();
    segment_init(&store->segment, store->files);
    gtid_writer_init(&store->points, store->files, store->dir);
    return store;
}

/* The lock file says who holds it: for people, nothing depends on it. */
static void lock_sign(int fd)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, text, (size_t)len, 0);
}

static long lock_holder(int fd)
{
    char text[24] = "";
    return pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static bool refuse_locked(struct store *store, struct err *err)
{
    long pid = lock_holder(store->lock_fd);
    char name[40] = "another process";
    if (pid > 0)
        snprintf(name, sizeof name, "process %ld", pid);
    return err_set(err, ERR_CONFLICT, "%s writes the log in %s: stop it, or use another directory",
                   name, store->dir);
}

static bool lock_dir(struct store *store, struct err *err)
{
    char path[PATH_MAX];
    store_path(store, "lock", path);
    if (mkdir(store->dir, 0750) != 0 && errno != EEXIST)
        return err_sys(err, "create the directory %s", store->dir);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return err_sys(err, "open %s", path);
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? refuse_locked(store, err) : err_sys(err, "lock %s", path);
    lock_sign(store->lock_fd);
    return true;
}

bool store_has_writer(const char *dir)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return is_held;
}

/* Bytes that an earlier process failed to sync are in the page cache, counted as clean: a sync of
 * now would pass them over and succeed. From the last point of the GTID index on they are written
 * anew; what lies before it has been durable. */
static bool make_durable(struct store *store, uint64_t from, struct err *err)
{
    uint64_t end = segment_end(&store->segment);
    return (from >= end || BUG(TAIL_NOT_RENEWED) ||
            segment_renew(&store->segment, from, end, err)) &&
           segment_sync(&store->segment, err);
}

/* A torn tail goes; then file, GTID index and directory are durable, whoever wrote them. */
static bool settle_last(struct store *store, struct recovery *found, struct err *err)
{
    const struct recovery *r = found;
    if (!segment_open(&store->segment, store->dir, store->name, r->size, err))
        return false;
    if (r->end < r->size) {
        log_warning("%s/%s: %" PRIu64 " bytes at %" PRIu64
                    " are a torn tail and are cut off: they were never durable",
                    store->dir, store->name, r->size - r->end, r->end);
        if (!BUG(TAIL_KEPT) && !segment_cut(&store->segment, r->end, err))
            return false;
    }
    if (r->end < BINLOG_MAGIC_SIZE &&
        (!segment_append(&store->segment, bytes_of(BINLOG_MAGIC, BINLOG_MAGIC_SIZE), err) ||
         !segment_flush(&store->segment, err)))
        return false;
    if (!make_durable(store, gtid_index_end(&found->index, UINT64_MAX), err))
        return false;
    gtid_writer_close(&store->points);
    store->points = found->tail;
    gtid_writer_init(&found->tail, store->files, store->dir);
    uint64_t end = segment_end(&store->segment);
    bool ok = found->index_whole ? gtid_writer_open(&store->points, &found->index, err)
                                 : gtid_writer_create(&store->points, store->name, store->number,
                                                      found->before, err);
    if (!ok || !gtid_writer_flush(&store->points, end, err))
        return false;
    if (store->files->sync_dir(store->files, store->dir) != 0)
        return err_sys(err, "fsync of the directory %s", store->dir);
    return true;
}

static bool recover_last(struct store *store, struct err *err)
{
    struct shared *shared = store->shared;
    struct index *index = &shared->index;
    struct recovery found;
    AUTO(gtid_set) before = NULL;
    store->number = index->first + index->count - 1;
    snprintf(store->name, sizeof store->name, "%s", index->entries[index->count - 1].name);
    struct recovery_file file = { store->files, store->dir, store->name, store->number, 0 };
    if (!directory_set_before(store, &file, &before, err) ||
        !recovery_run(&file, before, &found, err))
        return false;
    store->in_head = index->count == 1 && found.index.count == 0 &&
                     found.tail.runs.transactions == 0 && found.tail.waiting_count == 0;
    bool ok = store->read_only || settle_last(store, &found, err);
    uint64_t end = found.end < BINLOG_MAGIC_SIZE ? BINLOG_MAGIC_SIZE : found.end;
    gtid_set_free(store->gtids);
    store->gtids = found.gtids;
    found.gtids = NULL;
    store->marked = end;
    store->asked = end;
    store->head_scanned = BINLOG_MAGIC_SIZE;
    index->entries[index->count - 1].size = end;
    shared->durable = (struct log_pos){ store->number, end };
    shared->appended = shared->durable;
    shared->sync_fd = store->segment.fd;
    recovery_clear(&found);
    return ok;
}

/* What another process writes may change between two looks at it: a reader looks again. */
static bool load(struct store *store, struct err *err)
{
    enum { LOOKS = 3 };
    for (int look = 1;; look++) {
        if (directory_load(store, err) &&
            (store->shared->index.count == 0 || recover_last(store, err)))
            return true;
        if (!store->read_only || err->code != ERR_CORRUPT || look == LOOKS)
            return false;
        index_clear(&store->shared->index);
    }
}

bool store_open(const struct store_options *options, struct store **out, struct err *err)
{
    if (strlen(options->dir) + INDEX_NAME_MAX + 16 >= PATH_MAX)
        return err_set(err, ERR_CONFIG, "the path %.255s… is too long", options->dir);
    AUTO(store) store = store_new(options);
    if (!store->read_only && !lock_dir(store, err))
        return false;
    if (!load(store, err) || (!store->read_only && !syncer_start(store, err)))
        return false;
    *out = store;
    store = NULL;
    return true;
}

/* What is marked is synced, and the GTID index covers all of it: the next open walks nothing. */
static void close_writer(struct store *store)
{
    struct err err;
    if (store->segment.fd < 0 || !store_alive(store, &err))
        return;
    if (!store_rewind(store, &err) || !store_sync(store, &err) ||
        !gtid_writer_seal(&store->points, store->marked, &err))
        log_error("close %s: %s", store->dir, err.text);
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    if (store->has_thread)
        close_writer(store);
    syncer_stop(store);
    segment_close(&store->segment);
    gtid_writer_close(&store->points);
    gtid_set_free(store->gtids);
    shared_free(store->shared);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->dir);
    free(store);
}

/* ---- the writer's questions ---- */

struct log_pos store_write_end(const struct store *store)
{
    if (store->segment.fd < 0)
        return (struct log_pos){ store->number, store->marked };
    return (struct log_pos){ store->number, segment_end(&store->segment) };
}

const char *store_write_name(const struct store *store)
{
    return store->name;
}

const struct gtid_set *store_gtids(const struct store *store)
{
    return store->gtids;
}

void store_set_base(struct store *store, const struct gtid_set *base)
{
    if (store->name[0] != 0)
        return; /* a log that has begun knows what came before it */
    gtid_set_free(store->gtids);
    store->gtids = gtid_set_copy(base);
}

/* ---- anyone's ---- */

struct log_pos store_durable_end(const struct store *store)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    struct log_pos end = shared->durable;
    pthread_mutex_unlock(&shared->lock);
    return end;
}

struct log_pos store_appended_end(const struct store *store)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    struct log_pos end = shared->appended;
    pthread_mutex_unlock(&shared->lock);
    return end;
}

uint64_t shared_limit(const struct shared *shared, uint64_t file)
{
    if (file == shared->durable.file)
        return shared->durable.offset;
    const struct index_entry *entry = index_entry_at(&shared->index, file);
    return entry == NULL || file > shared->durable.file ? BINLOG_MAGIC_SIZE : entry->size;
}

void shared_tell(struct shared *shared)
{
    pthread_cond_broadcast(&shared->changed);
    for (struct store_watch *watch = shared->watches; watch != NULL; watch = watch->next)
        watch->moved(watch->arg);
}

void store_watch(struct store *store, struct store_watch *watch)
{
    pthread_mutex_lock(&store->shared->lock);
    watch->next = store->shared->watches;
    store->shared->watches = watch;
    pthread_mutex_unlock(&store->shared->lock);
}

void store_unwatch(struct store *store, struct store_watch *watch)
{
    pthread_mutex_lock(&store->shared->lock);
    struct store_watch **link = &store->shared->watches;
    while (*link != NULL && *link != watch)
        link = &(*link)->next;
    if (*link != NULL)
        *link = watch->next;
    pthread_mutex_unlock(&store->shared->lock);
}

bool store_has_failed(const struct store *store, struct err *err)
{
    return !store_alive(store, err);
}

static struct timespec deadline_after(unsigned timeout_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(timeout_ms / 1000);
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Until *end, which `grown` tells of, is past `seen`. */
static bool wait_past(struct shared *shared, const struct log_pos *end, pthread_cond_t *grown,
                      struct log_pos seen, unsigned timeout_ms, struct err *err)
{
    struct timespec deadline = deadline_after(timeout_ms);
    int rc = 0;
    pthread_mutex_lock(&shared->lock);
    uint64_t wakes = shared->wakes;
    while (rc == 0 && log_pos_compare(*end, seen) <= 0 && wakes == shared->wakes &&
           !shared->has_failed)
        rc = pthread_cond_timedwait(grown, &shared->lock, &deadline);
    bool ok = log_pos_compare(*end, seen) > 0 || !shared->has_failed;
    if (!ok)
        *err = shared->failure;
    pthread_mutex_unlock(&shared->lock);
    return ok;
}

bool store_wait(struct store *store, struct log_pos seen, unsigned timeout_ms, struct err *err)
{
    struct shared *shared = store->shared;
    return wait_past(shared, &shared->durable, &shared->changed, seen, timeout_ms, err);
}

bool store_wait_appended(struct store *store, struct log_pos seen, unsigned timeout_ms,
                         struct err *err)
{
    struct shared *shared = store->shared;
    return wait_past(shared, &shared->appended, &shared->grown, seen, timeout_ms, err);
}

/* Without a deadline: the sync that was asked for ends, well or not. */
bool store_wait_durable(struct store *store, struct log_pos end, struct err *err)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    assert(log_pos_compare(end, shared->appended) <= 0);
    while (log_pos_compare(shared->durable, end) < 0 && !shared->has_failed)
        pthread_cond_wait(&shared->changed, &shared->lock);
    bool ok = log_pos_compare(shared->durable, end) >= 0;
    if (!ok)
        *err = shared->failure;
    pthread_mutex_unlock(&shared->lock);
    return ok;
}

void store_wake(struct store *store)
{
    pthread_mutex_lock(&store->shared->lock);
    store->shared->wakes++;
    pthread_cond_broadcast(&store->shared->changed);
    pthread_cond_broadcast(&store->shared->grown);
    pthread_mutex_unlock(&store->shared->lock);
}

bool store_find_file(const struct store *store, const char *name, uint64_t *file)
{
    pthread_mutex_lock(&store->shared->lock);
    bool found = index_find(&store->shared->index, name, file);
    pthread_mutex_unlock(&store->shared->lock);
    return found;
}

void store_file_name(const struct store *store, uint64_t file, char name[LOG_NAME_MAX + 1])
{
    pthread_mutex_lock(&store->shared->lock);
    const struct index_entry *entry = index_entry_at(&store->shared->index, file);
    snprintf(name, LOG_NAME_MAX + 1, "%s", entry == NULL ? "" : entry->name);
    pthread_mutex_unlock(&store->shared->lock);
}

uint64_t store_first_file(const struct store *store)
{
    pthread_mutex_lock(&store->shared->lock);
    uint64_t first = store->shared->index.first;
    pthread_mutex_unlock(&store->shared->lock);
    return first;
}

uint64_t store_file_end(const struct store *store, uint64_t file)
{
    pthread_mutex_lock(&store->shared->lock);
    uint64_t end = shared_limit(store->shared, file);
    pthread_mutex_unlock(&store->shared->lock);
    return end;
}

uint64_t store_size_bytes(const struct store *store)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    uint64_t size = 0;
    for (size_t i = 0; i < shared->index.count; i++)
        size += shared_limit(shared, shared->index.first + i);
    pthread_mutex_unlock(&shared->lock);
    return size;
}

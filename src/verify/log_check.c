/* log_check.c - lists the files, hands them to threads, and looks at what is between them. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/log_check.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cpus.h"
#include "base/memory.h"
#include "binlog/event.h"
#include "store/gtid_index.h"
#include "store/index.h"
#include "verify/continuity.h"

enum { THREADS_MAX = 64, PROGRESS_MS = 500 };

struct pool {
    const struct log_check_options *options;
    struct log_check *log;
    struct index index;
    char (*paths)[PATH_MAX];
    atomic_size_t next;
    atomic_ullong bytes;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned running;
    unsigned ahead; /* threads a file beside the one that walks it */
};

/* ---- the list ---- */

static void say(struct log_check *log, enum fault_kind kind, const char *file, const char *text)
{
    faults_add(&log->faults, kind, file, FAULT_NOWHERE, "", "%s", text);
}

static bool load_index(struct pool *pool, struct err *err)
{
    bool found = false;
    struct err why;
    const char *dir = pool->options->dir;
    if (index_load(&files_os, dir, &pool->index, &found, &why)) {
        if (found)
            return true;
        say(pool->log, FAULT_KIND_INDEX_MISSING, INDEX_NAME,
            "the list of the log's files is not there");
    } else {
        say(pool->log, why.code == ERR_CORRUPT ? FAULT_KIND_INDEX : FAULT_KIND_UNREADABLE,
            INDEX_NAME, why.text);
    }
    return index_rebuild(dir, &pool->index, err);
}

/* A .gtids file and the log file it belongs to. */
static bool is_known(const struct pool *pool, const char *name)
{
    uint64_t file;
    char base[NAME_MAX + 1];
    snprintf(base, sizeof base, "%s", name);
    size_t len = strlen(base);
    size_t suffix = strlen(GTID_INDEX_SUFFIX);
    if (len > suffix && strcmp(base + len - suffix, GTID_INDEX_SUFFIX) == 0)
        return true; /* an orphan of these is removed at the next start, whatever it holds */
    return !index_name_valid(base) || index_find(&pool->index, base, &file);
}

/* A running node makes a file before it lists it. */
static bool is_new(const struct pool *pool, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", pool->options->dir, name);
    return pool->options->end.file != NULL ||
           (stat(path, &st) == 0 && st.st_size <= BINLOG_MAGIC_SIZE);
}

static bool check_strangers(struct pool *pool, struct err *err)
{
    DIR *handle = opendir(pool->options->dir);
    if (handle == NULL)
        return err_sys(err, "open the directory %s", pool->options->dir);
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;)
        if (!is_known(pool, entry->d_name) && !is_new(pool, entry->d_name))
            say(pool->log, FAULT_KIND_UNLISTED_FILE, entry->d_name,
                "it is no part of the log: the index does not list it");
    closedir(handle);
    return true;
}

/* A node that runs may make new files while we look: those after its durable end are not ours. */
static void drop_unfinished(struct pool *pool)
{
    const char *last = pool->options->end.file;
    uint64_t number;
    if (last == NULL || !index_find(&pool->index, last, &number))
        return;
    while (pool->index.first + pool->index.count - 1 > number)
        free(pool->index.entries[--pool->index.count].name);
}

static void add_file(struct pool *pool, const char *name, const char *path)
{
    struct log_check *log = pool->log;
    struct stat st;
    snprintf(pool->paths[log->count], PATH_MAX, "%s", path);
    log->files[log->count++].name = memory_str(name);
    if (stat(path, &st) == 0)
        log->bytes += (uint64_t)st.st_size;
}

static bool list_store(struct pool *pool, struct err *err)
{
    const char *dir = pool->options->dir;
    if (strlen(dir) + INDEX_NAME_MAX + 16 >= PATH_MAX)
        return err_set(err, ERR_CONFIG, "the path %.255s… is too long", dir);
    if (!load_index(pool, err) || !check_strangers(pool, err))
        return false;
    drop_unfinished(pool);
    if (pool->index.count == 0)
        return err_set(err, ERR_CONFIG, "%s holds no log: no file of it, and no index", dir);
    pool->log->files = memory_new(pool->index.count * sizeof *pool->log->files);
    pool->paths = memory_new(pool->index.count * sizeof *pool->paths);
    for (size_t i = 0; i < pool->index.count; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", dir, pool->index.entries[i].name);
        add_file(pool, pool->index.entries[i].name, path);
    }
    return true;
}

static void list_paths(struct pool *pool)
{
    const struct log_check_options *options = pool->options;
    pool->log->files = memory_new((options->path_count + 1) * sizeof *pool->log->files);
    pool->paths = memory_new((options->path_count + 1) * sizeof *pool->paths);
    for (size_t i = 0; i < options->path_count; i++)
        add_file(pool, options->paths[i], options->paths[i]);
}

/* ---- the files ---- */

/* A node that runs may have purged it since the list was read. */
static bool is_still_listed(const struct pool *pool, const char *name)
{
    struct index now;
    struct err ignored;
    uint64_t number;
    bool found = false;
    index_init(&now);
    if (!index_load(&files_os, pool->options->dir, &now, &found, &ignored) || !found)
        return true;
    found = index_find(&now, name, &number);
    index_clear(&now);
    return found;
}

static void note_missing(struct pool *pool, struct log_check_file *file)
{
    bool listed = is_still_listed(pool, file->name);
    file->check.gtids = gtid_set_new();
    faults_add(&file->check.faults, listed ? FAULT_KIND_MISSING_FILE : FAULT_KIND_PURGED,
               file->name, FAULT_NOWHERE, "", "%s",
               listed ? "it is missing, but the log's index lists it"
                      : "the running node purged it in the meantime");
}

static void check_file(struct pool *pool, size_t i)
{
    const struct log_check_options *options = pool->options;
    struct log_check_file *file = &pool->log->files[i];
    bool is_newest = options->dir != NULL && i + 1 == pool->log->count;
    struct file_check_request request = {
        .files = &files_os,
        .path = pool->paths[i],
        .shown = file->name,
        .dir = options->dir,
        .name = file->name,
        .number = pool->index.first + i,
        .limit = UINT64_MAX,
        .is_newest = is_newest,
        .threads = pool->ahead,
        .bytes = &pool->bytes,
    };
    if (is_newest && options->end.file != NULL && strcmp(options->end.file, file->name) == 0)
        request.limit = options->end.offset;
    if (options->dir != NULL && access(request.path, F_OK) != 0 && errno == ENOENT) {
        note_missing(pool, file);
        return;
    }
    file_check_run(&request, &file->check);
}

static void *worker(void *arg)
{
    struct pool *pool = arg;
    for (;;) {
        size_t i = atomic_fetch_add(&pool->next, 1);
        if (i >= pool->log->count)
            break;
        check_file(pool, i);
    }
    pthread_mutex_lock(&pool->lock);
    pool->running--;
    pthread_cond_signal(&pool->ended);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* A file each; what is left over reads ahead. Returns how many walk files. */
static unsigned share_threads(struct pool *pool)
{
    unsigned wanted = pool->options->threads != 0 ? pool->options->threads : cpus_count();
    unsigned all = wanted > THREADS_MAX ? THREADS_MAX : wanted;
    unsigned walkers = all < pool->log->count ? all : (unsigned)pool->log->count;
    pool->ahead = walkers > 0 ? all / walkers - 1 : 0;
    return walkers;
}

static void report(const struct pool *pool)
{
    const struct log_check_options *options = pool->options;
    if (options->progress != NULL)
        options->progress(atomic_load(&pool->bytes), pool->log->bytes, options->progress_arg);
}

static void wait_for_workers(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)PROGRESS_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&pool->ended, &pool->lock, &until);
        if (pool->running > 0)
            report(pool);
    }
    pthread_mutex_unlock(&pool->lock);
}

static void run_workers(struct pool *pool)
{
    pthread_t threads[THREADS_MAX];
    unsigned started = 0;
    pool->running = share_threads(pool);
    for (unsigned wanted = pool->running; started < wanted; started++)
        if (pthread_create(&threads[started], NULL, worker, pool) != 0)
            break;
    pthread_mutex_lock(&pool->lock);
    pool->running = pool->running > started ? started : pool->running;
    pthread_mutex_unlock(&pool->lock);
    if (started == 0) { /* no thread to be had: then this one */
        pool->running = 1;
        worker(pool);
    }
    wait_for_workers(pool);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

bool log_check_run(const struct log_check_options *options, struct log_check *out, struct err *err)
{
    struct pool pool = { .options = options, .log = out };
    *out = (struct log_check){ .count = 0 };
    index_init(&pool.index);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.ended, NULL);
    bool ok = true;
    if (options->dir != NULL)
        ok = list_store(&pool, err);
    else
        list_paths(&pool);
    if (ok) {
        run_workers(&pool);
        if (options->dir != NULL)
            continuity_check(out);
    }
    out->bytes = atomic_load(&pool.bytes);
    index_clear(&pool.index);
    free(pool.paths);
    pthread_mutex_destroy(&pool.lock);
    pthread_cond_destroy(&pool.ended);
    if (!ok)
        log_check_clear(out);
    return ok;
}

void log_check_clear(struct log_check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        free(check->files[i].name);
        file_check_clear(&check->files[i].check);
    }
    free(check->files);
    faults_clear(&check->faults);
    *check = (struct log_check){ .count = 0 };
}

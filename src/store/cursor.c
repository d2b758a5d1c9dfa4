/* cursor.c - reading events up to the durable end, across files.
 *
 * Promises. (1) No byte past the durable end is looked at; past the appended end, by one that reads
 * ahead. (2) While a cursor stands in a file,
 * purge keeps that file and all after it. (3) The store's lock is taken once per read-ahead limit
 * and file, not per event. A cursor belongs to one thread at a time. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "store/state.h"

static void cursor_register(struct cursor *cursor)
{
    struct shared *shared = cursor->store->shared;
    pthread_mutex_lock(&shared->lock);
    cursor->next = shared->cursors;
    if (cursor->next != NULL)
        cursor->next->previous = cursor;
    shared->cursors = cursor;
    pthread_mutex_unlock(&shared->lock);
}

static void cursor_unregister(struct cursor *cursor)
{
    struct shared *shared = cursor->store->shared;
    pthread_mutex_lock(&shared->lock);
    if (cursor->previous != NULL)
        cursor->previous->next = cursor->next;
    else
        shared->cursors = cursor->next;
    if (cursor->next != NULL)
        cursor->next->previous = cursor->previous;
    pthread_mutex_unlock(&shared->lock);
}

void cursor_free(struct cursor *cursor)
{
    if (cursor == NULL)
        return;
    cursor_unregister(cursor);
    scan_close(&cursor->scan);
    free(cursor->reader_name);
    free(cursor);
}

void cursor_read_ahead(struct cursor *cursor)
{
    cursor->reads_ahead = true;
}

/* How far the cursor's file may be read. Under the lock. */
static uint64_t limit_of(const struct cursor *cursor)
{
    const struct shared *shared = cursor->store->shared;
    return cursor->reads_ahead && cursor->file == shared->appended.file
               ? shared->appended.offset
               : shared_limit(shared, cursor->file);
}

/* How far the cursor's file may be read now, and whether a next file follows. */
uint64_t cursor_limit(struct cursor *cursor, bool *has_next)
{
    struct shared *shared = cursor->store->shared;
    pthread_mutex_lock(&shared->lock);
    uint64_t limit = limit_of(cursor);
    *has_next = cursor->file < shared->durable.file;
    if (cursor->is_open)
        cursor->safe_offset = cursor->scan.pos;
    pthread_mutex_unlock(&shared->lock);
    return limit;
}

/* Opens the cursor's file at `offset`. *is_there false: the log has no such file yet. */
bool cursor_open_file(struct cursor *cursor, uint64_t offset, bool *is_there, struct err *err)
{
    struct shared *shared = cursor->store->shared;
    char path[PATH_MAX];
    pthread_mutex_lock(&shared->lock);
    const struct index_entry *entry = index_entry_at(&shared->index, cursor->file);
    *is_there = entry != NULL && cursor->file <= shared->durable.file;
    if (*is_there)
        snprintf(cursor->file_name, sizeof cursor->file_name, "%s", entry->name);
    uint64_t limit = limit_of(cursor);
    pthread_mutex_unlock(&shared->lock);
    if (!*is_there)
        return true;
    store_path(cursor->store, cursor->file_name, path);
    if (!scan_open(&cursor->scan, path, offset, limit, err))
        return false;
    cursor->is_open = true;
    return true;
}

void cursor_cross(struct cursor *cursor)
{
    struct shared *shared = cursor->store->shared;
    pthread_mutex_lock(&shared->lock);
    cursor->file++;
    cursor->safe_offset = BINLOG_MAGIC_SIZE;
    pthread_mutex_unlock(&shared->lock);
    scan_close_file(&cursor->scan);
    cursor->is_open = false;
    cursor->event_start = BINLOG_MAGIC_SIZE;
    cursor->event_end = BINLOG_MAGIC_SIZE;
}

static bool damaged(const struct cursor *cursor, enum scan_result result, struct err *err)
{
    err_wrap(err, "%s at %" PRIu64, cursor->file_name, cursor->scan.pos);
    if (result == SCAN_DAMAGED && err->code == ERR_CORRUPT) {
        struct err reason = *err;
        err_set(
            err, ERR_CORRUPT,
            "%s; the file is damaged: put the source's own file in its place (they are the same, "
            "byte for byte), or make a new copy of the source",
            reason.text);
    }
    return false;
}

/* At the limit: raises it, or goes to the next file. *more false: nothing is there to read now. */
static bool advance(struct cursor *cursor, bool *more, struct err *err)
{
    bool has_next = false;
    *more = true;
    if (!cursor->is_open) {
        if (!cursor_open_file(cursor, cursor->event_end, more, err))
            return err_wrap(err, "log reader %s", cursor->reader_name);
        return true;
    }
    uint64_t limit = cursor_limit(cursor, &has_next);
    if (limit > cursor->scan.limit)
        cursor->scan.limit = limit;
    else if (has_next)
        cursor_cross(cursor);
    else
        *more = false;
    return true;
}

enum cursor_result cursor_next(struct cursor *cursor, struct event *event, struct err *err)
{
    for (;;) {
        if (cursor->is_open) {
            uint64_t start = cursor->scan.pos;
            enum scan_result result = scan_next(&cursor->scan, event, err);
            if (result == SCAN_EVENT) {
                cursor->event_start = start;
                cursor->event_end = cursor->scan.pos;
                return CURSOR_EVENT;
            }
            if (result != SCAN_LIMIT) {
                damaged(cursor, result, err);
                return CURSOR_ERROR;
            }
        }
        bool more;
        if (!advance(cursor, &more, err))
            return CURSOR_ERROR;
        if (!more)
            return CURSOR_END;
    }
}

/* ---- open ---- */

bool cursor_open_at(struct store *store, struct log_pos at, const char *reader_name,
                    struct cursor **out, struct err *err)
{
    AUTO(cursor) cursor = memory_new(sizeof *cursor);
    bool is_there;
    cursor->store = store;
    cursor->file = at.file;
    cursor->safe_offset = at.offset;
    cursor->event_start = at.offset;
    cursor->event_end = at.offset;
    cursor->reader_name = memory_str(reader_name);
    scan_init(&cursor->scan, store->files);
    cursor_register(cursor);
    if (at.file < store_first_file(store))
        return err_set(err, ERR_CONFLICT,
                       "file %" PRIu64
                       " of the log in %s was purged; the oldest one left is %" PRIu64,
                       at.file, store->dir, store_first_file(store));
    if (!cursor_open_file(cursor, at.offset, &is_there, err))
        return err_wrap(err, "log reader %s", reader_name);
    *out = cursor;
    cursor = NULL;
    return true;
}

/* An event must start at `at`: hops there from the nearest point of the GTID index. */
static bool check_start(struct store *store, struct log_pos at, const char *name, struct err *err)
{
    struct gtid_index points;
    struct scan scan;
    struct event event;
    char path[PATH_MAX];
    if (!store_points(store, at.file, &points, err))
        return false;
    uint64_t from = gtid_index_end(&points, at.offset);
    gtid_index_clear(&points);
    store_path(store, name, path);
    scan_init(&scan, store->files);
    bool ok = scan_open(&scan, path, from, at.offset, err);
    enum scan_result result = SCAN_EVENT;
    while (ok && result == SCAN_EVENT)
        result = scan_next(&scan, &event, err);
    uint64_t reached = scan.pos;
    scan_close(&scan);
    if (!ok || result == SCAN_FAILED)
        return err_wrap(err, "%s", path);
    if (result == SCAN_LIMIT)
        return true;
    return err_set(err, ERR_CONFLICT,
                   "%s: no event starts at %" PRIu64 ": the one at %" PRIu64
                   " goes past it; ask for a position where an event starts",
                   name, at.offset, reached);
}

bool cursor_open(struct store *store, struct log_pos at, const char *reader_name,
                 struct cursor **out, struct err *err)
{
    char name[LOG_NAME_MAX + 1];
    struct log_pos end = store_durable_end(store);
    store_file_name(store, at.file, name);
    if (at.offset < BINLOG_MAGIC_SIZE)
        return err_set(err, ERR_CONFLICT, "%s: events start at 4, not at %" PRIu64, name,
                       at.offset);
    bool not_yet = name[0] == 0 && at.offset == BINLOG_MAGIC_SIZE; /* waits for the first file */
    bool beyond = at.file > end.file || (at.file == end.file && at.offset > end.offset);
    if (beyond && !(not_yet && end.offset == 0))
        return err_set(err, ERR_CONFLICT,
                       "%s at %" PRIu64 " is past the end of the log in %s, which is file %" PRIu64
                       " at %" PRIu64,
                       name[0] != 0 ? name : "a file that is not there", at.offset, store->dir,
                       end.file, end.offset);
    if (name[0] != 0 && at.offset > BINLOG_MAGIC_SIZE && !check_start(store, at, name, err))
        return false;
    return cursor_open_at(store, at, reader_name, out, err);
}

/* ---- questions ---- */

struct log_pos cursor_event_start(const struct cursor *cursor)
{
    return (struct log_pos){ cursor->file, cursor->event_start };
}

struct log_pos cursor_event_end(const struct cursor *cursor)
{
    return (struct log_pos){ cursor->file, cursor->event_end };
}

const struct format *cursor_format(const struct cursor *cursor)
{
    return &cursor->scan.format;
}

const char *cursor_file_name(const struct cursor *cursor)
{
    return cursor->file_name;
}

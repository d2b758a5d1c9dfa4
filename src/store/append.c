/* append.c - the writer's side of the store: bytes in, marks, and when they are synced.
 *
 * Invariants: durable <= asked <= marked <= end of the segment; everything up to `asked` is in the
 * file. When is synced: store_flush, the source being quiet, syncs at once and in this thread,
 * which saves a commit the hop to another; under load, when the source never pauses, the syncing
 * thread is asked every SYNC_BYTES or sync_after_us, and this one goes on buffering; and where the
 * source sends as fast as it can, a sync every BULK_PAUSE_US serves thousands of transactions. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/memory.h"
#include "store/state.h"

enum {
    SYNC_BYTES = 4 << 20,          /* under load a sync is asked for after so much */
    SYNC_INLINE_BYTES = 256 << 10, /* a flush of more than that is the syncing thread's */
    SYNC_LEAST_US = 500,           /* a mark waits so long for the flush that mostly follows */
    BULK_PAUSE_US = 5000,          /* between syncs when the source sends without a pause: */
    BULK_BYTES = 512 << 10,        /* so much within that time */
    HEAD_EVENT_MAX = 64 << 20,     /* a set of GTIDs before the first file */
};

static bool writer_ready(const struct store *store, struct err *err)
{
    if (store->read_only)
        return err_set(err, ERR_CONFIG, "the log in %s was opened for reading only", store->dir);
    if (store->segment.fd < 0)
        return err_set(err, ERR_CONFLICT, "the log in %s has no file to write to yet", store->dir);
    return store_alive(store, err);
}

/* A write that failed may have left anything in the file: nothing after it may become durable. */
static bool fatal(struct store *store, struct err *err)
{
    store_fail(store, err);
    return false;
}

static bool write_points(struct store *store, struct err *err)
{
    if (store->points.waiting_count == 0)
        return true;
    struct log_pos durable = store_durable_end(store);
    if (durable.file != store->number || gtid_writer_flush(&store->points, durable.offset, err))
        return true;
    return fatal(store, err);
}

static bool flush_segment(struct store *store, struct err *err)
{
    return segment_flush(&store->segment, err) ? true : fatal(store, err);
}

static void ask_sync(struct store *store, unsigned delay_us)
{
    store->asked = store->marked;
    store->mark_time_us = 0;
    sync_request(store, store->marked, delay_us);
}

/* Looked at once a flush: what came in the last whole window of BULK_PAUSE_US decides. */
static bool is_bulk(struct store *store)
{
    uint64_t now = clock_monotonic_us();
    uint64_t span = now - store->window.start_us;
    if (span >= BULK_PAUSE_US) {
        uint64_t came = store->window.bytes - store->window.start_bytes;
        store->window.bulk = came * BULK_PAUSE_US >= (uint64_t)BULK_BYTES * span;
        store->window.start_us = now;
        store->window.start_bytes = store->window.bytes;
    }
    return store->window.bulk;
}

/* Durable now, in this thread when the other is idle. */
static bool finish(struct store *store, struct err *err)
{
    store->asked = store->marked;
    store->mark_time_us = 0;
    return sync_finish(store, store->marked, err);
}

bool store_write(struct store *store, struct bytes piece, struct err *err)
{
    if (!writer_ready(store, err))
        return false;
    store->window.bytes += piece.len;
    return segment_append(&store->segment, piece, err) ? true : fatal(store, err);
}

/* Has it waited long enough for the flush that mostly follows a mark? */
static bool mark_waited(struct store *store)
{
    uint64_t patience = store->sync_after_us > SYNC_LEAST_US ? store->sync_after_us : SYNC_LEAST_US;
    if (store->window.bulk)
        patience = BULK_PAUSE_US;
    uint64_t now = clock_monotonic_us();
    if (store->mark_time_us == 0)
        store->mark_time_us = now;
    return now - store->mark_time_us >= patience;
}

/* Under load: hands over what is marked when it is much, or when it has waited and no sync runs. */
static bool sync_under_load(struct store *store, struct err *err)
{
    bool much = store->marked - store->asked >= SYNC_BYTES;
    if (!much && (!mark_waited(store) ||
                  atomic_load_explicit(&store->shared->is_busy, memory_order_acquire)))
        return true;
    if (!flush_segment(store, err))
        return false;
    ask_sync(store, 0);
    return write_points(store, err);
}

/* ---- the first file's head: which GTIDs came before the log ---- */

static bool take_head_set(struct store *store, struct gtid_set *set, struct err *err)
{
    gtid_set_free(store->gtids);
    store->gtids = set;
    gtid_writer_close(&store->points);
    const char *name = store_write_name(store);
    return gtid_writer_create(&store->points, name, store->number, set, err) ? true
                                                                             : fatal(store, err);
}

static bool scan_head_event(struct store *store, const struct event_header *header, struct err *err)
{
    struct event event;
    struct gtid_set *set = NULL;
    uint8_t *raw = memory_resize(NULL, header->size);
    struct bytes bytes = bytes_of(raw, header->size);
    bool ok = segment_read(&store->segment, store->head_scanned, raw, header->size, err);
    if (ok && header->type == EVENT_FORMAT_DESCRIPTION)
        ok = format_decode(bytes, &store->head_format, err);
    else if (ok)
        ok = event_decode(bytes, &store->head_format, &event, err) &&
             recovery_head_set(&event, &set, err);
    free(raw);
    if (!ok)
        return err_wrap(err, "%s at %llu", store_write_name(store),
                        (unsigned long long)store->head_scanned);
    return set == NULL ? true : take_head_set(store, set, err);
}

static bool scan_head(struct store *store, struct err *err)
{
    uint64_t end = segment_end(&store->segment);
    while (end - store->head_scanned >= EVENT_HEADER_SIZE) {
        uint8_t bytes[EVENT_HEADER_SIZE];
        struct event_header header;
        if (!segment_read(&store->segment, store->head_scanned, bytes, sizeof bytes, err) ||
            !event_header_decode(bytes_of(bytes, sizeof bytes), &header, err))
            return false;
        if (header.size > end - store->head_scanned || header.size > HEAD_EVENT_MAX)
            return err_set(err, ERR_CORRUPT, "%s at %llu: an event of %u bytes at the file's head",
                           store_write_name(store), (unsigned long long)store->head_scanned,
                           header.size);
        bool says = header.type == EVENT_FORMAT_DESCRIPTION ||
                    header.type == EVENT_PREVIOUS_GTIDS || header.type == EVENT_GTID_LIST;
        if (says && !scan_head_event(store, &header, err))
            return false;
        store->head_scanned += header.size;
    }
    return true;
}

bool store_mark(struct store *store, const struct gtid *gtid, struct err *err)
{
    if (!writer_ready(store, err))
        return false;
    uint64_t end = segment_end(&store->segment);
    if (gtid != NULL) {
        if (!gtid_set_add(store->gtids, gtid, err))
            return false;
        gtid_writer_mark(&store->points, gtid, end);
        store->in_head = false;
    } else if (store->in_head && !scan_head(store, err)) {
        return false;
    }
    store->marked = end;
    return sync_under_load(store, err);
}

bool store_flush(struct store *store, struct err *err)
{
    if (!store->read_only && store->segment.fd < 0) /* no file was begun yet */
        return store_alive(store, err);
    if (!writer_ready(store, err) || !flush_segment(store, err))
        return false;
    if (store->marked == store->asked)
        return write_points(store, err);
    uint64_t waiting = store->marked - store->asked;
    bool busy = atomic_load_explicit(&store->shared->is_busy, memory_order_acquire);
    if (is_bulk(store))
        ask_sync(store, BULK_PAUSE_US);
    else if (busy || waiting > SYNC_INLINE_BYTES)
        ask_sync(store, 0);
    else if (!finish(store, err))
        return false;
    return write_points(store, err);
}

bool store_sync(struct store *store, struct err *err)
{
    if (!store->read_only && store->segment.fd < 0)
        return store_alive(store, err);
    if (!writer_ready(store, err) || !flush_segment(store, err))
        return false;
    return finish(store, err) && write_points(store, err);
}

bool store_rewind(struct store *store, struct err *err)
{
    if (!store->read_only && store->segment.fd < 0)
        return store_alive(store, err);
    if (!writer_ready(store, err))
        return false;
    return segment_cut(&store->segment, store->marked, err) ? true : fatal(store, err);
}

/* ---- the next file ---- */

static bool check_name(struct store *store, const char *name, struct err *err)
{
    uint64_t file;
    if (!index_name_valid(name))
        return err_set(err, ERR_PROTOCOL,
                       "the source names its log file \"%.255s\": not NAME.NUMBER of at most %d "
                       "characters",
                       name, INDEX_NAME_MAX);
    if (store_find_file(store, name, &file))
        return err_set(err, ERR_CONFLICT, "the log in %s has a file %s already", store->dir, name);
    if (store->segment.fd >= 0 && segment_end(&store->segment) != store->marked)
        return err_set(err, ERR_CONFLICT, "%s ends inside a transaction; %s cannot follow it",
                       store_write_name(store), name);
    return true;
}

/* The file before is complete: durable, with a GTID index that covers all of it. */
static bool seal_file(struct store *store, struct err *err)
{
    if (store->segment.fd < 0)
        return true;
    if (!store_sync(store, err))
        return false;
    if (!gtid_writer_seal(&store->points, store->marked, err))
        return fatal(store, err);
    gtid_writer_close(&store->points);
    segment_close(&store->segment);
    return true;
}

static bool list_file(struct store *store, const char *name, struct index *list, struct err *err)
{
    struct shared *shared = store->shared;
    pthread_mutex_lock(&shared->lock);
    index_copy(&shared->index, list);
    pthread_mutex_unlock(&shared->lock);
    if (list->count > 0)
        list->entries[list->count - 1].size = store->marked;
    index_add(list, name, BINLOG_MAGIC_SIZE);
    return index_save(store->files, store->dir, list, err);
}

static void publish_file(struct store *store, struct index *list)
{
    struct shared *shared = store->shared;
    store->number = list->first + list->count - 1;
    store->marked = BINLOG_MAGIC_SIZE;
    store->asked = BINLOG_MAGIC_SIZE;
    store->in_head = list->count == 1;
    store->head_scanned = BINLOG_MAGIC_SIZE;
    memcpy(store->name, list->entries[list->count - 1].name,
           strlen(list->entries[list->count - 1].name) + 1);
    pthread_mutex_lock(&shared->lock);
    index_clear(&shared->index);
    shared->index = *list;
    shared->durable = (struct log_pos){ store->number, BINLOG_MAGIC_SIZE };
    shared->appended = shared->durable;
    shared->sync_fd = store->segment.fd;
    shared_tell(shared);
    pthread_cond_broadcast(&shared->grown);
    pthread_mutex_unlock(&shared->lock);
}

/* Order: the file and its magic, its GTID index, the list. What is not listed does not exist. */
static bool add_file(struct store *store, const char *name, struct err *err)
{
    struct index list;
    index_init(&list);
    pthread_mutex_lock(&store->shared->lock);
    uint64_t number = store->shared->index.first + store->shared->index.count;
    pthread_mutex_unlock(&store->shared->lock);
    bool ok = segment_create(&store->segment, store->dir, name, err) &&
              gtid_writer_create(&store->points, name, number, store->gtids, err) &&
              list_file(store, name, &list, err);
    if (ok)
        publish_file(store, &list);
    else
        index_clear(&list);
    return ok;
}

bool store_start_file(struct store *store, const char *name, struct err *err)
{
    if (store->read_only)
        return writer_ready(store, err);
    if (!store_alive(store, err) || !check_name(store, name, err) || !seal_file(store, err))
        return false;
    pthread_mutex_lock(&store->shared->index_lock);
    bool ok = add_file(store, name, err);
    pthread_mutex_unlock(&store->shared->index_lock);
    return ok ? true : fatal(store, err);
}

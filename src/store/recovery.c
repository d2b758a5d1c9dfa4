/* recovery.c - walks one file to its last boundary and judges what lies after it. */
// SPDX-License-Identifier: Apache-2.0
#include "store/recovery.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "base/reader.h"
#include "binlog/stream.h"

enum { SECTOR = 512 };

struct walk {
    const struct recovery_file *file;
    struct recovery *out;
    struct scan scan;
    struct stream stream;
    char path[PATH_MAX];
};

bool recovery_head_set(const struct event *event, struct gtid_set **out, struct err *err)
{
    if (event->header.type == EVENT_PREVIOUS_GTIDS)
        return gtid_set_decode(event->body, out, err);
    if (event->header.type == EVENT_GTID_LIST)
        return gtid_list_decode(event->body, out, err);
    return true;
}

/* ---- what lies at a damaged place ---- */

static bool all_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] != 0)
            return false;
    return true;
}

/* A page that never reached the disk reads as zeroes: from the damaged event's start to the next
 * sector, or any whole sector inside it. Bytes that rotted do not look like that. */
static bool sector_lost(struct walk *w, uint64_t at, bool *lost, struct err *err)
{
    uint8_t sector[SECTOR];
    uint8_t header[EVENT_HEADER_SIZE] = { 0 };
    struct event_header h = { .size = EVENT_HEADER_SIZE };
    struct err ignored;
    size_t got;
    if (!files_read_at(w->scan.files, w->scan.fd, header, sizeof header, (off_t)at, &got, err))
        return false;
    if (!event_header_decode(bytes_of(header, got), &h, &ignored))
        h.size = EVENT_HEADER_SIZE;
    uint64_t stop = at + h.size < w->out->size ? at + h.size : w->out->size;
    for (uint64_t from = at; from < stop && !*lost; from = (from / SECTOR + 1) * SECTOR) {
        size_t len = SECTOR - (size_t)(from % SECTOR);
        if (!files_read_at(w->scan.files, w->scan.fd, sector, len, (off_t)from, &got, err))
            return false;
        *lost = got > 0 && all_zero(sector, got) && (got >= EVENT_HEADER_SIZE || from > at);
    }
    return true;
}

static bool begins_transaction(uint8_t type)
{
    return type == EVENT_GTID || type == EVENT_ANONYMOUS_GTID || type == EVENT_GTID_TAGGED ||
           type == EVENT_MARIADB_GTID;
}

/* Does a whole transaction start exactly at `at`? A scan of its own judges. */
static bool transaction_at(struct walk *w, uint64_t at, bool *whole, struct err *err)
{
    struct scan scan;
    struct stream stream = w->stream;
    struct event event;
    struct err ignored;
    enum stream_step step = STREAM_OUTSIDE;
    stream.inside = false;
    stream.in_statement_group = false;
    scan_init(&scan, w->scan.files);
    if (!scan_open(&scan, w->path, at, w->out->size, err)) {
        scan_close(&scan);
        return false;
    }
    while (step != STREAM_COMMIT && scan_next(&scan, &event, &ignored) == SCAN_EVENT &&
           stream_feed(&stream, &event, &step, &ignored) && step != STREAM_OUTSIDE)
        ;
    *whole = step == STREAM_COMMIT;
    scan_close(&scan);
    return true;
}

/* Looks for the head of a GTID event whose stated end position is where it stands: cheap enough
 * for every byte, strict enough to be followed by a real walk. */
static bool looks_like_gtid(const uint8_t *p, uint64_t at)
{
    struct reader r = reader_of(bytes_of(p, EVENT_HEADER_SIZE));
    (void)reader_u32(&r);
    uint8_t type = reader_u8(&r);
    (void)reader_u32(&r);
    uint32_t size = reader_u32(&r);
    uint32_t end = reader_u32(&r);
    return begins_transaction(type) && size >= EVENT_HEADER_SIZE && size < 4096 &&
           end == (uint32_t)(at + size);
}

static bool later_transaction(struct walk *w, uint64_t at, bool *found, struct err *err)
{
    enum { STEP = 256 << 10 };
    uint8_t *data = memory_resize(NULL, STEP);
    bool ok = true;
    size_t got = EVENT_HEADER_SIZE;
    while (ok && !*found && got >= EVENT_HEADER_SIZE) {
        ok = files_read_at(w->scan.files, w->scan.fd, data, STEP, (off_t)at, &got, err);
        size_t places = ok && got >= EVENT_HEADER_SIZE ? got - EVENT_HEADER_SIZE + 1 : 0;
        for (size_t i = 0; ok && !*found && i < places; i++)
            if (looks_like_gtid(data + i, at + i))
                ok = transaction_at(w, at + i, found, err);
        at += places;
    }
    free(data);
    return ok;
}

/* The walk stopped at `at` for the reason in *err: a torn tail (true), or corruption. */
static bool judge_tail(struct walk *w, uint64_t at, struct err *err)
{
    struct err reason = *err;
    bool lost = false;
    bool later = false;
    if (reason.code != ERR_CORRUPT) {
        *err = reason;
        return err_wrap(err, "%s at %" PRIu64, w->path, at);
    }
    if (!sector_lost(w, at, &lost, err))
        return false;
    if (!lost && !later_transaction(w, at + 1, &later, err))
        return false;
    if (!later)
        return true;
    return err_set(err, ERR_CORRUPT,
                   "%s at %" PRIu64 ": %s, and whole transactions follow: this is damage, not a "
                   "torn tail: put the source's own file in its place (they are the same, byte for "
                   "byte), or make a new copy of the source",
                   w->path, at, reason.text);
}

/* ---- the walk ---- */

static bool walk_event(struct walk *w, const struct event *event, struct err *err)
{
    enum stream_step step;
    if (!stream_feed(&w->stream, event, &step, err))
        return false;
    if (step == STREAM_COMMIT) {
        if (!gtid_set_add(w->out->gtids, &w->stream.gtid, err))
            return false;
        gtid_writer_mark(&w->out->tail, &w->stream.gtid, w->scan.pos);
    }
    if (step == STREAM_COMMIT || step == STREAM_OUTSIDE)
        w->out->end = w->scan.pos;
    return true;
}

static bool walk_events(struct walk *w, struct err *err)
{
    struct event event;
    for (;;) {
        uint64_t at = w->scan.pos;
        enum scan_result result = scan_next(&w->scan, &event, err);
        if (result == SCAN_LIMIT)
            return true;
        if (result == SCAN_FAILED)
            return err_wrap(err, "%s", w->path);
        if (result == SCAN_DAMAGED || !walk_event(w, &event, err))
            return judge_tail(w, at, err);
    }
}

/* A stream cannot start at a point without the file's format: feed it the format description. */
static bool walk_from_point(struct walk *w, uint64_t point, struct err *err)
{
    struct event event;
    enum stream_step step;
    if (!scan_open(&w->scan, w->path, BINLOG_MAGIC_SIZE, w->out->size, err))
        return false;
    if (scan_next(&w->scan, &event, err) != SCAN_EVENT ||
        !stream_feed(&w->stream, &event, &step, err))
        return err_wrap(err, "%s", w->path);
    if (!scan_open(&w->scan, w->path, point, w->out->size, err))
        return false;
    w->out->end = point;
    return walk_events(w, err);
}

static bool walk_from_start(struct walk *w, struct err *err)
{
    char magic[BINLOG_MAGIC_SIZE];
    size_t got;
    if (!scan_open(&w->scan, w->path, BINLOG_MAGIC_SIZE, w->out->size, err)) {
        /* torn inside the magic itself? */
        if (w->out->size >= BINLOG_MAGIC_SIZE || w->scan.fd < 0)
            return false;
        if (!files_read_at(w->scan.files, w->scan.fd, magic, sizeof magic, 0, &got, err))
            return err_wrap(err, "%s", w->path);
        w->out->end = 0;
        return memcmp(magic, BINLOG_MAGIC, got) == 0 || all_zero((const uint8_t *)magic, got)
                   ? true
                   : err_set(err, ERR_CORRUPT, "%s: it does not begin like a binary log file",
                             w->path);
    }
    w->out->end = BINLOG_MAGIC_SIZE;
    return walk_events(w, err);
}

static bool load_before(struct walk *w, const struct gtid_set *known, struct err *err)
{
    struct recovery *out = w->out;
    AUTO(gtid_set) stated = NULL;
    if (!out->index_whole) {
        out->before = known != NULL ? gtid_set_copy(known) : gtid_set_new();
        return true;
    }
    if (!gtid_set_from_text(out->index.before, &stated, err))
        return err_wrap(err, "%s" GTID_INDEX_SUFFIX, w->path);
    out->index_whole = known == NULL || gtid_set_equal(known, stated);
    out->before = gtid_set_copy(known != NULL ? known : stated);
    return true;
}

static bool load_points(struct walk *w, struct err *err)
{
    struct recovery *out = w->out;
    out->gtids = gtid_set_copy(out->before);
    if (w->file->limit > 0)
        gtid_index_cut(&out->index, w->file->limit);
    for (size_t i = 0; i < out->index.count; i++)
        if (!gtid_point_add_to(&out->index.points[i], out->gtids, err))
            return false;
    uint64_t end = gtid_index_end(&out->index, UINT64_MAX);
    out->tail.covered = end;
    if (out->index.count > 0 && end > out->size)
        return err_set(err, ERR_CORRUPT,
                       "%s ends at %" PRIu64 ", but was synced up to %" PRIu64
                       ": the disk or someone took synced data away; to accept the loss, move "
                       "%s" GTID_INDEX_SUFFIX " away and start again",
                       w->path, out->size, end, w->path);
    return true;
}

/* A missing or torn index is no error: the walk then starts at the beginning. */
static bool load_index(struct walk *w, struct err *err)
{
    struct err why;
    const struct recovery_file *file = w->file;
    struct recovery *out = w->out;
    if (gtid_index_load(file->files, file->dir, file->name, file->number, &out->index,
                        &out->index_whole, &why))
        return true;
    out->index_whole = false;
    if (why.code == ERR_CORRUPT)
        return true;
    *err = why;
    return false;
}

static bool file_size(struct walk *w, struct err *err)
{
    struct stat st;
    if (stat(w->path, &st) != 0)
        return err_sys(err, "%s", w->path);
    w->out->size = (uint64_t)st.st_size;
    if (w->file->limit > 0 && w->file->limit < w->out->size)
        w->out->size = w->file->limit;
    return true;
}

bool recovery_run(const struct recovery_file *file, const struct gtid_set *known_before,
                  struct recovery *out, struct err *err)
{
    struct walk w = { .file = file, .out = out };
    *out = (struct recovery){ 0 };
    gtid_writer_init(&out->tail, file->files, file->dir);
    scan_init(&w.scan, file->files);
    stream_init(&w.stream);
    snprintf(w.path, sizeof w.path, "%s/%s", file->dir, file->name);
    bool ok = file_size(&w, err) && load_index(&w, err) && load_before(&w, known_before, err) &&
              load_points(&w, err);
    if (ok && out->index.count > 0)
        ok = walk_from_point(&w, gtid_index_end(&out->index, UINT64_MAX), err);
    else if (ok)
        ok = walk_from_start(&w, err);
    scan_close(&w.scan);
    if (!ok)
        recovery_clear(out);
    return ok;
}

void recovery_clear(struct recovery *recovery)
{
    gtid_set_free(recovery->gtids);
    gtid_set_free(recovery->before);
    gtid_index_clear(&recovery->index);
    if (recovery->tail.files != NULL)
        gtid_writer_close(&recovery->tail);
    *recovery = (struct recovery){ 0 };
}

void recovery_take_index(struct recovery *recovery, const struct recovery_file *file,
                         struct gtid_index *out)
{
    struct gtid_writer *tail = &recovery->tail;
    struct buf before;
    buf_init(&before, GTID_SET_TEXT_MAX);
    gtid_set_print(recovery->before, &before);
    *out = recovery->index;
    recovery->index = (struct gtid_index){ 0 };
    free(out->before);
    out->before = memory_str(buf_cstr(&before));
    buf_clear(&before);
    out->file = file->number;
    snprintf(out->name, sizeof out->name, "%s", file->name);
    gtid_writer_end(tail, recovery->end);
    for (size_t i = 0; i < tail->waiting_count; i++)
        gtid_index_push(out, &tail->waiting[i]);
    free(tail->waiting);
    tail->waiting = NULL;
    tail->waiting_count = 0;
}

bool recovery_stated_set(const struct recovery_file *file, struct gtid_set **out, struct err *err)
{
    char path[PATH_MAX];
    struct scan scan;
    struct event event = { .header.type = EVENT_FORMAT_DESCRIPTION };
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", file->dir, file->name);
    *out = NULL;
    if (stat(path, &st) != 0)
        return err_sys(err, "%s", path);
    if (st.st_size < BINLOG_MAGIC_SIZE)
        return true;
    scan_init(&scan, file->files);
    bool ok = scan_open(&scan, path, BINLOG_MAGIC_SIZE, (uint64_t)st.st_size, err);
    enum scan_result result = SCAN_EVENT;
    while (ok && *out == NULL && result == SCAN_EVENT && !begins_transaction(event.header.type)) {
        result = scan_next(&scan, &event, err);
        ok = result != SCAN_FAILED && (result != SCAN_EVENT || recovery_head_set(&event, out, err));
    }
    scan_close(&scan);
    return ok ? true : err_wrap(err, "%s", path);
}

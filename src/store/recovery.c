/* recovery.c - walks one file to its last boundary and judges what lies after it. */
// SPDX-License-Identifier: Apache-2.0
#include "store/recovery.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/bug.h"
#include "base/memory.h"
#include "binlog/stream.h"
#include "store/tail.h"

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

/* The walk stopped at `at` for the reason in *err: a torn tail (true), or corruption. */
static bool judge_tail(struct walk *w, uint64_t at, struct err *err)
{
    struct err reason = *err;
    struct tail tail = { w->scan.files, w->path, w->out->size, &w->stream };
    bool torn = false;
    if (reason.code != ERR_CORRUPT)
        return err_wrap(err, "%s at %" PRIu64, w->path, at);
    if (!tail_is_torn(&tail, at, &torn, err))
        return false;
    w->out->is_torn = torn;
    if (torn)
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
    if (step == (BUG(GTID_AT_FIRST_EVENT) ? STREAM_BEGIN : STREAM_COMMIT)) {
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
        return memcmp(magic, BINLOG_MAGIC, got) == 0 || bytes_all_zero(bytes_of(magic, got))
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

bool recovery_check_whole(const struct recovery *recovery, const struct recovery_file *file,
                          struct err *err)
{
    return !recovery->is_torn ||
           err_set(err, ERR_CORRUPT,
                   "%s/%s at %" PRIu64 ": what was whole is damaged: put the source's own file in "
                   "its place (they are the same, byte for byte), or make a new copy of the source",
                   file->dir, file->name, recovery->end);
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
    while (ok && *out == NULL && result == SCAN_EVENT &&
           !event_begins_transaction(event.header.type)) {
        result = scan_next(&scan, &event, err);
        ok = result != SCAN_FAILED && (result != SCAN_EVENT || recovery_head_set(&event, out, err));
    }
    scan_close(&scan);
    return ok ? true : err_wrap(err, "%s", path);
}

/* file_check.c - the walk of file_check.h, one event after the other. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/file_check.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "binlog/file_event.h"
#include "binlog/stream.h"
#include "store/recovery.h"
#include "store/scan.h"
#include "store/tail.h"
#include "verify/index_check.h"
#include "verify/statement_maps.h"

enum {
    COUNT_STEP = 4 << 20, /* bytes between two looks at the counter */
    LARGE_SIZE = 2 << 20, /* of a file that is worth more threads */
};

struct walk {
    const struct file_check_request *request;
    struct file_check *out;
    struct scan scan;
    struct stream stream;
    struct statement_maps maps;
    struct index_check index;
    uint64_t boundary;   /* the end of the last whole transaction */
    uint64_t counted;    /* bytes told to the counter */
    bool in_use;         /* the file's own head says that its server did not close it */
    bool foreign_places; /* a relay log of a server: its positions are those of other files */
};

static void fault(struct walk *w, enum fault_kind kind, const struct event *event, const char *text)
{
    faults_add(&w->out->faults, kind, w->request->shown, w->out->checked,
               event != NULL ? event_type_name(event->header.type) : "", "%s", text);
}

/* ---- one event ---- */

/* A relay log repeats its source's format description and names its source's file in a rotate. */
static void note_head(struct walk *w, const struct event *event)
{
    bool first = w->out->events == 0;
    bool format = event->header.type == EVENT_FORMAT_DESCRIPTION;
    if (first && format)
        w->in_use = (event->header.flags & EVENT_FLAG_IN_USE) != 0;
    if ((!first && format) || (event->header.flags & EVENT_FLAG_ARTIFICIAL) != 0)
        w->foreign_places = true;
}

static bool check_place(struct walk *w, const struct event *event, bool was_inside)
{
    char text[160];
    uint32_t stated = event->header.end_pos;
    uint32_t end = (uint32_t)w->scan.pos;
    bool may_be_zero =
        w->stream.format.flavour == FLAVOUR_MARIADB && (was_inside || w->stream.inside);
    if (w->foreign_places || stated == end || (stated == 0 && may_be_zero))
        return true;
    snprintf(text, sizeof text, "it ends at %" PRIu32 ", but says that it ends at %" PRIu32, end,
             stated);
    fault(w, FAULT_KIND_POSITION, event, text);
    return false;
}

static bool check_gtid(struct walk *w, const struct event *event)
{
    const struct gtid *gtid = &w->stream.gtid;
    char text[GTID_TEXT_MAX + 80];
    char name[GTID_TEXT_MAX];
    struct gtid last;
    struct file_check *out = w->out;
    bool twice =
        gtid_set_contains(out->gtids, gtid) ||
        (out->stated != NULL && gtid->kind == GTID_MYSQL && gtid_set_contains(out->stated, gtid));
    if (twice) {
        gtid_text(gtid, name);
        snprintf(text, sizeof text, "GTID %s comes a second time", name);
        fault(w, gtid->kind == GTID_MARIADB ? FAULT_KIND_GTID_ORDER : FAULT_KIND_GTID_TWICE, event,
              text);
        return gtid->kind == GTID_MARIADB;
    }
    if (gtid->kind == GTID_MARIADB && gtid_set_last_in_domain(out->gtids, gtid->domain, &last) &&
        last.seq >= gtid->seq && !faults_have(&out->faults, FAULT_NOTE)) {
        char before[GTID_TEXT_MAX];
        snprintf(text, sizeof text, "GTID %s comes after %s", gtid_text(gtid, name),
                 gtid_text(&last, before));
        fault(w, FAULT_KIND_GTID_ORDER, event, text);
    }
    return true;
}

static void note_boundary(struct walk *w)
{
    w->boundary = w->scan.pos;
    index_check_boundary(&w->index, w->boundary, &w->out->faults);
}

static bool check_commit(struct walk *w, const struct event *event)
{
    struct err err;
    w->out->transactions++;
    statement_maps_reset(&w->maps);
    index_check_commit(&w->index, &w->stream.gtid);
    note_boundary(w);
    if (gtid_set_add(w->out->gtids, &w->stream.gtid, &err))
        return true;
    fault(w, FAULT_KIND_STRUCTURE, event, err.text);
    return false;
}

static bool is_encryption(const struct event *event)
{
    return event->header.type == EVENT_START_ENCRYPTION &&
           (event->header.flags & EVENT_FLAG_IGNORABLE) == 0;
}

static bool feed_stream(struct walk *w, const struct event *event, enum stream_step *step)
{
    struct err err;
    if (stream_feed(&w->stream, event, step, &err))
        return true;
    enum fault_kind kind = is_encryption(event)          ? FAULT_KIND_ENCRYPTED
                           : err.code == ERR_UNSUPPORTED ? FAULT_KIND_UNSUPPORTED
                                                         : FAULT_KIND_STRUCTURE;
    fault(w, kind, event, err.text);
    return false;
}

static bool check_head_set(struct walk *w, const struct event *event)
{
    struct err err;
    if (w->out->stated != NULL || recovery_head_set(event, &w->out->stated, &err))
        return true;
    fault(w, FAULT_KIND_STRUCTURE, event, err.text);
    return false;
}

static bool check_event(struct walk *w, const struct event *event)
{
    struct err err;
    enum stream_step step = STREAM_OUTSIDE;
    bool was_inside = w->stream.inside;
    note_head(w, event);
    if (!feed_stream(w, event, &step) || !check_place(w, event, was_inside))
        return false;
    if (!statement_maps_feed(&w->maps, event, &err)) {
        fault(w, FAULT_KIND_TABLE_MAP, event, err.text);
        return false;
    }
    switch (step) {
    case STREAM_OUTSIDE:
        note_boundary(w);
        return check_head_set(w, event);
    case STREAM_BEGIN:
        return check_gtid(w, event);
    case STREAM_COMMIT:
        return check_commit(w, event);
    case STREAM_INSIDE:
        break;
    }
    return true;
}

static void count_event(struct walk *w, const struct event *event)
{
    struct file_check *out = w->out;
    out->checked = w->scan.pos;
    out->events++;
    if (event->header.timestamp != 0) {
        out->first_time = out->first_time == 0 ? event->header.timestamp : out->first_time;
        out->last_time = event->header.timestamp;
    }
    if (w->request->bytes != NULL && w->scan.pos - w->counted >= COUNT_STEP) {
        atomic_fetch_add(w->request->bytes, w->scan.pos - w->counted);
        w->counted = w->scan.pos;
    }
}

/* ---- the file ---- */

/* What is not whole at `at`: a tail that was never acknowledged, a file that is still written, or
 * damage. */
static void judge_end(struct walk *w, const struct err *reason, enum fault_kind damage)
{
    struct tail tail = { w->request->files, w->request->path, w->out->size, &w->stream };
    struct err err;
    bool torn = false;
    bool may_be_torn = w->request->is_newest || (w->request->dir == NULL && w->in_use);
    char text[2200];
    if (may_be_torn && !tail_is_torn(&tail, w->out->checked, &torn, &err)) {
        fault(w, FAULT_KIND_UNREADABLE, NULL, err.text);
        return;
    }
    snprintf(text, sizeof text, "%s%s", reason->text,
             may_be_torn && !torn ? ", and whole transactions follow: this is no torn tail" : "");
    w->out->whole = torn;
    if (!torn)
        fault(w, damage, NULL, text);
    else
        faults_add(
            &w->out->faults, w->request->dir != NULL ? FAULT_KIND_TORN_TAIL : FAULT_KIND_UNFINISHED,
            w->request->shown, w->boundary, "", "its last %" PRIu64 " bytes are a torn tail: %s",
            w->out->size - w->boundary, reason->text);
}

static enum fault_kind kind_of_damage(const struct walk *w)
{
    static const enum fault_kind kinds[] = {
        [SCAN_FRAME] = FAULT_KIND_FRAME,
        [SCAN_CHECKSUM] = FAULT_KIND_CHECKSUM,
        [SCAN_CUT_OFF] = FAULT_KIND_CUT_OFF,
    };
    return w->out->events == 0 ? FAULT_KIND_FORMAT : kinds[w->scan.damage];
}

static void end_inside(struct walk *w)
{
    struct err err;
    char gtid[GTID_TEXT_MAX];
    err_set(&err, ERR_CORRUPT, "it ends inside transaction %s", gtid_text(&w->stream.gtid, gtid));
    judge_end(w, &err, FAULT_KIND_CUT_OFF);
}

static void walk_events(struct walk *w)
{
    struct event event;
    struct err err;
    for (;;) {
        enum scan_result result = scan_next(&w->scan, &event, &err);
        if (result == SCAN_FAILED) {
            fault(w, FAULT_KIND_UNREADABLE, NULL, err.text);
            return;
        }
        if (result == SCAN_DAMAGED) {
            judge_end(w, &err, kind_of_damage(w));
            return;
        }
        if (result == SCAN_LIMIT)
            break;
        if (!check_event(w, &event))
            return;
        count_event(w, &event);
    }
    w->out->whole = true;
    if (w->stream.inside)
        end_inside(w);
}

static bool begins_like_a_log(struct walk *w)
{
    struct err err;
    if (w->out->size == 0 && w->request->is_newest) {
        w->out->whole = true;
        return false;
    }
    if (scan_open(&w->scan, w->request->path, BINLOG_MAGIC_SIZE,
                  w->out->size < BINLOG_MAGIC_SIZE ? BINLOG_MAGIC_SIZE : w->out->size, &err)) {
        w->out->checked = BINLOG_MAGIC_SIZE;
        w->boundary = BINLOG_MAGIC_SIZE;
        scan_read_ahead(&w->scan, w->out->size >= LARGE_SIZE ? w->request->threads : 0);
        return true;
    }
    if (w->out->size < BINLOG_MAGIC_SIZE && w->request->is_newest && w->scan.fd >= 0) {
        w->out->whole = true;
        fault(w, FAULT_KIND_TORN_TAIL, NULL, "it was torn inside its first bytes");
        return false;
    }
    fault(w, err.code == ERR_CORRUPT ? FAULT_KIND_MAGIC : FAULT_KIND_UNREADABLE, NULL, err.text);
    return false;
}

static void note_indexed_before(struct walk *w)
{
    struct err err;
    if (w->index.active &&
        !gtid_set_from_text(w->index.index.before, &w->out->indexed_before, &err))
        faults_add(&w->out->faults, FAULT_KIND_GTID_INDEX, w->index.shown, FAULT_NOWHERE, "",
                   "the set before the file is not readable: %s", err.text);
}

static bool measure(struct walk *w)
{
    struct stat st;
    struct err err;
    if (stat(w->request->path, &st) != 0) {
        err_sys(&err, "%s", w->request->path);
        fault(w, FAULT_KIND_UNREADABLE, NULL, err.text);
        return false;
    }
    uint64_t size = (uint64_t)st.st_size;
    w->out->size = size < w->request->limit ? size : w->request->limit;
    return true;
}

void file_check_run(const struct file_check_request *request, struct file_check *out)
{
    *out = (struct file_check){ .gtids = gtid_set_new() };
    struct walk w = { .request = request, .out = out };
    scan_init(&w.scan, request->files);
    stream_init(&w.stream);
    if (request->dir != NULL) {
        index_check_open(&w.index, request->files, request->dir, request->name, request->number,
                         &out->faults);
        note_indexed_before(&w);
    }
    if (measure(&w) && begins_like_a_log(&w)) {
        out->opened = true;
        walk_events(&w);
        memcpy(out->server_version, w.stream.format.server_version, sizeof out->server_version);
        if (out->whole)
            index_check_close(&w.index, w.boundary, request->limit != UINT64_MAX, &out->faults);
    }
    if (request->bytes != NULL)
        atomic_fetch_add(request->bytes, out->size - w.counted);
    index_check_clear(&w.index);
    statement_maps_clear(&w.maps);
    scan_close(&w.scan);
}

void file_check_clear(struct file_check *check)
{
    gtid_set_free(check->stated);
    gtid_set_free(check->gtids);
    gtid_set_free(check->indexed_before);
    faults_clear(&check->faults);
    *check = (struct file_check){ 0 };
}

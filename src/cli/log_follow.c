/* log_follow.c - keeps the place of the next event, and the GTIDs that need not come again: all but
 * the last one's, whose transaction may be there in part. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_follow.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/memory.h"
#include "binlog/gtid_event.h"
#include "binlog/gtid_set.h"
#include "receive/decide.h"

enum { WAIT_MAX_MS = 30000, SET_TEXT_MAX = 64 << 20 };

struct log_follow {
    struct log_follow_request request;
    struct log_live *live; /* NULL: between two connections */
    char server[64];
    char file[LOG_LIVE_NAME_SIZE]; /* of the last event; "": none came yet */
    uint64_t offset;               /* where it ended */
    bool is_behind;                /* events up to there come again */
    bool brought_something;        /* this connection */
    unsigned wait_ms;              /* the last one */
    struct gtid_set *gtids;        /* that need not come again; NULL: it goes on by file */
    struct gtid last;              /* of the transaction that came last */
    bool has_last;
};

static bool open_first(struct log_follow *follow, struct err *err)
{
    const struct log_live_request *live = &follow->request.live;
    if (!log_live_open(live, &follow->live, err))
        return false;
    snprintf(follow->server, sizeof follow->server, "%s", log_live_server(follow->live));
    return live->gtids == NULL || !live->follow ||
           gtid_set_parse(live->gtids, log_live_format(follow->live)->flavour, &follow->gtids, err);
}

bool log_follow_open(const struct log_follow_request *request, struct log_follow **out,
                     struct err *err)
{
    struct log_follow *follow = memory_new(sizeof *follow);
    follow->request = *request;
    if (!open_first(follow, err)) {
        log_follow_close(follow);
        return false;
    }
    *out = follow;
    return true;
}

void log_follow_close(struct log_follow *follow)
{
    if (follow == NULL)
        return;
    log_live_close(follow->live);
    gtid_set_free(follow->gtids);
    free(follow);
}

bool log_follow_is_idle(const struct log_follow *follow)
{
    return follow->live != NULL && log_live_is_idle(follow->live);
}

/* ---- another connection ---- */

static bool check_server(const struct log_follow *follow, const struct log_live *live,
                         struct err *err)
{
    return strcmp(follow->server, log_live_server(live)) == 0 ||
           err_set(err, ERR_CONFLICT,
                   "another server answers there now (%s, it was %s): its files are not the same; "
                   "begin with --start-gtids",
                   log_live_server(live), follow->server);
}

static bool open_again(struct log_follow *follow, struct err *err)
{
    struct log_live_request live = follow->request.live;
    struct log_live *opened = NULL;
    AUTO_BUF gtids;
    buf_init(&gtids, SET_TEXT_MAX);
    if (follow->gtids != NULL) {
        gtid_set_print(follow->gtids, &gtids);
        live.gtids = buf_cstr(&gtids);
    } else if (follow->file[0] != 0) {
        live.file = follow->file;
        live.offset = follow->offset;
    }
    if (!log_live_open(&live, &opened, err))
        return false;
    if (!check_server(follow, opened, err)) {
        log_live_close(opened);
        return false;
    }
    follow->live = opened;
    follow->is_behind = follow->file[0] != 0;
    return true;
}

static void wait_for(unsigned wait_ms)
{
    struct timespec left = { wait_ms / 1000, (long)(wait_ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) != 0)
        continue;
}

/* Positions of 32 bits cannot be told apart in a larger file that is read again from a GTID on. */
static bool may_go_on(const struct log_follow *follow, struct err *err)
{
    struct failure_facts facts = { .fault = FAULT_CONNECTION, .has_streamed = true };
    bool is_lost = err->code == ERR_CORRUPT || err->code == ERR_UNSUPPORTED ||
                   (follow->gtids != NULL && follow->offset > UINT32_MAX);
    return follow->request.live.follow && !is_lost &&
           decide_after_failure(&facts, err) == VERDICT_RETRY;
}

static bool broken(const struct log_follow *follow, struct err *err)
{
    if (err->code == ERR_REFUSED || follow->file[0] == 0)
        return false;
    return err_wrap(err,
                    "the log ended at %s:%" PRIu64 " (go on there with --start-from=%s "
                    "--start-position=%" PRIu64 ")",
                    follow->file, follow->offset, follow->file, follow->offset);
}

/* Until there is a connection, or none will do. */
static bool go_on(struct log_follow *follow, struct err *err)
{
    log_live_close(follow->live);
    follow->live = NULL;
    while (follow->live == NULL) {
        if (!may_go_on(follow, err))
            return broken(follow, err);
        follow->wait_ms =
            decide_wait_ms(follow->wait_ms, WAIT_MAX_MS, follow->brought_something, err);
        follow->brought_something = false;
        follow->request.on_break(err, follow->wait_ms, follow->request.arg);
        wait_for(follow->wait_ms);
        if (!open_again(follow, err))
            follow->live = NULL;
    }
    return true;
}

/* ---- events ---- */

/* The number behind the dot only grows, and gets longer when it has to. */
static int by_file(const char *a, const char *b)
{
    size_t x = strlen(a);
    size_t y = strlen(b);
    return x != y ? (x > y ? 1 : -1) : strcmp(a, b);
}

static bool came_before(const struct log_follow *follow, const struct log_live_event *event)
{
    int order = by_file(event->file, follow->file);
    return follow->is_behind && (order < 0 || (order == 0 && event->pos < follow->offset));
}

static bool note_gtid(struct log_follow *follow, struct bytes raw, struct err *err)
{
    struct event event;
    struct gtid_event gtid;
    if (!event_decode(raw, log_live_format(follow->live), &event, err))
        return false;
    uint8_t type = event.header.type;
    if (type != EVENT_GTID && type != EVENT_GTID_TAGGED && type != EVENT_MARIADB_GTID)
        return true;
    if (!gtid_event_decode(&event, &gtid, err) ||
        (follow->has_last && !gtid_set_add(follow->gtids, &follow->last, err)))
        return false;
    follow->last = gtid.gtid;
    follow->has_last = true;
    return true;
}

static bool note_event(struct log_follow *follow, struct log_live_event *event, struct err *err)
{
    snprintf(follow->file, sizeof follow->file, "%s", event->file);
    event->file = follow->file;
    follow->offset = event->pos + event->raw.len;
    follow->is_behind = false;
    follow->brought_something = true;
    return follow->gtids == NULL || note_gtid(follow, event->raw, err);
}

bool log_follow_next(struct log_follow *follow, struct log_live_event *out, bool *more,
                     struct err *err)
{
    for (;;) {
        struct log_live_event event;
        if (!log_live_next(follow->live, &event, more, err)) {
            if (!go_on(follow, err))
                return false;
            continue;
        }
        if (!*more)
            return true;
        if (came_before(follow, &event))
            continue;
        *out = event;
        return note_event(follow, out, err);
    }
}

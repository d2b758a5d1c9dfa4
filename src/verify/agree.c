/* agree.c - see agree.h. By file and offset where the server is the one that is followed (the log
 * is written before a commit can be seen; MySQL adds to gtid_executed only afterwards), else by
 * GTID. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/agree.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "net/cancel.h"
#include "net/connection.h"
#include "snapshot/probe.h"
#include "store/index.h"

enum { STATUS_BYTES_MAX = 64 << 20, PAUSE_LEAST_MS = 2, PAUSE_MOST_MS = 50 };

bool agree_init(struct agree *agree, struct err *err)
{
    struct position position;
    char uuid[sizeof position.source_uuid] = "";
    char text[40] = "0";
    bool found = false;
    bool is_mysql = connection_flavour(agree->connection) == FLAVOUR_MYSQL;
    if (!connection_query_text(agree->connection,
                               is_mysql ? "SELECT @@global.server_uuid"
                                        : "SELECT @@global.server_id",
                               text, sizeof text, &found, err) ||
        !sqlite_reader_position(agree->reader, &position, err))
        return false;
    snprintf(uuid, sizeof uuid, is_mysql ? "%s" : "server_id:%s", text);
    agree->same_source = strcmp(uuid, position.source_uuid) == 0;
    position_clear(&position);
    return true;
}

struct place {
    char file[256];
    uint64_t offset;
    struct gtid_set *gtids;
};

static bool read_place(struct agree *agree, struct place *out, struct err *err)
{
    struct arena arena;
    struct source_status status;
    arena_init(&arena, STATUS_BYTES_MAX);
    bool ok = probe_status(agree->connection, &arena, &status, err) &&
              gtid_set_parse(status.gtids, connection_flavour(agree->connection), &out->gtids, err);
    if (ok) {
        memcpy(out->file, status.file, sizeof out->file);
        out->offset = status.offset;
    }
    arena_clear(&arena);
    return ok ? true : err_wrap(err, "reading where the source's log ends");
}

/* binlog.000003 and binlog.000012: one server's files count up. */
static bool same_base(const char *a, const char *b)
{
    const char *dot = strrchr(a, '.');
    return dot != NULL && strncmp(a, b, (size_t)(dot - a) + 1) == 0;
}

static bool has_place(const struct agree *agree, const struct position *at,
                      const struct place *place)
{
    if (agree->same_source && same_base(at->file, place->file)) {
        uint64_t here = index_name_number(at->file);
        uint64_t there = index_name_number(place->file);
        return here > there || (here == there && at->offset >= place->offset);
    }
    return gtid_set_contains_all(at->gtids, place->gtids);
}

static bool can_tell(const struct agree *agree, const struct position *at,
                     const struct place *place, struct err *err)
{
    if ((agree->same_source && same_base(at->file, place->file)) ||
        !gtid_set_is_empty(place->gtids))
        return true;
    return err_set(
        err, ERR_CONFIG,
        "that server is not the one that this node follows, and it has no GTIDs: there is "
        "no place in the log that both can be read at");
}

/* A snapshot at or past the place, left open; else none. */
static bool look(struct agree *agree, const struct place *place, bool *there, uint64_t *at,
                 struct err *err)
{
    struct position position;
    bool changed = false;
    *there = false;
    if (!sqlite_reader_begin(agree->reader, &changed, err))
        return false;
    bool ok = !changed || err_set(err, ERR_CONFLICT, "the replica's schema has changed");
    ok = ok && sqlite_reader_position(agree->reader, &position, err);
    if (ok) {
        ok = can_tell(agree, &position, place, err);
        *there = ok && has_place(agree, &position, place);
        *at = position.offset;
        position_clear(&position);
    }
    if (!*there)
        sqlite_reader_end(agree->reader);
    return ok;
}

static bool stands_still(const struct agree *agree, const struct place *place, struct err *err)
{
    return err_set(err, ERR_TIMEOUT,
                   "the replica does not get to %s:%llu, where the source is: it has not moved for "
                   "%u s. Does its node run (binlogd status), and does it follow that source?",
                   place->file, (unsigned long long)place->offset, agree->wait_ms / 1000);
}

static bool wait_for(struct agree *agree, const struct place *place, unsigned limit_ms,
                     bool *reached, struct err *err)
{
    uint64_t started = clock_monotonic_ms();
    uint64_t moved = started;
    uint64_t last = UINT64_MAX;
    unsigned pause = PAUSE_LEAST_MS;
    for (;;) {
        uint64_t at = 0;
        if (!look(agree, place, reached, &at, err))
            return false;
        uint64_t now = clock_monotonic_ms();
        if (*reached || (limit_ms > 0 && now - started >= limit_ms))
            return true;
        moved = at != last ? now : moved;
        last = at;
        if (now - moved >= agree->wait_ms)
            return stands_still(agree, place, err);
        if (cancel_sleep(agree->cancel, pause))
            return err_set(err, ERR_CANCELLED, "stopped");
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
}

bool agree_now(struct agree *agree, unsigned limit_ms, bool *reached, struct err *err)
{
    struct place place = { .offset = 0 };
    bool ok = read_place(agree, &place, err) && wait_for(agree, &place, limit_ms, reached, err);
    gtid_set_free(place.gtids);
    return ok;
}

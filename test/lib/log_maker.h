/* log_maker.h - makes small, true log files for tests: format description, the set before, then
 * transactions of GTID, query, XID. Also writes them into a store the way a receiver does.
 *
 * bytes hold the whole file from its magic on; ends[] are the offsets of its boundaries. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdlib.h>
#include "base/buf.h"
#include "binlog/event.h"
#include "binlog/gtid_event.h"
#include "binlog/gtid_set.h"
#include "store/store.h"

enum { LOG_MAKER_MARKS_MAX = 20000 };

struct log_mark {
    uint64_t end;
    bool has_gtid; /* a transaction ends here */
    struct gtid gtid;
};

struct log_maker {
    enum flavour flavour;
    struct buf bytes;
    struct log_mark *marks;
    size_t mark_count;
    uint32_t server_id; /* of the next event */
};

static inline void log_maker_event(struct log_maker *log, uint8_t type, struct bytes body)
{
    struct event_header h = { .timestamp = 1700000000, .type = type, .server_id = log->server_id };
    h.end_pos = (uint32_t)(log->bytes.len + EVENT_HEADER_SIZE + body.len + EVENT_CHECKSUM_SIZE);
    event_append(&log->bytes, &h, body, CHECKSUM_CRC32);
}

static inline void log_maker_mark(struct log_maker *log, const struct gtid *gtid)
{
    struct log_mark *mark = &log->marks[log->mark_count++];
    *mark = (struct log_mark){ .end = log->bytes.len, .has_gtid = gtid != NULL };
    if (gtid != NULL)
        mark->gtid = *gtid;
}

static inline void log_maker_format(struct log_maker *log)
{
    bool mariadb = log->flavour == FLAVOUR_MARIADB;
    char version[50] = "9.7.4";
    uint8_t sizes[171] = { 0 };
    struct buf body;
    if (mariadb)
        strcpy(version, "10.11.19-MariaDB-log");
    buf_init(&body, 4096);
    buf_le(&body, 4, 2);
    buf_append(&body, version, sizeof version);
    buf_le(&body, 0, 4);
    buf_u8(&body, EVENT_HEADER_SIZE);
    buf_append(&body, sizes, mariadb ? 171 : 42);
    buf_u8(&body, CHECKSUM_CRC32);
    log_maker_event(log, EVENT_FORMAT_DESCRIPTION, buf_bytes(&body));
    buf_clear(&body);
    log_maker_mark(log, NULL);
}

/* before NULL: a file that does not say what came before it */
static inline void log_maker_init(struct log_maker *log, enum flavour flavour,
                                  const struct gtid_set *before)
{
    struct buf body;
    *log = (struct log_maker){ .flavour = flavour, .server_id = 7 };
    log->marks = calloc(LOG_MAKER_MARKS_MAX, sizeof *log->marks);
    buf_init(&log->bytes, 256 << 20);
    buf_init(&body, 1 << 20);
    buf_append(&log->bytes, BINLOG_MAGIC, BINLOG_MAGIC_SIZE);
    log_maker_format(log);
    if (before == NULL)
        return;
    if (flavour == FLAVOUR_MARIADB)
        gtid_list_encode(before, &body);
    else
        gtid_set_encode(before, &body);
    log_maker_event(log, flavour == FLAVOUR_MARIADB ? EVENT_GTID_LIST : EVENT_PREVIOUS_GTIDS,
                    buf_bytes(&body));
    buf_clear(&body);
    log_maker_mark(log, NULL);
}

static inline void log_maker_clear(struct log_maker *log)
{
    buf_clear(&log->bytes);
    free(log->marks);
}

static inline void log_maker_query(struct log_maker *log, const char *text, size_t padding)
{
    struct buf body;
    buf_init(&body, 64 << 20);
    buf_le(&body, 1, 4); /* thread */
    buf_le(&body, 0, 4); /* seconds it took */
    buf_u8(&body, 1);    /* length of the database's name */
    buf_le(&body, 0, 2); /* error */
    buf_le(&body, 0, 2); /* status variables */
    buf_append(&body, "d", 2);
    buf_str(&body, text);
    for (size_t i = 0; i < padding; i++)
        buf_u8(&body, (uint8_t)('a' + i % 26));
    log_maker_event(log, EVENT_QUERY, buf_bytes(&body));
    buf_clear(&body);
}

static inline struct gtid log_maker_gtid(enum flavour flavour, uint64_t seq)
{
    struct gtid gtid = { .kind = GTID_MARIADB, .server = 7, .seq = seq };
    if (flavour == FLAVOUR_MYSQL) {
        gtid = (struct gtid){ .kind = GTID_MYSQL, .seq = seq };
        memset(gtid.uuid, 0x11, sizeof gtid.uuid);
    }
    return gtid;
}

static inline void log_maker_transaction(struct log_maker *log, const struct gtid *gtid,
                                         size_t padding)
{
    struct gtid_event event = { .gtid = *gtid, .flags = MARIADB_GTID_TRANSACTIONAL };
    struct buf body;
    if (log->flavour == FLAVOUR_MYSQL)
        event.flags = 0;
    else
        log->server_id = gtid->server; /* MariaDB keeps it in the header only */
    buf_init(&body, 4096);
    uint8_t type = gtid_event_encode(&event, &body);
    log_maker_event(log, type, buf_bytes(&body));
    buf_clear(&body);
    if (log->flavour == FLAVOUR_MYSQL)
        log_maker_query(log, "BEGIN", 0);
    log_maker_query(log, "INSERT INTO t VALUES (1) -- ", padding);
    uint64_t xid = gtid->seq;
    log_maker_event(log, EVENT_XID, bytes_of(&xid, sizeof xid));
    log_maker_mark(log, gtid);
}

static inline void log_maker_add(struct log_maker *log, uint64_t first, uint64_t last,
                                 size_t padding)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        struct gtid gtid = log_maker_gtid(log->flavour, seq);
        log_maker_transaction(log, &gtid, padding);
    }
}

/* Writes the marks [from, to) with what lies before each, as a receiver does; flush_every 0: never.
 */
static inline bool log_maker_write(const struct log_maker *log, struct store *store, size_t from,
                                   size_t to, size_t flush_every, struct err *err)
{
    uint64_t at = from == 0 ? BINLOG_MAGIC_SIZE : log->marks[from - 1].end;
    for (size_t i = from; i < to; i++) {
        const struct log_mark *mark = &log->marks[i];
        struct bytes piece = bytes_of(log->bytes.data + at, (size_t)(mark->end - at));
        if (!store_write(store, piece, err) ||
            !store_mark(store, mark->has_gtid ? &mark->gtid : NULL, err))
            return false;
        if (flush_every > 0 && (i + 1) % flush_every == 0 && !store_flush(store, err))
            return false;
        at = mark->end;
    }
    return true;
}

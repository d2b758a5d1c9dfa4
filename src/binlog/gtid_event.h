/* gtid_event.h - the event that opens a transaction and names it: GTID (33), ANONYMOUS_GTID (34)
 * and GTID_TAGGED (42) of MySQL, GTID (162) of MariaDB.
 *
 *   33, 34  flags (1), uuid (16), number (8), then as far as the server's version wrote it:
 *           clock type (1, = 2), last_committed (8), sequence_number (8); immediate commit time (7,
 *           microseconds; bit 55: the original's follows, 7); transaction length (lenenc);
 *           immediate server version (4; bit 31: the original's follows, 4); group ticket (8)
 *   42      mysql::serialization: version, size, last field that must be known, then field id and
 *           value pairs, in order (varint.h)
 *   162     sequence (8), domain (4), flags (1), commit id (8, if flag 2), XA id (if flags c0),
 *           extra flags (1), engines (1), start-alter sequence (8), thread id (4); zeros to 19
 * bytes
 *
 * Borrowed from the event: the XA id. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"
#include "binlog/xa.h"

enum {
    MARIADB_GTID_STANDALONE = 0x1, /* one event group without an end event: DDL, XA COMMIT */
    MARIADB_GTID_GROUP_COMMIT = 0x2,
    MARIADB_GTID_TRANSACTIONAL = 0x4,
    MARIADB_GTID_ALLOW_PARALLEL = 0x8,
    MARIADB_GTID_WAITED = 0x10,
    MARIADB_GTID_DDL = 0x20,
    MARIADB_GTID_PREPARED_XA = 0x40,
    MARIADB_GTID_COMPLETED_XA = 0x80,
};
enum {
    MARIADB_GTID_MULTI_ENGINE = 0x1,
    MARIADB_GTID_START_ALTER = 0x2,
    MARIADB_GTID_COMMIT_ALTER = 0x4,
    MARIADB_GTID_ROLLBACK_ALTER = 0x8,
    MARIADB_GTID_THREAD_ID = 0x10,
};

struct gtid_event {
    struct gtid gtid; /* GTID_NONE: anonymous */
    uint8_t flags;    /* MySQL: 1 = may hold statements; MariaDB: MARIADB_GTID_ flags */

    /* MySQL; 0: not in the event */
    bool has_clock; /* last_committed and sequence_number are known; both count per file */
    int64_t last_committed;
    int64_t sequence_number;
    uint64_t immediate_commit_us;
    uint64_t original_commit_us;
    uint64_t transaction_length; /* bytes, this event included */
    uint32_t immediate_server_version;
    uint32_t original_server_version;
    uint64_t commit_group_ticket;

    /* MariaDB */
    uint64_t commit_id;  /* with MARIADB_GTID_GROUP_COMMIT */
    struct xa_id xa;     /* with MARIADB_GTID_PREPARED_XA or _COMPLETED_XA */
    uint8_t extra_flags; /* MARIADB_GTID_MULTI_ENGINE and on */
    uint8_t extra_engines;
    uint64_t start_alter_seq; /* with _COMMIT_ALTER or _ROLLBACK_ALTER */
    uint32_t thread_id;       /* with MARIADB_GTID_THREAD_ID */
};

bool gtid_event_decode(const struct event *event, struct gtid_event *out,
                       struct err *err) MUST_CHECK;
/* The body as MySQL 8.0 and later (33, 34; 42 when the GTID has a tag) or MariaDB writes it.
 * Returns the type for the event's header. */
uint8_t gtid_event_encode(const struct gtid_event *gtid, struct buf *body);

/* transaction_event.h - events that end, hold or break a transaction: XID (16), XA_PREPARE (38),
 * MySQL's TRANSACTION_PAYLOAD (40), INCIDENT (26).
 *
 *   xid       number (8)
 *   prepare   one phase (1), format id (4), gtrid length (4), bqual length (4), gtrid, bqual
 *   payload   type (lenenc), length (lenenc), value (lenenc): 2 = compression (0 zstd, 255 none),
 *             3 = size of the events in it, 1 = size of the payload; 0 ends; the payload
 *   incident  kind (2), message (1 + n)
 *
 * Borrowed from the event. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"
#include "binlog/gtid_event.h"

struct xa_prepare_event {
    bool one_phase; /* XA COMMIT … ONE PHASE: committed, not prepared */
    struct xa_id xa;
};

enum payload_compression { PAYLOAD_ZSTD = 0, PAYLOAD_NONE = 255 };
/* Of the events in one payload, unpacked: more than a server's transaction cache holds. */
#define PAYLOAD_SIZE_MAX ((uint64_t)1 << 40)
struct payload_event {
    enum payload_compression compression;
    uint64_t uncompressed_size; /* as the source says; at most PAYLOAD_SIZE_MAX, and no more than
                                   the payload can give */
    struct bytes payload;
};

struct incident_event {
    uint16_t kind; /* 1: the source lost events */
    struct bytes message;
};

bool xid_decode(const struct event *event, uint64_t *xid, struct err *err) MUST_CHECK;
void xid_encode(uint64_t xid, struct buf *body);
bool xa_prepare_decode(const struct event *event, struct xa_prepare_event *out,
                       struct err *err) MUST_CHECK;
bool payload_decode(const struct event *event, struct payload_event *out,
                    struct err *err) MUST_CHECK;
bool incident_decode(const struct event *event, struct incident_event *out,
                     struct err *err) MUST_CHECK;

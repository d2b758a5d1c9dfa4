/* stream.h - follows transaction boundaries through a stream of events: pure, no I/O.
 *
 * Feed it every event of a file in order, from the format description on. It says where the stream
 * stands after each event, so that store, apply and serve agree on what a whole transaction is:
 *
 *   MySQL    (GTID | ANONYMOUS_GTID | GTID_TAGGED), then one DDL query, or BEGIN … XID | COMMIT |
 *            ROLLBACK, or XA START … XA_PREPARE, or a TRANSACTION_PAYLOAD
 *   MariaDB  GTID: one query when STANDALONE, else … XID | COMMIT | ROLLBACK | XA_PREPARE
 *
 * A GTID counts as done at its commit (STREAM_COMMIT), never at its first event. A format
 * description starts a file; inside a transaction it means that the last file was torn. Heartbeats
 * change nothing. The stream needs a format description before its first GTID. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

enum stream_step {
    STREAM_OUTSIDE, /* the event stands between transactions: format, rotate, previous GTIDs, stop …
                     */
    STREAM_BEGIN,   /* its first event: stream.gtid is set */
    STREAM_INSIDE,
    STREAM_COMMIT, /* its last event */
};

struct stream {
    bool inside;
    struct gtid gtid;     /* of the transaction the stream is in, or was in last */
    bool standalone;      /* the current one is a single query (DDL) */
    uint32_t started;     /* timestamp of its first event */
    struct format format; /* of the current file; decoded from its format description */
    bool has_format;
    bool in_statement_group; /* saw BEGIN / XA START */
};

void stream_init(struct stream *stream);
/* ERR_CORRUPT for an order that no server writes; ERR_UNSUPPORTED for what may not be stored or
 * passed. */
bool stream_feed(struct stream *stream, const struct event *event, enum stream_step *step,
                 struct err *err) MUST_CHECK;

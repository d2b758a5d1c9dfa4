/* describe.h - one event as a person reads it: what SHOW BINLOG EVENTS says in its Info column, or
 * a JSON object. What cannot be decoded is described as such: a description never fails.
 *
 * Text and JSON are valid UTF-8 on one line; control characters and bytes that are no UTF-8 are
 * escaped. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

/* Appends the Info text, without a newline. */
void event_describe(const struct event *event, const struct format *format, struct buf *out);
/* An event's place in its file; inside a payload it is the payload's. */
struct event_place {
    uint64_t pos;
    uint64_t end;
    bool in_payload;
};
/* Appends an object: type, code, pos, end, timestamp, server_id, flags, info; and where the event
 * says them in_payload, gtid, db, table, query, xid. */
void event_describe_json(const struct event *event, const struct format *format,
                         const struct event_place *place, struct buf *out);

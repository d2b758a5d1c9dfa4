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
/* Appends an object: type, code, pos, end, timestamp, server_id, flags, info; and where the event
 * says them gtid, db, table, query, xid. pos: the event's offset in its file. */
void event_describe_json(const struct event *event, const struct format *format, uint64_t pos,
                         struct buf *out);

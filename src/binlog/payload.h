/* payload.h - the events inside a TRANSACTION_PAYLOAD, one after the other.
 *
 * They are a whole transaction, from BEGIN (or XA START) to its end, without the GTID event,
 * without checksums and with end positions of 0; their place in the log is the payload's. zstd
 * payloads are unpacked a piece at a time: in memory are the window, at most
 * 2^PAYLOAD_WINDOW_LOG_MAX bytes, and one event, at most EVENT_SIZE_MAX, which grows with what was
 * really unpacked.
 *
 * ERR_CORRUPT for anything that no server writes: sizes that do not agree, bytes after the end,
 * events that may not be inside, an order that is none. A reader belongs to one thread. Usage:
 *
 *     if (!payload_decode(event, &payload, err) || !payload_reader_start(reader, &payload, err)) …
 *     while (payload_reader_next(reader, &inner, &more, err) && more) …
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"
#include "binlog/transaction_event.h"

/* 128 MiB: what zstd's level 22, the highest that a source can be set to, needs. */
enum { PAYLOAD_WINDOW_LOG_MAX = 27 };

struct payload_reader;
struct payload_reader *payload_reader_new(void);
void payload_reader_free(struct payload_reader *reader); /* NULL is allowed */
AUTO_DEFINE(payload_reader);
/* The payload's bytes are borrowed until the next start. */
bool payload_reader_start(struct payload_reader *reader, const struct payload_event *payload,
                          struct err *err) MUST_CHECK;
/* *event lives until the next call. *more false: that was all, and it was whole. */
bool payload_reader_next(struct payload_reader *reader, struct event *event, bool *more,
                         struct err *err) MUST_CHECK;

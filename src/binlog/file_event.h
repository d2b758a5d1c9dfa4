/* file_event.h - events that speak of files and positions: rotate (4), heartbeat (27, 41), and
 * MariaDB's binlog checkpoint (161).
 *
 *   rotate      position (8), name to the end (no NUL)
 *   heartbeat   name to the end; the position is the header's end position
 *   heartbeat 2 type, length (lenenc), value: 1 = name, 2 = position (lenenc); type 0 ends
 *   checkpoint  length (4), name
 *
 * Names are borrowed from the event. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

enum { FILE_EVENT_NAME_MAX = 255 };

struct file_event {
    struct bytes name;
    uint64_t pos; /* checkpoint: 0 */
};

/* Of any of the four. A name that is empty, too long or holds a NUL or a slash is ERR_CORRUPT. */
bool file_event_decode(const struct event *event, struct file_event *out,
                       struct err *err) MUST_CHECK;
void checkpoint_encode(const char *name, struct buf *body);
void heartbeat_v2_encode(const struct file_event *heartbeat, struct buf *body);

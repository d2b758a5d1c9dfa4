/* tail.h - what lies behind a log file's last good event: a torn tail, or damage.
 *
 * A crash leaves an event that is cut off, sectors that never reached the disk (all zero), or
 * whatever was there before; nothing whole comes after it. A byte that rotted has whole
 * transactions after it. Reads only. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/files.h"
#include "binlog/stream.h"

struct tail {
    struct files *files;
    const char *path;
    uint64_t size;               /* looks no further */
    const struct stream *stream; /* as it stood before the damaged event */
};

/* The event at `at` is not whole. False: the file could not be read. */
bool tail_is_torn(const struct tail *tail, uint64_t at, bool *torn, struct err *err) MUST_CHECK;
/* Any of the types that open a transaction and name it. */
bool event_begins_transaction(uint8_t type);

/* sqlite.h - the embedded engine: rows, catalog and position in one SQLite database.
 *
 * One connection, one thread at a time. Any other program may read the file (it is in WAL mode);
 * only this connection writes and checkpoints. docs/formats/values.md says how each column type is
 * stored. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"

struct sqlite_engine_options {
    const char *path;          /* the database file; made when it is missing */
    uint64_t page_cache_bytes; /* 0: 64 MiB */
    uint64_t wal_limit_bytes;  /* checkpoint when the WAL is longer; 0: 64 MiB */
    unsigned busy_timeout_ms;  /* how long a foreign writer is waited for; 0: 5 s */
    bool durable;              /* every commit is synced (synchronous=FULL); else `sync` does it */
};

/* ERR_CONFLICT: the file is another program's, of a newer format, or locked by a writer. */
bool sqlite_engine_open(const struct sqlite_engine_options *options, struct engine **out,
                        struct err *err) MUST_CHECK;

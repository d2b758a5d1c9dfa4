/* agree.h - one place of the source's log that both sides are read at.
 *
 * The source is read first, then its place: whatever was read had been logged up to there, because
 * servers write their log before a change can be seen. Then the replica is read in a snapshot whose
 * own position is at or past that place. A row that is equal in both was equal; one that is not has
 * perhaps changed since, and is looked at again (settle.h). One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"
#include "engine/sqlite/reader.h"

struct connection;
struct cancel;

struct agree {
    struct connection *connection;
    struct sqlite_reader *reader;
    struct cancel *cancel;
    unsigned wait_ms; /* how long the replica may stand still before it is given up */
    bool same_source; /* the server that the replica follows: files and offsets compare */
};
/* Asks the server who it is. */
bool agree_init(struct agree *agree, struct err *err) MUST_CHECK;

/* Reads the source's place now, waits until the replica has it, and opens a snapshot of the replica
 * there, which the caller ends. limit_ms 0: as long as the replica goes on. *reached false: it did
 * not get there within limit_ms; no snapshot is open. ERR_TIMEOUT: the replica stands still.
 * ERR_CONFLICT: its schema has changed since the last load. */
bool agree_now(struct agree *agree, unsigned limit_ms, bool *reached, struct err *err) MUST_CHECK;

/* checkpoint.h - when the write-ahead log moves into the database, and when it is durable.
 *
 * Only this connection checkpoints (SQLite up to 3.51.2 could damage a database whose WAL two
 * connections reset at the same time). The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

void checkpoint_install(struct sqlite_engine *engine);
/* After a commit: a passive checkpoint when the WAL has grown past its limit. Readers are never
 * waited for; while one pins the WAL, it grows. */
bool checkpoint_after_commit(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
/* A passive checkpoint. At opening it brings what an earlier process left in the WAL, and perhaps
 * failed to sync, into the database: after that, what is in the WAL is this process's own. */
bool checkpoint_now(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
/* Everything committed is on stable storage when this returns true. */
bool checkpoint_sync(struct sqlite_engine *engine, struct err *err) MUST_CHECK;

/* capture.h - row changes told as they happen, from SQLite's preupdate hook. The engine's thread.
 *
 * What the hook cannot do is refuse: so a change that could not be told is remembered, and neither
 * prepare nor commit succeeds after it. Changes of our own tables are not told; neither are those
 * that a schema change makes, which the log has as a statement. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

void capture_start(struct sqlite_engine *engine, const struct engine_capture *capture);
/* Around a schema change. */
void capture_pause(struct sqlite_engine *engine);
void capture_resume(struct sqlite_engine *engine);
/* False: a change since capture_forget was not told, and why. */
bool capture_is_whole(const struct sqlite_engine *engine, struct err *err) MUST_CHECK;
void capture_forget(struct sqlite_engine *engine); /* at begin, and after a rollback */
void capture_clear(struct sqlite_engine *engine);
/* A savepoint is set; and the transaction is back at one. */
void capture_note_savepoint(struct sqlite_engine *engine, const char *name);
void capture_forget_since_savepoint(struct sqlite_engine *engine, const char *name);

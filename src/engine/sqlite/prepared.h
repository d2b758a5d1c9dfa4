/* prepared.h - prepared XA transactions in two tables of the engine's own: binlogd_prepared, a row
 * each, and binlogd_prepared_event, their events in pieces. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/prepared.h"
#include "engine/sqlite/state.h"

extern const struct engine_prepared_ops sqlite_prepared_ops;
/* The tables, for a new database and for one of a format before them. */
bool prepared_create(struct sqlite_engine *engine, struct err *err) MUST_CHECK;

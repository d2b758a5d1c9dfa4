/* position.h - how far the data is, in the one row of binlogd_position. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

bool position_read(struct sqlite_engine *engine, struct position *out, struct err *err) MUST_CHECK;
/* Part of the open transaction. */
bool position_write(struct sqlite_engine *engine, const struct position *position,
                    struct err *err) MUST_CHECK;

/* generate.h - generated columns of a row that the log changed without them: computed as a primary
 * computes its own. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* engine_ops.change_generating */
bool generate_change(struct engine_table *table, const struct row_change *change, struct err *err);
void generate_close(struct sqlite_engine *engine);

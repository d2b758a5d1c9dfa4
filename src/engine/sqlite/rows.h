/* rows.h - row changes as SQLite statements. The engine's thread, inside its transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

bool rows_change(struct engine_table *table, const struct row_change *change, enum change_mode mode,
                 struct err *err) MUST_CHECK;
/* "id = 5, name = 'x'": the key of a row, or all that the image has when the table has no key. */
void rows_describe(const struct engine_table *table, const struct value *row, struct buf *out);

/* cascade.h - foreign keys of a source whose storage engine acts on them without logging it: ON
 * DELETE and ON UPDATE of child tables, done here. The engine's thread, inside its transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* Changes the row as rows_change does, then its child rows, theirs, and so on. */
bool cascade_change(struct engine_table *table, const struct row_change *change,
                    enum change_mode mode, struct err *err) MUST_CHECK;
/* Could a DELETE or UPDATE of this table change rows of others? */
bool cascade_is_parent(struct engine_table *table);
void cascades_forget(struct engine_table *table);

/* alter.h - ALTER TABLE of the source on the SQLite table. Inside the engine's transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

struct alter {
    const struct table_def *before;
    const struct table_def *after;
    const int *column_from; /* as in struct schema_change */
    const struct ddl_context *context;
};
/* table: still with `before`, its statements dropped. Names of tables stay: renaming is
 * alter_rename. */
bool alter_table(const struct engine_table *table, const struct alter *alter,
                 struct err *err) MUST_CHECK;
bool alter_rename(const struct engine_table *table, const char *new_sqlite_name,
                  struct err *err) MUST_CHECK;

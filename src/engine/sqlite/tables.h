/* tables.h - the engine's tables by name, and what is prepared for each. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

void tables_clear(struct sqlite_engine *engine);
struct engine_table *tables_find(struct sqlite_engine *engine, const char *db, const char *name);
/* def: in the catalog. sqlite_name is copied. */
struct engine_table *tables_add(struct sqlite_engine *engine, int64_t id, const char *sqlite_name,
                                const struct table_def *def, bool has_rows);
/* Prepares the columns' storage; ERR_UNSUPPORTED for what cannot be stored. */
bool tables_open(struct engine_table *table, struct err *err) MUST_CHECK;
/* Around a DDL statement: before it, everything that was made from definitions goes; after it,
 * every table gets its definition from the catalog again. */
void tables_close_all(struct sqlite_engine *engine);
void tables_rebind(struct sqlite_engine *engine);
/* Forgets a table, its statements with it. */
void tables_remove(struct engine_table *table);
/* After a rollback: numbers that were kept, and indexes that were made, may be gone. */
void tables_forget_undone(struct sqlite_engine *engine);

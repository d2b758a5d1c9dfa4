/* schema.h - table definitions as SQLite's DDL. Pure but for schema_*_run. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* ERR_UNSUPPORTED: more columns than SQLite has room for. */
bool schema_check(const struct table_def *def, struct err *err) MUST_CHECK;
void schema_table_sql(const struct table_def *def, const char *sqlite_name, struct buf *sql);
/* CREATE INDEX of the key; false: SQLite needs none (the primary key of the table itself, keys over
 * expressions, fulltext, spatial). name: of the index, for DROP INDEX. */
bool schema_index_sql(const struct engine_table *table, const struct table_def *def, unsigned key,
                      struct buf *sql, struct buf *name);
/* Every index of the table as `table->def` says; those that exist are passed over. */
bool schema_create_indexes(const struct engine_table *table, struct err *err) MUST_CHECK;
/* Only that of the row key, which the table must have. */
bool schema_create_row_key(const struct engine_table *table, struct err *err) MUST_CHECK;
bool schema_create_table(const struct engine_table *table, bool with_indexes,
                         struct err *err) MUST_CHECK;
bool schema_drop_table(const struct engine_table *table, struct err *err) MUST_CHECK;

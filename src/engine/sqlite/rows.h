/* rows.h - row changes as SQLite statements. The engine's thread, inside its transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

bool rows_change(struct engine_table *table, const struct row_change *change, enum change_mode mode,
                 struct err *err) MUST_CHECK;
/* Rows to insert, CHANGE_STRICT; see engine.h. */
bool rows_insert(struct engine_table *table, const struct value *const *rows, unsigned count,
                 struct err *err) MUST_CHECK;
/* "id = 5, name = 'x'": the key of a row, or all that the image has when the table has no key. */
void rows_describe(const struct engine_table *table, const struct value *row, struct buf *out);
/* False: columns are ABSENT. */
bool rows_is_whole(const struct engine_table *table, const struct value *row);
/* What SQLite's refusal of a row means, in words. Returns false. */
bool rows_refused(const struct engine_table *table, int rc, const struct value *row,
                  const char *verb, struct err *err);
/* Marks the columns that an image has. */
void rows_mask_present(const struct engine_table *table, const struct value *row, uint64_t *mask);
/* The parameters of a statement's WHERE, from `index` on: the key, or all that the image has. */
bool rows_bind_where(const struct engine_table *table, sqlite3_stmt *stmt, int index,
                     const struct value *row, struct err *err) MUST_CHECK;

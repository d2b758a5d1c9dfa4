/* insert.h - rows put into a table: one, or several by one statement. The engine's thread, inside
 * its transaction; the table is open. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"
#include "engine/sqlite/statement.h"

/* kind: STATEMENT_INSERT or STATEMENT_REPLACE. Columns that are ABSENT get their defaults. */
bool insert_row(struct engine_table *table, const struct value *row, enum statement_kind kind,
                struct err *err) MUST_CHECK;
/* In this order; after a failure those before the row that it names may be in. */
bool insert_rows(struct engine_table *table, const struct value *const *rows, unsigned count,
                 struct err *err) MUST_CHECK;

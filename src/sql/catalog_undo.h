/* catalog_undo.h - changes of a catalog that can be taken back: what a statement replaces is kept
 * until it has succeeded or failed as a whole. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

struct undo; /* newest first; NULL: nothing has changed */

/* What a database is before it changes, or that it is not there yet. */
void undo_database(struct undo **undo, struct catalog *catalog, const char *db);
/* Takes the table; a database that is not there yet comes with it. */
void undo_put_table(struct undo **undo, struct catalog *catalog, struct table_def *table);
void undo_drop_table(struct undo **undo, struct catalog *catalog, const char *db, const char *name);
/* The end of the statement. `back`: the catalog becomes what it was before the first change. */
void undo_finish(struct undo **undo, struct catalog *catalog, bool back);

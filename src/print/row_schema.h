/* row_schema.h - what a log does not tell of a table, from a definition: names, signs, character
 * sets, labels, the key, the length of old temporal columns. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"

/* Completes a decoded map from the catalog's table of its name, where each column fits what the log
 * says of it; a table of another shape is left as it is (the definition is of another time). What
 * the log tells itself stays. arena: of the table's. */
void row_schema_complete(struct row_table *table, const struct catalog *catalog,
                         struct arena *arena);

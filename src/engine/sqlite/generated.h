/* generated.h - generated columns stand in the database as the values that the source computed:
 * when does a change leave those values what the source has?
 *
 * Values are not computed here: where a change could give others, it is told, and the caller
 * refuses. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/alter.h"

/* A generated column that the source computes anew in rows that are there: it is new, its
 * expression or type is another, or a column that it is made of changes its values. NULL: none. */
const struct column_def *generated_recomputed(const struct alter *alter);
/* A generated column that is made of one of these columns; NULL: none. */
const struct column_def *generated_from(const struct table_def *def, const unsigned *columns,
                                        unsigned count);

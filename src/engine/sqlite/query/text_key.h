/* text_key.h - texts compared, found by a prefix and sorted through the indexes of sort_key.h. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/call.h"

/* Has the database an index over the column's texts as that collation sees them, for that
 * comparison? */
bool text_key_serves(const struct typed *column, const char *op, const char *collation);
/* column op other, of texts; op: one that text_key_serves said yes to. */
bool compile_text_key(struct compiler *c, const char *op, const struct typed *column,
                      const struct typed *other, const char *collation, const char **sql);
/* What texts that are LIKE the pattern must fulfil, for an index to find them; false: nothing. */
bool compile_text_prefix(struct compiler *c, const struct typed *column, struct bytes pattern,
                         uint32_t escape, const char *collation, const char **sql);
/* What sorts as the column does, in the index's order; false: its collation is to be asked. */
bool compile_text_order(struct compiler *c, const struct typed *column, const char **sql);

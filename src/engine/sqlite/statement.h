/* statement.h - prepared statements that change or find a row, kept per table and bounded in all:
 * the one that was not used for the longest time goes first. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

enum statement_kind {
    STATEMENT_INSERT,      /* every column in order */
    STATEMENT_INSERT_SOME, /* the same, of INSERT_SOME_ROWS rows; those before one that cannot */
    STATEMENT_INSERT_MANY, /* of INSERT_MANY_ROWS                     be inserted stay inserted */
    STATEMENT_REPLACE,     /* the same; rows in its way go */
    STATEMENT_UPDATE,      /* set columns, then where columns */
    STATEMENT_UPDATE_REPLACE, /* the same; rows in its way go */
    STATEMENT_DELETE,         /* where columns */
    STATEMENT_SELECT,         /* where columns; gives the set columns */
};

/* What a statement costs beside its rows is shared; from some thirty on there is nothing to gain.
 */
enum { INSERT_SOME_ROWS = 8, INSERT_MANY_ROWS = 32 };

/* Columns of a statement, one bit each: mask_words words, `set` first, then `where`. */
struct statement_columns {
    const uint64_t *set;
    const uint64_t *where;
};

/* *out stays valid until the next call. Parameters: the set columns in order, then the where
 * columns in order. A table with a key is searched by its key (where is not looked at, and the key
 * columns are bound in the key's order); one without by all of `where`, and one row is taken. */
bool statement_get(struct engine_table *table, enum statement_kind kind,
                   struct statement_columns columns, sqlite3_stmt **out,
                   struct err *err) MUST_CHECK;
void statements_drop(struct engine_table *table);

static inline bool mask_has(const uint64_t *mask, unsigned column)
{
    return (mask[column / 64] >> (column % 64) & 1) != 0;
}
static inline void mask_add(uint64_t *mask, unsigned column)
{
    mask[column / 64] |= (uint64_t)1 << (column % 64);
}

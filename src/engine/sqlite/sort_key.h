/* sort_key.h - indexes over texts as their collation sees them.
 *
 * The stored texts are indexed by their bytes, which finds no 'ABC' for 'abc'. A node that is
 * written by statements gets one index more for each key with texts: over
 * binlogd_key_general(column) and the like, functions of ours that give weights_key() of a text. A
 * text with characters of unknown weight has the key SORT_KEY_UNKNOWN. Replicas are not written so,
 * and have none.
 *
 * Why not a column of keys, or a collation of the index? A column would be seen by everyone who
 * reads the database, and be copied with each row. Reading through an index with a collation that a
 * program does not have fails, and SQLite may choose it for a mere count(*); an index over a
 * function that is not there is passed over: any program reads on (it cannot write, nor run
 * integrity_check). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

#define SORT_KEY_UNKNOWN "x'ff'"
/* On every connection that reads or writes such databases. */
void sort_key_register(sqlite3 *db);
/* The SQL function of a collation; NULL: none has one. */
const char *sort_key_function(struct arena *arena, const char *collation);
/* Has every text a key, whatever its characters? */
bool sort_key_is_total(const char *collation);
/* Is there such an index of the key? Asked of the database. */
bool sort_key_exists(const struct engine_table *table, const struct key_def *key);
/* Makes those that are not there; inside the engine's transaction. */
bool sort_key_create(struct engine_table *table, struct err *err) MUST_CHECK;
/* A key of texts that have functions. */
bool sort_key_is_possible(const struct table_def *def, const struct key_def *key);
/* Does ALTER TABLE leave the index of that key of `before` as it is? */
bool sort_key_is_kept(const struct table_def *before, const struct table_def *after,
                      const struct key_def *key);
/* The index's name. */
void sort_key_name(const struct engine_table *table, const struct key_def *key, struct buf *name);

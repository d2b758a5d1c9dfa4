/* write_keys.h - the values of a row in which another transaction could meet it, as numbers.
 *
 * Promise: rows that share the value of a unique key, or are parent and child by a foreign key,
 * share a number; equal is what the key's collation says. Unequal values may share one as well:
 * that costs parallel work, never order. What cannot be compared for certain is told: a table
 * without a key, keys over expressions or in collations that are not known, characters of unknown
 * weight.
 *
 * A number is a hash of table, columns and values. Parent and child meet in the parent's columns:
 * the parent's row has them as a value of its own, the child's as one that it refers to. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"
#include "primary/write_set.h"

struct write_key;
/* Of a table, until the schema changes. */
struct write_keys {
    struct write_key *keys;
    unsigned count;
    bool is_unknown; /* its rows have no numbers */
};

/* catalog: holds the table, its parents and its children. The keys live in the arena. */
void write_keys_find(const struct catalog *catalog, const struct table_def *table,
                     struct arena *arena, struct write_keys *out);
/* Both images of a change into the set; or the set's transaction is alone. */
void write_keys_add(const struct write_keys *keys, const struct row_change *change,
                    struct write_set *set);

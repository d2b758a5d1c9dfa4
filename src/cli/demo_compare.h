/* demo_compare.h - are the tables of `binlogd demo` the same on every node? Read through each
 * node's own port, row by row in the order of their keys, as text. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/demo_load.h"

struct demo_digest {
    uint64_t rows;
    uint64_t sum; /* of all values, in order */
};
extern const char *const demo_tables[]; /* ends with NULL */
bool demo_digest_table(const struct demo_node *node, const struct demo_place *place,
                       const char *table, struct demo_digest *out, struct err *err) MUST_CHECK;
/* Every order that a client was told is committed: is it there? *missing: how many are not. */
bool demo_find_missing(const struct demo_node *node, const struct demo_place *place,
                       const struct demo_load *load, uint64_t *missing, struct err *err) MUST_CHECK;

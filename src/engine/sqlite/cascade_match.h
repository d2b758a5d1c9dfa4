/* cascade_match.h - which child rows a parent row has, where equal does not mean equal bytes.
 *
 * Under most collations 'a' is the child of 'A'. Collations are not known here, so: keys of equal
 * bytes match; in collations of which that is certain, ASCII matches without regard to case and to
 * spaces at the end; any other key must have the bytes of another parent row, else the change is
 * refused. Nothing is guessed. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

struct cascade_match {
    struct engine_table *child;
    struct engine_table *parent;
    const struct fk_def *fk;
    const unsigned *key;         /* columns of the child */
    const unsigned *parent_key;  /* columns of the parent */
    sqlite3_value *const *value; /* what the parent row had in them */
};

/* Keys of child rows: fk->column_count values each, owned. */
struct cascade_keys {
    sqlite3_value **values;
    size_t count; /* of keys */
    unsigned width;
};
void cascade_keys_clear(struct cascade_keys *keys);
#define AUTO_KEYS __attribute__((cleanup(cascade_keys_clear))) struct cascade_keys

/* The keys of other bytes that match. ERR_UNSUPPORTED: there is one of which nobody here knows. */
bool cascade_match_others(const struct cascade_match *match, struct cascade_keys *out,
                          struct err *err) MUST_CHECK;

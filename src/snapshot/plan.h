/* plan.h - how one table is read: slices of its key, each read chunk after chunk. Pure.
 *
 * A slice is a range of the first key column (open where a bound is ""), and how far it was read:
 * `after` is the last key that the engine has committed. A table without a usable key is one slice
 * that is read in one go. The plan as text is the engine's progress text: it is committed with each
 * chunk, and read back by a resumed copy.
 *
 *   copy 1
 *   point <TAB> file <TAB> offset <TAB> source uuid <TAB> GTIDs
 *   slice <TAB> from <TAB> to <TAB> state <TAB> key literal …      state: open, done
 *
 * A plan belongs to whoever holds the copy's lock. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "snapshot/select.h"

enum { PLAN_SLICES_MAX = 64, PLAN_TEXT_MAX = 16 << 20, PLAN_BOUND_MAX = 24 };

struct slice {
    char from[PLAN_BOUND_MAX];
    char to[PLAN_BOUND_MAX];
    char *after; /* literals separated by tabs; NULL: nothing read yet */
    bool done;
};

/* The point that changes must be replayed from: where the first run stood. */
struct plan_point {
    char file[256];
    uint64_t offset;
    char source_uuid[40];
    char *gtids; /* text; "" when there are none */
};
void plan_point_clear(struct plan_point *point);
bool plan_point_equal(const struct plan_point *a, const struct plan_point *b);

struct plan {
    struct slice slices[PLAN_SLICES_MAX];
    unsigned slice_count;
};
void plan_clear(struct plan *plan);
bool plan_is_done(const struct plan *plan);

/* One slice over everything. */
void plan_whole(struct plan *plan);
/* `parts` slices of equal width between the smallest and largest key, the outer ones open. Bounds
 * that are no integers give one slice. */
void plan_split(struct plan *plan, const char *smallest, const char *largest, bool is_unsigned,
                unsigned parts);

void plan_print(const struct plan *plan, const struct plan_point *point, struct buf *out);
/* ERR_CORRUPT when the text is not one that plan_print wrote for a key of key_columns columns. */
bool plan_parse(const char *text, unsigned key_columns, struct plan *plan, struct plan_point *point,
                struct err *err) MUST_CHECK;

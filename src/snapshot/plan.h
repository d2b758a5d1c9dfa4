/* plan.h - how one table is read: slices of its key, each read chunk after chunk. Pure.
 *
 * A slice is a range of the first key column (open where a bound is ""), and how far it was read:
 * `after` is the last key that the engine has committed. A table without a usable key is one slice
 * that is read in one go. Plans as text are the engine's progress texts: committed with each chunk,
 * read back by a resumed copy. The point is the engine's note about the copy as a whole.
 *
 *   table: plan 1
 *          slice <TAB> from <TAB> to <TAB> state <TAB> key literal …      state: open, done
 *   copy:  point 1 <TAB> file <TAB> offset <TAB> source uuid <TAB> GTIDs
 *
 * A plan belongs to the writer's thread. */
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

void plan_print(const struct plan *plan, struct buf *out);
/* ERR_CORRUPT when the text is not one that plan_print wrote for a key of key_columns columns. */
bool plan_parse(const char *text, unsigned key_columns, struct plan *plan,
                struct err *err) MUST_CHECK;
void plan_point_print(const struct plan_point *point, struct buf *out);
bool plan_point_parse(const char *text, struct plan_point *point, struct err *err) MUST_CHECK;

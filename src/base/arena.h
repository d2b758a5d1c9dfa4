/* arena.h - memory with one lifetime: a message, a statement, a transaction. Reset whole.
 *
 * Allocations are 16-byte aligned and zeroed. The arena is born with a maximum; arena_used tells
 * how much is in use, so that a caller whose input is unbounded can stop or spill before the
 * maximum. Past the maximum arena_alloc aborts: bounding the input is the caller's duty. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/macros.h"

struct arena_block;
struct arena {
    struct arena_block *block; /* the newest */
    size_t used;               /* bytes handed out since the last reset */
    size_t max;
};

void arena_init(struct arena *arena, size_t max);
void arena_clear(struct arena *arena); /* frees everything; ready for use again */
void arena_reset(struct arena *arena); /* keeps the newest block's memory */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_raw(struct arena *arena, size_t size);          /* not zeroed */
struct bytes arena_copy(struct arena *arena, struct bytes bytes); /* a NUL follows the copy */
char *arena_str(struct arena *arena, const char *text);
char *arena_strn(struct arena *arena, const void *text, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* blocks.h - the events of a log file in blocks, read, framed and checksummed by threads, ahead of
 * the one that walks them.
 *
 * A block ends where an event does; the last one holds whatever is left. `checked` says how far in
 * it the checksums are known to be right. What stands behind that its user looks at himself: so
 * what is wrong with a file is found in the file's order and said in the user's words, with threads
 * as without.
 *
 * Memory: a few blocks of half a MiB, and a larger one for an event that is larger: alone, and with
 * room only for bytes that are there. One thread uses it; input.read is called by one at a time. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include "base/bytes.h"
#include "base/err.h"

/* The bytes after the file's magic. Gives up to n bytes; *got is 0 only at the end. */
struct blocks_input {
    bool (*read)(void *arg, void *out, size_t n, size_t *got, struct err *err);
    void *arg;
};

struct blocks;
/* NULL: no thread is to be had. threads: those beside the caller's. */
struct blocks *blocks_new(const struct blocks_input *input, unsigned threads);
void blocks_free(struct blocks *blocks); /* NULL is allowed; what read() has begun is waited for */

struct block {
    struct bytes bytes; /* none: the input ended */
    size_t checked;
};
/* *out lives until the next call. False: what read() said, once the bytes before it were given. */
bool blocks_next(struct blocks *blocks, struct block *out, struct err *err) MUST_CHECK;

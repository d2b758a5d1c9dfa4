/* overlap.h - the end of the log here, compared with what the source has at the same place.
 *
 * A source that lost its tail in a crash, or was restored, may write other transactions under the
 * GTIDs, the file name and the offsets of those it sent before: sets and places then agree, and a
 * replica that goes on has two histories in one (MySQL bug 72635). So the dump is asked for from
 * before the end: the last transaction held comes again and must be what is held, byte for byte.
 * Only then is anything stored. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/store.h"

/* More is not asked for twice: of a longer last transaction its last events. */
enum { OVERLAP_MAX = 16 << 20 };

struct overlap;
/* Of the store's newest file; *start is where to ask from. NULL, and the store's end, where the
 * file holds no transaction yet. */
bool overlap_open(struct store *store, struct overlap **out, uint64_t *start,
                  struct err *err) MUST_CHECK;
void overlap_free(struct overlap *overlap); /* NULL is allowed */
AUTO_DEFINE(overlap);
/* Goes to the next held event, of *size bytes; 0: there is none, the source has caught up. */
bool overlap_next(struct overlap *overlap, uint32_t *size, struct err *err) MUST_CHECK;
/* Is the piece, `seen` bytes into the event at hand, what is held? */
bool overlap_agrees(const struct overlap *overlap, struct bytes piece, uint32_t seen);

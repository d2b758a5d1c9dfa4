/* spill.h - pieces of text kept in temporary files, to be written out last one first: memory does
 * not grow with them. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/text_out.h"
#include "base/err.h"

struct spill;
struct spill *spill_new(struct err *err); /* NULL: no temporary file can be made */
void spill_free(struct spill *spill);     /* NULL is allowed */
bool spill_push(struct spill *spill, struct bytes piece, struct err *err) MUST_CHECK;
uint64_t spill_count(const struct spill *spill);
/* The first `count` pieces, the last of them first. */
bool spill_write_back(struct spill *spill, uint64_t count, const struct text_out *out,
                      struct err *err) MUST_CHECK;

/* timeline.h - how many of something there were over time, in a bounded number of steps: a step
 * doubles when the time does not fit any more. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"

enum { TIMELINE_STEPS = 64 };
struct timeline {
    uint64_t counts[TIMELINE_STEPS];
    uint64_t count;  /* of all */
    uint64_t start;  /* seconds since 1970, of the first step */
    uint64_t step_s; /* 0: nothing was added yet */
};
void timeline_add(struct timeline *timeline, uint32_t seconds);
/* A line a step that is not after the last one: when, a bar, how many. */
void timeline_print(const struct timeline *timeline, struct buf *out);
/* ,"timeline":{"start":…,"step_s":…,"counts":[…]} */
void timeline_print_json(const struct timeline *timeline, struct buf *out);

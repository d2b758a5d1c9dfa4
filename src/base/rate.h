/* rate.h - how often something may be logged: a few times in a row, then once a second, with the
 * number of those left out. Whoever can provoke a line must not be able to fill a disk with it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RATE_BURST = 5, RATE_PERIOD_MS = 1000 };

struct rate {
    uint64_t credit_ms; /* the time from which credit is counted */
    uint64_t left_out;  /* since the last time that was allowed */
};

/* *left_out: how many were not allowed before this one. */
static inline bool rate_allows(struct rate *rate, uint64_t now_ms, uint64_t *left_out)
{
    const uint64_t most = (uint64_t)RATE_BURST * RATE_PERIOD_MS;
    if (now_ms < most) /* a clock that starts at 0 begins with full credit */
        now_ms += most;
    if (now_ms - rate->credit_ms > most)
        rate->credit_ms = now_ms - most;
    if (now_ms - rate->credit_ms < RATE_PERIOD_MS) {
        rate->left_out++;
        return false;
    }
    rate->credit_ms += RATE_PERIOD_MS;
    *left_out = rate->left_out;
    rate->left_out = 0;
    return true;
}

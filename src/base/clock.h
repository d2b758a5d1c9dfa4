/* clock.h - time behind a seam: tests put their own clock in. Any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

struct clock {
    uint64_t (*monotonic_us)(void); /* never goes back; for deadlines and rates */
    uint64_t (*wall_us)(void);      /* microseconds since 1970, UTC; for people */
};
extern const struct clock clock_real;

/* The clock in use: clock_real unless a test has set another before it started threads. */
void clock_use(const struct clock *clock);
uint64_t clock_monotonic_us(void);
uint64_t clock_monotonic_ms(void);
uint64_t clock_wall_us(void);

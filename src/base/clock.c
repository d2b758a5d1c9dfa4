/* clock.c - CLOCK_MONOTONIC and CLOCK_REALTIME. */
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t real_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t real_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

const struct clock clock_real = { real_monotonic, real_wall };
static const struct clock *current = &clock_real;

void clock_use(const struct clock *clock)
{
    current = clock;
}

uint64_t clock_monotonic_us(void)
{
    return current->monotonic_us();
}

uint64_t clock_monotonic_ms(void)
{
    return current->monotonic_us() / 1000;
}

uint64_t clock_wall_us(void)
{
    return current->wall_us();
}

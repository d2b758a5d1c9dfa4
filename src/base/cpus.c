/* cpus.c - see cpus.h. */
// SPDX-License-Identifier: Apache-2.0
#include "base/cpus.h"
#include <sched.h>

unsigned cpus_count(void)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    int count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return count > 0 ? (unsigned)count : 1;
}

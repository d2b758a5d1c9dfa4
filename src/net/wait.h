/* wait.h - waits for a descriptor, no longer than a deadline, and not once cancelled. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct cancel;

enum { WAIT_FOR_EVER = 0 };

/* deadline_ms: on the monotonic clock, or WAIT_FOR_EVER. events: POLLIN, POLLOUT. cancel may be
 * NULL. ERR_TIMEOUT, ERR_CANCELLED or ERR_SYSTEM. */
bool wait_for(int fd, short events, struct cancel *cancel, uint64_t deadline_ms,
              struct err *err) MUST_CHECK;
/* As wait_for for reading, but also ends when `other` is readable: *first tells whether fd is. */
bool wait_for_either(int fd, int other, struct cancel *cancel, uint64_t deadline_ms, bool *first,
                     struct err *err) MUST_CHECK;
/* Now plus timeout; a timeout of 0 gives WAIT_FOR_EVER. */
uint64_t wait_deadline(unsigned timeout_ms);

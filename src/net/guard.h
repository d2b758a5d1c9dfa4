/* guard.h - what strangers cost: connections of one address that have not logged in yet, and how
 * long it waits for an answer after failed logins. Pure bookkeeping; one thread.
 *
 * A wrong password is answered late: 100 ms after the second in a row, twice as long after each
 * further one, 5 s at most. The right one is never delayed, so nobody can lock out the others
 * behind his address. A minute without failures forgets them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/macros.h"

enum {
    GUARD_HALF_OPEN_MAX = 128, /* of one address */
    GUARD_DELAY_FIRST_MS = 100,
    GUARD_DELAY_MAX_MS = 5000,
    GUARD_FORGET_MS = 60000,
};

struct guard_address {
    uint8_t bytes[16]; /* IPv4 as an IPv6 one */
};

struct guard;
struct guard *guard_new(void);
void guard_free(struct guard *guard); /* NULL is allowed */
AUTO_DEFINE(guard);

/* A connection came. False: the address has enough that are not through yet; nothing was counted.
 * ticket: for guard_leave. */
bool guard_enter(struct guard *guard, const struct guard_address *address, uint64_t now_ms,
                 unsigned *ticket);
/* It logged in, failed or went away: it is no longer half open. */
void guard_leave(struct guard *guard, unsigned ticket);
/* How long the answer to this failed login has to wait. */
unsigned guard_failed(struct guard *guard, const struct guard_address *address, uint64_t now_ms);

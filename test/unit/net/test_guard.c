/* test_guard.c - what an address may cost before it has logged in. */
// SPDX-License-Identifier: Apache-2.0
#include "net/guard.h"
#include "unit.h"

static struct guard_address address(uint32_t number)
{
    struct guard_address out = { { 0 } };
    memcpy(out.bytes, &number, sizeof number);
    return out;
}

TEST(guard, bounds_what_one_address_has_half_open)
{
    AUTO(guard) guard = guard_new();
    struct guard_address one = address(1);
    struct guard_address two = address(2);
    unsigned tickets[GUARD_HALF_OPEN_MAX];
    unsigned other;
    for (unsigned i = 0; i < GUARD_HALF_OPEN_MAX; i++)
        CHECK(guard_enter(guard, &one, 1, &tickets[i]));
    CHECK(!guard_enter(guard, &one, 1, &other));
    CHECK(guard_enter(guard, &two, 1, &other));
    guard_leave(guard, tickets[0]);
    CHECK(guard_enter(guard, &one, 1, &tickets[0]));
}

TEST(guard, lets_failures_wait_longer_and_forgets_them)
{
    AUTO(guard) guard = guard_new();
    struct guard_address one = address(1);
    CHECK(guard_failed(guard, &one, 100000) == 0);
    CHECK(guard_failed(guard, &one, 100001) == GUARD_DELAY_FIRST_MS);
    CHECK(guard_failed(guard, &one, 100002) == 2 * GUARD_DELAY_FIRST_MS);
    for (unsigned i = 0; i < 100; i++)
        CHECK(guard_failed(guard, &one, 100003) <= GUARD_DELAY_MAX_MS);
    CHECK(guard_failed(guard, &one, 100003) == GUARD_DELAY_MAX_MS);
    CHECK(guard_failed(guard, &one, 100003 + GUARD_FORGET_MS + 1) == 0);
}

TEST(guard, stays_right_with_more_addresses_than_it_has_places)
{
    enum { MANY = 20000 };
    static unsigned tickets[MANY];
    AUTO(guard) guard = guard_new();
    unsigned entered = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        struct guard_address one = address(i * 2654435761u);
        if (guard_enter(guard, &one, 1, &tickets[entered]))
            entered++;
    }
    CHECK(entered > 4096);
    while (entered > 0)
        guard_leave(guard, tickets[--entered]); /* asserts that nothing leaves twice */
}

UNIT_MAIN(RUN(guard, bounds_what_one_address_has_half_open),
          RUN(guard, lets_failures_wait_longer_and_forgets_them),
          RUN(guard, stays_right_with_more_addresses_than_it_has_places))

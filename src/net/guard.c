/* guard.c - a table of fixed size: an address takes the place of one that has nothing to remember,
 * else it shares a place. Sharing makes strangers wait for each other, nobody else. */
// SPDX-License-Identifier: Apache-2.0
#include "net/guard.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { PLACES = 4096, NEIGHBOURS = 8 };

struct place {
    struct guard_address address;
    unsigned half_open;
    unsigned failures;
    uint64_t failed_ms; /* the last one */
};

struct guard {
    uint64_t seed; /* an attacker cannot choose whom he shares with */
    struct place places[PLACES];
};

struct guard *guard_new(void)
{
    struct guard *guard = memory_new(sizeof *guard);
    guard->seed = (uint64_t)(uintptr_t)guard;
    return guard;
}

void guard_free(struct guard *guard)
{
    free(guard);
}

static size_t hash(const struct guard *guard, const struct guard_address *address)
{
    uint64_t h = guard->seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof address->bytes; i++)
        h = (h ^ address->bytes[i]) * 0x100000001b3u;
    return (size_t)(h >> 32) % PLACES;
}

static bool is_forgettable(const struct place *place, uint64_t now_ms)
{
    return place->half_open == 0 &&
           (place->failures == 0 || now_ms - place->failed_ms > GUARD_FORGET_MS);
}

/* The address's place, or the one it is given. */
static struct place *find(struct guard *guard, const struct guard_address *address, uint64_t now_ms)
{
    size_t start = hash(guard, address);
    struct place *unused = NULL;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        struct place *place = &guard->places[(start + i) % PLACES];
        if (memcmp(&place->address, address, sizeof *address) == 0)
            return place;
        if (unused == NULL && is_forgettable(place, now_ms))
            unused = place;
    }
    if (unused == NULL)
        return &guard->places[start];
    *unused = (struct place){ .address = *address };
    return unused;
}

bool guard_enter(struct guard *guard, const struct guard_address *address, uint64_t now_ms,
                 unsigned *ticket)
{
    struct place *place = find(guard, address, now_ms);
    if (place->half_open >= GUARD_HALF_OPEN_MAX)
        return false;
    place->half_open++;
    *ticket = (unsigned)(place - guard->places);
    return true;
}

void guard_leave(struct guard *guard, unsigned ticket)
{
    assert(guard->places[ticket].half_open > 0);
    guard->places[ticket].half_open--;
}

unsigned guard_failed(struct guard *guard, const struct guard_address *address, uint64_t now_ms)
{
    struct place *place = find(guard, address, now_ms);
    if (now_ms - place->failed_ms > GUARD_FORGET_MS)
        place->failures = 0;
    place->failed_ms = now_ms;
    unsigned before = place->failures++;
    if (before == 0)
        return 0;
    unsigned delay = GUARD_DELAY_FIRST_MS;
    for (unsigned i = 1; i < before && delay < GUARD_DELAY_MAX_MS; i++)
        delay *= 2;
    return delay < GUARD_DELAY_MAX_MS ? delay : GUARD_DELAY_MAX_MS;
}

/* test_arena.c - memory with one lifetime. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "base/arena.h"

TEST(arena, allocations_are_aligned_zeroed_and_apart)
{
    struct arena arena;
    arena_init(&arena, 64 << 20);
    uint8_t *before = NULL;
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        uint8_t *p = arena_alloc(&arena, size);
        CHECK(((uintptr_t)p & 15) == 0);
        for (size_t i = 0; i < size; i++)
            CHECK(p[i] == 0);
        memset(p, 0xaa, size);
        CHECK(before == NULL || before[0] == 0xaa);
        before = p;
    }
    arena_clear(&arena);
}

TEST(arena, reset_forgets_what_was_used)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 1000; round++) {
        (void)arena_alloc(&arena, 1 << 19);
        arena_reset(&arena);
    }
    CHECK(arena.used == 0);
    CHECK_STR(arena_printf(&arena, "%s-%d", "a", 7), "a-7");
    CHECK(arena_str(&arena, NULL) == NULL);
    struct bytes copy = arena_copy(&arena, bytes_of("a\0b", 3));
    CHECK(copy.len == 3 && copy.data[3] == 0);
    arena_clear(&arena);
}

UNIT_MAIN(RUN(arena, allocations_are_aligned_zeroed_and_apart),
          RUN(arena, reset_forgets_what_was_used))

/* The size of chunks. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/chunk.h"
#include "unit.h"

TEST(chunk, follows_the_width_of_the_rows_and_the_time_they_take)
{
    static const struct {
        uint64_t rows, bytes, took_us, next;
    } rows[] = {
        { 1000, 100000, 1000, 4000 },    /* fast and narrow: grows by steps */
        { 50000, 5000000, 1000, 83055 }, /* 8 MiB of 101 bytes */
        { 90000, 900000, 1000, 100000 }, /* never more */
        { 1000, 100000, 4000000, 250 },  /* 4 s are too long */
        { 1000, 1000u << 20, 1000, 16 }, /* 1 MiB a row: never less */
        { 20, 20, 3600000000, 16 },      /* an hour */
        { 1, 0, 0, 16 },                 /* nothing is known */
        { 100000, UINT64_MAX / 2, UINT64_MAX, 16 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (chunk_rows_next(rows[i].rows, rows[i].bytes, rows[i].took_us) != rows[i].next)
            fail_msg(
                "row %zu: %llu", i,
                (unsigned long long)chunk_rows_next(rows[i].rows, rows[i].bytes, rows[i].took_us));
    (void)unit_state;
}

TEST(chunk, the_first_one_is_as_wanted_unless_the_rows_are_wide)
{
    CHECK(chunk_rows_first(0, 0, 0) == 10000);
    CHECK(chunk_rows_first(500, 0, 0) == 500);
    CHECK(chunk_rows_first(500, 1000, 100000) == 500);
    CHECK(chunk_rows_first(0, 1000, 1000ull << 20) == 16);
    CHECK(chunk_rows_first(5, 1000, 1000ull << 20) == 5);
}

UNIT_MAIN(RUN(chunk, follows_the_width_of_the_rows_and_the_time_they_take),
          RUN(chunk, the_first_one_is_as_wanted_unless_the_rows_are_wide))

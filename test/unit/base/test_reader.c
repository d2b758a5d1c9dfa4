/* test_reader.c - reads stop at the end and stay stopped. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "base/reader.h"

TEST(reader, takes_little_and_big_endian_numbers)
{
    const uint8_t wire[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    struct reader r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_u16(&r) == 0x0201);
    CHECK(reader_u24(&r) == 0x050403);
    CHECK(reader_be(&r, 3) == 0x060708);
    CHECK(reader_left(&r) == 2);
    CHECK(!r.failed);
}

TEST(reader, past_the_end_gives_zeroes_and_stays_failed)
{
    const uint8_t wire[] = { 1, 2, 3 };
    struct reader r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_u32(&r) == 0);
    CHECK(r.failed);
    CHECK(reader_u8(&r) == 0);
    CHECK(reader_left(&r) == 0);
}

TEST(reader, a_huge_length_does_not_wrap)
{
    const uint8_t wire[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'x' };
    struct reader r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_lenenc_bytes(&r).data == NULL);
    CHECK(r.failed);
    r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_take(&r, SIZE_MAX) == NULL);
}

TEST(reader, length_encoded_integers_of_each_size)
{
    const uint8_t wire[] = { 0xfa, 0xfc, 1, 2, 0xfd, 1, 2, 3, 0xfe, 1, 0, 0, 0, 0, 0, 0, 1 };
    struct reader r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_lenenc(&r) == 0xfa);
    CHECK(reader_lenenc(&r) == 0x0201);
    CHECK(reader_lenenc(&r) == 0x030201);
    CHECK(reader_lenenc(&r) == 0x0100000000000001);
    CHECK(!r.failed);
}

TEST(reader, null_and_error_marks_are_no_lengths)
{
    const uint8_t marks[] = { 0xfb, 0xff };
    for (size_t i = 0; i < sizeof marks; i++) {
        struct reader r = reader_of(bytes_of(&marks[i], 1));
        CHECK(reader_lenenc(&r) == 0);
        CHECK(r.failed);
    }
}

TEST(reader, a_string_without_its_nul_is_a_failure)
{
    struct reader r = reader_of(bytes_of("ab\0cd", 5));
    CHECK(bytes_equal_str(reader_cstring(&r), "ab"));
    CHECK(reader_cstring(&r).data == NULL);
    CHECK(r.failed);
    r = reader_of(bytes_of(NULL, 0));
    CHECK(reader_cstring(&r).data == NULL);
}

UNIT_MAIN(RUN(reader, takes_little_and_big_endian_numbers),
          RUN(reader, past_the_end_gives_zeroes_and_stays_failed),
          RUN(reader, a_huge_length_does_not_wrap),
          RUN(reader, length_encoded_integers_of_each_size),
          RUN(reader, null_and_error_marks_are_no_lengths),
          RUN(reader, a_string_without_its_nul_is_a_failure))

/* test_buf.c - a buffer grows up to its maximum and no further. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "base/buf.h"
#include "base/reader.h"

TEST(buf, refuses_what_passes_its_maximum_and_keeps_what_it_had)
{
    struct buf buf;
    buf_init(&buf, 8);
    buf_str(&buf, "12345");
    CHECK(!buf.failed);
    buf_str(&buf, "6789");
    CHECK(buf.failed);
    CHECK(bytes_equal_str(buf_bytes(&buf), "12345"));
    buf_str(&buf, "6");
    CHECK(buf.len == 5);
    buf_reset(&buf);
    CHECK(!buf.failed && buf.len == 0);
    buf_clear(&buf);
}

TEST(buf, what_is_written_length_encoded_reads_back)
{
    const uint64_t values[] = { 0, 0xfa, 0xfb, 0xffff, 0x10000, 0xffffff, 0x1000000, UINT64_MAX };
    struct buf buf;
    buf_init(&buf, 1024);
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        buf_lenenc(&buf, values[i]);
    struct reader r = reader_of(buf_bytes(&buf));
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        CHECK(reader_lenenc(&r) == values[i]);
    CHECK(!r.failed && reader_left(&r) == 0);
    buf_clear(&buf);
}

TEST(buf, text_always_ends_in_a_nul)
{
    struct buf buf;
    buf_init(&buf, 4);
    CHECK_STR(buf_cstr(&buf), "");
    buf_printf(&buf, "%d", 123);
    CHECK_STR(buf_cstr(&buf), "123");
    buf_u8(&buf, '4');
    CHECK_STR(buf_cstr(&buf), "123"); /* full: the last byte gives way */
    buf_clear(&buf);
}

UNIT_MAIN(RUN(buf, refuses_what_passes_its_maximum_and_keeps_what_it_had),
          RUN(buf, what_is_written_length_encoded_reads_back), RUN(buf, text_always_ends_in_a_nul))

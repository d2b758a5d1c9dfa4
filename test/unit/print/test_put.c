/* test_put.c - small pieces of text. */
// SPDX-License-Identifier: Apache-2.0
#include "print/put.h"
#include <inttypes.h>
#include <stdio.h>
#include "unit.h"

enum { LENGTH = 40 };

static bool changed_by_quoting(unsigned byte)
{
    return byte < 0x20 || byte >= 0x7f || byte == '\'' || byte == '"' || byte == '\\';
}

TEST(put, the_plain_part_ends_at_the_first_byte_that_quoting_changes)
{
    uint8_t text[LENGTH];
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < LENGTH; at++) {
            memset(text, 'x', sizeof text);
            text[at] = (uint8_t)byte;
            CHECK(plain_prefix(bytes_of(text, LENGTH)) == (changed_by_quoting(byte) ? at : LENGTH));
            CHECK(plain_prefix(bytes_of(text, at)) == at);
        }
    CHECK(plain_prefix(bytes_of(NULL, 0)) == 0);
}

TEST(put, prefixes_are_put_as_far_as_they_go)
{
    uint8_t text[LENGTH];
    struct buf out;
    buf_init(&out, 1 << 10);
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < LENGTH; at++) {
            bool printed = (byte >= 0x20 && byte != 0x7f) || byte == '\t';
            memset(text, 'x', sizeof text);
            text[at] = (uint8_t)byte;
            buf_reset(&out);
            size_t plain = put_plain_prefix(bytes_of(text, LENGTH), &out);
            CHECK(plain == (changed_by_quoting(byte) ? at : LENGTH));
            CHECK(bytes_equal(buf_bytes(&out), bytes_of(text, plain)));
            buf_reset(&out);
            CHECK(put_printed_prefix(bytes_of(text, LENGTH), &out) == (printed ? LENGTH : at));
            CHECK(bytes_equal(buf_bytes(&out), bytes_of(text, printed ? LENGTH : at)));
        }
    buf_clear(&out);
}

TEST(put, padded_text_is_put_without_its_padding)
{
    struct buf out;
    struct buf text;
    buf_init(&out, 1 << 10);
    buf_init(&text, 1 << 10);
    for (unsigned len = 0; len < LENGTH; len++) {
        buf_reset(&out);
        put_padded(&out, text.data, text.len);
        CHECK(bytes_equal(buf_bytes(&out), buf_bytes(&text)));
        put_byte(&text, (char)('a' + len % 26));
        put_padding(&text);
    }
    buf_clear(&out);
    buf_clear(&text);
}

TEST(put, numbers_are_what_printf_makes_of_them)
{
    char want[32];
    struct buf out;
    buf_init(&out, 64);
    for (uint64_t number = 1; number != 0; number *= 10) {
        for (uint64_t near = number - 1; near <= number; near++) {
            buf_reset(&out);
            put_unsigned(near, &out);
            snprintf(want, sizeof want, "%" PRIu64, near);
            CHECK_STR(buf_cstr(&out), want);
            buf_reset(&out);
            put_signed((int64_t)(0 - near), &out);
            snprintf(want, sizeof want, "%" PRId64, (int64_t)(0 - near));
            CHECK_STR(buf_cstr(&out), want);
        }
        if (number > UINT64_MAX / 10)
            break;
    }
    buf_clear(&out);
}

TEST(put, pieces_stop_at_the_maximum)
{
    struct buf out;
    buf_init(&out, 8);
    put(&out, "12345678", 8);
    CHECK(!out.failed);
    put_byte(&out, '9');
    put_hex(bytes_of("a", 1), &out);
    CHECK(out.failed);
    CHECK(out.len == 8);
    buf_clear(&out);
}

UNIT_MAIN(RUN(put, the_plain_part_ends_at_the_first_byte_that_quoting_changes),
          RUN(put, prefixes_are_put_as_far_as_they_go),
          RUN(put, padded_text_is_put_without_its_padding),
          RUN(put, numbers_are_what_printf_makes_of_them), RUN(put, pieces_stop_at_the_maximum))

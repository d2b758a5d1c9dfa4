/* test_result.c - answers: every decoder right, cut at every byte, with every bit flipped. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/result.h"
#include "server_side.h"
#include "unit.h"
#include "wire/packet.h"

TEST(ok, is_read_and_cut_is_an_error)
{
    static const char wire[] = "\x00\xfc\x00\x01\x05\x02\x40\x03\x00info";
    struct ok_packet ok;
    struct err err;
    CHECK_OK(ok_packet_decode(bytes_of(wire, sizeof wire - 1), &ok, &err), err);
    CHECK(ok.affected_rows == 256 && ok.last_insert_id == 5 && ok.status == 0x4002 &&
          ok.warnings == 3 && bytes_equal_str(ok.info, "info"));
    for (size_t len = 0; len < 9; len++)
        CHECK(!ok_packet_decode(bytes_of(wire, len), &ok, &err) && err.code == ERR_PROTOCOL);
}

TEST(error_packet, becomes_a_refusal_with_number_and_text)
{
    static const char wire[] = "\xff\x7a\x04#42S02Table 'a.b' doesn't exist";
    struct err err;
    error_packet_report(bytes_of(wire, sizeof wire - 1), &err);
    CHECK(err.code == ERR_REFUSED && err.server_errno == 1146);
    CHECK_STR(err.text, "error 1146 (42S02): Table 'a.b' doesn't exist");
    for (size_t len = 0; len < 3; len++) {
        error_packet_report(bytes_of(wire, len), &err);
        CHECK(err.code == ERR_PROTOCOL);
    }
    for (size_t len = 3; len < sizeof wire - 1; len++) {
        error_packet_report(bytes_of(wire, len), &err);
        CHECK(err.code == ERR_REFUSED && err.server_errno == 1146);
    }
}

TEST(error_packet, text_is_bounded)
{
    char wire[4000];
    struct err err;
    memset(wire, 'x', sizeof wire);
    memcpy(wire, "\xff\x7a\x04#42S02", 9);
    error_packet_report(bytes_of(wire, sizeof wire), &err);
    CHECK(strlen(err.text) < ERROR_TEXT_MAX + 40);
}

TEST(column, count_is_bounded)
{
    unsigned count;
    struct err err;
    CHECK_OK(column_count_decode(bytes_of("\xfc\x00\x10", 3), &count, &err), err);
    CHECK(count == 4096);
    CHECK(!column_count_decode(bytes_of("\xfc\x01\x10", 3), &count, &err));
    CHECK(!column_count_decode(bytes_of("\x00", 1), &count, &err));
    CHECK(!column_count_decode(bytes_of("\x01\x00", 2), &count, &err));
    CHECK(!column_count_decode(bytes_of("\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9), &count, &err));
    CHECK(!column_count_decode(bytes_of("", 0), &count, &err));
    CHECK(err.code == ERR_PROTOCOL);
}

TEST(column, definition_is_read_cut_and_flipped)
{
    struct buf wire;
    struct column_definition column;
    struct err err;
    buf_init(&wire, 1000);
    server_column(&wire, 1, "price");
    struct bytes payload = bytes_of(wire.data + 4, wire.len - 4);
    CHECK_OK(column_definition_decode(payload, &column, &err), err);
    CHECK(bytes_equal_str(column.name, "price") && bytes_equal_str(column.table, "item"));
    CHECK(column.charset == 45 && column.length == 255 && column.type == 253);
    for (size_t len = 0; len + 2 < payload.len; len++)
        CHECK(!column_definition_decode(bytes_of(payload.data, len), &column, &err));
    for (size_t bit = 0; bit < payload.len * 8; bit++) {
        wire.data[4 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        (void)!column_definition_decode(payload, &column, &err);
        wire.data[4 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_clear(&wire);
}

TEST(row, has_values_nulls_and_empty_strings)
{
    static const char wire[] = "\x02hi\xfb\x00\xfc\x03\x00"
                               "abc";
    struct bytes values[4];
    struct err err;
    CHECK_OK(text_row_decode(bytes_of(wire, sizeof wire - 1), values, 4, &err), err);
    CHECK(bytes_equal_str(values[0], "hi"));
    CHECK(values[1].data == NULL);
    CHECK(values[2].data != NULL && values[2].len == 0);
    CHECK(bytes_equal_str(values[3], "abc"));
    for (size_t len = 0; len < sizeof wire - 1; len++)
        CHECK(!text_row_decode(bytes_of(wire, len), values, 4, &err) && err.code == ERR_PROTOCOL);
    CHECK(!text_row_decode(bytes_of(wire, sizeof wire - 1), values, 3, &err));
}

TEST(end, of_rows_is_told_from_a_row_by_its_size)
{
    static const uint8_t big[PACKET_FULL] = { 0xfe };
    CHECK(is_end_packet(bytes_of("\xfe\x00\x00\x02\x00", 5), false));
    CHECK(is_end_packet(bytes_of("\xfe\x00\x00\x02\x00\x00\x00", 7), true));
    CHECK(!is_end_packet(bytes_of(big, 9), false));
    CHECK(is_end_packet(bytes_of(big, PACKET_FULL - 1), true));
    CHECK(!is_end_packet(bytes_of(big, PACKET_FULL), true));
    CHECK(!is_end_packet(bytes_of("", 0), true));
}

UNIT_MAIN(RUN(ok, is_read_and_cut_is_an_error),
          RUN(error_packet, becomes_a_refusal_with_number_and_text),
          RUN(error_packet, text_is_bounded), RUN(column, count_is_bounded),
          RUN(column, definition_is_read_cut_and_flipped),
          RUN(row, has_values_nulls_and_empty_strings),
          RUN(end, of_rows_is_told_from_a_row_by_its_size))

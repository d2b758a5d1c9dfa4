/* test_event.c - the frame of an event and the format description. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/event.h"
#include "samples.h"

static const struct event_header xid_header = { .timestamp = 1700000000,
                                                .type = EVENT_XID,
                                                .server_id = 7,
                                                .end_pos = 1234,
                                                .flags = EVENT_FLAG_SUPPRESS_USE };
static const uint8_t xid_body[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

TEST(event, comes_back_from_its_bytes)
{
    struct format format = { .checksum = CHECKSUM_CRC32 };
    struct event event;
    struct err err;
    struct buf buf;
    buf_init(&buf, 1000);
    event_append(&buf, &xid_header, bytes_of(xid_body, sizeof xid_body), CHECKSUM_CRC32);
    CHECK(buf.len == 31);
    CHECK_OK(event_decode(buf_bytes(&buf), &format, &event, &err), err);
    CHECK(event.header.timestamp == 1700000000 && event.header.type == EVENT_XID);
    CHECK(event.header.server_id == 7 && event.header.size == 31);
    CHECK(event.header.end_pos == 1234 && event.header.flags == EVENT_FLAG_SUPPRESS_USE);
    CHECK(bytes_equal(event.body, bytes_of(xid_body, sizeof xid_body)));
    CHECK(event_checksum_ok(event.raw, CHECKSUM_CRC32));
    buf_clear(&buf);
}

TEST(event, with_any_bit_flipped_fails_its_checksum)
{
    struct buf buf;
    buf_init(&buf, 1000);
    event_append(&buf, &xid_header, bytes_of(xid_body, sizeof xid_body), CHECKSUM_CRC32);
    for (size_t bit = 0; bit < buf.len * 8; bit++) {
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!event_checksum_ok(buf_bytes(&buf), CHECKSUM_CRC32));
        CHECK(event_checksum_ok(buf_bytes(&buf), CHECKSUM_NONE));
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(!event_checksum_ok(bytes_of(buf.data, 10), CHECKSUM_CRC32));
    buf_clear(&buf);
}

TEST(event, cut_or_lengthened_is_corrupt)
{
    struct format format = { .checksum = CHECKSUM_CRC32 };
    struct event event;
    struct err err;
    uint8_t wire[32] = { 0 };
    struct buf buf;
    buf_init(&buf, 1000);
    event_append(&buf, &xid_header, bytes_of(xid_body, sizeof xid_body), CHECKSUM_CRC32);
    memcpy(wire, buf.data, buf.len);
    buf_clear(&buf);
    for (size_t len = 0; len <= sizeof wire; len++) {
        CHECK(event_decode(bytes_of(wire, len), &format, &event, &err) == (len == 31));
        CHECK(len == 31 || err.code == ERR_CORRUPT);
    }
}

TEST(event, of_an_impossible_size_is_corrupt)
{
    static const uint32_t bad[] = { 0, 18, EVENT_SIZE_MAX + 1, UINT32_MAX };
    uint8_t wire[EVENT_HEADER_SIZE];
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct event_header header = { .type = EVENT_QUERY, .size = bad[i] };
        struct err err;
        event_header_encode(&header, wire);
        CHECK(!event_header_decode(bytes_of(wire, sizeof wire), &header, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
}

TEST(event, without_room_for_its_checksum_is_corrupt)
{
    struct format format = { .checksum = CHECKSUM_CRC32 };
    struct event_header header = { .type = EVENT_STOP, .size = 21 };
    uint8_t wire[21] = { 0 };
    struct event event;
    struct err err;
    event_header_encode(&header, wire);
    CHECK(!event_decode(bytes_of(wire, sizeof wire), &format, &event, &err));
    CHECK(err.code == ERR_CORRUPT);
}

TEST(event, types_have_the_names_their_servers_show)
{
    CHECK_STR(event_type_name(30), "Write_rows");
    CHECK_STR(event_type_name(33), "Gtid");
    CHECK_STR(event_type_name(162), "Gtid");
    CHECK_STR(event_type_name(99), "Unknown");
    CHECK(!event_type_is_known(99) && event_type_handling(99) == HANDLING_REFUSED);
    CHECK(event_type_handling(26) == HANDLING_REFUSED);
    CHECK(event_type_handling(37) == HANDLING_STORED);
}

static void first_event(const char *name, uint8_t *wire, size_t *len)
{
    struct sample s;
    struct event event;
    sample_open(name, &s);
    if (!sample_next(&s, &event) || event.raw.len > 300)
        fail_msg("no format description");
    memcpy(wire, event.raw.data, event.raw.len);
    *len = event.raw.len;
    sample_close(&s);
}

TEST(format, says_what_rules_its_file)
{
    uint8_t wire[300];
    size_t len;
    struct format format;
    struct err err;
    first_event("mysql-9.7/mixed", wire, &len);
    CHECK_OK(format_decode(bytes_of(wire, len), &format, &err), err);
    CHECK(format.flavour == FLAVOUR_MYSQL && format.checksum == CHECKSUM_CRC32);
    CHECK(format.type_count == 42 && format.post_header_sizes[EVENT_QUERY - 1] == 13);
    CHECK_STR(format.server_version, "9.7.4-2");
    first_event("mariadb-11.8/nochecksum", wire, &len);
    CHECK_OK(format_decode(bytes_of(wire, len), &format, &err), err);
    CHECK(format.flavour == FLAVOUR_MARIADB && format.checksum == CHECKSUM_NONE);
    CHECK(format.type_count == 171);
}

TEST(format, has_the_same_checksum_while_its_file_is_open)
{
    uint8_t wire[300];
    size_t len;
    first_event("mysql-9.7/mixed", wire, &len);
    CHECK(event_checksum_ok(bytes_of(wire, len), CHECKSUM_CRC32));
    wire[17] |= EVENT_FLAG_IN_USE;
    CHECK(event_checksum_ok(bytes_of(wire, len), CHECKSUM_CRC32));
    wire[18] |= 1;
    CHECK(!event_checksum_ok(bytes_of(wire, len), CHECKSUM_CRC32));
}

TEST(format, of_a_server_without_checksums_has_no_tail)
{
    uint8_t wire[300];
    size_t len;
    struct format format;
    struct err err;
    first_event("mysql-9.7/mixed", wire, &len);
    memcpy(wire + 21, "5.5.62-log", 11);
    len -= 5;
    wire[9] = (uint8_t)len;
    CHECK_OK(format_decode(bytes_of(wire, len), &format, &err), err);
    CHECK(format.checksum == CHECKSUM_NONE && format.type_count == 42);
}

TEST(format, of_a_kind_that_cannot_be_read_is_refused)
{
    uint8_t wire[300];
    size_t len;
    struct format format;
    struct err err;
    first_event("mysql-9.7/mixed", wire, &len);
    wire[len - 5] = 7;
    CHECK(!format_decode(bytes_of(wire, len), &format, &err) && err.code == ERR_UNSUPPORTED);
    wire[len - 5] = 1;
    wire[19] = 3;
    CHECK(!format_decode(bytes_of(wire, len), &format, &err) && err.code == ERR_UNSUPPORTED);
    wire[19] = 4;
    wire[21] = 'x';
    CHECK(!format_decode(bytes_of(wire, len), &format, &err) && err.code == ERR_CORRUPT);
}

UNIT_MAIN(RUN(event, comes_back_from_its_bytes),
          RUN(event, with_any_bit_flipped_fails_its_checksum),
          RUN(event, cut_or_lengthened_is_corrupt), RUN(event, of_an_impossible_size_is_corrupt),
          RUN(event, without_room_for_its_checksum_is_corrupt),
          RUN(event, types_have_the_names_their_servers_show),
          RUN(format, says_what_rules_its_file),
          RUN(format, has_the_same_checksum_while_its_file_is_open),
          RUN(format, of_a_server_without_checksums_has_no_tail),
          RUN(format, of_a_kind_that_cannot_be_read_is_refused))

/* test_small_events.c - the small events: files, statements' values, ends of transactions. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rotate.h"
#include "binlog/statement_event.h"
#include "binlog/text.h"
#include "binlog/transaction_event.h"
#include "binlog/compressed.h"
#include "unit.h"

static struct event event_of(uint8_t type, const void *body, size_t len)
{
    return (struct event){ .header.type = type, .body = bytes_of(body, len) };
}

TEST(rotate, comes_back_and_refuses_paths)
{
    struct rotate_event rotate = { "binlog.000042", 4 };
    struct rotate_event again;
    struct buf body;
    struct err err;
    buf_init(&body, 1000);
    rotate_encode(&rotate, &body);
    struct event event = event_of(EVENT_ROTATE, body.data, body.len);
    CHECK_OK(rotate_decode(&event, &again, &err), err);
    CHECK_STR(again.file, "binlog.000042");
    CHECK(again.offset == 4);
    body.data[9] = '/';
    CHECK(!rotate_decode(&event, &again, &err) && err.code == ERR_CORRUPT);
    body.data[9] = 0;
    CHECK(!rotate_decode(&event, &again, &err) && err.code == ERR_CORRUPT);
    event.body.len = 8;
    CHECK(!rotate_decode(&event, &again, &err) && err.code == ERR_CORRUPT);
    buf_clear(&body);
}

TEST(rotate, of_a_name_that_is_too_long_is_corrupt)
{
    uint8_t body[8 + FILE_EVENT_NAME_MAX + 1];
    struct rotate_event rotate;
    struct err err;
    memset(body, 'a', sizeof body);
    struct event event = event_of(EVENT_ROTATE, body, sizeof body);
    CHECK(!rotate_decode(&event, &rotate, &err) && err.code == ERR_CORRUPT);
    event.body.len--;
    CHECK_OK(rotate_decode(&event, &rotate, &err), err);
    CHECK(strlen(rotate.file) == FILE_EVENT_NAME_MAX);
}

TEST(heartbeat, of_both_versions_names_file_and_position)
{
    struct file_event e;
    struct err err;
    struct buf body;
    struct event v1 = event_of(EVENT_HEARTBEAT, "b.000002", 8);
    v1.header.end_pos = 77;
    CHECK_OK(file_event_decode(&v1, &e, &err), err);
    CHECK(bytes_equal_str(e.name, "b.000002") && e.pos == 77);
    struct event v2 = event_of(EVENT_HEARTBEAT_V2,
                               "\x01\x08"
                               "b.000002"
                               "\x02\x03\xfc\xda\x02\x00",
                               16);
    CHECK_OK(file_event_decode(&v2, &e, &err), err);
    CHECK(bytes_equal_str(e.name, "b.000002") && e.pos == 0x2da);
    e.pos = (uint64_t)1 << 40;
    buf_init(&body, 100);
    heartbeat_v2_encode(&e, &body);
    v2 = event_of(EVENT_HEARTBEAT_V2, body.data, body.len);
    CHECK_OK(file_event_decode(&v2, &e, &err), err);
    CHECK(e.pos == (uint64_t)1 << 40);
    for (size_t len = 0; len < body.len; len++) {
        v2.body.len = len;
        CHECK(!file_event_decode(&v2, &e, &err) && err.code == ERR_CORRUPT);
    }
    buf_clear(&body);
}

TEST(user_var, has_type_and_sign)
{
    static const uint8_t number[] = { 2, 0, 0, 0,    'u',  'i',  0,    2,    0xff, 0,    0,    0, 8,
                                      0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 };
    static const uint8_t null[] = { 1, 0, 0, 0, 'n', 1 };
    struct user_var_event e;
    struct err err;
    struct event event = event_of(EVENT_USER_VAR, number, sizeof number);
    CHECK_OK(user_var_decode(&event, &e, &err), err);
    CHECK(bytes_equal_str(e.name, "ui") && e.type == USER_VAR_INT && e.is_unsigned);
    CHECK(e.collation == 255 && e.value.len == 8);
    event = event_of(EVENT_USER_VAR, null, sizeof null);
    CHECK_OK(user_var_decode(&event, &e, &err), err);
    CHECK(e.is_null);
}

TEST(intvar, of_an_unknown_kind_is_unsupported)
{
    uint8_t body[9] = { 2, 100 };
    struct intvar_event e;
    struct err err;
    struct event event = event_of(EVENT_INTVAR, body, sizeof body);
    CHECK_OK(intvar_decode(&event, &e, &err), err);
    CHECK(e.type == INTVAR_INSERT_ID && e.value == 100);
    body[0] = 3;
    CHECK(!intvar_decode(&event, &e, &err) && err.code == ERR_UNSUPPORTED);
}

TEST(xa_prepare, has_its_id_and_phase)
{
    static const uint8_t body[] = { 1, 7, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 'g', 't', 'b' };
    struct xa_prepare_event e;
    struct err err;
    struct event event = event_of(EVENT_XA_PREPARE, body, sizeof body);
    CHECK_OK(xa_prepare_decode(&event, &e, &err), err);
    CHECK(e.one_phase && e.xa.format_id == 7);
    CHECK(bytes_equal_str(e.xa.gtrid, "gt") && bytes_equal_str(e.xa.bqual, "b"));
}

TEST(payload, of_an_unknown_compression_or_a_wrong_size_is_refused)
{
    uint8_t body[] = { 2, 1, 0, 3, 3, 0xfc, 0x1d, 0x0a, 1, 1, 4, 0, 'a', 'b', 'c', 'd' };
    struct payload_event e;
    struct err err;
    struct event event = event_of(EVENT_TRANSACTION_PAYLOAD, body, sizeof body);
    CHECK_OK(payload_decode(&event, &e, &err), err);
    CHECK(e.compression == PAYLOAD_ZSTD && e.uncompressed_size == 2589);
    CHECK(bytes_equal_str(e.payload, "abcd"));
    body[2] = 3;
    CHECK(!payload_decode(&event, &e, &err) && err.code == ERR_UNSUPPORTED);
    body[2] = 0;
    body[10] = 5;
    CHECK(!payload_decode(&event, &e, &err) && err.code == ERR_CORRUPT);
}

TEST(incident, says_what_was_lost)
{
    struct incident_event e;
    struct err err;
    struct event event = event_of(EVENT_INCIDENT, "\x01\x00\x04gone", 7);
    CHECK_OK(incident_decode(&event, &e, &err), err);
    CHECK(e.kind == 1 && bytes_equal_str(e.message, "gone"));
}

TEST(compressed, promises_no_more_than_zlib_can_give)
{
    static const uint8_t bomb[] = { 0x84, 0xff, 0xff, 0xff, 0xff, 0x78, 0x9c, 3, 0, 0, 0, 0, 1 };
    static const uint8_t empty[] = { 0x81, 0, 0x78, 0x9c, 3, 0, 0, 0, 0, 1 };
    static const uint8_t other[] = { 0x91, 0, 0 };
    struct buf out;
    struct err err;
    buf_init(&out, (size_t)1 << 32);
    CHECK(!compressed_decode(bytes_of(bomb, sizeof bomb), &out, &err) && err.code == ERR_CORRUPT);
    CHECK(out.data == NULL);
    CHECK_OK(compressed_decode(bytes_of(empty, sizeof empty), &out, &err), err);
    CHECK(out.len == 0);
    CHECK(!compressed_decode(bytes_of(other, sizeof other), &out, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    buf_clear(&out);
}

static void check_escape(const char *text, enum text_escape_form form, const char *want)
{
    struct buf out;
    buf_init(&out, 1000);
    text_escape(bytes_of_str(text), form, &out);
    if (strcmp(buf_cstr(&out), want) != 0)
        fail_msg("got %s, want %s", buf_cstr(&out), want);
    buf_clear(&out);
}

TEST(text, cannot_break_a_line_or_a_string)
{
    check_escape("a\nb\t\"\\\x01\x7f", TEXT_LINE, "a\\nb\\t\"\\\\\\x01\\x7f");
    check_escape("a\nb\t\"\\\x01\x7f", TEXT_JSON, "a\\nb\\t\\\"\\\\\\u0001\\u007f");
    check_escape("h\xc3\xa9\xf0\x9f\x98\x80", TEXT_JSON, "h\xc3\xa9\xf0\x9f\x98\x80");
    check_escape("\xff\xc3", TEXT_JSON, "\\ufffd\\ufffd");
    check_escape("\xff\xc3", TEXT_LINE, "\\xff\\xc3");
    check_escape("\xc2\x9b"
                 "1m",
                 TEXT_LINE, "\\xc2\\x9b1m");
    check_escape("\xed\xa0\x80", TEXT_LINE, "\\xed\\xa0\\x80");
    check_escape("\xc0\x80\xf4\x90\x80\x80", TEXT_LINE, "\\xc0\\x80\\xf4\\x90\\x80\\x80");
    check_escape("", TEXT_LINE, "");
    CHECK(text_utf8_size(bytes_of_str("\xe2\x82\xac")) == 3);
    CHECK(text_utf8_size(bytes_of_str("\xe2\x82")) == 0);
}

UNIT_MAIN(RUN(rotate, comes_back_and_refuses_paths),
          RUN(rotate, of_a_name_that_is_too_long_is_corrupt),
          RUN(heartbeat, of_both_versions_names_file_and_position),
          RUN(user_var, has_type_and_sign), RUN(intvar, of_an_unknown_kind_is_unsupported),
          RUN(xa_prepare, has_its_id_and_phase),
          RUN(payload, of_an_unknown_compression_or_a_wrong_size_is_refused),
          RUN(incident, says_what_was_lost), RUN(compressed, promises_no_more_than_zlib_can_give),
          RUN(text, cannot_break_a_line_or_a_string))

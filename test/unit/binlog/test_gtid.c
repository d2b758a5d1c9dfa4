/* test_gtid.c - the text of one GTID, and GTID events of each kind. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid.h"
#include "binlog/gtid_event.h"
#include "binlog/varint.h"
#include "samples.h"

static const uint8_t uuid[16] = { 0x3e, 0x11, 0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1,
                                  0x9e, 0x33, 0xc8, 0x0a, 0xa9, 0x42, 0x95, 0x62 };

TEST(gtid, is_printed_as_its_server_prints_it)
{
    char text[GTID_TEXT_MAX];
    struct gtid gtid = { .kind = GTID_MYSQL, .seq = 23 };
    memcpy(gtid.uuid, uuid, sizeof uuid);
    CHECK_STR(gtid_text(&gtid, text), "3e11fa47-71ca-11e1-9e33-c80aa9429562:23");
    strcpy(gtid.tag, "tag_a");
    CHECK_STR(gtid_text(&gtid, text), "3e11fa47-71ca-11e1-9e33-c80aa9429562:tag_a:23");
    memset(gtid.tag, 'x', GTID_TAG_MAX);
    gtid.seq = UINT64_MAX;
    CHECK(strlen(gtid_text(&gtid, text)) == 36 + 1 + 32 + 1 + 20);
    gtid = (struct gtid){ .kind = GTID_MARIADB, .domain = 4294967295u, .server = 1, .seq = 100 };
    CHECK_STR(gtid_text(&gtid, text), "4294967295-1-100");
    CHECK_STR(gtid_text(&(struct gtid){ .kind = GTID_NONE }, text), "anonymous");
}

TEST(uuid, is_read_in_any_case_and_only_whole)
{
    uint8_t got[16] = { 0 };
    CHECK(uuid_parse("3E11FA47-71ca-11e1-9e33-c80aa9429562", got));
    CHECK(memcmp(got, uuid, sizeof uuid) == 0);
    CHECK(!uuid_parse("", got));
    CHECK(!uuid_parse("3E11FA47-71ca-11e1-9e33-c80aa942956", got));
    CHECK(!uuid_parse("3E11FA47-71ca-11e1-9e33-c80aa94295622", got));
    CHECK(!uuid_parse("3E11FA47x71ca-11e1-9e33-c80aa9429562", got));
    CHECK(!uuid_parse("3E11FA4g-71ca-11e1-9e33-c80aa9429562", got));
}

TEST(gtid, equals_only_its_like)
{
    struct gtid a = { .kind = GTID_MYSQL, .seq = 1 };
    struct gtid b = a;
    CHECK(gtid_equal(&a, &b));
    strcpy(b.tag, "t");
    CHECK(!gtid_equal(&a, &b));
    b = (struct gtid){ .kind = GTID_MARIADB, .seq = 1 };
    CHECK(!gtid_equal(&a, &b));
    a = b;
    a.domain = 1;
    CHECK(!gtid_equal(&a, &b));
}

TEST(varint, comes_back_for_every_length)
{
    for (unsigned bits = 0; bits <= 64; bits++) {
        uint64_t value = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - (bits % 3 == 0);
        struct buf buf;
        buf_init(&buf, 16);
        buf_varint(&buf, value);
        struct reader r = reader_of(buf_bytes(&buf));
        CHECK(reader_varint(&r) == value && !r.failed && reader_left(&r) == 0);
        buf_reset(&buf);
        buf_varint_signed(&buf, -(int64_t)(value >> 1));
        r = reader_of(buf_bytes(&buf));
        CHECK(reader_varint_signed(&r) == -(int64_t)(value >> 1));
        buf_clear(&buf);
    }
}

TEST(varint, has_the_servers_form)
{
    static const uint8_t wire[] = { 0x69, 0x03, 0x74, 0x4d, 0x04, 0x83, 0x12, 0x0b };
    struct reader r = reader_of(bytes_of(wire, sizeof wire));
    CHECK(reader_varint(&r) == 0xda);
    CHECK(reader_varint(&r) == 58);
    CHECK(reader_varint(&r) == 275);
    CHECK(reader_varint(&r) == 90704);
    CHECK(!r.failed && reader_left(&r) == 0);
}

/* The first event of a type at or after skip others of it. */
static struct event find_event(struct sample *s, uint8_t type, unsigned skip)
{
    struct event event;
    while (sample_next(s, &event))
        if (event.header.type == type && skip-- == 0)
            return event;
    fail_msg("no such event");
    return event;
}

TEST(gtid_event, of_mysql_has_clock_times_length_and_versions)
{
    struct sample s;
    struct gtid_event e;
    struct err err;
    char text[GTID_TEXT_MAX];
    sample_open("mysql-9.7/tagged_gtid", &s);
    struct event event = find_event(&s, EVENT_GTID, 3);
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK_STR(gtid_text(&e.gtid, text), "da8c027f-e646-11f1-93e4-02fc00000001:3");
    CHECK(e.has_clock && e.last_committed == 2 && e.sequence_number == 8);
    CHECK(e.original_commit_us == 1700000000000000 && e.immediate_commit_us > e.original_commit_us);
    CHECK(e.transaction_length == 280);
    CHECK(e.immediate_server_version == 90704 && e.original_server_version == 90704);
    sample_close(&s);
}

TEST(gtid_event, with_a_tag_is_read_from_its_fields)
{
    struct sample s;
    struct gtid_event e;
    struct err err;
    char text[GTID_TEXT_MAX];
    sample_open("mysql-9.7/tagged_gtid", &s);
    struct event event = find_event(&s, EVENT_GTID_TAGGED, 3);
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK_STR(gtid_text(&e.gtid, text), "11111111-2222-3333-4444-555555555555:mytag:100");
    CHECK(e.last_committed == 2 && e.sequence_number == 6);
    CHECK(e.transaction_length == 269 && e.original_server_version == 90704);
    sample_close(&s);
}

TEST(gtid_event, of_older_mysql_ends_early)
{
    uint8_t body[42] = { 0 };
    struct gtid_event e;
    struct err err;
    memcpy(body + 1, uuid, sizeof uuid);
    body[17] = 9;
    body[25] = 2;
    body[26] = 3;
    body[34] = 4;
    struct event event = { .header.type = EVENT_GTID, .body = bytes_of(body, 25) };
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK(e.gtid.seq == 9 && !e.has_clock && e.transaction_length == 0);
    event.body.len = 42;
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK(e.has_clock && e.last_committed == 3 && e.sequence_number == 4);
    body[25] = 1;
    CHECK(!gtid_event_decode(&event, &e, &err) && err.code == ERR_CORRUPT);
}

TEST(gtid_event, of_mariadb_has_flags_and_what_they_announce)
{
    static const uint8_t group[] = { 4,    0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0x0e,
                                     0xa0, 2, 0, 0, 0, 0, 0, 0, 0x10, 0x48, 0, 0, 0 };
    static const uint8_t xa[] = { 0x2f, 0,    0,   0,   0,    0,    0,    0, 0,   0,   0,
                                  0,    0x4c, 7,   0,   0,    0,    5,    2, 'g', 't', 'r',
                                  'i',  'd',  'b', 'q', 0x11, 0xff, 0x10, 0, 0,   0 };
    static const uint8_t alter[] = { 0x42, 0,    0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0x29,
                                     0x14, 0x41, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0 };
    struct gtid_event e;
    struct err err;
    struct event event = { .header = { .type = EVENT_MARIADB_GTID, .server_id = 7 } };
    event.body = bytes_of(group, sizeof group);
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK(e.gtid.seq == 4 && e.gtid.server == 7 && e.commit_id == 0x2a0 && e.thread_id == 0x48);
    event.body = bytes_of(xa, sizeof xa);
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK(e.xa.format_id == 7 && bytes_equal_str(e.xa.gtrid, "gtrid"));
    CHECK(bytes_equal_str(e.xa.bqual, "bq") && e.extra_engines == 0xff && e.thread_id == 16);
    event.body = bytes_of(alter, sizeof alter);
    CHECK_OK(gtid_event_decode(&event, &e, &err), err);
    CHECK((e.flags & MARIADB_GTID_STANDALONE) != 0 && e.start_alter_seq == 0x41);
    CHECK(e.extra_flags == (MARIADB_GTID_COMMIT_ALTER | MARIADB_GTID_THREAD_ID));
}

TEST(gtid_event, with_a_number_that_no_server_gives_is_corrupt)
{
    uint8_t body[25] = { 0 };
    struct gtid_event e;
    struct err err;
    struct event event = { .header.type = EVENT_GTID, .body = bytes_of(body, sizeof body) };
    CHECK(!gtid_event_decode(&event, &e, &err) && err.code == ERR_CORRUPT);
    memset(body + 17, 0xff, 8);
    CHECK(!gtid_event_decode(&event, &e, &err) && err.code == ERR_CORRUPT);
    event.header.type = EVENT_ANONYMOUS_GTID;
    CHECK(!gtid_event_decode(&event, &e, &err) && err.code == ERR_CORRUPT);
}

TEST(gtid_event, is_encoded_to_the_servers_bytes)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample s;
        struct event event;
        struct err err;
        sample_open(samples[i], &s);
        while (sample_next(&s, &event)) {
            struct gtid_event e;
            struct buf body;
            uint8_t type = event.header.type;
            if (type != EVENT_GTID && type != EVENT_ANONYMOUS_GTID && type != EVENT_GTID_TAGGED &&
                type != EVENT_MARIADB_GTID)
                continue;
            CHECK_OK(gtid_event_decode(&event, &e, &err), err);
            buf_init(&body, 4096);
            CHECK(gtid_event_encode(&e, &body) == type);
            CHECK(bytes_equal(buf_bytes(&body), event.body));
            buf_clear(&body);
        }
        sample_close(&s);
    }
}

UNIT_MAIN(RUN(gtid, is_printed_as_its_server_prints_it),
          RUN(uuid, is_read_in_any_case_and_only_whole), RUN(gtid, equals_only_its_like),
          RUN(varint, comes_back_for_every_length), RUN(varint, has_the_servers_form),
          RUN(gtid_event, of_mysql_has_clock_times_length_and_versions),
          RUN(gtid_event, with_a_tag_is_read_from_its_fields),
          RUN(gtid_event, of_older_mysql_ends_early),
          RUN(gtid_event, of_mariadb_has_flags_and_what_they_announce),
          RUN(gtid_event, with_a_number_that_no_server_gives_is_corrupt),
          RUN(gtid_event, is_encoded_to_the_servers_bytes))

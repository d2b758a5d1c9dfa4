/* test_describe.c - what a person reads of an event. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/describe.h"
#include "samples.h"

struct row {
    const char *sample;
    uint8_t type;
    unsigned skip;
    const char *info;
};

static const struct row rows[] = {
    { "mysql-9.7/mixed", EVENT_FORMAT_DESCRIPTION, 0, "Server ver: 9.7.4-2, Binlog ver: 4" },
    { "mysql-9.7/mixed", EVENT_PREVIOUS_GTIDS, 0, "" },
    { "mysql-9.7/mixed", EVENT_GTID, 0,
      "SET @@SESSION.GTID_NEXT= 'da8c027f-e646-11f1-93e4-02fc00000001:1'" },
    { "mysql-9.7/mixed", EVENT_QUERY, 0, "CREATE DATABASE mixeddb CHARACTER SET latin1" },
    { "mysql-9.7/mixed", EVENT_QUERY, 4, "use `mixeddb`; INSERT INTO t (a) VALUES ('plain')" },
    { "mysql-9.7/mixed", EVENT_INTVAR, 0, "INSERT_ID=1" },
    { "mysql-9.7/mixed", EVENT_RAND, 0, "rand_seed1=916125684,rand_seed2=81100059" },
    { "mysql-9.7/mixed", EVENT_USER_VAR, 1, "@`i`=-5" },
    { "mysql-9.7/mixed", EVENT_USER_VAR, 2, "@`r`=1.5" },
    { "mysql-9.7/mixed", EVENT_USER_VAR, 3, "@`n`=NULL" },
    { "mysql-9.7/mixed", EVENT_USER_VAR, 5, "@`ui`=18446744073709551615" },
    { "mysql-9.7/mixed", EVENT_XID, 0, "COMMIT /* xid=472 */" },
    { "mysql-9.7/mixed", EVENT_BEGIN_LOAD_QUERY, 0, ";file_id=4;block_len=17" },
    { "mysql-9.7/tagged_gtid", EVENT_GTID_TAGGED, 0,
      "SET @@SESSION.GTID_NEXT= 'da8c027f-e646-11f1-93e4-02fc00000001:tag_a:1'" },
    { "mysql-9.7/tagged_gtid", EVENT_TABLE_MAP, 0, "table_id: 404 (tg.t)" },
    { "mysql-9.7/tagged_gtid", EVENT_WRITE_ROWS, 0, "table_id: 404 flags: STMT_END_F" },
    { "mysql-9.7/tagged_gtid", EVENT_XA_PREPARE, 0, "XA PREPARE X'7478',X'',1" },
    { "mysql-9.7/tagged_gtid", EVENT_ROTATE, 0, "b.000002;pos=4" },
    { "mysql-9.7/anonymous_gtid", EVENT_ANONYMOUS_GTID, 0, "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'" },
    { "mysql-9.7/compressed", EVENT_TRANSACTION_PAYLOAD, 0,
      "compression='ZSTD', decompressed_size=2589 bytes, compressed_size=196 bytes" },
    { "mariadb-11.8/mixed", EVENT_MARIADB_GTID, 0, "GTID 0-13320-1" },
    { "mariadb-11.8/mixed", EVENT_GTID_LIST, 0, "[]" },
    { "mariadb-11.8/mixed", EVENT_BINLOG_CHECKPOINT, 0, "b.000001" },
};

TEST(describe, says_what_the_servers_tools_say)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct sample s;
        struct event event;
        struct buf out;
        unsigned skip = rows[i].skip;
        bool found = false;
        sample_open(rows[i].sample, &s);
        while (!found && sample_next(&s, &event))
            found = event.header.type == rows[i].type && skip-- == 0;
        CHECK(found);
        buf_init(&out, 4096);
        event_describe(&event, &s.format, &out);
        CHECK_STR(buf_cstr(&out), rows[i].info);
        buf_clear(&out);
        sample_close(&s);
    }
}

TEST(describe, gives_json_with_what_the_event_names)
{
    static const uint8_t body[] = { 9, 0, 0, 0, 0, 0, 1, 0, 2, 'd', '"', 0, 1, 't', 0, 0, 0 };
    struct event event = {
        .header = { .timestamp = 5, .type = EVENT_TABLE_MAP, .server_id = 6, .size = 40 },
        .body = bytes_of(body, sizeof body)
    };
    struct buf out;
    buf_init(&out, 4096);
    const struct event_place place = { (uint64_t)1 << 33, ((uint64_t)1 << 33) + 100, true };
    event_describe_json(&event, NULL, &place, &out);
    CHECK_STR(buf_cstr(&out),
              "{\"type\":\"Table_map\",\"code\":19,\"pos\":8589934592,\"end\":8589934692,"
              "\"timestamp\":5,\"server_id\":6,\"flags\":0,\"in_payload\":true,\"db\":\"d\\\"\","
              "\"table\":\"t\","
              "\"info\":\"table_id: 9 (d\\\".t)\"}");
    buf_clear(&out);
}

TEST(describe, says_so_when_an_event_cannot_be_decoded)
{
    struct event event = { .header = { .type = EVENT_XID, .size = 20 }, .body = bytes_of("x", 1) };
    struct buf out;
    buf_init(&out, 4096);
    event_describe(&event, NULL, &out);
    CHECK_STR(buf_cstr(&out), "cannot be decoded: Xid event: 1 bytes are too few");
    buf_clear(&out);
}

TEST(describe, cuts_a_long_text)
{
    struct event event = { .header = { .type = EVENT_ANNOTATE_ROWS, .size = 20 } };
    char text[5000];
    struct buf out;
    memset(text, 'x', sizeof text);
    event.body = bytes_of(text, sizeof text);
    buf_init(&out, 10000);
    event_describe(&event, NULL, &out);
    CHECK(out.len == 512 + 3);
    buf_clear(&out);
}

UNIT_MAIN(RUN(describe, says_what_the_servers_tools_say),
          RUN(describe, gives_json_with_what_the_event_names),
          RUN(describe, says_so_when_an_event_cannot_be_decoded), RUN(describe, cuts_a_long_text))

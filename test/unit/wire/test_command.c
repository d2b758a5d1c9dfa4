/* test_command.c - command payloads, byte by byte as real replicas send them. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/command.h"
#include "unit.h"

static void check_payload(void **unit_state, struct buf *out, const char *want, size_t len)
{
    CHECK(bytes_equal(buf_bytes(out), bytes_of(want, len)));
    buf_reset(out);
}
#define CHECK_PAYLOAD(out, want) check_payload(unit_state, out, want, sizeof(want) - 1)

TEST(command, small_ones_are_as_the_protocol_says)
{
    struct buf out;
    buf_init(&out, 1000);
    command_query(bytes_of_str("SELECT 1"), &out);
    CHECK_PAYLOAD(&out, "\x03SELECT 1");
    command_ping(&out);
    CHECK_PAYLOAD(&out, "\x0e");
    command_quit(&out);
    CHECK_PAYLOAD(&out, "\x01");
    command_semi_sync_ack("b.000002", 0x102030405, &out);
    CHECK_PAYLOAD(&out, "\xef\x05\x04\x03\x02\x01\x00\x00\x00"
                        "b.000002");
    buf_clear(&out);
}

TEST(command, register_is_what_a_stock_replica_sends)
{
    struct register_replica replica = { 0x3413, "rep97", 0x3413 };
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    CHECK_OK(command_register(&replica, &out, &err), err);
    CHECK_PAYLOAD(&out, "\x15\x13\x34\x00\x00\x05"
                        "rep97\x00\x00\x13\x34\x00\x00\x00\x00\x00\x00\x00\x00");
    char host[300];
    memset(host, 'h', sizeof host - 1);
    host[sizeof host - 1] = 0;
    replica.report_host = host;
    CHECK(!command_register(&replica, &out, &err));
    CHECK(err.code == ERR_CONFIG && out.len == 0);
    buf_clear(&out);
}

TEST(command, dump_by_file_and_by_gtid_are_what_stock_replicas_send)
{
    struct dump_request r = { .server_id = 0x3413, .flags = 2, .file = "b.000001", .offset = 4 };
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    CHECK_OK(command_dump(&r, &out, &err), err);
    CHECK_PAYLOAD(&out, "\x12\x04\x00\x00\x00\x02\x00\x13\x34\x00\x00"
                        "b.000001");
    r.file = "";
    r.gtid_set = bytes_of("\0\0\0\0\0\0\0\0", 8);
    CHECK_OK(command_dump(&r, &out, &err), err);
    CHECK_PAYLOAD(&out, "\x1e\x02\x00\x13\x34\x00\x00\x00\x00\x00\x00"
                        "\x04\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\0\0\0\0\0\0\0\0");
    buf_clear(&out);
}

TEST(command, dump_past_4_gib_needs_gtids)
{
    struct dump_request r = { .server_id = 1, .file = "b.000001", .offset = 0x100000000 };
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    CHECK(!command_dump(&r, &out, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    r.gtid_set = bytes_of("\0\0\0\0\0\0\0\0", 8);
    CHECK_OK(command_dump(&r, &out, &err), err);
    buf_clear(&out);
}

UNIT_MAIN(RUN(command, small_ones_are_as_the_protocol_says),
          RUN(command, register_is_what_a_stock_replica_sends),
          RUN(command, dump_by_file_and_by_gtid_are_what_stock_replicas_send),
          RUN(command, dump_past_4_gib_needs_gtids))

/* Single files: the servers' own logs are whole; events that stand where none may are found. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/file_check.h"
#include "log_maker.h"
#include "store_dir.h"
#include "unit.h"

static struct file_check check_bytes(const char *dir, struct bytes bytes)
{
    struct file_check check;
    dir_write(dir, "x.000001", bytes);
    struct file_check_request request = {
        .files = &files_os,
        .path = dir_file(dir, "x.000001"),
        .shown = "x",
        .limit = UINT64_MAX,
    };
    file_check_run(&request, &check);
    return check;
}

/* The first fault is this one, at this place. */
static void expect(const struct log_maker *log, const char *id, uint64_t offset)
{
    char dir[64];
    dir_make(dir);
    struct file_check check = check_bytes(dir, buf_bytes(&log->bytes));
    if (check.faults.count == 0 || strcmp(fault_id(check.faults.items[0].kind), id) != 0 ||
        check.faults.items[0].offset != offset)
        fail_msg("wanted %s at %llu, found %zu: %s", id, (unsigned long long)offset,
                 check.faults.count,
                 check.faults.count > 0 ? check.faults.items[0].sentence : "nothing");
    if (check.whole && fault_level_of(check.faults.items[0].kind) != FAULT_NOTE)
        fail_msg("%s, and yet it is whole", id);
    file_check_clear(&check);
    dir_remove(dir);
}

static void rows(struct log_maker *log, uint8_t type, uint64_t table_id, uint16_t flags,
                 uint8_t columns)
{
    struct buf body;
    buf_init(&body, 4096);
    buf_le(&body, table_id, 6);
    buf_le(&body, flags, 2);
    if (type == EVENT_TABLE_MAP)
        buf_append(&body, "\1d\0\1t\0", 6);
    else
        buf_le(&body, 2, 2);
    buf_u8(&body, columns);
    buf_append(&body, "\377\0\0\0", 4);
    log_maker_event(log, type, buf_bytes(&body));
    buf_clear(&body);
}

static void begin(struct log_maker *log, uint64_t seq)
{
    struct gtid_event gtid = { .gtid = log_maker_gtid(FLAVOUR_MYSQL, seq) };
    struct buf body;
    buf_init(&body, 4096);
    uint8_t type = gtid_event_encode(&gtid, &body);
    log_maker_event(log, type, buf_bytes(&body));
    buf_clear(&body);
    log_maker_query(log, "BEGIN", 0);
}

static void commit(struct log_maker *log)
{
    log_maker_event(log, EVENT_XID, bytes_of("12345678", 8));
}

TEST(file_check, wants_rows_after_the_map_of_their_table)
{
    (void)unit_state;
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    begin(&log, 1);
    rows(&log, EVENT_TABLE_MAP, 7, 0, 3);
    rows(&log, EVENT_WRITE_ROWS, 7, 0, 3);
    rows(&log, EVENT_WRITE_ROWS, 7, 1, 3);
    commit(&log);
    begin(&log, 2);
    rows(&log, EVENT_TABLE_MAP, 7, 0, 3);
    rows(&log, EVENT_WRITE_ROWS, 7, 1, 3);
    uint64_t at = log.bytes.len;
    rows(&log, EVENT_WRITE_ROWS, 7, 1, 3); /* after the statement's end */
    commit(&log);
    expect(&log, "table_map", at);
    log_maker_clear(&log);

    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    begin(&log, 1);
    rows(&log, EVENT_TABLE_MAP, 7, 0, 3);
    at = log.bytes.len;
    rows(&log, EVENT_DELETE_ROWS, 7, 1, 4);
    commit(&log);
    expect(&log, "table_map", at);
    log_maker_clear(&log);
}

TEST(file_check, wants_each_gtid_once_and_each_event_in_its_place)
{
    (void)unit_state;
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 3, 0);
    uint64_t at = log.bytes.len;
    log_maker_add(&log, 2, 2, 0);
    expect(&log, "gtid_twice", at);
    log_maker_clear(&log);

    log_maker_init(&log, FLAVOUR_MARIADB, NULL); /* may be so where gtid_strict_mode is off */
    log_maker_add(&log, 5, 6, 0);
    at = log.bytes.len;
    log_maker_add(&log, 2, 2, 0);
    expect(&log, "gtid_order", at);
    log_maker_clear(&log);

    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    at = log.bytes.len;
    commit(&log);
    expect(&log, "structure", at);
    log_maker_clear(&log);
}

TEST(file_check, notices_a_transaction_that_was_taken_out)
{
    (void)unit_state;
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 5, 0);
    uint64_t from = log.marks[2].end, to = log.marks[3].end;
    memmove(log.bytes.data + from, log.bytes.data + to, log.bytes.len - (size_t)to);
    log.bytes.len -= (size_t)(to - from);
    expect(&log, "position", from);
    log_maker_clear(&log);
}

TEST(file_check, stops_where_a_file_is_no_log)
{
    char dir[64];
    dir_make(dir);
    struct file_check check = check_bytes(dir, bytes_of_str("hello"));
    CHECK(check.faults.count == 1 && !check.whole);
    CHECK_STR(fault_id(check.faults.items[0].kind), "magic");
    file_check_clear(&check);
    check = check_bytes(dir, bytes_of(BINLOG_MAGIC "hello", 9));
    CHECK_STR(fault_id(check.faults.items[0].kind), "format");
    file_check_clear(&check);
    dir_remove(dir);
}

UNIT_MAIN(RUN(file_check, wants_rows_after_the_map_of_their_table),
          RUN(file_check, wants_each_gtid_once_and_each_event_in_its_place),
          RUN(file_check, notices_a_transaction_that_was_taken_out),
          RUN(file_check, stops_where_a_file_is_no_log))

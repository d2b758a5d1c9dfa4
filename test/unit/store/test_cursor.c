/* Cursors: every event once, in order, across files; and where "after this set" is. */
// SPDX-License-Identifier: Apache-2.0
#include "place.h"

TEST(cursor, crosses_files_and_begins_each_with_its_format)
{
    struct place p;
    struct log_maker logs[3];
    struct event event;
    place_init(&p);
    AUTO(cursor) waiting = NULL;
    CHECK_OK(cursor_open(p.store, (struct log_pos){ 0, 4 }, "early", &waiting, &p.err), p.err);
    CHECK(cursor_next(waiting, &event, &p.err) == CURSOR_END);
    write_three_files(&p, logs, FLAVOUR_MYSQL);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t offset = 4;
        while (offset < logs[i].bytes.len) {
            CHECK_OK(cursor_next(waiting, &event, &p.err) == CURSOR_EVENT, p.err);
            CHECK(cursor_event_start(waiting).file == i);
            CHECK(cursor_event_start(waiting).offset == offset);
            CHECK((offset == 4) == (event.header.type == EVENT_FORMAT_DESCRIPTION));
            CHECK(memcmp(event.raw.data, logs[i].bytes.data + offset, event.raw.len) == 0);
            offset += event.raw.len;
            CHECK(cursor_event_end(waiting).offset == offset);
        }
    }
    CHECK(cursor_next(waiting, &event, &p.err) == CURSOR_END);
    CHECK_STR(cursor_file_name(waiting), "b.000011");
    cursor_free(waiting);
    waiting = NULL;
    clear_three(logs);
    place_clear(&p);
}

TEST(cursor, opens_at_every_event_and_nowhere_else)
{
    struct place p;
    struct log_maker logs[3];
    struct event event;
    struct log_pos starts[100];
    size_t count = 0;
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MARIADB);
    AUTO(cursor) all = NULL;
    CHECK_OK(cursor_open(p.store, (struct log_pos){ 1, 4 }, "all", &all, &p.err), p.err);
    while (cursor_next(all, &event, &p.err) == CURSOR_EVENT && cursor_event_start(all).file == 1)
        starts[count++] = cursor_event_start(all);
    starts[count++] = (struct log_pos){ 1, logs[1].bytes.len };
    cursor_free(all);
    all = NULL;
    size_t next = 0;
    for (uint64_t offset = 0; offset <= logs[1].bytes.len + 5; offset++) {
        AUTO(cursor) cursor = NULL;
        bool starts_here = next < count && starts[next].offset == offset;
        bool opened = cursor_open(p.store, (struct log_pos){ 1, offset }, "one", &cursor, &p.err);
        CHECK(opened == starts_here);
        CHECK(opened || p.err.code == ERR_CONFLICT);
        next += starts_here;
    }
    CHECK(!cursor_open(p.store, (struct log_pos){ 3, 4 }, "x", &all, &p.err));
    CHECK(!cursor_open(p.store, (struct log_pos){ 2, logs[2].bytes.len + 1 }, "x", &all, &p.err));
    clear_three(logs);
    place_clear(&p);
}

TEST(cursor, reads_an_event_larger_than_its_buffer)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 2, 10);
    log_maker_add(&log, 3, 3, 3 << 20);
    log_maker_add(&log, 4, 5, 200 << 10);
    log_maker_add(&log, 6, 7, 10);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 0, &p.err), p.err);
    CHECK_OK(store_sync(p.store, &p.err), p.err);
    CHECK(read_back(&p, &log, (struct log_pos){ 0, 4 }) == 1 + 7 * 3);
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(cursor, opened_after_a_set_delivers_all_that_is_not_in_it)
{
    for (int f = FLAVOUR_MYSQL; f <= FLAVOUR_MARIADB; f++) {
        struct place p;
        struct log_maker logs[3];
        enum flavour flavour = (enum flavour)f;
        place_init(&p);
        write_three_files(&p, logs, flavour);
        for (uint64_t seq = 0; seq <= 30; seq++) {
            AUTO(gtid_set) done = NULL;
            AUTO(cursor) cursor = NULL;
            struct event event;
            uint64_t first = UINT64_MAX;
            uint64_t last = 0;
            CHECK_OK(set_up_to(flavour, seq, &done, &p.err), p.err);
            CHECK_OK(cursor_open_after(p.store, done, "r", &cursor, &p.err), p.err);
            CHECK(cursor_event_end(cursor).file >= (seq < 10 ? 0u : seq < 20 ? 1u : 2u));
            while (cursor_next(cursor, &event, &p.err) == CURSOR_EVENT) {
                struct gtid_event gtid;
                struct err ignored;
                if (!gtid_event_decode(&event, &gtid, &ignored))
                    continue;
                first = gtid.gtid.seq < first ? gtid.gtid.seq : first;
                last = gtid.gtid.seq;
            }
            CHECK(seq == 30 || (first <= seq + 1 && last == 30));
        }
        clear_three(logs);
        place_clear(&p);
    }
}

TEST(cursor, after_a_set_is_refused_when_the_log_begins_later)
{
    struct place p;
    struct log_maker log;
    AUTO(gtid_set) before = NULL;
    AUTO(gtid_set) less = NULL;
    AUTO(cursor) cursor = NULL;
    place_init(&p);
    CHECK_OK(set_up_to(FLAVOUR_MYSQL, 50, &before, &p.err), p.err);
    CHECK_OK(set_up_to(FLAVOUR_MYSQL, 49, &less, &p.err), p.err);
    log_maker_init(&log, FLAVOUR_MYSQL, before);
    log_maker_add(&log, 51, 60, 0);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 1, &p.err), p.err);
    for (int i = 0; i < 2; i++) {
        CHECK_STR(gtids_text(&p), UUID_11 ":1-60");
        CHECK(!cursor_open_after(p.store, less, "r", &cursor, &p.err));
        CHECK(p.err.code == ERR_CONFLICT);
        CHECK_OK(cursor_open_after(p.store, before, "r", &cursor, &p.err), p.err);
        cursor_free(cursor);
        cursor = NULL;
        CHECK_OK(place_reopen(&p), p.err);
    }
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(cursor, after_a_mariadb_position_skips_what_other_servers_wrote_before_it)
{
    struct place p;
    struct log_maker log;
    struct gtid gtid = { .kind = GTID_MARIADB, .server = 1 };
    AUTO(gtid_set) done = NULL;
    AUTO(cursor) cursor = NULL;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    for (gtid.seq = 1; gtid.seq <= 10000; gtid.seq++) {
        gtid.server = gtid.seq <= 5000 ? 1 : 2;
        log_maker_transaction(&log, &gtid, 0);
    }
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 100, &p.err), p.err);
    CHECK_OK(store_sync(p.store, &p.err), p.err);
    CHECK_OK(gtid_set_parse("0-2-9000", FLAVOUR_MARIADB, &done, &p.err), p.err);
    CHECK_OK(cursor_open_after(p.store, done, "r", &cursor, &p.err), p.err);
    CHECK(cursor_event_end(cursor).offset > log.marks[8000].end);
    CHECK(cursor_event_end(cursor).offset <= log.marks[9001].end);
    cursor_free(cursor);
    cursor = NULL;
    log_maker_clear(&log);
    place_clear(&p);
}

static const char *const samples[] = {
    "mariadb-10.11/compressed",    "mariadb-10.11/group_commit",
    "mariadb-10.11/mixed",         "mariadb-10.11/nochecksum",
    "mariadb-10.11/row_minimal",   "mariadb-11.8/compressed",
    "mariadb-11.8/group_commit",   "mariadb-11.8/mixed",
    "mariadb-11.8/nochecksum",     "mariadb-11.8/row_minimal",
    "mysql-9.7/anonymous_gtid",    "mysql-9.7/compressed",
    "mysql-9.7/misc_fk_partition", "mysql-9.7/mixed",
    "mysql-9.7/nochecksum",        "mysql-9.7/partial_json",
    "mysql-9.7/row_minimal",       "mysql-9.7/tagged_gtid",
};

TEST(cursor, reads_the_files_of_real_servers_to_their_last_byte)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct place p;
        char name[128];
        struct event event;
        snprintf(name, sizeof name, "%s.bin", samples[i]);
        struct bytes file = dir_read(TEST_DATA "/binlogs", name);
        CHECK(file.len > 0);
        place_init(&p);
        store_free(p.store);
        p.store = NULL;
        dir_write(p.dir, "b.000001", file);
        if (!place_open(&p))
            fail_msg("%s: %s", samples[i], p.err.text);
        if (store_durable_end(p.store).offset != file.len)
            fail_msg("%s ends at %u of %zu", samples[i],
                     (unsigned)store_durable_end(p.store).offset, file.len);
        AUTO(cursor) cursor = NULL;
        uint64_t offset = 4;
        CHECK_OK(cursor_open(p.store, (struct log_pos){ 0, 4 }, "r", &cursor, &p.err), p.err);
        while (cursor_next(cursor, &event, &p.err) == CURSOR_EVENT) {
            CHECK(memcmp(event.raw.data, file.data + offset, event.raw.len) == 0);
            offset += event.raw.len;
        }
        CHECK(offset == file.len);
        cursor_free(cursor);
        cursor = NULL;
        free((void *)(uintptr_t)file.data);
        place_clear(&p);
    }
}

UNIT_MAIN(RUN(cursor, crosses_files_and_begins_each_with_its_format),
          RUN(cursor, opens_at_every_event_and_nowhere_else),
          RUN(cursor, reads_an_event_larger_than_its_buffer),
          RUN(cursor, opened_after_a_set_delivers_all_that_is_not_in_it),
          RUN(cursor, after_a_set_is_refused_when_the_log_begins_later),
          RUN(cursor, after_a_mariadb_position_skips_what_other_servers_wrote_before_it),
          RUN(cursor, reads_the_files_of_real_servers_to_their_last_byte))

/* The store from outside: what is written comes back, what is durable is visible, what is torn is
 * cut, what is damaged is named. */
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>
#include "place.h"

TEST(store, of_an_empty_directory_has_no_end_and_no_file)
{
    struct place p;
    place_init(&p);
    struct log_pos end = store_durable_end(p.store);
    CHECK(end.file == 0 && end.offset == 0);
    CHECK_STR(store_write_name(p.store), "");
    CHECK(gtid_set_is_empty(store_gtids(p.store)));
    CHECK(!store_write(p.store, bytes_of("x", 1), &p.err) && p.err.code == ERR_CONFLICT);
    place_clear(&p);
}

TEST(store, gives_back_what_was_written_in_both_flavours_also_after_reopening)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        struct place p;
        struct log_maker log;
        AUTO(gtid_set) before = gtid_set_new();
        place_init(&p);
        log_maker_init(&log, (enum flavour)flavour, before);
        log_maker_add(&log, 1, 100, 50);
        CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
        CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 7, &p.err), p.err);
        CHECK_OK(store_sync(p.store, &p.err), p.err);
        CHECK(store_durable_end(p.store).offset == log.bytes.len);
        size_t count = read_back(&p, &log, (struct log_pos){ 0, 4 });
        CHECK(count == (flavour == FLAVOUR_MYSQL ? 402 : 302));
        for (int i = 0; i < 2; i++) {
            CHECK_STR(gtids_text(&p), flavour == FLAVOUR_MYSQL ? UUID_11 ":1-100" : "0-7-100");
            CHECK_OK(place_reopen(&p), p.err);
            CHECK(store_write_end(p.store).offset == log.bytes.len);
            CHECK(read_back(&p, &log, (struct log_pos){ 0, 4 }) == count);
        }
        struct bytes file = dir_read(p.dir, "b.000001");
        CHECK(bytes_equal(file, buf_bytes(&log.bytes)));
        free((void *)(uintptr_t)file.data);
        log_maker_clear(&log);
        place_clear(&p);
    }
}

TEST(store, shows_nothing_after_the_last_mark_and_rewinds_to_it)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 3, 0);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, 2, 1, &p.err), p.err);
    uint64_t marked = log.marks[1].end;
    for (int spilled = 0; spilled < 2; spilled++) {
        size_t half = (size_t)(log.marks[2].end - marked) / 2;
        CHECK_OK(store_write(p.store, bytes_of(log.bytes.data + marked, half), &p.err), p.err);
        if (spilled)
            CHECK_OK(store_flush(p.store, &p.err), p.err);
        CHECK(store_durable_end(p.store).offset == marked);
        CHECK(store_write_end(p.store).offset == marked + half);
        CHECK(!store_start_file(p.store, "b.000002", &p.err) && p.err.code == ERR_CONFLICT);
        CHECK_OK(store_rewind(p.store, &p.err), p.err);
        CHECK(store_write_end(p.store).offset == marked);
    }
    CHECK_OK(log_maker_write(&log, p.store, 2, log.mark_count, 1, &p.err), p.err);
    CHECK(store_durable_end(p.store).offset == log.bytes.len);
    CHECK(read_back(&p, &log, (struct log_pos){ 0, 4 }) == 10);
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, cut_at_any_byte_opens_at_the_last_boundary_before_it)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 3, 20);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    for (size_t len = 0; len <= log.bytes.len; len++) {
        store_free(p.store);
        unlink(dir_file(p.dir, "b.000001.gtids"));
        dir_write(p.dir, "b.000001", bytes_of(log.bytes.data, len));
        CHECK_OK(place_open(&p), p.err);
        uint64_t want = BINLOG_MAGIC_SIZE;
        for (size_t i = 0; i < log.mark_count && log.marks[i].end <= len; i++)
            want = log.marks[i].end;
        CHECK(store_write_end(p.store).offset == want);
        CHECK(store_durable_end(p.store).offset == want);
        (void)read_back(&p, &log, (struct log_pos){ 0, 4 });
    }
    CHECK_STR(gtids_text(&p), UUID_11 ":1-3");
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, takes_a_zero_filled_tail_for_torn)
{
    struct place p;
    struct log_maker log;
    uint8_t zeroes[10000] = { 0 };
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 20, 20);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    for (size_t cut = 400; cut < log.bytes.len; cut += 100) {
        store_free(p.store);
        unlink(dir_file(p.dir, "b.000001.gtids"));
        struct buf torn;
        buf_init(&torn, 1 << 20);
        buf_append(&torn, log.bytes.data, cut);
        buf_append(&torn, zeroes, sizeof zeroes);
        dir_write(p.dir, "b.000001", buf_bytes(&torn));
        buf_clear(&torn);
        CHECK_OK(place_open(&p), p.err);
        CHECK(store_write_end(p.store).offset <= cut);
        CHECK(store_write_end(p.store).offset + 200 > cut);
    }
    log_maker_clear(&log);
    place_clear(&p);
}

/* Whatever type of event stale bytes seem to be: nothing behind the last transaction is one. */
TEST(store, takes_stale_bytes_behind_the_tail_for_torn)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 3, 0);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    for (unsigned type = 0; type < 256; type++) {
        struct buf torn;
        uint8_t stale[200];
        memset(stale, 0x5a, sizeof stale);
        stale[4] = (uint8_t)type;
        stale[9] = sizeof stale - 20; /* its size, in four bytes */
        memset(stale + 10, 0, 3);
        store_free(p.store);
        unlink(dir_file(p.dir, "b.000001.gtids"));
        buf_init(&torn, 1 << 20);
        buf_append(&torn, log.bytes.data, log.bytes.len);
        buf_append(&torn, stale, sizeof stale);
        dir_write(p.dir, "b.000001", buf_bytes(&torn));
        buf_clear(&torn);
        CHECK_OK(place_open(&p), p.err);
        CHECK(store_write_end(p.store).offset == log.bytes.len);
    }
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, takes_a_lost_sector_for_torn_although_whole_transactions_follow)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 40, 100);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    store_free(p.store);
    unlink(dir_file(p.dir, "b.000001.gtids"));
    memset(log.bytes.data + 4096, 0, 4096);
    dir_write(p.dir, "b.000001", buf_bytes(&log.bytes));
    CHECK_OK(place_open(&p), p.err);
    CHECK(store_write_end(p.store).offset <= 4096 && store_write_end(p.store).offset > 3600);
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, refuses_damage_before_a_whole_transaction_and_names_the_place)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 5, 20);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    store_free(p.store);
    p.store = NULL;
    uint64_t last_start = log.marks[log.mark_count - 2].end;
    for (size_t at = BINLOG_MAGIC_SIZE; at < log.bytes.len; at++) {
        unlink(dir_file(p.dir, "b.000001.gtids"));
        log.bytes.data[at] ^= 0x10;
        dir_write(p.dir, "b.000001", buf_bytes(&log.bytes));
        log.bytes.data[at] ^= 0x10;
        bool opened = place_open(&p);
        if (opened) { /* in the last transaction: a torn tail */
            CHECK(at >= last_start && store_write_end(p.store).offset == last_start);
        } else {
            CHECK(p.err.code == ERR_CORRUPT || p.err.code == ERR_UNSUPPORTED);
            CHECK(strstr(p.err.text, "b.000001") != NULL);
            CHECK(at < last_start);
        }
        store_free(p.store);
        p.store = NULL;
    }
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, refuses_a_log_that_is_shorter_than_what_was_synced)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 5, 20);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 0, &p.err), p.err);
    store_free(p.store); /* writes a last point */
    p.store = NULL;
    CHECK(truncate(dir_file(p.dir, "b.000001"), (off_t)log.bytes.len - 10) == 0);
    CHECK(!place_open(&p) && p.err.code == ERR_CORRUPT);
    CHECK(strstr(p.err.text, "accept the loss") != NULL);
    unlink(dir_file(p.dir, "b.000001.gtids"));
    CHECK_OK(place_open(&p), p.err);
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, keeps_the_base_it_was_told_when_the_first_file_cannot_say)
{
    struct place p;
    struct log_maker log;
    AUTO(gtid_set) base = NULL;
    place_init(&p);
    CHECK_OK(set_up_to(FLAVOUR_MARIADB, 50, &base, &p.err), p.err);
    store_set_base(p.store, base);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 51, 60, 0);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(place_reopen(&p), p.err);
    CHECK_STR(gtids_text(&p), "0-7-50");
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 1, &p.err), p.err);
    CHECK_OK(place_reopen(&p), p.err);
    CHECK_STR(gtids_text(&p), "0-7-60");
    CHECK(gtid_set_count(store_gtids(p.store)) == 60);
    log_maker_clear(&log);
    place_clear(&p);
}

/* A byte of the last transaction of a complete file, whose index is lost too: taken for a torn tail
 * it would be a log without that transaction. */
TEST(store, builds_no_index_of_a_damaged_file)
{
    for (int f = FLAVOUR_MYSQL; f <= FLAVOUR_MARIADB; f++) {
        struct place p;
        struct log_maker logs[3];
        AUTO(gtid_set) done = NULL;
        AUTO(cursor) cursor = NULL;
        place_init(&p);
        write_three_files(&p, logs, (enum flavour)f);
        CHECK_OK(place_reopen(&p), p.err);
        size_t at = logs[1].marks[logs[1].mark_count - 2].end + 30;
        int fd = open(dir_file(p.dir, "b.000010"), O_RDWR | O_CLOEXEC);
        uint8_t byte = logs[1].bytes.data[at] ^ 1;
        CHECK(fd >= 0 && pwrite(fd, &byte, 1, (off_t)at) == 1);
        close(fd);
        unlink(dir_file(p.dir, "b.000010.gtids"));
        CHECK_OK(set_up_to((enum flavour)f, 19, &done, &p.err), p.err);
        CHECK(!cursor_open_after(p.store, done, "r", &cursor, &p.err));
        CHECK(p.err.code == ERR_CORRUPT && strstr(p.err.text, "b.000010 at ") != NULL);
        CHECK(!dir_has(p.dir, "b.000010.gtids"));
        clear_three(logs);
        place_clear(&p);
    }
}

TEST(store, builds_lost_indexes_again)
{
    for (int f = FLAVOUR_MYSQL; f <= FLAVOUR_MARIADB; f++) {
        static const char *const lost[] = { "index", "b.000009.gtids", "b.000010.gtids",
                                            "b.000011.gtids" };
        struct place p;
        struct log_maker logs[3];
        place_init(&p);
        write_three_files(&p, logs, (enum flavour)f);
        for (unsigned mask = 0; mask < 16; mask++) {
            AUTO(gtid_set) done = NULL;
            AUTO(cursor) cursor = NULL;
            store_free(p.store);
            for (unsigned i = 0; i < 4; i++)
                if ((mask & 1u << i) != 0)
                    unlink(dir_file(p.dir, lost[i]));
            CHECK_OK(place_open(&p), p.err);
            CHECK_STR(gtids_text(&p), f == FLAVOUR_MYSQL ? UUID_11 ":1-30" : "0-7-30");
            CHECK(store_write_end(p.store).file == 2);
            CHECK_OK(set_up_to((enum flavour)f, 5, &done, &p.err), p.err);
            CHECK_OK(cursor_open_after(p.store, done, "r", &cursor, &p.err), p.err);
            CHECK(cursor_event_end(cursor).file == 0);
            for (unsigned i = 0; i < 4; i++)
                CHECK((mask & 1u << i) == 0 || dir_has(p.dir, lost[i]));
        }
        clear_three(logs);
        place_clear(&p);
    }
}

TEST(store, names_a_listed_file_that_is_missing_and_a_file_that_is_not_listed)
{
    struct place p;
    struct log_maker logs[3];
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MYSQL);
    store_free(p.store);
    p.store = NULL;
    dir_write(p.dir, "c.000001", buf_bytes(&logs[0].bytes));
    CHECK(!place_open(&p) && p.err.code == ERR_CORRUPT);
    CHECK(strstr(p.err.text, "c.000001") != NULL);
    unlink(dir_file(p.dir, "c.000001"));
    unlink(dir_file(p.dir, "b.000010"));
    CHECK(!place_open(&p) && p.err.code == ERR_CORRUPT);
    CHECK(strstr(p.err.text, "b.000010") != NULL);
    clear_three(logs);
    place_clear(&p);
}

TEST(store, lets_one_writer_in_and_any_readers)
{
    struct place p;
    struct log_maker logs[3];
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MARIADB);
    struct store_options again = { .dir = p.dir };
    struct store_options reading = { .dir = p.dir, .read_only = true };
    struct store *other = NULL;
    CHECK(!store_open(&again, &other, &p.err) && p.err.code == ERR_CONFLICT);
    /* a reader sees whole transactions only, and changes nothing */
    size_t half = logs[2].bytes.len / 2;
    CHECK_OK(store_write(p.store, bytes_of("torn", 4), &p.err), p.err);
    CHECK_OK(store_flush(p.store, &p.err), p.err);
    CHECK_OK(store_open(&reading, &other, &p.err), p.err);
    CHECK(store_durable_end(other).offset == logs[2].bytes.len && half > 0);
    CHECK(!store_start_file(other, "b.000012", &p.err) && p.err.code == ERR_CONFIG);
    CHECK(!store_write(other, bytes_of("x", 1), &p.err));
    struct place q = { .store = other };
    CHECK(read_back(&q, &logs[2], (struct log_pos){ 2, 4 }) == 32);
    store_free(other);
    CHECK(store_write_end(p.store).offset == logs[2].bytes.len + 4);
    CHECK_OK(store_rewind(p.store, &p.err), p.err);
    clear_three(logs);
    place_clear(&p);
}

TEST(store, refuses_names_that_are_no_log_file)
{
    static const char *const bad[] = { "",        "b",        "../b.000001", "a/b.000001",
                                       ".000001", "b.00x001", "b.000001\n",  "index" };
    struct place p;
    place_init(&p);
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        CHECK(!store_start_file(p.store, bad[i], &p.err) && p.err.code == ERR_PROTOCOL);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK(!store_start_file(p.store, "b.000001", &p.err) && p.err.code == ERR_CONFLICT);
    place_clear(&p);
}

TEST(purge, drops_old_files_but_not_what_is_needed_or_read)
{
    struct place p;
    struct log_maker logs[3];
    unsigned dropped;
    char held[256];
    struct purge_limits limits = { .keep_bytes = 1 };
    struct purge_limits by_age = { .keep_seconds = 3600 };
    struct purge_limits none = { 0 };
    struct log_pos end = { 2, 4 };
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MYSQL);
    CHECK_OK(store_purge(p.store, &none, end, &dropped, held, &p.err), p.err);
    CHECK(dropped == 0 && held[0] == 0);
    CHECK_OK(store_purge(p.store, &limits, (struct log_pos){ 0, 100 }, &dropped, held, &p.err),
             p.err);
    CHECK(dropped == 0 && strstr(held, "b.000009") != NULL);
    AUTO(cursor) cursor = NULL;
    CHECK_OK(cursor_open(p.store, (struct log_pos){ 1, 4 }, "replica 12", &cursor, &p.err), p.err);
    CHECK_OK(store_purge(p.store, &limits, end, &dropped, held, &p.err), p.err);
    CHECK(dropped == 1 && strstr(held, "replica 12") != NULL);
    CHECK(!dir_has(p.dir, "b.000009") && !dir_has(p.dir, "b.000009.gtids"));
    CHECK(store_first_file(p.store) == 1);
    cursor_free(cursor);
    cursor = NULL;
    CHECK(!cursor_open(p.store, (struct log_pos){ 0, 4 }, "late", &cursor, &p.err));
    CHECK_OK(place_reopen(&p), p.err);
    CHECK(store_first_file(p.store) == 1 && store_write_end(p.store).file == 2);
    CHECK_OK(store_purge(p.store, &by_age, end, &dropped, held, &p.err), p.err);
    CHECK(dropped == 1 && held[0] == 0 && store_first_file(p.store) == 2);
    CHECK(store_size_bytes(p.store) == logs[2].bytes.len);
    CHECK_STR(gtids_text(&p), UUID_11 ":1-30");
    AUTO(gtid_set) done = NULL;
    CHECK_OK(set_up_to(FLAVOUR_MYSQL, 19, &done, &p.err), p.err);
    CHECK(!cursor_open_after(p.store, done, "r", &cursor, &p.err));
    clear_three(logs);
    place_clear(&p);
}

TEST(store, wakes_waiters_when_the_end_moves_and_when_asked)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    struct log_pos seen = store_durable_end(p.store);
    CHECK_OK(store_wait(p.store, seen, 1, &p.err), p.err); /* the timeout is no failure */
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 1, 0);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(store_wait(p.store, seen, 60000, &p.err), p.err); /* moved already */
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(store, makes_visible_under_load_without_a_flush)
{
    struct place p;
    struct log_maker log;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 6000, 1500);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, log.mark_count, 0, &p.err), p.err);
    struct log_pos seen = { 0, 4 << 20 };
    while (log_pos_compare(store_durable_end(p.store), seen) <= 0)
        CHECK_OK(store_wait(p.store, store_durable_end(p.store), 1000, &p.err), p.err);
    CHECK_OK(place_reopen(&p), p.err);
    CHECK(store_durable_end(p.store).offset == log.bytes.len);
    CHECK_STR(gtids_text(&p), UUID_11 ":1-6000");
    log_maker_clear(&log);
    place_clear(&p);
}

UNIT_MAIN(RUN(store, of_an_empty_directory_has_no_end_and_no_file),
          RUN(store, gives_back_what_was_written_in_both_flavours_also_after_reopening),
          RUN(store, shows_nothing_after_the_last_mark_and_rewinds_to_it),
          RUN(store, cut_at_any_byte_opens_at_the_last_boundary_before_it),
          RUN(store, takes_a_zero_filled_tail_for_torn),
          RUN(store, takes_stale_bytes_behind_the_tail_for_torn),
          RUN(store, takes_a_lost_sector_for_torn_although_whole_transactions_follow),
          RUN(store, refuses_damage_before_a_whole_transaction_and_names_the_place),
          RUN(store, refuses_a_log_that_is_shorter_than_what_was_synced),
          RUN(store, keeps_the_base_it_was_told_when_the_first_file_cannot_say),
          RUN(store, builds_no_index_of_a_damaged_file), RUN(store, builds_lost_indexes_again),
          RUN(store, names_a_listed_file_that_is_missing_and_a_file_that_is_not_listed),
          RUN(store, lets_one_writer_in_and_any_readers),
          RUN(store, refuses_names_that_are_no_log_file),
          RUN(purge, drops_old_files_but_not_what_is_needed_or_read),
          RUN(store, wakes_waiters_when_the_end_moves_and_when_asked),
          RUN(store, makes_visible_under_load_without_a_flush))

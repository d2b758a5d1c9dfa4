/* test_raw.c - the log in blocks: whole, up to the durable end, file by file; the set before a
 * place; watches. */
// SPDX-License-Identifier: Apache-2.0
#include "place.h"

static size_t read_file(struct place *p, struct cursor *cursor, size_t size, uint8_t *out)
{
    size_t len = 0;
    enum raw_result result;
    struct raw_block block = { .data = out, .size = size };
    while ((result = cursor_read_raw(cursor, &block, &p->err)) == RAW_BYTES) {
        len += block.len;
        cursor_take_raw(cursor, block.len);
        block.data = out + len;
    }
    if (result == RAW_ERROR)
        fail_msg("%s", p->err.text);
    return len;
}

TEST(raw, gives_every_file_as_it_is)
{
    static const size_t sizes[] = { 1, 100, 1 << 20 };
    struct place p;
    struct log_maker logs[3];
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MYSQL);
    for (size_t s = 0; s < ARRAY_COUNT(sizes); s++) {
        AUTO(cursor) cursor = NULL;
        uint8_t *out = malloc(4 << 20);
        CHECK_OK(cursor_open(p.store, (struct log_pos){ 0, 4 }, "t", &cursor, &p.err), p.err);
        for (unsigned i = 0; i < 3; i++) {
            struct raw_block block = { .data = out, .size = 1 };
            size_t n = read_file(&p, cursor, sizes[s], out);
            CHECK(bytes_equal(bytes_of(out, n), bytes_of(logs[i].bytes.data + BINLOG_MAGIC_SIZE,
                                                         logs[i].bytes.len - BINLOG_MAGIC_SIZE)));
            CHECK(cursor_read_raw(cursor, &block, &p.err) == (i < 2 ? RAW_FILE_END : RAW_WAIT));
            if (i < 2)
                cursor_next_file(cursor);
        }
        free(out);
    }
    clear_three(logs);
    place_clear(&p);
}

TEST(raw, goes_no_further_than_the_durable_end)
{
    struct place p;
    struct log_maker log;
    uint8_t out[8192];
    AUTO(cursor) cursor = NULL;
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&log, 1, 4, 10);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK_OK(log_maker_write(&log, p.store, 0, 3, 0, &p.err) && store_sync(p.store, &p.err), p.err);
    /* half a transaction more, not marked */
    struct bytes half = bytes_of(log.bytes.data + log.marks[2].end, 40);
    CHECK_OK(store_write(p.store, half, &p.err) && store_flush(p.store, &p.err), p.err);
    CHECK_OK(cursor_open(p.store, (struct log_pos){ 0, 4 }, "t", &cursor, &p.err), p.err);
    CHECK(read_file(&p, cursor, sizeof out, out) == log.marks[2].end - BINLOG_MAGIC_SIZE);
    cursor_free(cursor);
    cursor = NULL;
    log_maker_clear(&log);
    place_clear(&p);
}

TEST(raw, tells_the_set_before_any_boundary)
{
    struct place p;
    struct log_maker logs[3];
    place_init(&p);
    write_three_files(&p, logs, FLAVOUR_MARIADB);
    for (unsigned i = 0; i < 3; i++) {
        for (size_t m = 0; m < logs[i].mark_count; m++) {
            AUTO(gtid_set) set = NULL;
            struct log_pos at = { i, logs[i].marks[m].end };
            CHECK_OK(store_gtids_before(p.store, at, &set, &p.err), p.err);
            uint64_t want =
                i * 10 + (logs[i].marks[m].has_gtid ? logs[i].marks[m].gtid.seq - i * 10 : 0);
            CHECK(gtid_set_count(set) == want);
        }
    }
    clear_three(logs);
    place_clear(&p);
}

static void count_move(void *arg)
{
    ++*(unsigned *)arg;
}

TEST(raw, tells_a_watch_when_the_durable_end_moves)
{
    struct place p;
    struct log_maker log;
    unsigned moves = 0;
    struct store_watch watch = { .moved = count_move, .arg = &moves };
    place_init(&p);
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 2, 10);
    store_watch(p.store, &watch);
    CHECK_OK(store_start_file(p.store, "b.000001", &p.err), p.err);
    CHECK(moves == 1);
    CHECK_OK(log_maker_write(&log, p.store, 0, 2, 0, &p.err) && store_sync(p.store, &p.err), p.err);
    unsigned before = moves;
    CHECK(before >= 2);
    store_unwatch(p.store, &watch);
    store_unwatch(p.store, &watch);
    CHECK_OK(log_maker_write(&log, p.store, 2, 3, 0, &p.err) && store_sync(p.store, &p.err), p.err);
    CHECK(moves == before);
    log_maker_clear(&log);
    place_clear(&p);
}

UNIT_MAIN(RUN(raw, gives_every_file_as_it_is), RUN(raw, goes_no_further_than_the_durable_end),
          RUN(raw, tells_the_set_before_any_boundary),
          RUN(raw, tells_a_watch_when_the_durable_end_moves))

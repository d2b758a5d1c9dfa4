/* test_feed.c - what a replica gets: from each start, with each wish, and the refusals. */
// SPDX-License-Identifier: Apache-2.0
#include "feed_fixture.h"
#include "slow_disk.h"
#include "base/clock.h"

static struct gtid_set *position(enum flavour flavour, uint64_t seq)
{
    struct gtid_set *set = gtid_set_new();
    struct gtid gtid = log_maker_gtid(flavour, seq);
    struct err err;
    if (!gtid_set_add_up_to(set, &gtid, &err))
        fail_msg("%s", err.text);
    return set;
}

/* All that the log has of a file from `from` on is at the end of what came of it. */
static bool has_bytes(const struct fixture *f, unsigned file, uint64_t from)
{
    struct bytes want =
        bytes_of(f->logs[file].bytes.data + from, f->logs[file].bytes.len - (size_t)from);
    return memmem(f->bytes.data, f->bytes.len, want.data, want.len) != NULL;
}

static uint64_t after_format(const struct fixture *f, unsigned file)
{
    return f->logs[file].marks[0].end;
}

static void check_all_of_it(enum flavour flavour, size_t room)
{
    struct fixture f;
    void **unit_state = NULL;
    fixture_init(&f, flavour);
    f.room = room;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(f.seen[0].type == EVENT_ROTATE && f.seen[0].flags == EVENT_FLAG_ARTIFICIAL);
    CHECK(f.seen[1].type == EVENT_FORMAT_DESCRIPTION);
    CHECK(f.seen[1].end_pos == after_format(&f, 0));
    CHECK(fixture_count(&f, EVENT_ROTATE) == 3);
    CHECK(fixture_count(&f, EVENT_XID) == 30);
    for (unsigned i = 0; i < 3; i++)
        CHECK(has_bytes(&f, i, after_format(&f, i)));
    fixture_clear(&f);
}

TEST(feed, gives_the_whole_log_verbatim)
{
    (void)unit_state;
    check_all_of_it(FLAVOUR_MYSQL, FIXTURE_ROOM);
    check_all_of_it(FLAVOUR_MARIADB, FIXTURE_ROOM);
    check_all_of_it(FLAVOUR_MYSQL, FEED_ROOM_LEAST);
    check_all_of_it(FLAVOUR_MARIADB, FEED_ROOM_LEAST + 7);
}

TEST(feed, begins_at_any_event_of_a_file)
{
    for (size_t i = 0; i < 12; i++) {
        struct fixture f;
        fixture_init(&f, FLAVOUR_MYSQL);
        uint64_t at = f.logs[1].marks[i].end;
        f.request.file = "b.000010";
        f.request.offset = at;
        CHECK(fixture_dump(&f) == FEED_WAIT);
        CHECK(f.seen[1].type == EVENT_FORMAT_DESCRIPTION && f.seen[1].end_pos == 0);
        CHECK(has_bytes(&f, 1, at));
        CHECK(f.bytes.len < f.logs[1].bytes.len - at + f.logs[2].bytes.len + 600);
        fixture_clear(&f);
    }
}

static void check_after_set(enum flavour flavour, uint64_t done, size_t room)
{
    struct fixture f;
    void **unit_state = NULL;
    AUTO(gtid_set) set = position(flavour, done);
    fixture_init(&f, flavour);
    f.room = room;
    f.request.by_gtid = true;
    f.request.gtids = set;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(fixture_count(&f, EVENT_XID) == 30 - done);
    CHECK(f.seen[1].type == EVENT_FORMAT_DESCRIPTION);
    if (flavour == FLAVOUR_MARIADB) {
        bool noted = false;
        for (size_t i = 2; i < f.count && !noted; i++) {
            noted = f.seen[i].type == EVENT_GTID_LIST && f.seen[i].flags == EVENT_FLAG_ARTIFICIAL;
            CHECK(noted || f.seen[i].type == EVENT_GTID_LIST);
        }
        CHECK(noted);
    }
    for (unsigned i = (unsigned)(done / 10) + 1; i < 3; i++)
        CHECK(has_bytes(&f, i, after_format(&f, i)));
    fixture_clear(&f);
}

TEST(feed, skips_what_the_replica_has)
{
    (void)unit_state;
    for (uint64_t done = 1; done <= 30; done++) {
        check_after_set(FLAVOUR_MYSQL, done, FIXTURE_ROOM);
        check_after_set(FLAVOUR_MARIADB, done, FEED_ROOM_LEAST);
    }
}

TEST(feed, skips_single_transactions_in_the_middle)
{
    struct fixture f;
    AUTO(gtid_set) set = gtid_set_new();
    fixture_init(&f, FLAVOUR_MYSQL);
    static const uint64_t had[] = { 2, 3, 17, 30 };
    for (size_t i = 0; i < ARRAY_COUNT(had); i++) {
        struct gtid gtid = log_maker_gtid(FLAVOUR_MYSQL, had[i]);
        CHECK_OK(gtid_set_add(set, &gtid, &f.error), f.error);
    }
    f.request.by_gtid = true;
    f.request.gtids = set;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(fixture_count(&f, EVENT_XID) == 26);
    CHECK(fixture_count(&f, EVENT_HEARTBEAT_V2) == 3); /* where each gap ended */
    fixture_clear(&f);
}

TEST(feed, ends_with_eof_when_asked_not_to_wait)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL);
    f.request.flags = SERVE_DUMP_NON_BLOCKING;
    CHECK(fixture_dump(&f) == FEED_END);
    CHECK(f.ended && f.error.code == ERR_NONE);
    fixture_clear(&f);
}

TEST(feed, asks_for_answers_near_the_end)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MARIADB);
    f.request.semi_sync = true;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    for (size_t i = 0; i < f.count; i++)
        CHECK(f.seen[i].ack_wanted == (f.seen[i].type == EVENT_XID));
    size_t n;
    CHECK(topology_acked_by(f.topology, 1).offset == 0);
    CHECK(feed_acknowledge(f.feed, "b.000011", f.logs[2].bytes.len));
    CHECK(topology_acked_by(f.topology, 1).offset == f.logs[2].bytes.len);
    CHECK(topology_acked_by(f.topology, 2).offset == 0);
    CHECK(!feed_acknowledge(f.feed, "b.000011", f.logs[2].bytes.len + 1));
    CHECK(!feed_acknowledge(f.feed, "c.000011", 4));
    struct topology_replica *list = topology_list(f.topology, &n);
    CHECK(n == 1 && list[0].server_id == 5 && list[0].sent.file == 2);
    free(list);
    fixture_clear(&f);
}

static void check_had(enum flavour flavour, uint64_t done, bool is_all)
{
    struct fixture f;
    AUTO(gtid_set) set = gtid_set_new();
    fixture_init(&f, flavour);
    for (uint64_t seq = 1; seq <= done; seq++) {
        struct gtid gtid = log_maker_gtid(flavour, seq);
        if (!gtid_set_add(set, &gtid, &f.error))
            fail_msg("%s", f.error.text);
    }
    f.request.semi_sync = true;
    f.request.by_gtid = true;
    f.request.gtids = set;
    if (fixture_dump(&f) != FEED_WAIT)
        fail_msg("%s", f.error.text);
    struct log_pos acked = topology_acked_by(f.topology, 1);
    if (is_all != (log_pos_compare(acked, store_durable_end(f.place.store)) == 0) ||
        is_all != (acked.offset > 0))
        fail_msg("with %d of them", (int)done);
    fixture_clear(&f);
}

/* Its answer may have gone to a connection that broke. */
TEST(feed, takes_all_that_a_replica_comes_with_for_its_answer)
{
    (void)unit_state;
    for (uint64_t done = 27; done <= 30; done++) {
        check_had(FLAVOUR_MYSQL, done, done == 30);
        check_had(FLAVOUR_MARIADB, done, done == 30);
    }
}

/* A client from before checksums: none in any event, and none announced. */
TEST(feed, takes_checksums_away_for_who_knows_none)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL);
    f.request.checksum = SERVE_CHECKSUM_UNAWARE;
    f.room = FEED_ROOM_LEAST;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    size_t at = f.seen[0].size;
    struct format format;
    CHECK_OK(format_decode(bytes_of(f.bytes.data + at, f.seen[1].size), &format, &f.error),
             f.error);
    CHECK(format.checksum == CHECKSUM_NONE);
    size_t want = 0;
    for (unsigned i = 0; i < 3; i++)
        want += f.logs[i].bytes.len - BINLOG_MAGIC_SIZE;
    size_t rotates = 3 * (size_t)f.seen[0].size;
    CHECK(f.bytes.len == want + rotates - 4 * (f.count - 3 - 3)); /* formats keep theirs */
    fixture_clear(&f);
}

TEST(feed, tells_an_old_mariadb_replica_in_its_own_words)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MARIADB);
    f.request.capability = 2;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(fixture_count(&f, EVENT_MARIADB_GTID) == 0);
    CHECK(fixture_count(&f, EVENT_GTID_LIST) == 0);
    CHECK(fixture_count(&f, EVENT_QUERY) == 60); /* a BEGIN each */
    fixture_clear(&f);
}

/* The last event of a MariaDB's stream with an end: a list of GTIDs, flagged in its count. */
static bool says_until_reached(const struct fixture *f)
{
    const struct seen *last = &f->seen[f->count - 1];
    uint8_t count_top = f->bytes.data[f->bytes.len - last->size + EVENT_HEADER_SIZE + 3];
    return last->type == EVENT_GTID_LIST && last->flags == EVENT_FLAG_ARTIFICIAL &&
           count_top == 0x10;
}

static void check_until(uint64_t done, uint64_t until, bool before)
{
    struct fixture f;
    void **unit_state = NULL;
    AUTO(gtid_set) had = done == 0 ? gtid_set_new() : position(FLAVOUR_MARIADB, done);
    AUTO(gtid_set) end = position(FLAVOUR_MARIADB, until);
    uint64_t last = before ? until - 1 : until;
    fixture_init(&f, FLAVOUR_MARIADB);
    f.room = done % 2 == 0 ? FIXTURE_ROOM : FEED_ROOM_LEAST;
    f.request.by_gtid = true;
    f.request.gtids = had;
    f.request.until = end;
    f.request.until_before = before;
    CHECK(fixture_dump(&f) == FEED_END);
    CHECK(fixture_count(&f, EVENT_XID) == (last > done ? last - done : 0));
    CHECK(says_until_reached(&f));
    fixture_clear(&f);
}

TEST(feed, ends_where_a_mariadb_replica_says_until)
{
    static const uint64_t places[] = { 0, 1, 2, 9, 10, 11, 19, 20, 29, 30 };
    (void)unit_state;
    for (size_t i = 0; i < ARRAY_COUNT(places); i++)
        for (size_t k = 1; k < ARRAY_COUNT(places); k++) {
            check_until(places[i], places[k], false);
            check_until(places[i], places[k], true);
        }
}

TEST(feed, passes_over_domains_that_until_does_not_name)
{
    struct fixture f;
    AUTO(gtid_set) had = gtid_set_new();
    AUTO(gtid_set) end = NULL;
    fixture_init(&f, FLAVOUR_MARIADB);
    CHECK_OK(gtid_set_parse("9-7-5", FLAVOUR_MARIADB, &end, &f.error), f.error);
    f.request.by_gtid = true;
    f.request.gtids = had;
    f.request.until = end;
    CHECK(fixture_dump(&f) == FEED_WAIT); /* it may come */
    CHECK(fixture_count(&f, EVENT_XID) == 0);
    fixture_clear(&f);
}

TEST(feed, sends_what_becomes_durable_later_and_crosses_files)
{
    struct fixture f;
    struct dump dump;
    fixture_init(&f, FLAVOUR_MYSQL);
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    f.feed = feed_open(f.serve, &f.request, (struct feed_wake){ fixture_wake, &f });
    CHECK(fixture_run(&f, &dump) == FEED_WAIT);
    size_t before = f.count;
    struct log_maker more;
    log_maker_init(&more, FLAVOUR_MYSQL, store_gtids(f.place.store));
    log_maker_add(&more, 31, 40, 30);
    CHECK_OK(store_start_file(f.place.store, "b.000012", &f.error), f.error);
    CHECK_OK(log_maker_write(&more, f.place.store, 0, more.mark_count, 0, &f.error), f.error);
    CHECK_OK(store_sync(f.place.store, &f.error), f.error);
    serve_wake_all(f.serve);
    CHECK(f.wakes == 1);
    CHECK(fixture_run(&f, &dump) == FEED_WAIT);
    CHECK(f.seen[before].type == EVENT_ROTATE && f.count == before + 2 + more.mark_count - 1 + 30);
    log_maker_clear(&more);
    dump_clear(&dump);
    fixture_clear(&f);
}

struct writer {
    struct store *store;
    struct log_maker log;
    bool ok;
    struct err err;
};

/* The last transaction is flushed: that waits for the disk. */
static void *write_all(void *arg)
{
    struct writer *w = arg;
    w->ok = log_maker_write(&w->log, w->store, 0, w->log.mark_count, w->log.mark_count, &w->err);
    return NULL;
}

TEST(feed, sends_nothing_of_what_a_sync_has_yet_to_make_durable)
{
    struct fixture f;
    struct dump dump;
    struct slow_disk disk;
    struct writer writer = { .ok = false };
    pthread_t thread;
    slow_disk_init(&disk);
    fixture_init_on(&f, FLAVOUR_MYSQL, &disk.files);
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    f.feed = feed_open(f.serve, &f.request, (struct feed_wake){ fixture_wake, &f });
    writer.store = f.place.store;
    log_maker_init(&writer.log, FLAVOUR_MYSQL, store_gtids(f.place.store));
    log_maker_add(&writer.log, 31, 40, 30);
    CHECK_OK(store_start_file(f.place.store, "b.000012", &f.error), f.error);
    slow_disk_hold(&disk);
    pthread_create(&thread, NULL, write_all, &writer);
    slow_disk_await(&disk); /* some are in the file */
    CHECK(fixture_run(&f, &dump) == FEED_WAIT && fixture_count(&f, EVENT_XID) == 30);
    slow_disk_release(&disk, 0);
    pthread_join(thread, NULL);
    CHECK_OK(writer.ok, writer.err);
    CHECK_OK(store_sync(f.place.store, &f.error), f.error);
    serve_wake_all(f.serve);
    CHECK(fixture_run(&f, &dump) == FEED_WAIT && fixture_count(&f, EVENT_XID) == 40);
    log_maker_clear(&writer.log);
    dump_clear(&dump);
    fixture_clear(&f);
    slow_disk_clear(&disk);
}

TEST(feed, passes_an_event_larger_than_a_packet)
{
    struct fixture f;
    struct log_maker big;
    fixture_init(&f, FLAVOUR_MYSQL);
    log_maker_init(&big, FLAVOUR_MYSQL, store_gtids(f.place.store));
    log_maker_add(&big, 31, 31, (size_t)0xffffff + 5000);
    /* the packet is exactly full: an empty one must follow */
    log_maker_add(&big, 32, 32, (size_t)0xffffff - 1 - 19 - 13 - 2 - 27 - 4);
    log_maker_add(&big, 33, 33, 10);
    CHECK_OK(store_start_file(f.place.store, "b.000012", &f.error), f.error);
    CHECK_OK(log_maker_write(&big, f.place.store, 0, big.mark_count, 0, &f.error), f.error);
    CHECK_OK(store_sync(f.place.store, &f.error), f.error);
    f.request.file = "b.000012";
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(f.error.code == ERR_NONE && fixture_count(&f, EVENT_XID) == 3);
    uint64_t from = big.marks[0].end;
    CHECK(memmem(f.bytes.data, f.bytes.len, big.bytes.data + from, big.bytes.len - from) != NULL);
    log_maker_clear(&big);
    fixture_clear(&f);
}

/* ---- refusals ---- */

static void check_refused(struct fixture *f, unsigned code, const char *words)
{
    void **unit_state = NULL;
    CHECK(fixture_dump(f) == FEED_END);
    CHECK(f->ended && f->error.code == ERR_REFUSED);
    if (f->error.server_errno != code || strstr(f->error.text, words) == NULL)
        fail_msg("got %u %s, want %u %s", f->error.server_errno, f->error.text, code, words);
    fixture_clear(f);
}

TEST(feed, refuses_places_that_are_none)
{
    static const struct {
        const char *file;
        uint64_t offset;
        const char *mysql;
        const char *mariadb;
    } rows[] = {
        { "b.000008", 4, "Could not find first log file name", "Could not find first log file" },
        { "b.000010", 3, "position < 4", "impossible position; the first event 'b.000010' at 3" },
        { "b.000010", 99999999, "position > file size", "impossible position; the first event" },
        { "b.000010", 130, "in the middle of event; consider out of disk space on source",
          "in the middle of event; consider out of disk space on master" },
    };
    (void)unit_state;
    for (size_t i = 0; i < ARRAY_COUNT(rows) * 2; i++) {
        struct fixture f;
        bool mysql = i % 2 == 0;
        fixture_init(&f, mysql ? FLAVOUR_MYSQL : FLAVOUR_MARIADB);
        f.request.file = rows[i / 2].file;
        f.request.offset = rows[i / 2].offset;
        check_refused(&f, 1236, mysql ? rows[i / 2].mysql : rows[i / 2].mariadb);
    }
}

static void purge_first(struct fixture *f)
{
    char held[256];
    unsigned dropped = 0;
    struct purge_limits limits = { .keep_bytes = 1 };
    struct log_pos needed = { 1, 4 };
    if (!store_purge(f->place.store, &limits, needed, &dropped, held, &f->error) || dropped != 1)
        fail_msg("%s", f->error.text);
}

TEST(feed, names_what_was_purged)
{
    struct fixture f;
    AUTO(gtid_set) mysql = position(FLAVOUR_MYSQL, 4);
    AUTO(gtid_set) mariadb = position(FLAVOUR_MARIADB, 4);
    (void)unit_state;
    fixture_init(&f, FLAVOUR_MYSQL);
    purge_first(&f);
    f.request.by_gtid = true;
    f.request.gtids = mysql;
    check_refused(&f, 1236, "missing transactions are '11111111-1111-1111-1111-111111111111:5-10'");
    fixture_init(&f, FLAVOUR_MARIADB);
    purge_first(&f);
    f.request.by_gtid = true;
    f.request.gtids = mariadb;
    check_refused(&f, 1236, "the slave state is too old");
}

TEST(feed, refuses_a_replica_that_is_ahead)
{
    struct fixture f;
    AUTO(gtid_set) ahead = position(FLAVOUR_MARIADB, 31);
    AUTO(gtid_set) own = NULL;
    AUTO(gtid_set) strange = NULL;
    AUTO(gtid_set) diverged = NULL;
    fixture_init(&f, FLAVOUR_MARIADB);
    f.request.by_gtid = true;
    f.request.gtids = ahead;
    check_refused(&f, 1236, "which is not in the master's binlog");
    fixture_init(&f, FLAVOUR_MARIADB);
    CHECK_OK(gtid_set_parse("0-4242-7", FLAVOUR_MARIADB, &diverged, &f.error), f.error);
    f.request.by_gtid = true;
    f.request.gtids = diverged;
    check_refused(&f, 1236, "the slave has diverged");
    fixture_init(&f, FLAVOUR_MYSQL);
    CHECK_OK(
        gtid_set_parse("99999999-1111-1111-1111-111111111111:1", FLAVOUR_MYSQL, &own, &f.error),
        f.error);
    f.request.by_gtid = true;
    f.request.gtids = own;
    check_refused(&f, 1236, "using the source's SERVER_UUID");
    /* of another server: it may come here too */
    fixture_init(&f, FLAVOUR_MYSQL);
    CHECK_OK(gtid_set_parse("88888888-1111-1111-1111-111111111111:1-5", FLAVOUR_MYSQL, &strange,
                            &f.error),
             f.error);
    f.request.by_gtid = true;
    f.request.gtids = strange;
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(fixture_count(&f, EVENT_XID) == 30);
    fixture_clear(&f);
}

TEST(feed, refuses_a_replica_of_the_other_flavour)
{
    struct fixture f;
    (void)unit_state;
    fixture_init(&f, FLAVOUR_MARIADB);
    f.request.peer = SERVE_PEER_MYSQL;
    f.request.uuid = "55555555-1111-1111-1111-111111111111";
    check_refused(&f, 1236, "MySQL replica cannot follow");
    fixture_init(&f, FLAVOUR_MYSQL);
    f.request.peer = SERVE_PEER_MARIADB;
    f.request.uuid = "";
    f.request.is_registered = true;
    check_refused(&f, 1236, "MariaDB replica understands a part");
}

TEST(feed, shows_a_mysql_log_to_a_tool_of_mariadb)
{
    struct fixture f;
    (void)unit_state;
    fixture_init(&f, FLAVOUR_MYSQL);
    f.request.peer = SERVE_PEER_MARIADB;
    f.request.uuid = "";
    CHECK(fixture_dump(&f) == FEED_WAIT);
    CHECK(fixture_count(&f, EVENT_XID) == 30);
    fixture_clear(&f);
}

TEST(feed, gives_way_to_the_newest_of_one_name)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL);
    CHECK(fixture_dump(&f) == FEED_WAIT);
    struct feed *older = f.feed;
    struct dump dump;
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    dump.sequence = (uint8_t)(f.count + 1);
    f.feed = feed_open(f.serve, &f.request, (struct feed_wake){ fixture_wake, &f });
    CHECK(f.wakes == 1 && topology_count(f.topology) == 2);
    struct feed *newer = f.feed;
    f.feed = older;
    CHECK(fixture_run(&f, &dump) == FEED_END);
    CHECK(strstr(f.error.text, "same server_uuid/server_id as this replica has connected") != NULL);
    feed_free(older);
    f.feed = newer;
    f.ended = false;
    dump_clear(&dump);
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    CHECK(fixture_run(&f, &dump) == FEED_WAIT);
    dump_clear(&dump);
    fixture_clear(&f);
}

TEST(feed, holds_the_files_it_has_not_sent)
{
    struct fixture f;
    char held[256];
    unsigned dropped;
    struct purge_limits limits = { .keep_bytes = 1 };
    fixture_init(&f, FLAVOUR_MYSQL);
    f.feed = feed_open(f.serve, &f.request, (struct feed_wake){ fixture_wake, &f });
    uint8_t data[FEED_ROOM_LEAST];
    struct feed_room room = { data, sizeof data, 0 };
    CHECK(feed_fill(f.feed, &room) == FEED_MORE);
    CHECK_OK(
        store_purge(f.place.store, &limits, (struct log_pos){ 2, 4 }, &dropped, held, &f.error),
        f.error);
    CHECK(dropped == 0 && strstr(held, "replica 5 (test)") != NULL);
    fixture_clear(&f);
}

static uint64_t clock_at = 1000000;
static uint64_t test_clock(void)
{
    return clock_at;
}

TEST(feed, beats_when_nothing_comes)
{
    static const struct clock frozen = { test_clock, test_clock };
    struct fixture f;
    struct dump dump;
    clock_use(&frozen);
    fixture_init(&f, FLAVOUR_MYSQL);
    f.request.heartbeat_us = 2000000;
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    f.feed = feed_open(f.serve, &f.request, (struct feed_wake){ fixture_wake, &f });
    CHECK(fixture_run(&f, &dump) == FEED_WAIT);
    CHECK(feed_due_ms(f.feed) == 3000);
    clock_at = 2999000;
    CHECK(fixture_run(&f, &dump) == FEED_WAIT && fixture_count(&f, EVENT_HEARTBEAT_V2) == 0);
    clock_at = 3000000;
    CHECK(fixture_run(&f, &dump) == FEED_WAIT && fixture_count(&f, EVENT_HEARTBEAT_V2) == 1);
    CHECK(f.seen[f.count - 1].end_pos == f.logs[2].bytes.len && feed_due_ms(f.feed) == 5000);
    dump_clear(&dump);
    fixture_clear(&f);
    clock_use(&clock_real);
}

UNIT_MAIN(RUN(feed, gives_the_whole_log_verbatim), RUN(feed, begins_at_any_event_of_a_file),
          RUN(feed, skips_what_the_replica_has), RUN(feed, skips_single_transactions_in_the_middle),
          RUN(feed, ends_with_eof_when_asked_not_to_wait), RUN(feed, asks_for_answers_near_the_end),
          RUN(feed, takes_all_that_a_replica_comes_with_for_its_answer),
          RUN(feed, takes_checksums_away_for_who_knows_none),
          RUN(feed, tells_an_old_mariadb_replica_in_its_own_words),
          RUN(feed, ends_where_a_mariadb_replica_says_until),
          RUN(feed, passes_over_domains_that_until_does_not_name),
          RUN(feed, sends_what_becomes_durable_later_and_crosses_files),
          RUN(feed, sends_nothing_of_what_a_sync_has_yet_to_make_durable),
          RUN(feed, passes_an_event_larger_than_a_packet), RUN(feed, refuses_places_that_are_none),
          RUN(feed, names_what_was_purged), RUN(feed, refuses_a_replica_that_is_ahead),
          RUN(feed, refuses_a_replica_of_the_other_flavour),
          RUN(feed, shows_a_mysql_log_to_a_tool_of_mariadb),
          RUN(feed, gives_way_to_the_newest_of_one_name),
          RUN(feed, holds_the_files_it_has_not_sent), RUN(feed, beats_when_nothing_comes))

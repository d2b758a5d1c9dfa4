/* test_payload.c - compressed transactions into an engine: what is in them, their place, failures.
 */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

static const enum payload_compression kinds[] = { PAYLOAD_ZSTD, PAYLOAD_NONE };

/* GTID event; from the offset returned on, what goes into the payload. */
static size_t log_packed_begin(struct apply_fixture *a)
{
    log_gtid(a, false);
    size_t from = a->log.bytes.len;
    log_maker_query(&a->log, "BEGIN", 0);
    return from;
}

static void log_packed_end(struct apply_fixture *a, size_t from, enum payload_compression kind)
{
    struct gtid gtid = log_maker_gtid(a->log.flavour, a->seq);
    log_maker_event(&a->log, EVENT_XID, bytes_of(&a->seq, sizeof a->seq));
    log_pack(a, from, kind);
    log_maker_mark(&a->log, &gtid);
}

TEST(payload, its_rows_arrive_and_its_end_is_the_position)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        log_one_insert(&a, 1, "one");
        size_t from = log_packed_begin(&a);
        log_table_map(&a, 1, "t");
        log_insert(&a, 1, 2, "two");
        log_update(&a, 1, 1, 1, "one", "uno");
        log_packed_end(&a, from, kinds[i]);
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|uno\n2|two");
        CHECK(a.status.transactions == 2 && a.status.rows == 3 && a.status.gtid_count == 2);
        CHECK(a.status.offset == a.log.bytes.len);
        log_one_insert(&a, 3, "three"); /* by another run, from the position on */
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK(a.status.transactions == 1 && a.status.gtid_count == 3);
        apply_fixture_clear(&a);
    }
}

TEST(payload, that_outgrows_the_batch_is_one_commit)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    a.options.batch_bytes = 1 << 10;
    size_t from = log_packed_begin(&a);
    log_table_map(&a, 1, "t");
    for (int id = 1; id <= 2000; id++)
        log_insert(&a, 1, id, "some text");
    log_packed_end(&a, from, PAYLOAD_ZSTD);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM \"shop.t\""), "2000");
    CHECK(a.status.commits == 1 && a.status.rows == 2000);
    apply_fixture_clear(&a);
}

TEST(payload, that_fails_in_its_midst_leaves_nothing_and_says_where)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        log_one_insert(&a, 1, "one");
        uint64_t good = a.log.bytes.len;
        size_t from = log_packed_begin(&a);
        log_table_map(&a, 1, "t");
        log_insert(&a, 1, 2, "two");
        log_delete(&a, 1, 99, "gone");
        log_packed_end(&a, from, kinds[i]);
        CHECK(!apply_all(&a));
        CHECK(a.f.err.code == ERR_CONFLICT);
        CHECK(strstr(a.f.err.text, "Transaction_payload event of transaction "
                                   "11111111-1111-1111-1111-111111111111:2: Delete_rows event in "
                                   "it: ") != NULL);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
        CHECK(a.status.offset == good && a.status.gtid_count == 1);
        apply_fixture_clear(&a);
    }
}

TEST(payload, whose_gtid_is_there_already_is_passed_over_unread)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    a.seq--; /* the same GTID again */
    size_t from = log_packed_begin(&a);
    log_table_map(&a, 1, "t");
    log_insert(&a, 1, 1, "one");
    log_packed_end(&a, from, PAYLOAD_ZSTD);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    CHECK(a.status.transactions == 1 && a.status.skipped == 1);
    apply_fixture_clear(&a);
}

TEST(payload, with_a_statement_of_rows_in_it_is_refused)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    size_t from = log_packed_begin(&a);
    log_maker_query(&a.log, "INSERT INTO t VALUES (1, 'x')", 0);
    log_packed_end(&a, from, PAYLOAD_ZSTD);
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_UNSUPPORTED);
    CHECK(strstr(a.f.err.text, "binlog_format = ROW") != NULL);
    apply_fixture_clear(&a);
}

TEST(payload, that_is_damaged_behind_a_good_checksum_stops)
{
    struct apply_fixture a;
    struct gtid gtid;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    log_gtid(&a, false);
    gtid = log_maker_gtid(a.log.flavour, a.seq);
    log_maker_event(&a.log, EVENT_TRANSACTION_PAYLOAD, bytes_of("\2\1\0\3\1\x40\1\1\4\0abcd", 14));
    log_maker_mark(&a.log, &gtid);
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CORRUPT);
    CHECK(strstr(a.f.err.text, "zstd stream is broken") != NULL);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    apply_fixture_clear(&a);
}

UNIT_MAIN(RUN(payload, its_rows_arrive_and_its_end_is_the_position),
          RUN(payload, that_outgrows_the_batch_is_one_commit),
          RUN(payload, that_fails_in_its_midst_leaves_nothing_and_says_where),
          RUN(payload, whose_gtid_is_there_already_is_passed_over_unread),
          RUN(payload, with_a_statement_of_rows_in_it_is_refused),
          RUN(payload, that_is_damaged_behind_a_good_checksum_stops))

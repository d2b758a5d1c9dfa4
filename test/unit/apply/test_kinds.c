/* test_kinds.c - events that change no row: passed over where that is known to be right, or a stop
 * that says why. The position moves past them only with the transaction that they are in. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

enum { UNKNOWN_CODE = 49 };

static void log_flagged(struct apply_fixture *a, uint8_t type, uint16_t flags, const char *body)
{
    struct event_header header = { .timestamp = 1, .type = type, .server_id = 7, .flags = flags };
    event_append(&a->log.bytes, &header, bytes_of_str(body), CHECKSUM_CRC32);
}

/* A transaction of two inserts with an event between them. */
static void log_around(struct apply_fixture *a, uint8_t type, uint16_t flags, const char *body)
{
    log_begin(a);
    log_table_map(a, 1, "t");
    log_insert(a, 1, 1, "one");
    log_flagged(a, type, flags, body);
    log_insert(a, 1, 2, "two");
    log_end(a);
}

TEST(kinds, what_may_be_ignored_is_passed_over_inside_a_transaction)
{
    static const struct {
        uint8_t type;
        uint16_t flags;
    } rows[] = {
        { UNKNOWN_CODE, EVENT_FLAG_IGNORABLE },     { EVENT_IGNORABLE, EVENT_FLAG_IGNORABLE },
        { EVENT_ROWS_QUERY, EVENT_FLAG_IGNORABLE }, { EVENT_TRANSACTION_CONTEXT, 0 },
        { EVENT_LARGE_TRANSACTION_HEADER, 0 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        log_around(&a, rows[i].type, rows[i].flags, "some bytes");
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one\n2|two");
        CHECK(a.status.transactions == 1 && a.status.offset == a.log.bytes.len);
        apply_fixture_clear(&a);
    }
}

TEST(kinds, what_is_unknown_and_may_not_be_ignored_stops_before_its_transaction)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 5, "five");
    uint64_t good = a.log.bytes.len;
    log_around(&a, UNKNOWN_CODE, 0, "some bytes");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_UNSUPPORTED);
    CHECK(strstr(a.f.err.text, "(code 49)") != NULL);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "5|five");
    CHECK(a.status.offset == good && a.status.gtid_count == 1);
    apply_fixture_clear(&a);
}

TEST(kinds, an_incident_stops_and_says_that_the_log_has_a_hole)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 5, "five");
    log_gtid(&a, false);
    struct gtid gtid = log_maker_gtid(a.log.flavour, a.seq);
    log_maker_event(&a.log, EVENT_INCIDENT, bytes_of("\x01\x00\x04gone", 7));
    log_maker_mark(&a.log, &gtid);
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_UNSUPPORTED);
    CHECK(strstr(a.f.err.text, "lost events (incident 1: gone)") != NULL);
    CHECK(strstr(a.f.err.text, "new copy") != NULL);
    CHECK(a.status.gtid_count == 1);
    apply_fixture_clear(&a);
}

/* Group replication: GTID, BEGIN, the view, COMMIT. */
TEST(kinds, a_change_of_view_is_a_transaction_that_changes_nothing)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_begin(&a);
    log_flagged(&a, EVENT_VIEW_CHANGE, 0, "view 1, and what the members know");
    log_maker_query(&a.log, "COMMIT", 0);
    struct gtid gtid = log_maker_gtid(a.log.flavour, a.seq);
    log_maker_mark(&a.log, &gtid);
    log_one_insert(&a, 1, "one");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    CHECK(a.status.transactions == 2 && a.status.gtid_count == 2);
    apply_fixture_clear(&a);
}

UNIT_MAIN(RUN(kinds, what_may_be_ignored_is_passed_over_inside_a_transaction),
          RUN(kinds, what_is_unknown_and_may_not_be_ignored_stops_before_its_transaction),
          RUN(kinds, an_incident_stops_and_says_that_the_log_has_a_hole),
          RUN(kinds, a_change_of_view_is_a_transaction_that_changes_nothing))

/* The end of the log here against what a source sends of it: what is compared, and what is noticed.
 */
// SPDX-License-Identifier: Apache-2.0
#include "../store/place.h"
#include "receive/overlap.h"

struct overlap_test {
    struct place place;
    struct log_maker log;
    struct overlap *overlap;
    uint64_t start;
};

/* A store with one file of `count` transactions. */
static void setup(struct overlap_test *t, enum flavour flavour, unsigned count, size_t padding)
{
    AUTO(gtid_set) before = gtid_set_new();
    *t = (struct overlap_test){ .start = 0 };
    place_init(&t->place);
    log_maker_init(&t->log, flavour, before);
    log_maker_add(&t->log, 1, count, padding);
    if (!store_start_file(t->place.store, "b.000001", &t->place.err) ||
        !log_maker_write(&t->log, t->place.store, 0, t->log.mark_count, 1, &t->place.err))
        fail_msg("%s", t->place.err.text);
}

static void open_overlap(struct overlap_test *t)
{
    if (!overlap_open(t->place.store, &t->overlap, &t->start, &t->place.err))
        fail_msg("%s", t->place.err.text);
}

static void teardown(struct overlap_test *t)
{
    overlap_free(t->overlap);
    log_maker_clear(&t->log);
    place_clear(&t->place);
}

TEST(overlap, is_the_last_transaction_whatever_the_index_knows)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        for (unsigned count = 1; count <= 5; count += 2) {
            struct overlap_test t;
            setup(&t, (enum flavour)flavour, count, 700000); /* a point for each two */
            open_overlap(&t);
            CHECK(t.start == t.log.marks[t.log.mark_count - 2].end);
            overlap_free(t.overlap);
            t.overlap = NULL;
            CHECK_OK(place_reopen(&t.place), t.place.err);
            open_overlap(&t);
            CHECK(t.start == t.log.marks[t.log.mark_count - 2].end);
            teardown(&t);
        }
    }
}

TEST(overlap, is_none_in_a_file_without_a_transaction)
{
    struct overlap_test t;
    setup(&t, FLAVOUR_MYSQL, 0, 0);
    open_overlap(&t);
    CHECK(t.overlap == NULL);
    CHECK(t.start == t.log.bytes.len);
    teardown(&t);
}

/* Of a transaction that is longer than what is compared, the events at its end are. */
TEST(overlap, of_a_long_transaction_is_its_end)
{
    struct overlap_test t;
    setup(&t, FLAVOUR_MARIADB, 1, OVERLAP_MAX + 1000);
    open_overlap(&t);
    CHECK(t.overlap != NULL);
    CHECK(t.log.bytes.len - t.start < 100); /* its XID event */
    teardown(&t);
}

TEST(overlap, agrees_with_the_same_bytes_in_any_pieces_and_with_no_others)
{
    struct overlap_test t;
    uint32_t size;
    setup(&t, FLAVOUR_MYSQL, 3, 50);
    open_overlap(&t);
    uint8_t *at = t.log.bytes.data + t.start;
    unsigned events = 0;
    for (;; events++, at += size) {
        CHECK_OK(overlap_next(t.overlap, &size, &t.place.err), t.place.err);
        if (size == 0)
            break;
        for (uint32_t i = 0; i < size; i++) {
            CHECK(overlap_agrees(t.overlap, bytes_of(at + i, size - i), i));
            CHECK(overlap_agrees(t.overlap, bytes_of(at + i, 1), i));
            at[i] ^= 1;
            CHECK(!overlap_agrees(t.overlap, bytes_of(at + i, 1), i));
            CHECK(!overlap_agrees(t.overlap, bytes_of(at, size), 0));
            at[i] ^= 1;
        }
    }
    CHECK(events == 4); /* GTID, BEGIN, statement, XID */
    CHECK(at == t.log.bytes.data + t.log.bytes.len);
    teardown(&t);
}

UNIT_MAIN(RUN(overlap, is_the_last_transaction_whatever_the_index_knows),
          RUN(overlap, is_none_in_a_file_without_a_transaction),
          RUN(overlap, of_a_long_transaction_is_its_end),
          RUN(overlap, agrees_with_the_same_bytes_in_any_pieces_and_with_no_others))

/* test_until.c - applying stops exactly where UNTIL says, and goes on from there. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

enum { ROWS = 6 };

static const enum flavour flavours[] = { FLAVOUR_MYSQL, FLAVOUR_MARIADB };

/* A log of so many transactions, each with a row of its number; ends: where each ends. */
static void make_log(struct apply_fixture *a, enum flavour flavour, uint64_t ends[ROWS + 1])
{
    apply_fixture_init(a, flavour);
    for (int i = 1; i <= ROWS; i++) {
        log_one_insert(a, i, "x");
        ends[i] = a->log.bytes.len;
    }
}

static void check_stops_after(struct apply_fixture *a, const struct until *until, uint64_t rows)
{
    char want[24];
    void **unit_state = NULL;
    a->options.until = *until;
    CHECK_OK(apply_all(a), a->f.err);
    snprintf(want, sizeof want, "%llu", (unsigned long long)rows);
    CHECK_STR(fixture_query(&a->f, "SELECT count(*) FROM \"shop.t\""), want);
    CHECK(a->status.is_until_reached);
    a->options.until = (struct until){ 0 };
    a->options.until_end = true;
    fixture_reopen(&a->f);
    CHECK_OK(apply_all(a), a->f.err);
    CHECK_STR(fixture_query(&a->f, "SELECT count(*), max(id) FROM \"shop.t\""), "6|6");
    CHECK(!a->status.is_until_reached);
}

static struct gtid_set *set_of(enum flavour flavour, uint64_t seq)
{
    void **unit_state = NULL;
    struct gtid_set *set = gtid_set_new();
    struct gtid gtid = log_maker_gtid(flavour, seq);
    struct err err;
    bool ok = flavour == FLAVOUR_MYSQL ? gtid_set_add(set, &gtid, &err)
                                       : gtid_set_add_up_to(set, &gtid, &err);
    CHECK_OK(ok, err);
    return set;
}

TEST(until, a_place_is_the_first_end_at_or_past_it)
{
    (void)unit_state;
    for (size_t f = 0; f < ARRAY_COUNT(flavours); f++)
        for (uint64_t row = 1; row < ROWS; row++)
            for (int shift = -1; shift <= 1; shift++) {
                struct apply_fixture a;
                uint64_t ends[ROWS + 1];
                make_log(&a, flavours[f], ends);
                struct until until = { .kind = UNTIL_PLACE, .file = "b.000001" };
                until.offset = ends[row] + (uint64_t)shift;
                check_stops_after(&a, &until, shift == 1 ? row + 1 : row);
                apply_fixture_clear(&a);
            }
}

TEST(until, gtids_are_stopped_before_or_after)
{
    (void)unit_state;
    for (size_t f = 0; f < ARRAY_COUNT(flavours); f++)
        for (uint64_t row = 1; row <= ROWS; row++)
            for (int kind = UNTIL_BEFORE; kind <= UNTIL_AFTER; kind++) {
                struct apply_fixture a;
                uint64_t ends[ROWS + 1];
                AUTO(gtid_set) set = set_of(flavours[f], row);
                make_log(&a, flavours[f], ends);
                struct until until = { .kind = (enum until_kind)kind, .gtids = set };
                check_stops_after(&a, &until, kind == UNTIL_AFTER ? row : row - 1);
                apply_fixture_clear(&a);
            }
}

TEST(until, what_is_behind_stops_before_anything)
{
    (void)unit_state;
    for (size_t f = 0; f < ARRAY_COUNT(flavours); f++)
        for (int kind = UNTIL_PLACE; kind <= UNTIL_AFTER; kind++) {
            struct apply_fixture a;
            uint64_t ends[ROWS + 1];
            AUTO(gtid_set) two = set_of(flavours[f], 2);
            AUTO(gtid_set) one = set_of(flavours[f], 1);
            make_log(&a, flavours[f], ends);
            a.options.until = (struct until){ .kind = UNTIL_AFTER, .gtids = two };
            CHECK_OK(apply_all(&a), a.f.err);
            struct until until = { .kind = (enum until_kind)kind, .file = "b.000001", .offset = 4 };
            until.gtids = kind == UNTIL_PLACE ? NULL : one;
            check_stops_after(&a, &until, 2);
            apply_fixture_clear(&a);
        }
}

TEST(until, a_file_that_never_comes_is_refused)
{
    struct apply_fixture a;
    uint64_t ends[ROWS + 1];
    static const struct {
        const char *file;
        bool may_come;
    } rows[] = { { "b.000001", true },  { "b.000002", true },  { "b.1000000", true },
                 { "b.000000", false }, { "c.000002", false }, { "b", false } };
    make_log(&a, FLAVOUR_MYSQL, ends);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct until until = { .kind = UNTIL_PLACE };
        snprintf(until.file, sizeof until.file, "%s", rows[i].file);
        CHECK(until_check(&until, a.store, &a.f.err) == rows[i].may_come);
        CHECK(rows[i].may_come || a.f.err.code == ERR_CONFLICT);
    }
    apply_fixture_clear(&a);
}

/* ---- MariaDB's domains ---- */

static struct gtid_set *position_of(const char *text)
{
    void **unit_state = NULL;
    struct gtid_set *set = NULL;
    struct err err;
    CHECK_OK(gtid_set_parse(text, FLAVOUR_MARIADB, &set, &err), err);
    return set;
}

TEST(until, a_position_of_several_domains_is_reached_by_all_of_them_or_refused)
{
    static const struct {
        const char *until, *done, *next;
        enum { GOES_ON, STOPS, FAILS } what;
    } rows[] = {
        { "0-1-5,1-1-3", "0-1-4,1-1-3", "0-1-5", GOES_ON },
        { "0-1-5,1-1-3", "0-1-5,1-1-2", "1-1-3", GOES_ON },
        { "0-1-5,1-1-3", "0-1-4,1-1-2", "0-1-6", FAILS }, /* domain 1 is not there yet */
        { "0-1-5,1-1-3", "0-1-4,1-1-3", "0-1-6", STOPS }, /* number 5 is missing in this log */
        { "0-1-5", "0-1-3", "1-1-1", FAILS },             /* a domain that it leaves out */
        { "0-1-5", "0-1-3", "0-2-4", GOES_ON },           /* another server's, before it */
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct until until = { .kind = UNTIL_AFTER, .gtids = position_of(rows[i].until) };
        AUTO(gtid_set) done = position_of(rows[i].done);
        AUTO(gtid_set) next = position_of(rows[i].next);
        struct gtid gtid;
        struct err err;
        bool stop = false;
        CHECK(gtid_set_last_at(next, 0, &gtid));
        bool ok = until_judge(&until, done, &gtid, &stop, &err);
        CHECK(ok == (rows[i].what != FAILS) && stop == (rows[i].what == STOPS));
        until_clear(&until);
    }
}

TEST(until, transactions_without_gtids_cannot_be_judged_by_them)
{
    AUTO(gtid_set) set = set_of(FLAVOUR_MYSQL, 3);
    AUTO(gtid_set) done = gtid_set_new();
    struct until until = { .kind = UNTIL_AFTER, .gtids = set };
    struct gtid none = { .kind = GTID_NONE };
    struct err err;
    bool stop;
    CHECK(!until_judge(&until, done, &none, &stop, &err) && err.code == ERR_CONFLICT);
}

UNIT_MAIN(RUN(until, a_place_is_the_first_end_at_or_past_it),
          RUN(until, gtids_are_stopped_before_or_after),
          RUN(until, what_is_behind_stops_before_anything),
          RUN(until, a_file_that_never_comes_is_refused),
          RUN(until, a_position_of_several_domains_is_reached_by_all_of_them_or_refused),
          RUN(until, transactions_without_gtids_cannot_be_judged_by_them))

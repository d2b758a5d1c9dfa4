/* test_append.c - events of many rows: past the fold, beside what is folded, and where one of them
 * cannot be inserted. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

enum { MANY = 45 }; /* two groups, and rows that fill no statement of many */

/* One event that inserts `count` rows into t: first, first + step, … */
static void log_many(struct apply_fixture *a, int first, int step, int count)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    buf_le(&body, 1, 6);
    buf_le(&body, ROWS_STATEMENT_END, 2);
    if (a->log.flavour == FLAVOUR_MYSQL)
        buf_le(&body, 2, 2);
    buf_u8(&body, 2);
    buf_u8(&body, 3);
    for (int i = 0, id = first; i < count; i++, id += step) {
        char v[16];
        snprintf(v, sizeof v, "v%d", id);
        put_row(&body, id, i % 7 == 3 ? NULL : v);
    }
    log_maker_event(&a->log,
                    a->log.flavour == FLAVOUR_MYSQL ? EVENT_WRITE_ROWS : EVENT_WRITE_ROWS_V1,
                    buf_bytes(&body));
    buf_clear(&body);
}

#define SUMS "SELECT count(*), sum(id), count(v), sum(v = 'v' || id) FROM \"shop.t\""

TEST(append, rows_of_one_event_arrive_in_any_order_of_keys)
{
    static const int steps[] = { 1, -1 };
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, i == 0 ? FLAVOUR_MYSQL : FLAVOUR_MARIADB);
        log_begin(&a);
        log_table_map(&a, 1, "t");
        log_many(&a, steps[i] > 0 ? 1 : MANY, steps[i], MANY);
        log_end(&a);
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, SUMS), "45|1035|39|39");
        CHECK(a.status.rows == MANY && a.status.commits == 1);
        apply_fixture_clear(&a);
    }
}

TEST(append, later_changes_of_a_batch_find_the_rows)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_many(&a, 1, 1, MANY);
    log_end(&a);
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_update(&a, 1, 1, 1, "v1", "new");
    log_delete(&a, 1, 2, "v2");
    log_many(&a, 100, 1, MANY); /* beside what is folded */
    log_update(&a, 1, 100, 3000, "v100", "moved");
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK(a.status.commits == 1);
    CHECK_STR(fixture_query(&a.f, SUMS), "89|9423|77|75");
    CHECK_STR(fixture_query(&a.f, "SELECT id, v FROM \"shop.t\" WHERE v IN ('new', 'moved', 'v2')"),
              "1|new\n3000|moved");
    apply_fixture_clear(&a);
}

TEST(append, a_row_that_is_folded_away_makes_room)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 5, "old");
    CHECK_OK(apply_all(&a), a.f.err);
    log_one_insert(&a, 1000, "v1000");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_delete(&a, 1, 5, "old");
    log_many(&a, 1, 1, MANY);
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK(a.status.commits == 1); /* nothing had to be taken back, and done one by one */
    CHECK_STR(fixture_query(&a.f, SUMS), "46|2035|40|40");
    apply_fixture_clear(&a);
}

TEST(append, the_row_that_is_there_already_stops_its_own_transaction)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    log_one_insert(&a, 120, "first");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_many(&a, 1, 1, MANY);
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    log_one_insert(&a, 99, "whole");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_many(&a, 100, 1, MANY);
    log_end(&a);
    CHECK(!apply_all(&a) && a.f.err.code == ERR_CONFLICT);
    CHECK(strstr(a.f.err.text, "insert of shop.t (id = 120): a row with this key") != NULL);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*), max(id) FROM \"shop.t\""), "47|120");
    apply_fixture_clear(&a);
}

TEST(append, what_went_past_the_fold_counts_for_the_size_of_a_batch)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    a.options.batch_bytes = 1000;
    for (int i = 0; i < 4; i++) {
        log_begin(&a);
        log_table_map(&a, 1, "t");
        log_many(&a, 1 + i * 1000, 1, 200);
        log_end(&a);
    }
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK(a.status.commits == 4 && a.status.rows == 800);
    apply_fixture_clear(&a);
}

UNIT_MAIN(RUN(append, rows_of_one_event_arrive_in_any_order_of_keys),
          RUN(append, later_changes_of_a_batch_find_the_rows),
          RUN(append, a_row_that_is_folded_away_makes_room),
          RUN(append, the_row_that_is_there_already_stops_its_own_transaction),
          RUN(append, what_went_past_the_fold_counts_for_the_size_of_a_batch))

/* test_apply.c - logs into an engine: order, batches, failures at their own transaction, restarts.
 */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

static const enum flavour flavours[] = { FLAVOUR_MYSQL, FLAVOUR_MARIADB };

TEST(apply, rows_of_both_flavours_arrive)
{
    for (size_t i = 0; i < ARRAY_COUNT(flavours); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, flavours[i]);
        log_one_insert(&a, 1, "one");
        log_one_insert(&a, 2, "two");
        log_begin(&a);
        log_table_map(&a, 1, "t");
        log_update(&a, 1, 1, 1, "one", "uno");
        log_delete(&a, 1, 2, "two");
        log_row(&a, 1, ROWS_WRITE, NULL, ROW(v_int(3), v_null()));
        log_end(&a);
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|uno\n3|NULL");
        CHECK(a.status.transactions == 3 && a.status.rows == 5 && a.status.gtid_count == 3);
        CHECK_STR(a.status.state, "stopped");
        CHECK(a.status.offset == a.log.bytes.len);
        CHECK(a.status.commits == 1); /* a backlog shares its commit */
        apply_fixture_clear(&a);
    }
}

TEST(apply, keys_that_trade_places_do_not_collide)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "a");
    log_one_insert(&a, 2, "b");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_update(&a, 1, 1, 9, "a", "a");
    log_update(&a, 1, 2, 1, "b", "b");
    log_update(&a, 1, 9, 2, "a", "a");
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|b\n2|a");
    apply_fixture_clear(&a);
}

TEST(apply, unique_values_that_change_hands_do_not_collide)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    CHECK_OK(fixture_ddl(&a.f, "CREATE UNIQUE INDEX u ON t (v)"), a.f.err);
    struct position start = { .file = "b.000001", .offset = BINLOG_MAGIC_SIZE };
    fixture_begin(&a.f);
    CHECK_OK(a.f.engine->ops->commit(a.f.engine, &start, &a.f.err), a.f.err);
    log_one_insert(&a, 1, "a");
    log_one_insert(&a, 2, "b");
    CHECK_OK(apply_all(&a), a.f.err);
    log_begin(&a); /* 1 and 2 trade their values over a third */
    log_table_map(&a, 1, "t");
    log_update(&a, 1, 1, 1, "a", "x");
    log_update(&a, 1, 2, 2, "b", "a");
    log_update(&a, 1, 1, 1, "x", "b");
    log_end(&a);
    log_begin(&a); /* a value goes from a row that is deleted to a new one with a smaller key */
    log_table_map(&a, 1, "t");
    log_delete(&a, 1, 2, "a");
    log_insert(&a, 1, 0, "a");
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "0|a\n1|b");
    apply_fixture_clear(&a);
}

TEST(apply, a_failure_names_its_transaction_and_keeps_what_came_before)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    log_one_insert(&a, 2, "two");
    uint64_t good = a.log.bytes.len;
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_insert(&a, 1, 3, "three");
    log_delete(&a, 1, 99, "gone");
    log_end(&a);
    log_one_insert(&a, 4, "four");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT);
    CHECK(strstr(a.f.err.text, "b.000001 at ") != NULL);
    CHECK(strstr(a.f.err.text, "11111111-1111-1111-1111-111111111111:3") != NULL);
    CHECK(strstr(a.f.err.text, "shop.t (id = 99)") != NULL);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one\n2|two");
    CHECK(a.status.offset == good && a.status.gtid_count == 2);
    CHECK(a.status.error.code == ERR_CONFLICT);
    apply_fixture_clear(&a);
}

TEST(apply, it_goes_on_where_it_stopped)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    for (int i = 1; i <= 5; i++) {
        log_one_insert(&a, i, "x");
        CHECK_OK(apply_all(&a), a.f.err);
        fixture_reopen(&a.f);
    }
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM \"shop.t\""), "5");
    CHECK_STR(fixture_query(&a.f, "SELECT gtids FROM binlogd_position"), "0-7-5");
    apply_fixture_clear(&a);
}

TEST(apply, a_transaction_that_was_applied_is_passed_over)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    struct position start = { .file = "b.000001", .offset = BINLOG_MAGIC_SIZE };
    CHECK_OK(gtid_set_parse("11111111-1111-1111-1111-111111111111:1", FLAVOUR_MYSQL, &start.gtids,
                            &a.f.err),
             a.f.err);
    fixture_begin(&a.f);
    CHECK_OK(fixture_insert(&a.f, "t", ROW(v_int(1), v_text("there"))), a.f.err);
    CHECK_OK(a.f.engine->ops->commit(a.f.engine, &start, &a.f.err), a.f.err);
    log_one_insert(&a, 1, "again");
    log_one_insert(&a, 2, "two");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|there\n2|two");
    CHECK(a.status.skipped == 1 && a.status.transactions == 1);
    position_clear(&start);
    apply_fixture_clear(&a);
}

TEST(apply, a_number_that_mariadb_uses_twice_is_no_repetition)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    for (int i = 1; i <= 3; i++)
        log_one_insert(&a, i, "x");
    CHECK_OK(apply_all(&a), a.f.err);
    a.seq = 1;
    log_one_insert(&a, 4, "new, with the number of row 2");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_UNSUPPORTED && strstr(a.f.err.text, "gtid_strict_mode") != NULL);
    CHECK(strstr(a.f.err.text, "0-7-2") != NULL);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM \"shop.t\""), "3");
    apply_fixture_clear(&a);
}

TEST(apply, what_the_next_servers_first_file_repeats_is_passed_over)
{
    struct apply_fixture a;
    struct log_maker first;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    for (int i = 1; i <= 3; i++)
        log_one_insert(&a, i, "x");
    CHECK_OK(apply_all(&a), a.f.err);
    first = a.log;
    log_maker_init(&a.log, FLAVOUR_MARIADB, NULL);
    CHECK_OK(store_start_file(a.store, "c~2.000001", &a.f.err), a.f.err);
    a.written = 0;
    a.seq = 1;
    for (int i = 2; i <= 4; i++)
        log_one_insert(&a, i, "x");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM \"shop.t\""), "4");
    CHECK(a.status.skipped == 2 && a.status.transactions == 1);
    log_maker_clear(&first);
    apply_fixture_clear(&a);
}

TEST(apply, ddl_stands_between_what_is_before_and_after_it)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    log_one_insert(&a, 1, "one");
    log_ddl(&a, "ALTER TABLE shop.t ADD c INT DEFAULT 5");
    log_ddl(&a, "ALTER TABLE shop.t DROP c");
    log_ddl(&a, "CREATE TABLE shop.u (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf8mb4)");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_table_map(&a, 2, "u");
    log_insert(&a, 1, 2, "two");
    log_insert(&a, 2, 1, "in u");
    log_end(&a);
    log_ddl(&a, "RENAME TABLE shop.t TO shop.w");
    log_ddl(&a, "CREATE VIEW shop.x AS SELECT 1");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT * FROM \"shop.w\" ORDER BY id"), "1|one\n2|two");
    CHECK_STR(fixture_query(&a.f, "SELECT * FROM u"), "1|in u");
    apply_fixture_clear(&a);
}

TEST(apply, ddl_that_fails_leaves_the_catalog_as_it_was)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    log_ddl(&a, "ALTER TABLE shop.t DROP missing");
    CHECK(!apply_all(&a));
    CHECK(strstr(a.f.err.text, "ALTER TABLE shop.t DROP missing") != NULL);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    CHECK(a.f.engine->ops->table(a.f.engine, "shop", "t") != NULL);
    apply_fixture_clear(&a);
}

static bool keep_t(const char *db, const char *table, void *arg)
{
    (void)db, (void)arg;
    return strcmp(table, "t") == 0;
}

TEST(apply, tables_that_are_not_kept_move_only_the_position)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    a.options.keep = keep_t;
    log_ddl(&a, "CREATE TABLE shop.other (id INT PRIMARY KEY, v VARCHAR(20))");
    log_begin(&a);
    log_table_map(&a, 1, "other");
    log_table_map(&a, 2, "t");
    log_insert(&a, 1, 1, "not here");
    log_insert(&a, 2, 1, "here");
    log_end(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|here");
    CHECK(a.status.rows == 1 && a.status.gtid_count == 2);
    apply_fixture_clear(&a);
}

TEST(apply, a_table_the_catalog_does_not_know_is_a_conflict)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_begin(&a);
    log_table_map(&a, 1, "unknown");
    log_insert(&a, 1, 1, "x");
    log_end(&a);
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT && strstr(a.f.err.text, "shop.unknown") != NULL);
    apply_fixture_clear(&a);
}

TEST(apply, a_definition_that_is_not_the_sources_is_a_conflict)
{
    static const char *const ddl[] = { "ALTER TABLE t ADD c INT", "ALTER TABLE t MODIFY v INT",
                                       "ALTER TABLE t MODIFY v TEXT" };
    for (size_t i = 0; i < ARRAY_COUNT(ddl); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        CHECK_OK(fixture_ddl(&a.f, ddl[i]), a.f.err);
        struct position start = { .file = "b.000001", .offset = BINLOG_MAGIC_SIZE };
        fixture_begin(&a.f);
        CHECK_OK(a.f.engine->ops->commit(a.f.engine, &start, &a.f.err), a.f.err);
        log_one_insert(&a, 1, "x");
        CHECK(!apply_all(&a));
        CHECK(a.f.err.code == ERR_CONFLICT);
        CHECK(strstr(a.f.err.text, "the log says") != NULL);
        apply_fixture_clear(&a);
    }
}

TEST(apply, a_transaction_larger_than_a_batch_is_one_commit)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    a.options.batch_bytes = 4096;
    log_one_insert(&a, 1, "first");
    log_begin(&a);
    log_table_map(&a, 1, "t");
    for (int i = 2; i <= 1000; i++)
        log_insert(&a, 1, i, "x");
    for (int i = 2; i <= 1000; i += 2)
        log_update(&a, 1, i, i, "x", "y");
    log_end(&a);
    log_one_insert(&a, 2000, "last");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK(a.status.commits == 2);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*), sum(v='y') FROM \"shop.t\""), "1001|500");
    apply_fixture_clear(&a);
}

TEST(apply, small_batches_give_the_same_rows)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    a.options.batch_transactions = 3;
    for (int i = 1; i <= 100; i++)
        log_one_insert(&a, i, "x");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM t"), "100");
    CHECK(a.status.commits >= 34);
    apply_fixture_clear(&a);
}

struct refusal {
    uint8_t type;
    const char *advice;
};

TEST(apply, events_that_cannot_be_applied_stop_with_advice)
{
    static const struct refusal refusals[] = {
        { EVENT_INTVAR, "binlog_format = ROW" },
        { EVENT_RAND, "binlog_format = ROW" },
        { EVENT_USER_VAR, "binlog_format = ROW" },
        { EVENT_BEGIN_LOAD_QUERY, "binlog_format = ROW" },
        { EVENT_APPEND_BLOCK, "binlog_format = ROW" },
        { EVENT_EXECUTE_LOAD_QUERY, "binlog_format = ROW" },
        { EVENT_DELETE_FILE, "binlog_format = ROW" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct apply_fixture a;
        uint8_t body[64] = { 1 };
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        log_one_insert(&a, 1, "before");
        log_begin(&a);
        log_maker_event(&a.log, refusals[i].type, bytes_of(body, sizeof body));
        log_end(&a);
        CHECK(!apply_all(&a));
        CHECK(a.f.err.code == ERR_UNSUPPORTED);
        CHECK(strstr(a.f.err.text, refusals[i].advice) != NULL);
        CHECK(strstr(a.f.err.text, ":2") != NULL); /* the transaction */
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|before");
        apply_fixture_clear(&a);
    }
}

TEST(apply, statements_that_change_rows_are_refused)
{
    static const char *const texts[] = { "INSERT INTO shop.t VALUES (1, 'x')", "XA COMMIT 'x1'",
                                         "XA PREPARE X'7831',X'',1" };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        log_begin(&a);
        log_maker_query(&a.log, texts[i], 0);
        log_end(&a);
        if (apply_all(&a) || a.f.err.code != ERR_UNSUPPORTED)
            fail_msg("%s: %s", texts[i], a.f.err.text);
        CHECK(strstr(a.f.err.text, "b.000001 at ") != NULL);
        apply_fixture_clear(&a);
    }
}

static void log_words(struct apply_fixture *a, const char *text)
{
    log_maker_query(&a->log, text, 0);
}

TEST(apply, what_is_taken_back_inside_a_transaction_is_not_there)
{
    for (size_t i = 0; i < ARRAY_COUNT(flavours); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, flavours[i]);
        log_one_insert(&a, 1, "one");
        log_begin(&a);
        log_words(&a, "SAVEPOINT `s`");
        log_table_map(&a, 1, "t");
        log_insert(&a, 1, 2, "two");
        log_words(&a, "SAVEPOINT `s``2`");
        log_delete(&a, 1, 1, "one");
        log_words(&a, "ROLLBACK TO `s``2`");
        log_words(&a, "RELEASE SAVEPOINT `s`");
        log_insert(&a, 1, 3, "three");
        log_end(&a);
        log_one_insert(&a, 4, "four");
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one\n2|two\n3|three\n4|four");
        CHECK(a.status.gtid_count == 3);
        log_begin(&a);
        log_words(&a, "ROLLBACK TO `nowhere`");
        log_end(&a);
        CHECK(!apply_all(&a));
        CHECK(strstr(a.f.err.text, "nowhere") != NULL);
        apply_fixture_clear(&a);
    }
}

TEST(apply, a_transaction_that_was_rolled_back_moves_the_position_only)
{
    static const char *const engines[] = { "InnoDB", "MyISAM" };
    for (size_t i = 0; i < ARRAY_COUNT(engines); i++) {
        struct apply_fixture a;
        char text[200];
        struct gtid gtid = log_maker_gtid(FLAVOUR_MARIADB, 3);
        apply_fixture_init(&a, FLAVOUR_MARIADB);
        snprintf(text, sizeof text,
                 "CREATE TABLE shop.u (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=%s"
                 " DEFAULT CHARSET=utf8mb4",
                 engines[i]);
        log_one_insert(&a, 1, "one");
        log_ddl(&a, text);
        log_begin(&a);
        log_table_map(&a, 1, "u");
        log_insert(&a, 1, 2, "two");
        log_words(&a, "ROLLBACK");
        log_maker_mark(&a.log, &gtid);
        log_one_insert(&a, 4, "four");
        bool done = apply_all(&a);
        CHECK(done == (i == 0));
        CHECK(done || (a.f.err.code == ERR_UNSUPPORTED && strstr(a.f.err.text, "MyISAM") != NULL));
        CHECK_STR(fixture_query(&a.f, "SELECT * FROM \"shop.u\""), "");
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), done ? "1|one\n4|four" : "1|one");
        CHECK(a.status.gtid_count == (done ? 4u : 2u));
        apply_fixture_clear(&a);
    }
}

TEST(apply, a_foreign_writers_lock_is_met_twice_and_then_told)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    (void)fixture_query(&a.f, "BEGIN IMMEDIATE");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT && strstr(a.f.err.text, "another program") != NULL);
    (void)fixture_query(&a.f, "ROLLBACK");
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    apply_fixture_clear(&a);
}

TEST(apply, a_resumed_copy_is_brought_up_to_date_and_then_strict_again)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one"); /* is there already */
    log_begin(&a);
    log_table_map(&a, 1, "t");
    log_update(&a, 1, 5, 6, "five", "six"); /* 5 was never copied */
    log_delete(&a, 1, 7, "seven");          /* nor was 7 */
    log_end(&a);
    struct position start = { .file = "b.000001",
                              .offset = BINLOG_MAGIC_SIZE,
                              .repair_until_file = "b.000001",
                              .repair_until_offset = a.log.bytes.len };
    fixture_begin(&a.f);
    CHECK_OK(fixture_insert(&a.f, "t", ROW(v_int(1), v_text("one"))), a.f.err);
    CHECK_OK(a.f.engine->ops->commit(a.f.engine, &start, &a.f.err), a.f.err);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one\n6|six");
    CHECK(!a.status.repairing); /* the end of the range was reached */
    CHECK_STR(fixture_query(&a.f, "SELECT repair_until_file FROM binlogd_position"), "");
    log_one_insert(&a, 8, "eight");
    CHECK_OK(apply_all(&a), a.f.err);
    log_one_insert(&a, 8, "again");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT);
    apply_fixture_clear(&a);
}

TEST(apply, an_engine_without_a_copy_is_refused)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    (void)fixture_query(&a.f, "UPDATE binlogd_meta SET value='copying' WHERE key='copy'");
    fixture_reopen(&a.f);
    log_one_insert(&a, 1, "one");
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT && strstr(a.f.err.text, "copy") != NULL);
    apply_fixture_clear(&a);
}

UNIT_MAIN(RUN(apply, rows_of_both_flavours_arrive),
          RUN(apply, keys_that_trade_places_do_not_collide),
          RUN(apply, unique_values_that_change_hands_do_not_collide),
          RUN(apply, a_failure_names_its_transaction_and_keeps_what_came_before),
          RUN(apply, it_goes_on_where_it_stopped),
          RUN(apply, a_transaction_that_was_applied_is_passed_over),
          RUN(apply, a_number_that_mariadb_uses_twice_is_no_repetition),
          RUN(apply, what_the_next_servers_first_file_repeats_is_passed_over),
          RUN(apply, ddl_stands_between_what_is_before_and_after_it),
          RUN(apply, ddl_that_fails_leaves_the_catalog_as_it_was),
          RUN(apply, tables_that_are_not_kept_move_only_the_position),
          RUN(apply, a_table_the_catalog_does_not_know_is_a_conflict),
          RUN(apply, a_definition_that_is_not_the_sources_is_a_conflict),
          RUN(apply, a_transaction_larger_than_a_batch_is_one_commit),
          RUN(apply, small_batches_give_the_same_rows),
          RUN(apply, events_that_cannot_be_applied_stop_with_advice),
          RUN(apply, statements_that_change_rows_are_refused),
          RUN(apply, what_is_taken_back_inside_a_transaction_is_not_there),
          RUN(apply, a_transaction_that_was_rolled_back_moves_the_position_only),
          RUN(apply, a_foreign_writers_lock_is_met_twice_and_then_told),
          RUN(apply, a_resumed_copy_is_brought_up_to_date_and_then_strict_again),
          RUN(apply, an_engine_without_a_copy_is_refused))

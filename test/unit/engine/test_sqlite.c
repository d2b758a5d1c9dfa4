/* test_sqlite.c - one transaction for rows, catalog and position; conflicts; other programs. */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"
#include <sys/stat.h>

static void make_item(struct fixture *f)
{
    fixture_init(f, FLAVOUR_MYSQL, true);
    if (!fixture_ddl(f, "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20) DEFAULT 'none',"
                        " n INT, UNIQUE KEY (n))"))
        fail_msg("%s", f->err.text);
    fixture_begin(f);
    if (!fixture_insert(f, "item", ROW(v_int(1), v_text("one"), v_int(10))) ||
        !fixture_insert(f, "item", ROW(v_int(2), v_text("two"), v_int(20))) || !fixture_commit(f))
        fail_msg("%s", f->err.text);
}

#define ITEMS "SELECT * FROM \"shop.item\" ORDER BY id"

TEST(sqlite, rows_and_position_commit_together)
{
    struct fixture f;
    struct position at = { .file = "b.000002", .offset = 1ull << 33, .last_commit_us = 5 };
    struct position got = { .offset = 0 };
    make_item(&f);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(3), v_null(), v_null())), f.err);
    CHECK_OK(f.engine->ops->commit(f.engine, &at, &f.err), f.err);
    fixture_reopen(&f);
    CHECK_OK(f.engine->ops->position(f.engine, &got, &f.err), f.err);
    CHECK_STR(got.file, "b.000002");
    CHECK(got.offset == 1ull << 33 && got.last_commit_us == 5);
    CHECK_STR(fixture_query(&f, ITEMS), "1|one|10\n2|two|20\n3|NULL|NULL");
    position_clear(&got);
    position_clear(&at);
    fixture_clear(&f);
}

TEST(sqlite, a_gtid_set_comes_back_as_it_went)
{
    static const char *const sets[] = { "11111111-1111-1111-1111-111111111111:1-5:8", "" };
    for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
        struct fixture f;
        struct position at = { .file = "b.000002", .offset = 4 }, got = { .offset = 0 };
        make_item(&f);
        CHECK_OK(gtid_set_parse(sets[i], FLAVOUR_MYSQL, &at.gtids, &f.err), f.err);
        fixture_begin(&f);
        CHECK_OK(f.engine->ops->commit(f.engine, &at, &f.err), f.err);
        fixture_reopen(&f);
        CHECK_OK(f.engine->ops->position(f.engine, &got, &f.err), f.err);
        CHECK(gtid_set_equal(got.gtids, at.gtids));
        position_clear(&got);
        position_clear(&at);
        fixture_clear(&f);
    }
}

TEST(sqlite, a_rollback_takes_back_rows_and_catalog)
{
    struct fixture f;
    struct ddl_session session = { .db = "shop", .flavour = FLAVOUR_MYSQL };
    struct ddl_context context = { .now_us = 1 };
    AUTO(ddl) ddl = NULL;
    make_item(&f);
    CHECK_OK(ddl_parse(bytes_of_str("DROP TABLE item"), &session, &ddl, &f.err), f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(3), v_null(), v_null())), f.err);
    CHECK_OK(f.engine->ops->ddl(f.engine, ddl, &context, &f.err), f.err);
    CHECK(f.engine->ops->table(f.engine, "shop", "item") == NULL);
    f.engine->ops->rollback(f.engine);
    CHECK(f.engine->ops->table(f.engine, "shop", "item") != NULL);
    CHECK(catalog_table(f.engine->ops->catalog(f.engine), "shop", "item") != NULL);
    CHECK_STR(fixture_query(&f, ITEMS), "1|one|10\n2|two|20");
    fixture_clear(&f);
}

TEST(sqlite, strict_changes_name_the_row_that_is_not_as_the_log_says)
{
    struct fixture f;
    struct value *gone = ROW(v_int(9), v_text("x"), v_int(1));
    make_item(&f);
    fixture_begin(&f);
    CHECK(!fixture_insert(&f, "item", ROW(v_int(1), v_text("x"), v_int(30))));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "id = 1") != NULL);
    CHECK(!fixture_insert(&f, "item", ROW(v_int(3), v_text("x"), v_int(20))));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "UNIQUE") != NULL);
    CHECK(!fixture_change(&f, "item", CHANGE_DELETE, gone, NULL, CHANGE_STRICT));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "missing") != NULL);
    CHECK(!fixture_change(&f, "item", CHANGE_UPDATE, gone, gone + 0, CHANGE_STRICT));
    CHECK(f.err.code == ERR_CONFLICT);
    fixture_clear(&f);
}

TEST(sqlite, absent_columns_stay_on_update_and_default_on_insert)
{
    struct fixture f;
    make_item(&f);
    fixture_begin(&f);
    CHECK_OK(fixture_change(&f, "item", CHANGE_UPDATE, ROW(v_int(1), v_absent(), v_absent()),
                            ROW(v_absent(), v_absent(), v_int(11)), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(3), v_absent(), v_absent())), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, ITEMS), "1|one|11\n2|two|20\n3|none|NULL");
    fixture_clear(&f);
}

/* Of each statement's size some, and a row in between that is too large to share one. */
static bool insert_many(struct fixture *f, int first, struct bytes name)
{
    enum { COUNT = 60, LARGE = 42 };
    static struct value values[COUNT][3];
    const struct value *rows[COUNT];
    for (int i = 0; i < COUNT; i++) {
        values[i][0] = v_int(first + i);
        values[i][1] = i % 2 == 0 ? v_text("even") : v_absent();
        values[i][2] = v_null();
        rows[i] = values[i];
    }
    values[LARGE][1] = (struct value){ .kind = VALUE_TEXT, .bytes = name };
    struct engine_table *table = f->engine->ops->table(f->engine, "shop", "item");
    return f->engine->ops->insert(f->engine, table, rows, COUNT, &f->err);
}

TEST(sqlite, rows_inserted_together_are_those_inserted_one_by_one)
{
    static char large[20000];
    struct fixture f;
    make_item(&f);
    memset(large, 'x', sizeof large);
    fixture_begin(&f);
    CHECK_OK(insert_many(&f, 101, bytes_of(large, sizeof large)), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*), sum(id), sum(name = 'even' AND id % 2 = 1), "
                                "sum(name = 'none' AND id % 2 = 0), max(length(name)) "
                                "FROM \"shop.item\" WHERE id > 100"),
              "60|7830|29|30|20000");
    fixture_clear(&f);
}

TEST(sqlite, of_rows_inserted_together_the_one_that_is_there_is_named)
{
    static const int there[] = { 101, 120, 132, 133, 150, 160 };
    for (size_t i = 0; i < ARRAY_COUNT(there); i++) {
        struct fixture f;
        char words[64];
        make_item(&f);
        fixture_begin(&f);
        CHECK_OK(fixture_insert(&f, "item", ROW(v_int(there[i]), v_null(), v_null())), f.err);
        CHECK(!insert_many(&f, 101, bytes_of_str("small")) && f.err.code == ERR_CONFLICT);
        snprintf(words, sizeof words, "(id = %d): a row with this key", there[i]);
        CHECK(strstr(f.err.text, words) != NULL);
        f.engine->ops->rollback(f.engine);
        CHECK_STR(fixture_query(&f, ITEMS), "1|one|10\n2|two|20");
        fixture_clear(&f);
    }
}

TEST(sqlite, repair_makes_it_so)
{
    struct fixture f;
    struct value *one = ROW(v_int(1), v_text("uno"), v_int(10));
    struct value *four = ROW(v_int(4), v_text("four"), v_int(40));
    make_item(&f);
    fixture_begin(&f);
    CHECK_OK(fixture_change(&f, "item", CHANGE_INSERT, NULL, one, CHANGE_REPAIR), f.err);
    CHECK_OK(fixture_change(&f, "item", CHANGE_DELETE, four, NULL, CHANGE_REPAIR), f.err);
    CHECK_OK(fixture_change(&f, "item", CHANGE_UPDATE, four, four, CHANGE_REPAIR), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, ITEMS), "1|uno|10\n2|two|20\n4|four|40");
    fixture_begin(&f);
    struct value *moved = ROW(v_int(5), v_text("five"), v_int(50));
    CHECK_OK(fixture_change(&f, "item", CHANGE_UPDATE, four, moved, CHANGE_REPAIR), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, ITEMS), "1|uno|10\n2|two|20\n5|five|50");
    fixture_clear(&f);
}

TEST(sqlite, of_equal_rows_without_a_key_exactly_one_changes)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE twin (a INT, rowid INT)"), f.err);
    fixture_begin(&f);
    for (unsigned i = 0; i < 3; i++)
        CHECK_OK(fixture_insert(&f, "twin", ROW(v_int(1), v_null())), f.err);
    CHECK_OK(
        fixture_change(&f, "twin", CHANGE_DELETE, ROW(v_int(1), v_null()), NULL, CHANGE_STRICT),
        f.err);
    CHECK_OK(fixture_change(&f, "twin", CHANGE_UPDATE, ROW(v_int(1), v_null()),
                            ROW(v_int(2), v_null()), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT a FROM \"shop.twin\" ORDER BY a"), "1\n2");
    CHECK(strstr(fixture_query(&f, "EXPLAIN QUERY PLAN SELECT 1 FROM \"shop.twin\" WHERE a IS 1"
                                   " AND \"rowid\" IS NULL LIMIT 1"),
                 "INDEX") != NULL);
    fixture_clear(&f);
}

TEST(sqlite, another_programs_database_is_refused)
{
    struct fixture f;
    struct sqlite_engine_options options = { .path = f.path };
    struct engine *engine = NULL;
    make_item(&f);
    engine_free(f.engine);
    f.engine = NULL;
    (void)fixture_query(&f, "PRAGMA user_version=99");
    CHECK(!sqlite_engine_open(&options, &engine, &f.err));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "format 99") != NULL);
    (void)fixture_query(&f, "PRAGMA application_id=1");
    CHECK(!sqlite_engine_open(&options, &engine, &f.err));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "another program") != NULL);
    fixture_clear(&f);
}

TEST(sqlite, bytes_that_are_no_database_are_refused)
{
    struct fixture f;
    struct sqlite_engine_options options = { .path = f.path };
    struct engine *engine = NULL;
    make_item(&f);
    engine_free(f.engine);
    f.engine = NULL;
    char junk[8192];
    memset(junk, 'x', sizeof junk);
    dir_empty(f.dir);
    dir_write(f.dir, "data.db", bytes_of(junk, sizeof junk));
    CHECK(!sqlite_engine_open(&options, &engine, &f.err));
    CHECK(f.err.code == ERR_CORRUPT);
    fixture_clear(&f);
}

TEST(sqlite, readers_see_the_last_commit_while_a_transaction_is_open)
{
    struct fixture f;
    make_item(&f);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(3), v_null(), v_null())), f.err);
    CHECK_STR(fixture_query(&f, ITEMS), "1|one|10\n2|two|20");
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, ITEMS), "1|one|10\n2|two|20\n3|NULL|NULL");
    fixture_clear(&f);
}

TEST(sqlite, a_foreign_writer_is_waited_for_and_then_named)
{
    struct fixture f;
    make_item(&f);
    (void)fixture_query(&f, "BEGIN IMMEDIATE");
    CHECK(!f.engine->ops->begin(f.engine, &f.err));
    CHECK(f.err.code == ERR_CONFLICT && strstr(f.err.text, "another program") != NULL);
    (void)fixture_query(&f, "ROLLBACK");
    fixture_begin(&f);
    f.engine->ops->rollback(f.engine);
    fixture_clear(&f);
}

TEST(sqlite, more_columns_than_sqlite_has_are_refused)
{
    struct fixture f;
    struct buf sql;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    buf_init(&sql, 1 << 20);
    buf_str(&sql, "CREATE TABLE wide (id INT PRIMARY KEY");
    for (unsigned i = 0; i < 2000; i++)
        buf_printf(&sql, ", c%u INT", i);
    buf_str(&sql, ")");
    CHECK(!fixture_ddl(&f, buf_cstr(&sql)));
    CHECK(f.err.code == ERR_UNSUPPORTED && strstr(f.err.text, "2001 columns") != NULL);
    buf_clear(&sql);
    fixture_clear(&f);
}

TEST(sqlite, more_statements_than_are_kept_work)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE w (id INT PRIMARY KEY, a INT, b INT, c INT, d INT,"
                             " e INT, g INT, h INT, i INT, j INT)"),
             f.err);
    struct value before[10], after[10];
    for (unsigned i = 0; i < 10; i++)
        before[i] = v_int(1);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "w", before), f.err);
    for (unsigned mask = 1; mask < 512; mask++) { /* every combination of columns */
        for (unsigned i = 0; i < 10; i++)
            after[i] = i > 0 && (mask >> (i - 1) & 1) != 0 ? v_int(mask) : v_absent();
        CHECK_OK(fixture_change(&f, "w", CHANGE_UPDATE, before, after, CHANGE_STRICT), f.err);
    }
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT a, j FROM w"), "511|511");
    fixture_clear(&f);
}

TEST(sqlite, sync_works_before_and_after_a_commit)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(f.engine->ops->sync(f.engine, &f.err), f.err);
    fixture_reopen(&f);
    CHECK_OK(f.engine->ops->sync(f.engine, &f.err), f.err);
    fixture_clear(&f);
}

TEST(sqlite, the_wal_does_not_outgrow_its_limit)
{
    enum { LIMIT = 2 << 20, COMMITS = 1500 /* of two pages and more */ };
    struct fixture f;
    struct stat wal;
    char path[160];
    make_item(&f);
    struct sqlite_engine_options options = { .path = f.path, .wal_limit_bytes = LIMIT };
    engine_free(f.engine);
    f.engine = NULL;
    CHECK_OK(sqlite_engine_open(&options, &f.engine, &f.err), f.err);
    for (int i = 0; i < COMMITS; i++) {
        fixture_begin(&f);
        CHECK_OK(fixture_insert(&f, "item", ROW(v_int(100 + i), v_text("x"), v_null())), f.err);
        CHECK_OK(fixture_commit(&f), f.err);
    }
    snprintf(path, sizeof path, "%s-wal", f.path);
    CHECK(stat(path, &wal) == 0);
    CHECK(wal.st_size > LIMIT / 2 && wal.st_size < LIMIT + LIMIT / 4);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM \"shop.item\""), "1502");
    fixture_clear(&f);
}

UNIT_MAIN(RUN(sqlite, rows_and_position_commit_together),
          RUN(sqlite, a_gtid_set_comes_back_as_it_went),
          RUN(sqlite, a_rollback_takes_back_rows_and_catalog),
          RUN(sqlite, strict_changes_name_the_row_that_is_not_as_the_log_says),
          RUN(sqlite, absent_columns_stay_on_update_and_default_on_insert),
          RUN(sqlite, rows_inserted_together_are_those_inserted_one_by_one),
          RUN(sqlite, of_rows_inserted_together_the_one_that_is_there_is_named),
          RUN(sqlite, repair_makes_it_so),
          RUN(sqlite, of_equal_rows_without_a_key_exactly_one_changes),
          RUN(sqlite, another_programs_database_is_refused),
          RUN(sqlite, bytes_that_are_no_database_are_refused),
          RUN(sqlite, readers_see_the_last_commit_while_a_transaction_is_open),
          RUN(sqlite, a_foreign_writer_is_waited_for_and_then_named),
          RUN(sqlite, more_columns_than_sqlite_has_are_refused),
          RUN(sqlite, more_statements_than_are_kept_work),
          RUN(sqlite, the_wal_does_not_outgrow_its_limit),
          RUN(sqlite, sync_works_before_and_after_a_commit))

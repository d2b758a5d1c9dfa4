/* test_ddl_apply.c - statements as changes of the catalog: what an engine is told, and what is left
 * behind when something fails. */
// SPDX-License-Identifier: Apache-2.0
#include "ddl_help.h"

#define RAN(desk, text) CHECK_OK(desk_run(&(desk), text), (desk).err)

static void open_with_table(struct desk *desk, enum flavour flavour)
{
    desk_open(desk, flavour);
    if (!desk_run(
            desk,
            "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(20), c INT, KEY kb (b), KEY kbc (b, c))"))
        fail_msg("%s", desk->err.text);
}

static bool from_is(const struct desk *desk, const int *want, unsigned count)
{
    return memcmp(desk->seen[0].column_from, want, count * sizeof *want) == 0;
}

TEST(alter, columns_are_placed_as_the_clauses_say)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "ALTER TABLE t ADD d INT, ADD e INT FIRST, ADD f INT AFTER a, ADD g INT AFTER f");
    CHECK_STR(desk_columns(&desk, "t"), "e,a,f,g,b,c,d");
    CHECK(from_is(&desk, (const int[]){ -1, 0, -1, -1, 1, 2, -1 }, 7));
    RAN(desk,
        "ALTER TABLE t MODIFY d INT FIRST, DROP e, CHANGE c cc INT AFTER a, RENAME COLUMN f TO ff");
    CHECK_STR(desk_columns(&desk, "t"), "d,a,cc,ff,g,b");
    CHECK(from_is(&desk, (const int[]){ 6, 1, 5, 2, 3, 4 }, 6));
    RAN(desk, "ALTER TABLE t RENAME COLUMN g TO d, RENAME COLUMN d TO g");
    CHECK_STR(desk_columns(&desk, "t"), "g,a,cc,ff,d,b");
    CHECK(from_is(&desk, (const int[]){ 0, 1, 2, 3, 4, 5 }, 6));
    RAN(desk, "ALTER TABLE t DROP b, ADD b INT");
    CHECK_STR(desk_columns(&desk, "t"), "g,a,cc,ff,d,b");
    CHECK(from_is(&desk, (const int[]){ 0, 1, 2, 3, 4, -1 }, 6));
    desk_close(&desk);
}

TEST(alter, keys_follow_their_columns)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "ALTER TABLE t RENAME COLUMN b TO bb, ADD KEY (bb(5))");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a) kb(bb) kbc(bb,c) bb(bb(5))");
    RAN(desk, "ALTER TABLE t MODIFY bb VARCHAR(5)");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a) kb(bb) kbc(bb,c) bb(bb)");
    RAN(desk, "ALTER TABLE t DROP bb");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a) kbc(c)");
    RAN(desk, "ALTER TABLE t DROP PRIMARY KEY, RENAME KEY kbc TO k, ADD UNIQUE (a, c)");
    CHECK_STR(desk_keys(&desk, "t"), "a(a,c) k(c)");
    CHECK(!desk_column(&desk, "t", "a")->nullable);
    RAN(desk, "ALTER TABLE t ADD PRIMARY KEY (c), DROP KEY a");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(c) k(c)");
    desk_close(&desk);
}

struct rewrite_case {
    const char *clause;
    bool rewrites;
};

static const struct rewrite_case rewrite_cases[] = {
    { "ADD x INT", false },
    { "ADD x INT NOT NULL", false },
    { "ADD x INT AS (a) VIRTUAL", false },
    { "ADD x INT AS (a) STORED", true },
    { "DROP c", false },
    { "ADD KEY (c)", false },
    { "RENAME COLUMN c TO cc", false },
    { "MODIFY c INT DEFAULT 5", false },
    { "MODIFY c INT COMMENT 'x'", false },
    { "MODIFY c BIGINT", true },
    { "MODIFY c INT UNSIGNED", true },
    { "MODIFY c INT NOT NULL", true },
    { "MODIFY b VARCHAR(40)", false },
    { "MODIFY b VARCHAR(4)", true },
    { "MODIFY b TEXT", true },
    { "MODIFY b VARCHAR(20) CHARACTER SET latin1", true },
    { "MODIFY b VARCHAR(20) COLLATE utf8mb4_bin", false },
    { "CONVERT TO CHARACTER SET latin2", true },
    { "MODIFY e ENUM('p','q','r')", false },
    { "MODIFY e ENUM('q','p')", true },
    { "MODIFY e ENUM('p')", true },
    { "MODIFY d DECIMAL(12,2)", false },
    { "MODIFY d DECIMAL(10,3)", true },
    { "MODIFY d DECIMAL(9,2)", true },
    { "MODIFY f BINARY(5)", true },
    { "MODIFY g DATETIME(3)", true },
    { "COMMENT 'x'", false },
};

TEST(alter, rows_are_rewritten_only_where_values_may_change)
{
    for (size_t i = 0; i < ARRAY_COUNT(rewrite_cases); i++) {
        struct desk desk;
        char text[200];
        desk_open(&desk, FLAVOUR_MYSQL);
        RAN(desk, "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(20), c INT, d DECIMAL(10,2), e "
                  "ENUM('p','q'), "
                  "f BINARY(4), g DATETIME)");
        snprintf(text, sizeof text, "ALTER TABLE t %s", rewrite_cases[i].clause);
        RAN(desk, text);
        CHECK(desk.count == 1 && desk.seen[0].kind == CHANGE_ALTER_TABLE);
        if (desk.seen[0].rewrites_rows != rewrite_cases[i].rewrites)
            fail_msg("%s: %d", text, desk.seen[0].rewrites_rows);
        desk_close(&desk);
    }
}

TEST(alter, what_changes_nothing_is_not_told)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    static const char *const nothing[] = { "FORCE",
                                           "ENGINE=InnoDB",
                                           "ORDER BY a",
                                           "DISABLE KEYS",
                                           "",
                                           "ALGORITHM=COPY, LOCK=SHARED",
                                           "ROW_FORMAT=DYNAMIC" };
    RAN(desk, "ALTER TABLE t ENGINE=InnoDB");
    for (size_t i = 0; i < ARRAY_COUNT(nothing); i++) {
        char text[100];
        snprintf(text, sizeof text, "ALTER TABLE t %s", nothing[i]);
        RAN(desk, text);
        CHECK(desk.count == 0);
    }
    desk_close(&desk);
}

TEST(alter, contradictions_are_conflicts_and_leave_the_catalog_alone)
{
    static const char *const wrong[] = {
        "ALTER TABLE t ADD a INT",
        "ALTER TABLE t DROP nothing",
        "ALTER TABLE t MODIFY nothing INT",
        "ALTER TABLE t ADD x INT AFTER nothing",
        "ALTER TABLE t ADD KEY kb (a)",
        "ALTER TABLE t ADD KEY (nothing)",
        "ALTER TABLE t DROP KEY nothing",
        "ALTER TABLE t DROP FOREIGN KEY nothing",
        "ALTER TABLE t RENAME KEY nothing TO x",
        "ALTER TABLE t DROP a, DROP b, DROP c",
        "ALTER TABLE nothing ADD x INT",
        "CREATE TABLE t (x INT)",
        "DROP TABLE nothing",
        "DROP TABLE t, nothing",
        "TRUNCATE nothing",
        "RENAME TABLE t TO u, nothing TO v",
        "CREATE TABLE u LIKE nothing",
    };
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        if (desk_run(&desk, wrong[i]) || desk.err.code != ERR_CONFLICT)
            fail_msg("%s: %s", wrong[i], desk.err.text);
        CHECK_STR(desk_columns(&desk, "t"), "a,b,c");
        CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a) kb(b) kbc(b,c)");
        CHECK(desk_table(&desk, "u") == NULL);
    }
    desk_close(&desk);
}

TEST(alter, if_exists_is_honoured_in_mariadb)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MARIADB);
    RAN(desk, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS nothing, MODIFY "
              "IF EXISTS nothing INT, "
              "DROP KEY IF EXISTS nothing, ADD KEY IF NOT EXISTS kb (c), DROP CONSTRAINT IF EXISTS "
              "nothing");
    CHECK(desk.count == 0);
    RAN(desk, "ALTER TABLE IF EXISTS nothing ADD x INT");
    RAN(desk, "DROP TABLE IF EXISTS nothing, t");
    CHECK(desk.count == 1 && desk_table(&desk, "t") == NULL);
    RAN(desk, "CREATE OR REPLACE TABLE t (x INT)");
    CHECK(desk.count == 1);
    RAN(desk, "CREATE OR REPLACE TABLE t (y INT)");
    CHECK(desk.count == 2 && desk.seen[0].kind == CHANGE_DROP_TABLE &&
          desk.seen[1].kind == CHANGE_CREATE_TABLE);
    RAN(desk, "CREATE TABLE IF NOT EXISTS t (z INT)");
    CHECK_STR(desk_columns(&desk, "t"), "y");
    desk_close(&desk);
}

TEST(rename, views_of_the_source_are_passed_over)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    desk.session.from_log = true;
    RAN(desk, "RENAME TABLE seen TO shown, t TO u");
    CHECK(desk.count == 1);
    CHECK_STR(desk_columns(&desk, "u"), "a,b,c");
    CHECK(!desk_run(&desk, "ALTER TABLE seen ADD x INT") && desk.err.code == ERR_CONFLICT);
    desk_close(&desk);
}

TEST(rename, tables_move_between_names_and_databases)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "CREATE TABLE u (x INT)");
    RAN(desk, "RENAME TABLE t TO tmp, u TO t, tmp TO u");
    CHECK(desk.count == 3);
    CHECK_STR(desk_columns(&desk, "t"), "x");
    CHECK_STR(desk_columns(&desk, "u"), "a,b,c");
    RAN(desk, "ALTER TABLE u ADD d INT, RENAME TO e.u");
    CHECK(desk.count == 2 && desk.seen[1].kind == CHANGE_RENAME_TABLE);
    CHECK_STR(desk.seen[1].before, "d.u");
    CHECK_STR(desk.seen[1].after, "e.u");
    CHECK(catalog_table(desk.catalog, "e", "u")->column_count == 4);
    desk_close(&desk);
}

TEST(rename, foreign_keys_follow_their_parents)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "CREATE TABLE child (x INT, y INT, FOREIGN KEY (x) REFERENCES t (a), CHECK (x > y))");
    RAN(desk, "RENAME TABLE t TO e.mother");
    CHECK(desk.count == 2 && desk.seen[1].kind == CHANGE_ALTER_TABLE &&
          !desk.seen[1].rewrites_rows);
    CHECK_STR(desk_table(&desk, "child")->fks[0].parent_db, "e");
    CHECK_STR(desk_table(&desk, "child")->fks[0].parent_table, "mother");
    RAN(desk, "ALTER TABLE e.mother CHANGE a ident INT");
    CHECK_STR(desk_table(&desk, "child")->fks[0].parent_columns[0], "ident");
    RAN(desk, "ALTER TABLE child RENAME COLUMN x TO `x x`");
    CHECK_STR(desk_table(&desk, "child")->fks[0].columns[0], "x x");
    CHECK_STR(desk_table(&desk, "child")->checks[0].expression, "`x x` > y");
    RAN(desk, "RENAME TABLE child TO kid");
    CHECK_STR(desk_table(&desk, "kid")->fks[0].name, "kid_ibfk_1");
    CHECK_STR(desk_table(&desk, "kid")->checks[0].name, "kid_chk_1");
    RAN(desk, "ALTER TABLE kid ADD FOREIGN KEY (y) REFERENCES kid (y)");
    CHECK_STR(desk_table(&desk, "kid")->fks[1].name, "kid_ibfk_2");
    RAN(desk, "RENAME TABLE kid TO `k`");
    CHECK_STR(desk_table(&desk, "k")->fks[1].parent_table, "k");
    desk_close(&desk);
}

TEST(apply, tables_that_are_not_replicated_touch_the_catalog_only)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "CREATE TABLE other1 (a INT)");
    CHECK(desk.count == 0 && desk_table(&desk, "other1") != NULL);
    RAN(desk, "ALTER TABLE other_unknown ADD x INT");
    RAN(desk, "DROP TABLE other_unknown");
    RAN(desk, "RENAME TABLE t TO other2");
    CHECK(desk.count == 1 && desk.seen[0].kind == CHANGE_DROP_TABLE);
    CHECK(!desk_run(&desk, "RENAME TABLE other1 TO mine") && desk.err.code == ERR_UNSUPPORTED);
    CHECK(desk_table(&desk, "other1") != NULL && desk_table(&desk, "mine") == NULL);
    desk_close(&desk);
}

TEST(apply, a_refusal_of_the_engine_undoes_the_whole_statement)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "CREATE DATABASE e");
    RAN(desk, "CREATE TABLE e.one (a INT)");
    RAN(desk, "CREATE TABLE u (x INT, FOREIGN KEY (x) REFERENCES t (a))");
    for (unsigned at = 1; at <= 3; at++) {
        desk.fail_after = at;
        CHECK(!desk_run(&desk, "RENAME TABLE t TO tmp, u TO t, tmp TO u") &&
              desk.err.code == ERR_SYSTEM);
        CHECK_STR(desk_columns(&desk, "t"), "a,b,c");
        CHECK_STR(desk_columns(&desk, "u"), "x");
        CHECK_STR(desk_table(&desk, "u")->fks[0].parent_table, "t");
        CHECK(desk_table(&desk, "tmp") == NULL);
    }
    desk.fail_after = 1;
    CHECK(!desk_run(&desk, "DROP DATABASE e"));
    CHECK(catalog_has_database(desk.catalog, "e") &&
          catalog_table(desk.catalog, "e", "one") != NULL);
    CHECK(!desk_run(&desk, "ALTER TABLE t ADD z INT, RENAME TO new.t"));
    CHECK_STR(desk_columns(&desk, "t"), "a,b,c");
    CHECK(!catalog_has_database(desk.catalog, "new"));
    desk_close(&desk);
}

TEST(apply, databases_come_and_go_with_their_tables)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "CREATE TABLE u (a INT)");
    RAN(desk, "CREATE TABLE e.u (a INT)");
    RAN(desk, "DROP DATABASE d");
    CHECK(desk.count == 3 && desk.seen[0].kind == CHANGE_DROP_TABLE &&
          desk.seen[2].kind == CHANGE_DROP_DATABASE);
    CHECK(!catalog_has_database(desk.catalog, "d") &&
          catalog_table(desk.catalog, "e", "u") != NULL);
    RAN(desk, "DROP DATABASE IF EXISTS d");
    RAN(desk, "CREATE SCHEMA d COLLATE latin1_bin");
    CHECK_STR(catalog_database_charset(desk.catalog, "d"), "latin1");
    RAN(desk, "CREATE DATABASE IF NOT EXISTS d CHARACTER SET utf8mb4");
    CHECK_STR(catalog_database_collation(desk.catalog, "d"), "latin1_bin");
    desk_close(&desk);
}

TEST(apply, truncate_and_like_do_what_they_say)
{
    struct desk desk;
    open_with_table(&desk, FLAVOUR_MYSQL);
    RAN(desk, "TRUNCATE TABLE t");
    CHECK(desk.count == 1 && desk.seen[0].kind == CHANGE_TRUNCATE);
    RAN(desk, "CREATE TABLE c (x INT CHECK (x > 0), FOREIGN KEY (x) REFERENCES t (a))");
    RAN(desk, "CREATE TABLE l LIKE c");
    CHECK(desk_table(&desk, "l")->fk_count == 0);
    CHECK_STR(desk_table(&desk, "l")->checks[0].name, "l_chk_1");
    CHECK_STR(desk_keys(&desk, "l"), "x(x)");
    desk_close(&desk);
}

UNIT_MAIN(RUN(alter, columns_are_placed_as_the_clauses_say), RUN(alter, keys_follow_their_columns),
          RUN(alter, rows_are_rewritten_only_where_values_may_change),
          RUN(alter, what_changes_nothing_is_not_told),
          RUN(alter, contradictions_are_conflicts_and_leave_the_catalog_alone),
          RUN(alter, if_exists_is_honoured_in_mariadb),
          RUN(rename, tables_move_between_names_and_databases),
          RUN(rename, views_of_the_source_are_passed_over),
          RUN(rename, foreign_keys_follow_their_parents),
          RUN(apply, tables_that_are_not_replicated_touch_the_catalog_only),
          RUN(apply, a_refusal_of_the_engine_undoes_the_whole_statement),
          RUN(apply, databases_come_and_go_with_their_tables),
          RUN(apply, truncate_and_like_do_what_they_say))

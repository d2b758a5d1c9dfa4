/* test_alter.c - the source's DDL on tables with rows: what stays, what is converted, what is
 * refused; and the views that follow. */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

static void make_item(struct fixture *f)
{
    fixture_init(f, FLAVOUR_MYSQL, true);
    if (!fixture_ddl(f, "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20), n INT NOT NULL,"
                        " KEY by_n (n))"))
        fail_msg("%s", f->err.text);
    fixture_begin(f);
    if (!fixture_insert(f, "item", ROW(v_int(1), v_text("one"), v_int(10))) ||
        !fixture_insert(f, "item", ROW(v_int(2), v_null(), v_int(-20))) || !fixture_commit(f))
        fail_msg("%s", f->err.text);
}

struct alter_case {
    const char *ddl;
    const char *query;
    const char *want; /* NULL: the statement is refused */
};

static const struct alter_case cases[] = {
    { "ALTER TABLE item ADD c INT", "SELECT * FROM item ORDER BY id",
      "1|one|10|NULL\n2|NULL|-20|NULL" },
    { "ALTER TABLE item ADD c INT NOT NULL DEFAULT 7", "SELECT * FROM item ORDER BY id",
      "1|one|10|7\n2|NULL|-20|7" },
    { "ALTER TABLE item ADD c DECIMAL(6,2) NOT NULL", "SELECT c FROM item ORDER BY id",
      "0.00\n0.00" },
    { "ALTER TABLE item ADD c VARCHAR(9) DEFAULT 'it''s' FIRST", "SELECT * FROM item ORDER BY id",
      "it's|1|one|10\nit's|2|NULL|-20" },
    { "ALTER TABLE item ADD c TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
      "SELECT c FROM item ORDER BY id", "2023-11-14 22:13:20\n2023-11-14 22:13:20" },
    { "ALTER TABLE item ADD c ENUM('x','y') NOT NULL", "SELECT c FROM item ORDER BY id", "x\nx" },
    { "ALTER TABLE item DROP name", "SELECT * FROM item ORDER BY id", "1|10\n2|-20" },
    { "ALTER TABLE item DROP n", "SELECT * FROM item ORDER BY id", "1|one\n2|NULL" },
    { "ALTER TABLE item CHANGE n number BIGINT NOT NULL", "SELECT number FROM item ORDER BY id",
      "10\n-20" },
    { "ALTER TABLE item RENAME COLUMN n TO m, RENAME COLUMN name TO n",
      "SELECT n, m FROM item ORDER BY id", "one|10\nNULL|-20" },
    { "ALTER TABLE item MODIFY n INT NOT NULL FIRST", "SELECT * FROM item ORDER BY id",
      "10|1|one\n-20|2|NULL" },
    { "ALTER TABLE item MODIFY n DECIMAL(8,3)", "SELECT n FROM item ORDER BY id",
      "10.000\n-20.000" },
    { "ALTER TABLE item MODIFY n VARCHAR(5)", "SELECT n, typeof(n) FROM item ORDER BY id",
      "10|text\n-20|text" },
    { "ALTER TABLE item MODIFY n DOUBLE", "SELECT n, typeof(n) FROM item ORDER BY id",
      "10.0|real\n-20.0|real" },
    { "ALTER TABLE item MODIFY name TEXT", "SELECT name FROM item ORDER BY id", "one\nNULL" },
    { "ALTER TABLE item MODIFY name ENUM('two','one')", "SELECT name FROM item ORDER BY id",
      "one\nNULL" },
    { "ALTER TABLE item MODIFY name VARCHAR(3)", "SELECT name FROM item ORDER BY id", "one\nNULL" },
    { "ALTER TABLE item DROP PRIMARY KEY, ADD PRIMARY KEY (n)", "SELECT * FROM item",
      "2|NULL|-20\n1|one|10" },
    { "ALTER TABLE item ADD UNIQUE KEY u (name)",
      "SELECT count(*) FROM pragma_index_list('shop.item') WHERE \"unique\"", "1" },
    { "DROP INDEX by_n ON item", "SELECT count(*) FROM pragma_index_list('shop.item')", "0" },
    { "CREATE INDEX other ON item (name(5), n)",
      "SELECT count(*) FROM pragma_index_list('shop.item')", "2" },
    { "ALTER TABLE item RENAME INDEX by_n TO numbers",
      "SELECT count(*) FROM pragma_index_list('shop.item') WHERE name LIKE '%.numbers'", "1" },
    { "RENAME TABLE item TO thing", "SELECT * FROM thing", "1|one|10\n2|NULL|-20" },
    { "TRUNCATE TABLE item", "SELECT count(*) FROM item", "0" },
    { "DROP TABLE item", "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%item%'", "0" },
    { "DROP DATABASE shop", "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%item%'", "0" },
    { "CREATE VIEW v AS SELECT 1", "SELECT count(*) FROM sqlite_schema WHERE name='v'", "0" },
    { "ALTER TABLE item MODIFY n TINYINT UNSIGNED NOT NULL", "", NULL },
    { "ALTER TABLE item MODIFY name VARCHAR(2)", "", NULL },
    { "ALTER TABLE item MODIFY name ENUM('two')", "", NULL },
    { "ALTER TABLE item MODIFY n DATE", "", NULL },
    { "ALTER TABLE item MODIFY n DECIMAL(3,2)", "", NULL },
    { "ALTER TABLE item ADD c INT AS (n + 1)", "", NULL },
    { "ALTER TABLE item ADD c INT DEFAULT (n + 1)", "", NULL },
    { "ALTER TABLE item DROP PRIMARY KEY, ADD c INT AUTO_INCREMENT PRIMARY KEY", "", NULL },
    { "ALTER TABLE item ADD c DATETIME DEFAULT CURRENT_TIMESTAMP", "", NULL },
    { "ALTER TABLE missing ADD c INT", "", NULL },
};

static void run_case(struct fixture *f, const struct alter_case *c)
{
    bool done = fixture_ddl(f, c->ddl);
    if (done != (c->want != NULL))
        fail_msg("%s: %s", c->ddl, done ? "was not refused" : f->err.text);
    if (c->want == NULL && f->err.code != ERR_UNSUPPORTED && f->err.code != ERR_CONFLICT)
        fail_msg("%s: %s: %s", c->ddl, err_code_name(f->err.code), f->err.text);
    if (done && strcmp(fixture_query(f, c->query), c->want) != 0)
        fail_msg("%s: got %s", c->ddl, f->text);
}

TEST(alter, each_statement_does_what_the_source_did_or_is_refused)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture f;
        make_item(&f);
        run_case(&f, &cases[i]);
        CHECK_STR(fixture_query(&f, "PRAGMA integrity_check"), "ok");
        fixture_reopen(&f); /* the catalog that was stored is the one in memory */
        if (cases[i].want == NULL)
            CHECK_STR(fixture_query(&f, "SELECT * FROM item"), "1|one|10\n2|NULL|-20");
        fixture_clear(&f);
    }
}

TEST(alter, what_is_refused_for_rows_is_done_to_an_empty_table)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE item (id INT PRIMARY KEY, n INT)"), f.err);
    CHECK_OK(fixture_ddl(&f, "ALTER TABLE item MODIFY n DATE, ADD c INT AS (id + 1)"), f.err);
    fixture_clear(&f);
}

TEST(alter, rows_go_in_after_each_change)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(fixture_ddl(&f, "ALTER TABLE item ADD c INT FIRST"), f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(5), v_int(3), v_text("x"), v_int(1))), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_OK(fixture_ddl(&f, "ALTER TABLE item DROP name"), f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "item", ROW(v_int(6), v_int(4), v_int(2))), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT * FROM item ORDER BY id"),
              "NULL|1|10\nNULL|2|-20\n5|3|1\n6|4|2");
    fixture_clear(&f);
}

TEST(alter, tables_swap_their_names)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE new_item (id INT PRIMARY KEY, z INT)"), f.err);
    CHECK_OK(fixture_ddl(&f, "RENAME TABLE item TO old_item, new_item TO item"), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM item"), "0");
    CHECK_STR(fixture_query(&f, "SELECT * FROM old_item"), "1|one|10\n2|NULL|-20");
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE name='new_item'"), "0");
    fixture_reopen(&f);
    CHECK(f.engine->ops->table(f.engine, "shop", "old_item") != NULL);
    fixture_clear(&f);
}

TEST(alter, names_that_differ_only_in_case_both_have_a_table)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE Item (id INT PRIMARY KEY)"), f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "Item", ROW(v_int(9))), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM \"shop.item\""), "2");
    CHECK_STR(fixture_query(&f, "SELECT sqlite_name LIKE 'shop.Item#%' FROM binlogd_catalog"
                                " WHERE name='Item'"),
              "1");
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE type='view'"), "0");
    fixture_clear(&f);
}

TEST(alter, a_view_gives_way_while_two_databases_have_the_name)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(fixture_ddl(&f, "CREATE DATABASE other"), f.err);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE other.item (id INT PRIMARY KEY)"), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE type='view'"), "0");
    CHECK_OK(fixture_ddl(&f, "DROP TABLE other.item"), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM item"), "2");
    fixture_clear(&f);
}

TEST(alter, names_with_quotes_and_dots_are_only_names)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE `a\"b.c'd``e; DROP` (`x\"y` INT PRIMARY KEY, `z'` INT)"),
             f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "a\"b.c'd`e; DROP", ROW(v_int(1), v_int(2))), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT \"x\"\"y\" FROM \"shop.a\"\"b.c'd`e; DROP\""), "1");
    fixture_clear(&f);
}

static bool keep_item(const char *db, const char *table, void *arg)
{
    (void)db, (void)arg;
    return strcmp(table, "item") == 0;
}

static bool ddl_keeping_item(struct fixture *f, const char *sql)
{
    struct ddl_session session = { .db = "shop", .flavour = FLAVOUR_MYSQL };
    struct ddl_context context = { .keep = keep_item };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(bytes_of_str(sql), &session, &ddl, &f->err))
        return false;
    fixture_begin(f);
    if (f->engine->ops->ddl(f->engine, ddl, &context, &f->err))
        return fixture_commit(f);
    f->engine->ops->rollback(f->engine);
    return false;
}

TEST(alter, a_table_that_is_not_kept_is_only_in_the_catalog)
{
    struct fixture f;
    make_item(&f);
    CHECK_OK(ddl_keeping_item(&f, "CREATE TABLE log (id INT PRIMARY KEY)"), f.err);
    CHECK_OK(ddl_keeping_item(&f, "ALTER TABLE log ADD c INT"), f.err);
    CHECK(!f.engine->ops->has_rows(f.engine->ops->table(f.engine, "shop", "log")));
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%log'"
                                " AND name LIKE 'shop%'"),
              "0");
    CHECK_OK(ddl_keeping_item(&f, "RENAME TABLE item TO gone"), f.err);
    CHECK(!ddl_keeping_item(&f, "RENAME TABLE log TO item"));
    CHECK(f.err.code == ERR_UNSUPPORTED);
    fixture_clear(&f);
}

UNIT_MAIN(RUN(alter, each_statement_does_what_the_source_did_or_is_refused),
          RUN(alter, what_is_refused_for_rows_is_done_to_an_empty_table),
          RUN(alter, rows_go_in_after_each_change), RUN(alter, tables_swap_their_names),
          RUN(alter, names_that_differ_only_in_case_both_have_a_table),
          RUN(alter, a_view_gives_way_while_two_databases_have_the_name),
          RUN(alter, names_with_quotes_and_dots_are_only_names),
          RUN(alter, a_table_that_is_not_kept_is_only_in_the_catalog))

/* test_cascade.c - foreign keys whose actions are not in the log. */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

/* parent <- child (CASCADE both) <- grandchild (SET NULL both) */
static void make_family(struct fixture *f)
{
    static const char *const ddl[] = {
        "CREATE TABLE parent (id INT PRIMARY KEY, code INT, UNIQUE KEY (code))",
        "CREATE TABLE child (id INT PRIMARY KEY, code INT, FOREIGN KEY (code) REFERENCES parent"
        " (code) ON DELETE CASCADE ON UPDATE CASCADE)",
        "CREATE TABLE grandchild (id INT PRIMARY KEY, child INT, FOREIGN KEY (child) REFERENCES"
        " child (id) ON DELETE SET NULL ON UPDATE SET NULL)",
    };
    fixture_init(f, FLAVOUR_MARIADB, true);
    for (size_t i = 0; i < ARRAY_COUNT(ddl); i++)
        if (!fixture_ddl(f, ddl[i]))
            fail_msg("%s", f->err.text);
    fixture_begin(f);
    for (int i = 1; i <= 3; i++)
        if (!fixture_insert(f, "parent", ROW(v_int(i), v_int(i * 10))) ||
            !fixture_insert(f, "child", ROW(v_int(i), v_int(i * 10))) ||
            !fixture_insert(f, "child", ROW(v_int(i + 100), v_int(i * 10))) ||
            !fixture_insert(f, "grandchild", ROW(v_int(i), v_int(i + 100))))
            fail_msg("%s", f->err.text);
}

static bool cascade(struct fixture *f, enum change kind, const struct value *before,
                    const struct value *after)
{
    struct engine_table *t = f->engine->ops->table(f->engine, "shop", "parent");
    struct row_change change = { kind, before, after };
    return f->engine->ops->change_cascading(f->engine, t, &change, CHANGE_STRICT, &f->err);
}

TEST(cascade, a_delete_reaches_children_and_their_children)
{
    struct fixture f;
    make_family(&f);
    CHECK(f.engine->ops->is_cascade_parent(f.engine->ops->table(f.engine, "shop", "parent")));
    CHECK_OK(cascade(&f, CHANGE_DELETE, ROW(v_int(2), v_absent()), NULL), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT id FROM child ORDER BY id"), "1\n3\n101\n103");
    CHECK_STR(fixture_query(&f, "SELECT child FROM grandchild ORDER BY id"), "101\nNULL\n103");
    fixture_clear(&f);
}

TEST(cascade, an_update_of_the_referenced_column_follows)
{
    struct fixture f;
    make_family(&f);
    CHECK_OK(cascade(&f, CHANGE_UPDATE, ROW(v_int(1), v_int(10)), ROW(v_int(1), v_int(77))), f.err);
    CHECK_OK(cascade(&f, CHANGE_UPDATE, ROW(v_int(3), v_absent()), ROW(v_int(4), v_absent())),
             f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT code FROM child ORDER BY id"), "77\n20\n30\n77\n20\n30");
    CHECK_STR(fixture_query(&f, "SELECT child FROM grandchild ORDER BY id"), "101\n102\n103");
    fixture_clear(&f);
}

TEST(cascade, a_table_that_refers_to_itself_is_followed_down)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MARIADB, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE parent (id INT PRIMARY KEY, up INT, FOREIGN KEY (up)"
                             " REFERENCES parent (id) ON DELETE CASCADE)"),
             f.err);
    fixture_begin(&f);
    for (int i = 1; i <= 5; i++)
        CHECK_OK(fixture_insert(&f, "parent", ROW(v_int(i), i > 1 ? v_int(i - 1) : v_null())),
                 f.err);
    CHECK_OK(cascade(&f, CHANGE_DELETE, ROW(v_int(3), v_int(2)), NULL), f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT id FROM \"shop.parent\" ORDER BY id"), "1\n2");
    fixture_clear(&f);
}

TEST(cascade, set_default_is_refused)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MARIADB, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE parent (id INT PRIMARY KEY, code INT)"), f.err);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE child (id INT PRIMARY KEY, up INT DEFAULT 1, FOREIGN KEY"
                             " (up) REFERENCES parent (id) ON DELETE SET DEFAULT)"),
             f.err);
    fixture_begin(&f);
    CHECK_OK(fixture_insert(&f, "parent", ROW(v_int(1), v_int(1))), f.err);
    CHECK(!cascade(&f, CHANGE_DELETE, ROW(v_int(1), v_int(1)), NULL));
    CHECK(f.err.code == ERR_UNSUPPORTED);
    fixture_clear(&f);
}

/* A key of text: {what the parent has, what the child has, is it its child?}; -1: only the source
 * knows. */
static const struct {
    const char *collation, *parent, *child;
    int is_child;
} spellings[] = {
    { "utf8mb4_general_ci", "a", "A", 1 },
    { "utf8mb4_general_ci", "a", "a  ", 1 },
    { "utf8mb4_general_nopad_ci", "a", "a  ", 0 },
    { "utf8mb4_general_ci", "a", "b", 0 },
    { "utf8mb4_general_ci", "été", "ete", -1 },
    { "utf8mb4_general_ci", "été", "été", 1 },
    { "utf8mb4_bin", "a", "A", 0 },
    { "utf8mb4_bin", "a", "a ", 1 },
    { "utf8mb4_lithuanian_ci", "i", "y", -1 },
    { "latin1_swedish_ci", "Key", "kEY", 1 },
};

TEST(cascade, text_matches_where_its_collation_is_sure_to_match)
{
    for (size_t i = 0; i < ARRAY_COUNT(spellings); i++) {
        char sql[300];
        struct fixture f;
        fixture_init(&f, FLAVOUR_MARIADB, true);
        snprintf(sql, sizeof sql, "CREATE TABLE parent (k VARCHAR(9) COLLATE %s PRIMARY KEY)",
                 spellings[i].collation);
        CHECK_OK(fixture_ddl(&f, sql), f.err);
        snprintf(sql, sizeof sql,
                 "CREATE TABLE child (id INT PRIMARY KEY, k VARCHAR(9) COLLATE %s, FOREIGN KEY (k)"
                 " REFERENCES parent (k) ON DELETE CASCADE)",
                 spellings[i].collation);
        CHECK_OK(fixture_ddl(&f, sql), f.err);
        fixture_begin(&f);
        CHECK(fixture_insert(&f, "parent", ROW(v_text(spellings[i].parent))) &&
              fixture_insert(&f, "child", ROW(v_int(1), v_text(spellings[i].child))));
        bool done = cascade(&f, CHANGE_DELETE, ROW(v_text(spellings[i].parent)), NULL);
        if (done != (spellings[i].is_child >= 0))
            fail_msg("%s: %s", spellings[i].child, done ? "was not refused" : f.err.text);
        CHECK_OK(fixture_commit(&f), f.err);
        CHECK_STR(fixture_query(&f, "SELECT count(*) FROM child"),
                  spellings[i].is_child == 1 ? "0" : "1");
        fixture_clear(&f);
    }
}

UNIT_MAIN(RUN(cascade, text_matches_where_its_collation_is_sure_to_match),
          RUN(cascade, a_delete_reaches_children_and_their_children),
          RUN(cascade, an_update_of_the_referenced_column_follows),
          RUN(cascade, a_table_that_refers_to_itself_is_followed_down),
          RUN(cascade, set_default_is_refused))

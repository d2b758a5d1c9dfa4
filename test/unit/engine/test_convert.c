/* test_convert.c - what ALTER TABLE makes of one value on its way through columns of other types;
 * and of tables with generated columns. Wanted values are what the servers give
 * (test/e2e/test_ddl.py asks them). */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

struct convert_case {
    const char *value;   /* in a VARCHAR(60) */
    const char *through; /* the types that the column gets, with commas */
    const char *want;    /* as SQLite's quote() shows it; NULL: the last step is refused */
};

static const struct convert_case cases[] = {
    { "1.2345", "DECIMAL(12;4),DECIMAL(10;2)", "'00000001.23'" },
    { "-1.2355", "DECIMAL(12;4),DECIMAL(10;2)", "'-JJJJJJJI.HF'" },
    { "0.995", "DECIMAL(12;3),DECIMAL(12;2)", "'0000000001.00'" },
    { "-0.0049", "DECIMAL(12;4),DECIMAL(12;2)", "'0000000000.00'" },
    { "999.995", "DECIMAL(6;3),DECIMAL(5;2)", NULL },
    { "2.5", "DECIMAL(4;1),INT", "3" },
    { "-2.5", "DECIMAL(4;1),INT", "-3" },
    { "-0.4", "DECIMAL(4;1),INT UNSIGNED", "0" },
    { "-0.5", "DECIMAL(4;1),INT UNSIGNED", NULL },
    { "18446744073709551615", "DECIMAL(20;0),BIGINT UNSIGNED", "'18446744073709551615'" },
    { "18446744073709551615", "DECIMAL(20;0),BIGINT", NULL },
    { "0.1", "DECIMAL(4;1),DOUBLE", "0.1" },
    { "-9223372036854775808", "BIGINT", "-9223372036854775808" },
    { "-9223372036854775809", "BIGINT", NULL },
    { "007", "SMALLINT", "7" },
    { "+7", "SMALLINT,DECIMAL(3;1)", "'07.0'" },
    { " 7", "SMALLINT", NULL },
    { "7x", "SMALLINT", NULL },
    { "1.5", "SMALLINT", NULL },
    { "", "SMALLINT", NULL },
    { "-1", "SMALLINT,DECIMAL(3;1) UNSIGNED", NULL },
    { "1.25", "DOUBLE,DOUBLE(8;2)", "1.25" },
    { "1.255", "DOUBLE,DOUBLE(8;2)", NULL },
    { "1e3", "DOUBLE", NULL },
    { "2024-02-29", "DATE,DATETIME(3)", "'2024-02-29 00:00:00.000'" },
    { "2023-02-29", "DATE", NULL },
    { "0000-00-00", "DATE", NULL },
    { "2024-02-29 23:59:58.9", "DATETIME(1),DATE", "'2024-02-29'" },
    { "2024-02-29 23:59:59.9", "DATETIME(1),DATE", NULL },
    { "2024-02-29 23:59:59", "DATETIME,DATE", "'2024-02-29'" },
    { "2024-02-29 01:02:03.456", "DATETIME(2)", NULL },
    { "ab", "BINARY(4)", "X'61620000'" },
    { "ü", "VARBINARY(9),VARCHAR(9)", "'ü'" },
    { "ü", "VARBINARY(9),VARCHAR(9) CHARACTER SET latin1", "'Ã¼'" },
    { "ab", "VARCHAR(9) CHARACTER SET ucs2,VARBINARY(9)", NULL },
    { "ü", "VARCHAR(9) CHARACTER SET latin1", NULL },
};

static bool change_type(struct fixture *f, char *type)
{
    char sql[200];
    for (char *c = type; *c != '\0'; c++)
        if (*c == ';')
            *c = ',';
    snprintf(sql, sizeof sql, "ALTER TABLE t MODIFY v %s", type);
    return fixture_ddl(f, sql);
}

/* True: every step was done. A step that is not the last must be. */
static bool walk(struct fixture *f, const char *through)
{
    char types[200], *rest = types, *type;
    bool done = true;
    snprintf(types, sizeof types, "%s", through);
    while ((type = strsep(&rest, ",")) != NULL) {
        done = change_type(f, type);
        if (!done && rest != NULL)
            fail_msg("%s: %s", type, f->err.text);
    }
    return done;
}

TEST(convert, a_value_becomes_what_the_servers_make_of_it_or_is_refused)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct convert_case *c = &cases[i];
        struct fixture f;
        fixture_init(&f, FLAVOUR_MYSQL, true);
        CHECK_OK(fixture_ddl(&f, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(60))"), f.err);
        fixture_begin(&f);
        CHECK_OK(fixture_insert(&f, "t", ROW(v_int(1), v_text(c->value))), f.err);
        CHECK_OK(fixture_commit(&f), f.err);
        bool done = walk(&f, c->through);
        if (done != (c->want != NULL))
            fail_msg("'%s' through %s: %s", c->value, c->through, done ? "done" : f.err.text);
        if (!done && (f.err.code != ERR_UNSUPPORTED || strstr(f.err.text, "new copy") == NULL))
            fail_msg("'%s' through %s: %s", c->value, c->through, f.err.text);
        if (done && strcmp(fixture_query(&f, "SELECT quote(v) FROM \"shop.t\""), c->want) != 0)
            fail_msg("'%s' through %s: %s", c->value, c->through, f.text);
        fixture_clear(&f);
    }
}

static const struct {
    const char *ddl;
    bool done;
} generated[] = {
    { "ALTER TABLE t MODIFY g INT AS (a * 2) STORED COMMENT 'the same'", true },
    { "ALTER TABLE t MODIFY g INT AS ((`a`*2)) STORED", true },
    { "ALTER TABLE t MODIFY g BIGINT AS (a * 2) STORED", true },
    { "ALTER TABLE t MODIFY a BIGINT", true },
    { "ALTER TABLE t RENAME COLUMN a TO b", true },
    { "ALTER TABLE t MODIFY o DECIMAL(8,3)", true },
    { "ALTER TABLE t MODIFY g INT", true },
    { "ALTER TABLE t ADD x INT FIRST, DROP COLUMN o", true },
    { "ALTER TABLE t MODIFY g INT AS (a * 3) STORED", false },
    { "ALTER TABLE t MODIFY g DECIMAL(8,2) AS (a * 2) STORED", false },
    { "ALTER TABLE t MODIFY a DECIMAL(8,2)", false },
    { "ALTER TABLE t MODIFY a INT UNSIGNED", false },
    { "ALTER TABLE t MODIFY o DECIMAL(6,2) AS (a / 2) STORED", false },
    { "ALTER TABLE t ADD h INT AS (a) VIRTUAL", false },
};

TEST(convert, generated_columns_keep_their_values_or_the_statement_is_refused)
{
    for (size_t i = 0; i < ARRAY_COUNT(generated); i++) {
        struct fixture f;
        fixture_init(&f, FLAVOUR_MARIADB, true);
        CHECK_OK(fixture_ddl(&f,
                             "CREATE TABLE t (id INT PRIMARY KEY, a INT, g INT AS (a * 2) STORED,"
                             " o INT)"),
                 f.err);
        fixture_begin(&f);
        CHECK_OK(fixture_insert(&f, "t", ROW(v_int(1), v_int(4), v_int(8), v_int(5))), f.err);
        CHECK_OK(fixture_commit(&f), f.err);
        bool done = fixture_ddl(&f, generated[i].ddl);
        if (done != generated[i].done)
            fail_msg("%s: %s", generated[i].ddl, done ? "was not refused" : f.err.text);
        CHECK_STR(fixture_query(&f, "SELECT g FROM t"), "8");
        fixture_clear(&f);
    }
}

UNIT_MAIN(RUN(convert, a_value_becomes_what_the_servers_make_of_it_or_is_refused),
          RUN(convert, generated_columns_keep_their_values_or_the_statement_is_refused))

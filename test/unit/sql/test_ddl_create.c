/* test_ddl_create.c - what the servers make of a CREATE TABLE, silently. */
// SPDX-License-Identifier: Apache-2.0
#include "ddl_help.h"
#include "sql/types.h"

struct type_case {
    const char *text;
    enum sql_type type;
    uint32_t length;
    unsigned precision, scale;
    bool is_unsigned;
};

static const struct type_case mysql_types[] = {
    { "BOOL", SQL_TINYINT, 1, 0, 0, false },
    { "TINYINT(1) UNSIGNED", SQL_TINYINT, 0, 0, 0, true },
    { "INTEGER(11)", SQL_INT, 0, 0, 0, false },
    { "INT4 ZEROFILL", SQL_INT, 10, 0, 0, true },
    { "MIDDLEINT", SQL_MEDIUMINT, 0, 0, 0, false },
    { "SERIAL", SQL_BIGINT, 0, 0, 0, true },
    { "DEC", SQL_DECIMAL, 0, 10, 0, false },
    { "NUMERIC(65,30) UNSIGNED", SQL_DECIMAL, 0, 65, 30, true },
    { "FLOAT(24)", SQL_FLOAT, 0, 0, 0, false },
    { "FLOAT(25)", SQL_DOUBLE, 0, 0, 0, false },
    { "FLOAT(7,3)", SQL_FLOAT, 0, 7, 3, false },
    { "DOUBLE PRECISION", SQL_DOUBLE, 0, 0, 0, false },
    { "REAL", SQL_DOUBLE, 0, 0, 0, false },
    { "BIT", SQL_BIT, 1, 0, 0, false },
    { "TIMESTAMP(6)", SQL_TIMESTAMP, 0, 0, 6, false },
    { "CHAR", SQL_CHAR, 1, 0, 0, false },
    { "CHARACTER VARYING(9)", SQL_VARCHAR, 9, 0, 0, false },
    { "NATIONAL CHARACTER VARYING(9)", SQL_VARCHAR, 9, 0, 0, false },
    { "NCHAR VARCHAR(9)", SQL_VARCHAR, 9, 0, 0, false },
    { "LONG VARCHAR", SQL_MEDIUMTEXT, 0, 0, 0, false },
    { "LONG", SQL_MEDIUMTEXT, 0, 0, 0, false },
    { "LONG VARBINARY", SQL_MEDIUMBLOB, 0, 0, 0, false },
    { "CHAR(3) BYTE", SQL_BINARY, 3, 0, 0, false },
    { "TEXT CHARACTER SET binary", SQL_BLOB, 0, 0, 0, false },
    { "TEXT(63)", SQL_TINYTEXT, 0, 0, 0, false },
    { "TEXT(64)", SQL_TEXT, 0, 0, 0, false },
    { "BLOB(70000)", SQL_MEDIUMBLOB, 0, 0, 0, false },
    { "VARCHAR(16384)", SQL_MEDIUMTEXT, 0, 0, 0, false },
    { "VECTOR", SQL_VECTOR, 2048, 0, 0, false },
    { "JSON", SQL_JSON, 0, 0, 0, false },
    { "GEOMCOLLECTION", SQL_GEOMETRY, 0, 0, 0, false },
};

TEST(create, types_and_their_synonyms_are_what_the_server_stores)
{
    for (size_t i = 0; i < ARRAY_COUNT(mysql_types); i++) {
        const struct type_case *want = &mysql_types[i];
        struct desk desk;
        char text[200];
        desk_open(&desk, FLAVOUR_MYSQL);
        snprintf(text, sizeof text, "CREATE TABLE t (a %s)", want->text);
        CHECK_OK(desk_run(&desk, text), desk.err);
        const struct column_def *got = desk_column(&desk, "t", "A");
        if (got->type != want->type || got->length != want->length ||
            got->precision != want->precision || got->scale != want->scale ||
            got->is_unsigned != want->is_unsigned)
            fail_msg("%s: %s length %u (%u,%u)", want->text, sql_type_name(got->type), got->length,
                     got->precision, got->scale);
        desk_close(&desk);
    }
}

TEST(create, mariadb_shows_widths_and_has_types_of_its_own)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MARIADB);
    CHECK_OK(desk_run(&desk, "CREATE TABLE t (a INT, b BIGINT UNSIGNED, c JSON, d UUID, e INET6, "
                             "f VARCHAR(9) COMPRESSED, g POINT REF_SYSTEM_ID=4326)"),
             desk.err);
    CHECK(desk_column(&desk, "t", "a")->length == 11 && desk_column(&desk, "t", "b")->length == 20);
    CHECK(desk_column(&desk, "t", "c")->type == SQL_LONGTEXT);
    CHECK_STR(desk_column(&desk, "t", "c")->collation, "utf8mb4_bin");
    CHECK_STR(desk_table(&desk, "t")->checks[0].expression, "json_valid(`c`)");
    CHECK(desk_column(&desk, "t", "d")->type == SQL_UUID &&
          desk_column(&desk, "t", "f")->compressed);
    CHECK(!desk_column(&desk, "t", "g")->geometry_has_srid);
    desk_close(&desk);
}

TEST(create, charsets_come_from_column_then_table_then_database_then_server)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    desk.session.server_collation = "latin2_hungarian_ci";
    CHECK_OK(desk_run(&desk, "CREATE DATABASE d"), desk.err);
    CHECK_OK(desk_run(&desk, "CREATE TABLE t (a CHAR(1), b CHAR(1) CHARACTER SET utf8)"), desk.err);
    CHECK_STR(desk_column(&desk, "t", "a")->collation, "latin2_hungarian_ci");
    CHECK_STR(desk_column(&desk, "t", "b")->charset, "utf8mb3");
    CHECK_OK(desk_run(&desk, "ALTER DATABASE d CHARACTER SET utf8mb4"), desk.err);
    CHECK_OK(desk_run(&desk, "CREATE TABLE u (a CHAR(1), b TEXT COLLATE latin1_bin)"), desk.err);
    CHECK_STR(desk_column(&desk, "u", "a")->collation, "utf8mb4_0900_ai_ci");
    CHECK_STR(desk_column(&desk, "u", "b")->charset, "latin1");
    CHECK_OK(
        desk_run(&desk, "CREATE TABLE v (a CHAR(1), b CHAR(1) BINARY, c NCHAR(1)) CHARSET cp1251"),
        desk.err);
    CHECK_STR(desk_column(&desk, "v", "a")->collation, "cp1251_general_ci");
    CHECK_STR(desk_column(&desk, "v", "b")->collation, "cp1251_bin");
    CHECK_STR(desk_column(&desk, "v", "c")->charset, "utf8mb3");
    desk_close(&desk);
}

TEST(create, mariadb_collations_may_lack_their_charset)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MARIADB);
    desk.session.charset_collations = "utf8mb3=utf8mb3_uca1400_ai_ci,utf8mb4=utf8mb4_uca1400_ai_ci";
    CHECK_OK(
        desk_run(&desk,
                 "CREATE TABLE t (a CHAR(1) COLLATE uca1400_as_ci, b CHAR(1)) CHARSET utf8mb3"),
        desk.err);
    CHECK_STR(desk_column(&desk, "t", "a")->collation, "utf8mb3_uca1400_as_ci");
    CHECK_STR(desk_column(&desk, "t", "b")->collation, "utf8mb3_uca1400_ai_ci");
    desk_close(&desk);
}

struct default_case {
    const char *type, *text, *value; /* value NULL: none */
    bool is_expression;
};

static const struct default_case default_cases[] = {
    { "INT", "NULL", NULL, false },
    { "INT", "-3", "-3", false },
    { "INT", "1.5", "2", false },
    { "INT", "'+07'", "7", false },
    { "INT", "-0.4", "0", false },
    { "INT", "1e3", "1000", false },
    { "INT", "TRUE", "1", false },
    { "INT", "0x1F", "31", false },
    { "BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615", false },
    { "BIT(8)", "b'101'", "5", false },
    { "BIT(8)", "'A'", "65", false },
    { "DECIMAL(8,2)", "1.555", "1.56", false },
    { "DECIMAL(8,2)", "-99999.995", "-100000.00", false },
    { "DECIMAL(8,2)", "0", "0.00", false },
    { "DOUBLE", "1.5e3", "1500", false },
    { "DOUBLE", "1e20", "1e20", false },
    { "FLOAT(7,3)", "1", "1.000", false },
    { "DATE", "'20200203'", "2020-02-03", false },
    { "DATE", "'20-2-3'", "2020-02-03", false },
    { "DATETIME(3)", "'2020-1-2 3:4:5'", "2020-01-02 03:04:05.000", false },
    { "TIMESTAMP(2)", "TIMESTAMP '2020-01-02 03:04:05.6'", "2020-01-02 03:04:05.60", false },
    { "TIMESTAMP", "0", "0000-00-00 00:00:00", false },
    { "TIME", "'-1:2:3'", "-01:02:03", false },
    { "TIME(1)", "'101112'", "10:11:12.0", false },
    { "YEAR", "70", "1970", false },
    { "YEAR", "'2020'", "2020", false },
    { "CHAR(9)", "'a  '", "a", false },
    { "VARCHAR(9)", "'a' 'b '", "ab ", false },
    { "VARCHAR(9)", "N'n'", "n", false },
    { "VARCHAR(9)", "x'4142'", "AB", false },
    { "VARCHAR(9) CHARACTER SET latin1", "x'e9'", "é", false },
    { "VARCHAR(9)", "_latin1'\xe9'", "é", false },
    { "VARBINARY(9)", "x'00ff'", "x'00ff'", true },
    { "VARBINARY(9)", "'a\\0b'", "x'610062'", true },
    { "ENUM('Aa','Bb')", "'BB'", "Bb", false },
    { "SET('x','y','z')", "'z,x'", "x,z", false },
    { "DATETIME", "NOW()", "CURRENT_TIMESTAMP", true },
    { "DATETIME(6)", "LOCALTIMESTAMP(6)", "CURRENT_TIMESTAMP(6)", true },
    { "INT", "(1 + (2))", "1 + (2)", true },
    { "VARCHAR(40)", "(uuid( ))", "uuid( )", true },
};

TEST(create, defaults_are_shown_as_the_column_stores_them)
{
    for (size_t i = 0; i < ARRAY_COUNT(default_cases); i++) {
        const struct default_case *want = &default_cases[i];
        struct desk desk;
        char text[300];
        desk_open(&desk, FLAVOUR_MYSQL);
        snprintf(text, sizeof text, "CREATE TABLE t (a %s DEFAULT %s COMMENT 'c')", want->type,
                 want->text);
        CHECK_OK(desk_run(&desk, text), desk.err);
        const struct column_def *got = desk_column(&desk, "t", "a");
        bool same = want->value == NULL
                        ? got->default_text == NULL
                        : got->default_text != NULL && strcmp(got->default_text, want->value) == 0;
        if (!same || got->default_is_expression != want->is_expression)
            fail_msg("%s DEFAULT %s: %s", want->type, want->text, got->default_text);
        CHECK_STR(got->comment, "c");
        desk_close(&desk);
    }
}

TEST(create, mariadb_takes_bare_expressions)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MARIADB);
    CHECK_OK(
        desk_run(&desk,
                 "CREATE TABLE t (a INT DEFAULT b NOT NULL, b VARCHAR(9) DEFAULT concat('a', (1)) "
                 "UNIQUE, c INT DEFAULT NEXT VALUE FOR d.`s s` COMMENT 'x', d DATETIME DEFAULT "
                 "(now(3)), "
                 "e INT DEFAULT CASE WHEN 1 THEN 2 ELSE 3 END NULL)"),
        desk.err);
    CHECK_STR(desk_column(&desk, "t", "a")->default_text, "b");
    CHECK_STR(desk_column(&desk, "t", "b")->default_text, "concat('a', (1))");
    CHECK_STR(desk_column(&desk, "t", "c")->default_text, "NEXT VALUE FOR d.`s s`");
    CHECK_STR(desk_column(&desk, "t", "d")->default_text, "CURRENT_TIMESTAMP(3)");
    CHECK_STR(desk_column(&desk, "t", "e")->default_text, "CASE WHEN 1 THEN 2 ELSE 3 END");
    desk_close(&desk);
}

TEST(create, timestamps_without_explicit_defaults_follow_the_old_rules)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    desk.session.explicit_defaults_for_timestamp = false;
    CHECK_OK(desk_run(&desk,
                      "CREATE TABLE t (a TIMESTAMP(3), b TIMESTAMP, c TIMESTAMP NULL, d DATETIME)"),
             desk.err);
    CHECK_STR(desk_column(&desk, "t", "a")->default_text, "CURRENT_TIMESTAMP(3)");
    CHECK(desk_column(&desk, "t", "a")->on_update_now && !desk_column(&desk, "t", "a")->nullable);
    CHECK_STR(desk_column(&desk, "t", "b")->default_text, "0000-00-00 00:00:00");
    CHECK(desk_column(&desk, "t", "c")->nullable && desk_column(&desk, "t", "d")->nullable);
    desk_close(&desk);
}

TEST(create, keys_get_the_names_and_the_order_of_the_servers)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    CHECK_OK(desk_run(&desk,
                      "CREATE TABLE t (a INT, b INT NOT NULL UNIQUE, c TEXT, KEY (a), INDEX (a), "
                      "KEY bb (c(5)), "
                      "FULLTEXT (c), UNIQUE n (a), KEY ((a + 1)), CONSTRAINT u UNIQUE (a, b), "
                      "PRIMARY KEY (a), KEY w (c(4)))"),
             desk.err);
    CHECK_STR(desk_keys(&desk, "t"),
              "PRIMARY(a) b(b) n(a) u(a,b) a(a) a_2(a) bb(c(5)) w(c(4)) functional_index(?) c(c)");
    CHECK(!desk_column(&desk, "t", "a")->nullable);
    desk_close(&desk);
}

TEST(create, foreign_keys_bring_keys_and_names)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    CHECK_OK(desk_run(&desk, "CREATE TABLE p (x INT, y INT, PRIMARY KEY (x, y))"), desk.err);
    CHECK_OK(desk_run(&desk, "CREATE TABLE c (a INT, b INT, e INT REFERENCES p (x), FOREIGN KEY "
                             "(a, b) REFERENCES p, "
                             "KEY k (a, b, e), CONSTRAINT n FOREIGN KEY i (b) REFERENCES z.p (q) "
                             "ON DELETE SET NULL)"),
             desk.err);
    CHECK_STR(desk_keys(&desk, "c"), "e(e) k(a,b,e) n(b)");
    const struct table_def *c = desk_table(&desk, "c");
    CHECK(c->fk_count == 3);
    CHECK_STR(c->fks[0].name, "c_ibfk_1");
    CHECK_STR(c->fks[1].name, "c_ibfk_2");
    CHECK(c->fks[1].parent_column_count == 2);
    CHECK_STR(c->fks[1].parent_columns[1], "y");
    CHECK_STR(c->fks[2].parent_db, "z");
    CHECK(c->fks[2].on_delete == FK_SET_NULL && c->fks[2].on_update == FK_NO_ACTION);
    desk_close(&desk);
}

TEST(create, versioned_tables_keep_the_end_of_a_row_in_their_keys)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MARIADB);
    CHECK_OK(desk_run(&desk, "CREATE TABLE t (a INT PRIMARY KEY, b INT UNIQUE, c INT, KEY (c)) "
                             "WITH SYSTEM VERSIONING"),
             desk.err);
    CHECK_STR(desk_columns(&desk, "t"), "a,b,c,row_start,row_end");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a,row_end) b(b,row_end) c(c)");
    CHECK_OK(desk_run(&desk, "ALTER TABLE t ADD d INT"), desk.err);
    CHECK_STR(desk_columns(&desk, "t"), "a,b,c,d,row_start,row_end");
    CHECK_OK(desk_run(&desk, "ALTER TABLE t DROP SYSTEM VERSIONING"), desk.err);
    CHECK_STR(desk_columns(&desk, "t"), "a,b,c,d");
    CHECK_STR(desk_keys(&desk, "t"), "PRIMARY(a) b(b) c(c)");
    desk_close(&desk);
}

TEST(create, the_row_key_is_the_primary_key_or_a_unique_one_that_is_never_null)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    CHECK_OK(desk_run(&desk, "CREATE TABLE t (a INT, b INT NOT NULL, c CHAR(9) NOT NULL, UNIQUE "
                             "(a), UNIQUE (c(3)), UNIQUE k (b))"),
             desk.err);
    CHECK_STR(table_def_row_key(desk_table(&desk, "t"))->name, "k");
    CHECK_OK(desk_run(&desk, "ALTER TABLE t DROP KEY k"), desk.err);
    CHECK(table_def_row_key(desk_table(&desk, "t")) == NULL);
    CHECK_OK(desk_run(&desk, "ALTER TABLE t ADD PRIMARY KEY (a)"), desk.err);
    CHECK_STR(table_def_row_key(desk_table(&desk, "t"))->name, "PRIMARY");
    desk_close(&desk);
}

static const char *const sequences[][2] = {
    { "", "1 1 9223372036854775806 1 1 1000 0 0" },
    { "START 5", "5 1 9223372036854775806 5 1 1000 0 0" },
    { "INCREMENT -1", "-1 -9223372036854775807 -1 -1 -1 1000 0 0" },
    { "INCREMENT BY -2 MINVALUE -50", "-1 -50 -1 -1 -2 1000 0 0" },
    { "MINVALUE 10 MAXVALUE 20", "10 10 20 10 1 1000 0 0" },
    { "MAXVALUE 20 INCREMENT -1", "20 -9223372036854775807 20 20 -1 1000 0 0" },
    { "NOCACHE", "1 1 9223372036854775806 1 1 0 0 0" },
    { "CACHE 7 CYCLE", "1 1 9223372036854775806 1 1 7 1 0" },
    { "NOMINVALUE NOMAXVALUE NOCYCLE", "1 1 9223372036854775806 1 1 1000 0 0" },
    { "INCREMENT 0", "1 1 9223372036854775806 1 0 1000 0 0" },
    { "START WITH -3 MINVALUE = -10", "-3 -10 9223372036854775806 -3 1 1000 0 0" },
    { "AS INT", "1 1 2147483646 1 1 1000 0 0" },
    { "AS INT UNSIGNED MINVALUE 0", "1 1 4294967294 1 1 1000 0 0" },
    { "AS TINYINT INCREMENT -1", "-1 -127 -1 -1 -1 1000 0 0" },
    { "AS BIGINT UNSIGNED", "1 1 18446744073709551614 1 1 1000 0 0" },
    { "AS SMALLINT UNSIGNED INCREMENT -1", "65534 1 65534 65534 -1 1000 0 0" },
};

TEST(create, a_sequence_comes_with_its_row)
{
    for (size_t i = 0; i < ARRAY_COUNT(sequences); i++) {
        struct desk desk;
        char text[400];
        desk_open(&desk, FLAVOUR_MARIADB);
        snprintf(text, sizeof text, "CREATE SEQUENCE s %s", sequences[i][0]);
        CHECK_OK(desk_run(&desk, text), desk.err);
        const struct table_def *s = desk_table(&desk, "s");
        CHECK(s->is_sequence && s->column_count == SEQUENCE_COLUMNS);
        text[0] = 0;
        for (int k = 0; k < SEQUENCE_COLUMNS; k++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k > 0 ? " " : "",
                     s->sequence_row[k]);
        CHECK_STR(text, sequences[i][1]);
        desk_close(&desk);
    }
}

TEST(create, limits_are_refused_with_a_sentence)
{
    struct desk desk;
    struct buf text;
    desk_open(&desk, FLAVOUR_MYSQL);
    buf_init(&text, 1 << 20);
    buf_str(&text, "CREATE TABLE t (a0 INT");
    for (int i = 1; i < 4097; i++)
        buf_printf(&text, ",a%d INT", i);
    buf_str(&text, ")");
    CHECK(!desk_run(&desk, buf_cstr(&text)));
    CHECK_STR(desk.err.text, "table d.t has more than 4096 columns");
    buf_reset(&text);
    buf_str(&text, "CREATE TABLE t (a INT DEFAULT ");
    for (int i = 0; i < 501; i++)
        buf_str(&text, "(");
    CHECK(!desk_run(&desk, buf_cstr(&text)));
    CHECK_STR(desk.err.text, "this statement nests more than 500 parentheses");
    CHECK(!desk_run(&desk, "CREATE TABLE t (a CHAR(256))") && desk.err.code == ERR_UNSUPPORTED);
    CHECK(!desk_run(&desk, "CREATE TABLE t (a BIT(65))"));
    CHECK(!desk_run(&desk, "CREATE TABLE t (a DECIMAL(66))"));
    CHECK(!desk_run(&desk, "CREATE TABLE t (a TIME(7))"));
    CHECK(!desk_run(&desk, "CREATE TABLE t (a INT, A INT)") && desk.err.code == ERR_CONFLICT);
    CHECK(!desk_run(&desk, "CREATE TABLE t (a INT, KEY (b))") && desk.err.code == ERR_CONFLICT);
    buf_clear(&text);
    desk_close(&desk);
}

static const char whole[] = "CREATE /*!50100 */ TABLE IF NOT EXISTS `d``1`.t (a INT(5) UNSIGNED "
                            "ZEROFILL NOT NULL AUTO_INCREMENT COMMENT 'it''s', "
                            "b VARCHAR(9) CHARACTER SET latin1 DEFAULT _utf8mb4'x' CHECK (b <> "
                            "''), c ENUM('p','q') GENERATED ALWAYS AS (a) STORED, "
                            "d POINT SRID 4326 NOT NULL, e TIMESTAMP(3) NULL DEFAULT NOW(3) ON "
                            "UPDATE NOW(3), PRIMARY KEY (a DESC), "
                            "UNIQUE u USING BTREE (b(3), (a + 1)) COMMENT 'k' INVISIBLE, "
                            "CONSTRAINT f FOREIGN KEY (a, b) REFERENCES x.y (m, n) "
                            "ON DELETE SET NULL ON UPDATE CASCADE, CHECK (a > 0) NOT ENFORCED) "
                            "ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 "
                            "COLLATE utf8mb4_bin COMMENT='c' PARTITION BY RANGE (a) (PARTITION p0 "
                            "VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)";

TEST(create, a_statement_cut_or_broken_anywhere_is_an_error_or_a_table)
{
    struct desk desk;
    desk_open(&desk, FLAVOUR_MYSQL);
    CHECK_OK(desk_run(&desk, whole), desk.err);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char *copy = malloc(len + 1); /* of that size, so that an overread is seen */
        struct table_def *table = NULL;
        struct err err = { 0 };
        memcpy(copy, whole, len);
        if (ddl_parse_table(bytes_of(copy, len), &desk.session, &table, &err))
            table_def_free(table);
        else
            CHECK(err.code != ERR_NONE && err.text[0] != 0);
        free(copy);
    }
    for (size_t i = 0; i < (sizeof whole - 1) * 8; i++) {
        char copy[sizeof whole];
        struct table_def *table = NULL;
        struct err err = { 0 };
        memcpy(copy, whole, sizeof whole);
        copy[i / 8] = (char)(copy[i / 8] ^ (1 << i % 8));
        if (ddl_parse_table(bytes_of(copy, sizeof whole - 1), &desk.session, &table, &err))
            table_def_free(table);
    }
    desk_close(&desk);
}

UNIT_MAIN(RUN(create, types_and_their_synonyms_are_what_the_server_stores),
          RUN(create, mariadb_shows_widths_and_has_types_of_its_own),
          RUN(create, charsets_come_from_column_then_table_then_database_then_server),
          RUN(create, mariadb_collations_may_lack_their_charset),
          RUN(create, defaults_are_shown_as_the_column_stores_them),
          RUN(create, mariadb_takes_bare_expressions),
          RUN(create, timestamps_without_explicit_defaults_follow_the_old_rules),
          RUN(create, keys_get_the_names_and_the_order_of_the_servers),
          RUN(create, foreign_keys_bring_keys_and_names),
          RUN(create, versioned_tables_keep_the_end_of_a_row_in_their_keys),
          RUN(create, the_row_key_is_the_primary_key_or_a_unique_one_that_is_never_null),
          RUN(create, a_sequence_comes_with_its_row),
          RUN(create, limits_are_refused_with_a_sentence),
          RUN(create, a_statement_cut_or_broken_anywhere_is_an_error_or_a_table))

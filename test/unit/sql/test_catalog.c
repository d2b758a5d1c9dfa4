/* test_catalog.c - the catalog's shelves, and definitions that print and read back the same. */
// SPDX-License-Identifier: Apache-2.0
#include "ddl_help.h"

static struct table_def *simple(const char *db, const char *name)
{
    struct ddl_session session = { .db = db };
    struct table_def *table = NULL;
    struct err err;
    char text[200];
    snprintf(text, sizeof text, "CREATE TABLE %s (a INT)", name);
    if (!ddl_parse_table(bytes_of_str(text), &session, &table, &err))
        fail_msg("%s", err.text);
    return table;
}

static bool join_names(const struct table_def *table, void *arg)
{
    char *text = arg;
    sprintf(text + strlen(text), "%s.%s ", table->db, table->name);
    return strcmp(table->name, "stop") != 0;
}

TEST(catalog, tables_are_found_by_name_and_come_in_order)
{
    AUTO(catalog) catalog = catalog_new(FLAVOUR_MARIADB);
    static const char *const names[] = { "m", "c", "x", "a", "k", "b" };
    char text[400] = "";
    CHECK(catalog_flavour(catalog) == FLAVOUR_MARIADB);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        catalog_put_table(catalog, simple("d2", names[i]));
        catalog_put_table(catalog, simple("d1", names[i]));
    }
    catalog_put_table(catalog, simple("d1", "a")); /* replaces */
    CHECK(catalog_each_table(catalog, join_names, text));
    CHECK_STR(text, "d1.a d1.b d1.c d1.k d1.m d1.x d2.a d2.b d2.c d2.k d2.m d2.x ");
    CHECK(catalog_table(catalog, "d1", "k") != NULL && catalog_table(catalog, "d1", "K") == NULL);
    CHECK(catalog_tables_named(catalog, "k") == 2 && catalog_tables_named(catalog, "z") == 0);
    CHECK(catalog_drop_table(catalog, "d1", "k") && !catalog_drop_table(catalog, "d1", "k"));
    table_def_free(catalog_take_table(catalog, "d2", "x"));
    CHECK(catalog_take_table(catalog, "d2", "x") == NULL);
    catalog_drop_database(catalog, "d1");
    text[0] = 0;
    catalog_put_table(catalog, simple("d2", "stop"));
    CHECK(!catalog_each_table(catalog, join_names, text));
    CHECK_STR(text, "d2.a d2.b d2.c d2.k d2.m d2.stop ");
}

static bool join_databases(const char *db, const char *charset, const char *collation, void *arg)
{
    char *text = arg;
    sprintf(text + strlen(text), "%s=%s/%s ", db, charset, collation);
    return true;
}

TEST(catalog, databases_have_charsets)
{
    AUTO(catalog) catalog = catalog_new(FLAVOUR_MYSQL);
    char text[400] = "";
    catalog_put_database(catalog, "b", "latin1", "latin1_bin");
    catalog_put_database(catalog, "a", "utf8mb4", NULL);
    catalog_put_database(catalog, "b", "latin2", "latin2_bin");
    catalog_put_table(catalog, simple("c", "t"));
    CHECK(catalog_each_database(catalog, join_databases, text));
    CHECK_STR(text, "a=utf8mb4/ b=latin2/latin2_bin c=utf8mb4/utf8mb4_0900_ai_ci ");
    CHECK(catalog_has_database(catalog, "a") && catalog_database_charset(catalog, "z") == NULL);
    catalog_drop_database(catalog, "z");
    catalog_drop_database(catalog, "a");
    CHECK(!catalog_has_database(catalog, "a"));
}

static const char *const printed[] = {
    "CREATE TABLE t (a INT)",
    "CREATE TABLE `t``x` (`a``b` INT COMMENT 'it''s \\\\ \n', KEY `k``k` (`a``b`)) COMMENT 'c\\'c'",
    "CREATE TABLE t (a TINYINT(1), b INT UNSIGNED ZEROFILL, c DECIMAL(9,3) DEFAULT -1.5, d "
    "FLOAT(7,2), e BIT(9) DEFAULT b'11', "
    "f YEAR DEFAULT 1999, g TIME(3) DEFAULT '1:2:3', h TIMESTAMP(2) NULL DEFAULT NOW(2) ON UPDATE "
    "NOW(2), i DATETIME ON UPDATE NOW())",
    "CREATE TABLE t (a CHAR(5) CHARACTER SET latin1 COLLATE latin1_bin, b "
    "ENUM('it''s','b,c','\\\\') DEFAULT 'b,c', "
    "c SET('x','y') CHARACTER SET binary, d BINARY(4) DEFAULT x'00ff', e BLOB, f JSON, g POINT "
    "SRID 4326 NOT NULL, h VECTOR(3))",
    "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT, b INT AS (a + 1) STORED INVISIBLE, c INT AS "
    "(concat('a''', `a`)) VIRTUAL UNIQUE, "
    "d INT DEFAULT (1 + 1), KEY ((a + 1) DESC, b), FULLTEXT f (e), e TEXT, SPATIAL s (g), g "
    "GEOMETRY NOT NULL, KEY p (e(7)) INVISIBLE)",
    "CREATE TABLE t (a INT, b INT, FOREIGN KEY (a) REFERENCES p (x), CONSTRAINT f FOREIGN KEY (a, "
    "b) REFERENCES o.p (x, y) "
    "ON DELETE SET NULL ON UPDATE CASCADE, CHECK (a > 0), CONSTRAINT c CHECK (b < 5) NOT ENFORCED) "
    "ENGINE=InnoDB",
    ("CREATE TABLE t (a INT) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1, NULL) COMMENT = "
     "'x''y', PARTITION p1 VALUES IN (2))"),
};

static const char *const printed_maria[] = {
    "CREATE TABLE t (a INT, b UUID DEFAULT uuid(), c INET4, d VARCHAR(5) COMPRESSED, e JSON, f INT "
    "CHECK (f > 0) INVISIBLE, UNIQUE (a) IGNORED)",
    "CREATE TABLE t (a INT PRIMARY KEY, b INT WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING",
    "CREATE TABLE t (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED "
    "ALWAYS AS ROW END, "
    "PERIOD FOR SYSTEM_TIME (s, e), UNIQUE (a)) WITH SYSTEM VERSIONING",
    "CREATE TABLE t (id INT, s DATE, e DATE, PERIOD FOR `p p` (s, e), UNIQUE (id, `p p` WITHOUT "
    "OVERLAPS))",
    "CREATE SEQUENCE t AS SMALLINT START 5",
    "CREATE TABLE t (v VECTOR(3) NOT NULL, VECTOR KEY (v) M=6)",
};

static void check_print(void **unit_state, const char *text, enum flavour flavour)
{
    struct ddl_session session = { .db = "d",
                                   .flavour = flavour,
                                   .server_collation = "cp1251_bin" };
    struct ddl_session stored = { .db = "d", .flavour = flavour };
    struct table_def *first = NULL;
    struct table_def *second = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 16);
    stored.explicit_defaults_for_timestamp = true;
    CHECK_OK(ddl_parse_table(bytes_of_str(text), &session, &first, &err), err);
    table_def_print(first, &out);
    if (!ddl_parse_table(buf_bytes(&out), &stored, &second, &err))
        fail_msg("%s\n%s", err.text, buf_cstr(&out));
    if (!table_def_equal(first, second))
        fail_msg("not the same: %s", buf_cstr(&out));
    AUTO(table_def) copy = table_def_copy(first);
    table_def_free(first);
    CHECK(table_def_equal(copy, second));
    table_def_free(second);
    buf_clear(&out);
}

TEST(definition, what_is_printed_reads_back_the_same)
{
    for (size_t i = 0; i < ARRAY_COUNT(printed); i++)
        check_print(unit_state, printed[i], FLAVOUR_MYSQL);
    for (size_t i = 0; i < ARRAY_COUNT(printed_maria); i++)
        check_print(unit_state, printed_maria[i], FLAVOUR_MARIADB);
}

TEST(definition, differences_are_seen)
{
    static const char *const different[] = {
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (b INT)",
        "CREATE TABLE t (a BIGINT)",
        "CREATE TABLE t (a INT NOT NULL)",
        "CREATE TABLE t (a INT, KEY (a))",
        "CREATE TABLE t (a INT, KEY k (a))",
        "CREATE TABLE t (a INT, UNIQUE k (a))",
        "CREATE TABLE t (a INT DEFAULT 1)",
        "CREATE TABLE t (a INT DEFAULT (1))",
        "CREATE TABLE t (a INT) COMMENT 'x'",
        "CREATE TABLE t (a INT, CHECK (a))",
        "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES p (a))",
        "CREATE TABLE t (a INT) CHARSET latin1",
        "CREATE TABLE t (a INT INVISIBLE)",
    };
    struct ddl_session session = { .db = "d" };
    for (size_t i = 0; i < ARRAY_COUNT(different); i++)
        for (size_t k = 0; k < ARRAY_COUNT(different); k++) {
            struct err err;
            AUTO(table_def) a = NULL;
            AUTO(table_def) b = NULL;
            CHECK(ddl_parse_table(bytes_of_str(different[i]), &session, &a, &err));
            CHECK(ddl_parse_table(bytes_of_str(different[k]), &session, &b, &err));
            CHECK(table_def_equal(a, b) == (i == k));
        }
}

TEST(definition, columns_are_found_without_case)
{
    struct ddl_session session = { .db = "d" };
    struct err err;
    AUTO(table_def) table = NULL;
    CHECK(ddl_parse_table(
        bytes_of_str("CREATE TABLE t (Abc INT, `ÄÖ` INT, `Привет` INT, `日本` INT)"), &session,
        &table, &err));
    CHECK(table_def_column(table, "aBC") == 0 && table_def_column(table, "äö") == 1);
    CHECK(table_def_column(table, "пРИВЕТ") == 2 && table_def_column(table, "日本") == 3);
    CHECK(table_def_column(table, "ab") == -1 && table_def_column(table, "") == -1);
    table_def_free(NULL);
}

UNIT_MAIN(RUN(catalog, tables_are_found_by_name_and_come_in_order),
          RUN(catalog, databases_have_charsets),
          RUN(definition, what_is_printed_reads_back_the_same),
          RUN(definition, differences_are_seen), RUN(definition, columns_are_found_without_case))

/* The tables of a dump: what is read of it, what is passed over, and what is refused. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/schema_text.h"
#include "unit.h"

static struct catalog *catalog;
static struct err err;

static bool read_schema(const char *text)
{
    struct bytes bytes = bytes_of_str(text);
    catalog_free(catalog);
    memset(&err, 0, sizeof err);
    catalog = catalog_new(schema_text_flavour(bytes));
    return schema_text_read(bytes, catalog, &err);
}

static int forget(void **state)
{
    (void)state;
    catalog_free(catalog);
    catalog = NULL;
    return 0;
}

static const struct table_def *table(const char *db, const char *name)
{
    return catalog_table(catalog, db, name);
}

TEST(tables, are_those_of_the_database_in_use)
{
    CHECK_OK(read_schema("USE shop;\nCREATE TABLE item (id INT PRIMARY KEY, name TEXT);\n"
                         "USE `odd ``name`; CREATE TABLE IF NOT EXISTS t (a BIGINT UNSIGNED);\n"
                         "CREATE TABLE other.u (b INT)"),
             err);
    CHECK(table("shop", "item") != NULL && table("shop", "item")->column_count == 2);
    CHECK(table("odd `name", "t") != NULL && table("odd `name", "t")->columns[0].is_unsigned);
    CHECK(table("other", "u") != NULL);
}

TEST(tables, of_a_dump_of_one_database_are_its)
{
    CHECK_OK(read_schema("-- MySQL dump 10.13\n--\n-- Host: localhost    Database: shop\n"
                         "/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `item`;\n"
                         "CREATE TABLE `item` (`id` int NOT NULL) ENGINE=InnoDB;\n"),
             err);
    CHECK(table("shop", "item") != NULL);
}

TEST(others, are_passed_over_whatever_they_quote)
{
    CHECK_OK(
        read_schema(
            "USE shop; INSERT INTO t VALUES ('; CREATE TABLE a (x INT);', \"CREATE TABLE b\");\n"
            "CREATE VIEW v AS SELECT 1; CREATE TEMPORARY TABLE c (x INT);\n"
            "DELIMITER ;;\nCREATE PROCEDURE p() BEGIN CREATE TABLE d (x INT); END ;;\n"
            "DELIMITER ;\nCREATE TABLE e (x INT);"),
        err);
    CHECK(table("shop", "a") == NULL && table("shop", "b") == NULL && table("shop", "c") == NULL);
    CHECK(table("shop", "d") == NULL && table("shop", "e") != NULL);
}

TEST(refusals, name_the_line)
{
    CHECK(!read_schema("\n\nCREATE TABLE item (id INT);") && err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "line 3") != NULL && strstr(err.text, "in no database") != NULL);
    CHECK(!read_schema("USE shop;\nCREATE TABLE item (id NOSUCHTYPE);") && err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "line 2") != NULL);
    CHECK(!read_schema("USE shop;\nINSERT INTO t VALUES ('open);") && err.code == ERR_CONFIG);
    CHECK(!read_schema("/*!40101 SET x = 1") && err.code == ERR_CONFIG);
    CHECK_OK(read_schema("USE;USE shop;CREATE TABLE a (b INT)"), err);
}

TEST(text, cut_anywhere_is_read_or_refused)
{
    static const char text[] = "USE shop; /*!50503 SET x = 1 */; CREATE TABLE `a` (id INT, "
                               "t VARCHAR(9) DEFAULT 'it''s'); DELIMITER ;;\nx;;\nDELIMITER ;\n";
    char some[sizeof text];
    for (size_t len = 0; len < sizeof text; len++) {
        memcpy(some, text, len);
        some[len] = 0;
        (void)!read_schema(some);
    }
    CHECK_OK(read_schema(text), err);
    CHECK(table("shop", "a") != NULL);
}

#define RUN_SCHEMA(subject, sentence)                                                              \
    cmocka_unit_test_setup_teardown(test_##subject##_##sentence, NULL, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_SCHEMA(tables, are_those_of_the_database_in_use),
        RUN_SCHEMA(tables, of_a_dump_of_one_database_are_its),
        RUN_SCHEMA(others, are_passed_over_whatever_they_quote),
        RUN_SCHEMA(refusals, name_the_line),
        RUN_SCHEMA(text, cut_anywhere_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SELECT texts: every column as an expression, keys as literals. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/select.h"
#include <stdlib.h>
#include "unit.h"

static char charset[] = "utf8mb4";
static char db[] = "shop";
static char name[] = "item";
static struct column_def columns[] = {
    { .name = (char[]){ "id" }, .type = SQL_INT, .is_unsigned = true },
    { .name = (char[]){ "na`me" }, .type = SQL_VARCHAR, .charset = (char[]){ "latin1" } },
    { .name = (char[]){ "f" }, .type = SQL_FLOAT },
    { .name = (char[]){ "e" }, .type = SQL_ENUM, .charset = (char[]){ "utf8mb4" } },
    { .name = (char[]){ "d" }, .type = SQL_DATETIME },
};

static struct key_part parts[] = { { .column = (char[]){ "id" } },
                                   { .column = (char[]){ "na`me" } },
                                   { .column = (char[]){ "d" } } };

static struct key_def key_def = {
    .name = (char[]){ "PRIMARY" }, .kind = KEY_PRIMARY, .parts = parts, .part_count = 1
};

static struct table_def table_of(unsigned part_count)
{
    key_def.part_count = part_count;
    return (struct table_def){ .db = db,
                               .name = name,
                               .columns = columns,
                               .column_count = 5,
                               .keys = &key_def,
                               .key_count = 1,
                               .charset = charset };
}

#define COLUMNS "`id`, `na``me`, `f` * 1e0, CAST(`e` AS UNSIGNED), `d` FROM `shop`.`item`"

static const char *sql_of(struct buf *sql, const struct table_def *table, bool keyed,
                          struct select_range range)
{
    struct chunk_key key;
    buf_reset(sql);
    if (keyed && !chunk_key_of(table, &key))
        return "no key";
    select_rows(sql, table, keyed ? &key : NULL, &range);
    return buf_cstr(sql);
}

TEST(select, a_table_without_a_key_is_read_whole)
{
    struct table_def table = table_of(1);
    struct buf sql;
    buf_init(&sql, 1 << 20);
    CHECK_STR(sql_of(&sql, &table, false, (struct select_range){ .limit = 5 }), "SELECT " COLUMNS);
    table.system_versioned = true;
    CHECK_STR(sql_of(&sql, &table, false, (struct select_range){ .limit = 5 }),
              "SELECT " COLUMNS " FOR SYSTEM_TIME ALL");
    CHECK_STR(sql_of(&sql, &table, true, (struct select_range){ .limit = 5 }), "no key");
    buf_clear(&sql);
}

TEST(select, each_type_has_an_expression_that_is_exact)
{
    static const struct {
        struct column_def column;
        const char *expression;
    } rows[] = {
        { { .type = SQL_DOUBLE }, "`x` * 1e0" },
        { { .type = SQL_BIT, .length = 3 }, "CAST(`x` AS UNSIGNED)" },
        { { .type = SQL_SET }, "CAST(`x` AS UNSIGNED)" },
        { { .type = SQL_UUID }, "CAST(`x` AS BINARY(16))" },
        { { .type = SQL_INET4 }, "CAST(`x` AS BINARY(4))" },
        { { .type = SQL_INET6 }, "CAST(`x` AS BINARY(16))" },
        { { .type = SQL_DECIMAL, .zerofill = true }, "`x` + 0" },
        { { .type = SQL_DECIMAL }, "`x`" },
        { { .type = SQL_LONGBLOB }, "`x`" },
    };
    struct buf sql;
    buf_init(&sql, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct column_def column = rows[i].column;
        struct table_def table = table_of(1);
        char want[100];
        column.name = (char[]){ "x" };
        table.columns = &column;
        table.column_count = 1;
        snprintf(want, sizeof want, "SELECT %s FROM `shop`.`item`", rows[i].expression);
        CHECK_STR(sql_of(&sql, &table, false, (struct select_range){ .limit = 0 }), want);
    }
    buf_clear(&sql);
}

TEST(select, one_key_column_is_a_plain_range)
{
    struct table_def table = table_of(1);
    struct buf sql;
    buf_init(&sql, 1 << 20);
    CHECK_STR(sql_of(&sql, &table, true, (struct select_range){ .limit = 5 }),
              "SELECT " COLUMNS " FORCE INDEX (`PRIMARY`) ORDER BY `id` LIMIT 5");
    CHECK_STR(
        sql_of(&sql, &table, true, (struct select_range){ .from = "10", .to = "20", .limit = 5 }),
        "SELECT " COLUMNS
        " FORCE INDEX (`PRIMARY`) WHERE `id` >= 10 AND `id` <= 20 ORDER BY `id` LIMIT 5");
    CHECK_STR(sql_of(&sql, &table, true,
                     (struct select_range){ .from = "10", .to = "20", .after = "15", .limit = 5 }),
              "SELECT " COLUMNS
              " FORCE INDEX (`PRIMARY`) WHERE `id` > 15 AND `id` <= 20 ORDER BY `id` LIMIT 5");
    buf_clear(&sql);
}

TEST(select, a_key_tuple_is_expanded)
{
    struct table_def table = table_of(3);
    struct buf sql;
    buf_init(&sql, 1 << 20);
    CHECK_STR(sql_of(&sql, &table, true,
                     (struct select_range){ .after = "1\t_latin1 X'e4'\t'2024-02-29'" }),
              "SELECT " COLUMNS " FORCE INDEX (`PRIMARY`) WHERE `id` >= 1 AND ((`id` > 1) OR "
              "(`id` = 1 AND `na``me` > _latin1 X'e4') OR (`id` = 1 AND `na``me` = _latin1 X'e4' "
              "AND `d` > '2024-02-29')) ORDER BY `id`, `na``me`, `d`");
    buf_clear(&sql);
}

TEST(select, keys_that_do_not_compare_like_their_literals_are_not_used)
{
    struct chunk_key key;
    struct table_def table = table_of(1);
    CHECK(chunk_key_of(&table, &key) && key.first_is_integer && key.first_is_unsigned);
    parts[0].descending = true;
    CHECK(!chunk_key_of(&table, &key));
    parts[0].descending = false;
    parts[0].prefix = 3;
    CHECK(!chunk_key_of(&table, &key));
    parts[0].prefix = 0;
    columns[0].type = SQL_ENUM;
    CHECK(!chunk_key_of(&table, &key));
    columns[0].type = SQL_INT;
    table.key_count = 0;
    CHECK(!chunk_key_of(&table, &key));
}

TEST(select, no_value_of_a_key_can_break_out_of_its_literal)
{
    static const char nasty[] = "1' OR '1'='1";
    struct buf out;
    buf_init(&out, 1 << 20);
    for (unsigned column = 0; column < 5; column++) {
        if (columns[column].type == SQL_FLOAT || columns[column].type == SQL_ENUM)
            continue;
        buf_reset(&out);
        select_literal(&out, &columns[column], bytes_of_str(nasty));
        CHECK(strstr(buf_cstr(&out), "OR") == NULL && strstr(buf_cstr(&out), "X'") != NULL);
    }
    buf_reset(&out);
    select_literal(&out, &columns[0], bytes_of_str("-42"));
    CHECK_STR(buf_cstr(&out), "-42");
    buf_reset(&out);
    select_literal(&out, &columns[4], bytes_of_str("2024-02-29 01:02:03.5"));
    CHECK_STR(buf_cstr(&out), "'2024-02-29 01:02:03.5'");
    buf_reset(&out);
    select_literal(&out, &columns[1], bytes_of("\xe4\0\\", 3));
    CHECK_STR(buf_cstr(&out), "_latin1 X'e4005c'");
    static const struct {
        enum sql_type type;
        size_t len;
        const char *literal;
    } rows[] = { { SQL_UUID, 16, "'01020304-0506-0708-090a-0b0c0d0e0f10'" },
                 { SQL_INET6, 16, "'0102:0304:0506:0708:090a:0b0c:0d0e:0f10'" },
                 { SQL_INET4, 4, "'1.2.3.4'" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct column_def column = { .type = rows[i].type };
        buf_reset(&out);
        select_literal(&out, &column,
                       bytes_of("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", rows[i].len));
        CHECK_STR(buf_cstr(&out), rows[i].literal);
    }
    buf_clear(&out);
}

UNIT_MAIN(RUN(select, a_table_without_a_key_is_read_whole),
          RUN(select, each_type_has_an_expression_that_is_exact),
          RUN(select, one_key_column_is_a_plain_range), RUN(select, a_key_tuple_is_expanded),
          RUN(select, keys_that_do_not_compare_like_their_literals_are_not_used),
          RUN(select, no_value_of_a_key_can_break_out_of_its_literal))

/* test_storage.c - every stored form: exact, readable, and in the source's order. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/decimal.h"
#include "binlog/temporal.h"
#include "engine_fixture.h"

static struct value v_decimal(struct decimal_type type, const char *text, uint8_t *packed)
{
    struct err err;
    if (!decimal_pack(type, bytes_of_str(text), packed, &err))
        fail_msg("%s", err.text);
    return (struct value){ .kind = VALUE_DECIMAL,
                           .bytes = bytes_of(packed, decimal_packed_size(type)) };
}

static struct value v_time(const char *text)
{
    struct err err;
    struct value value = { .kind = VALUE_TIME };
    if (!temporal_parse_time(bytes_of_str(text), &value.time, &err))
        fail_msg("%s", err.text);
    return value;
}

static void store_all(struct fixture *f, const char *type, const struct value *values, unsigned n)
{
    char sql[200];
    snprintf(sql, sizeof sql, "CREATE TABLE t (id INT PRIMARY KEY, v %s)", type);
    if (!fixture_ddl(f, sql))
        fail_msg("%s: %s", sql, f->err.text);
    fixture_begin(f);
    for (unsigned i = 0; i < n; i++) /* from the last to the first: order must come from values */
        if (!fixture_insert(f, "t", ROW(v_int((int64_t)(n - i)), values[n - 1 - i])))
            fail_msg("%s: %s", type, f->err.text);
    if (!fixture_commit(f))
        fail_msg("%s", f->err.text);
}

/* The values, which are in the source's order, come out in it. */
static bool has_order(const char *type, const struct value *values, unsigned n)
{
    struct fixture f;
    char want[1000] = "";
    fixture_init(&f, FLAVOUR_MYSQL, true);
    store_all(&f, type, values, n);
    for (unsigned i = 1; i <= n; i++)
        snprintf(want + strlen(want), sizeof want - strlen(want), i > 1 ? "\n%u" : "%u", i);
    if (strcmp(fixture_query(&f, "SELECT id FROM \"shop.t\" ORDER BY v"), want) != 0)
        fail_msg("%s: order %s", type, f.text);
    fixture_clear(&f);
    return true;
}

static bool is_stored(enum flavour flavour, const char *type, struct value value,
                      const char *stored)
{
    struct fixture f;
    fixture_init(&f, flavour, true);
    store_all(&f, type, &value, 1);
    if (strcmp(fixture_query(&f, "SELECT typeof(v), v FROM \"shop.t\""), stored) != 0)
        fail_msg("%s: %s", type, f.text);
    fixture_clear(&f);
    return true;
}

TEST(storage, decimals_keep_their_order_and_digits)
{
    static const char *const texts[] = { "-99999999.99", "-123.45", "-123.44", "-0.01",      "0.00",
                                         "0.01",         "9.99",    "10.00",   "99999999.99" };
    struct decimal_type type = { 10, 2 };
    uint8_t packed[ARRAY_COUNT(texts)][DECIMAL_PACKED_MAX];
    struct value values[ARRAY_COUNT(texts)];
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        values[i] = v_decimal(type, texts[i], packed[i]);
    CHECK(has_order("DECIMAL(10,2)", values, ARRAY_COUNT(texts)));
    CHECK(is_stored(FLAVOUR_MYSQL, "DECIMAL(10,2)", values[1], "text|-JJJJJIHG.FE"));
    CHECK(is_stored(FLAVOUR_MYSQL, "DECIMAL(10,2)", values[6], "text|00000009.99"));
}

TEST(storage, decimals_of_65_digits_are_exact)
{
    static const char *const text =
        "-99999999999999999999999999999999999.999999999999999999999999999999";
    struct decimal_type type = { 65, 30 };
    uint8_t packed[DECIMAL_PACKED_MAX];
    struct value value = v_decimal(type, text, packed);
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    store_all(&f, "DECIMAL(65,30)", &value, 1);
    CHECK_STR(fixture_query(&f, "SELECT v FROM t"), text);
    fixture_clear(&f);
}

TEST(storage, times_keep_their_order_beyond_a_day_and_below_zero)
{
    struct value values[] = { v_time("-838:59:59"), v_time("-100:00:00"), v_time("-99:59:59"),
                              v_time("-00:00:01"),  v_time("00:00:00"),   v_time("23:59:59"),
                              v_time("99:59:59"),   v_time("100:00:00"),  v_time("838:59:59") };
    CHECK(has_order("TIME", values, ARRAY_COUNT(values)));
    CHECK(is_stored(FLAVOUR_MYSQL, "TIME", values[7], "text|~100:00:00"));
    CHECK(is_stored(FLAVOUR_MYSQL, "TIME", values[3], "text|-JJJ:JJ:JI"));
}

TEST(storage, unsigned_64_bit_numbers_are_exact_and_in_order)
{
    struct value values[] = { v_uint(0), v_uint(INT64_MAX), v_uint((uint64_t)INT64_MAX + 1),
                              v_uint(UINT64_MAX) };
    CHECK(has_order("BIGINT UNSIGNED", values, ARRAY_COUNT(values)));
    CHECK(is_stored(FLAVOUR_MYSQL, "BIGINT UNSIGNED", values[1], "integer|9223372036854775807"));
    CHECK(is_stored(FLAVOUR_MYSQL, "BIGINT UNSIGNED", values[3], "text|18446744073709551615"));
    CHECK(is_stored(FLAVOUR_MYSQL, "BIT(64)", values[3], "text|18446744073709551615"));
    CHECK(is_stored(FLAVOUR_MYSQL, "BIT(5)", v_uint(21), "integer|21"));
}

TEST(storage, doubles_stay_doubles)
{
    struct fixture f;
    struct value values[] = { v_double(-1.5), v_double(-0.0), v_double(0.1), v_double(3.0) };
    CHECK(has_order("DOUBLE", values, ARRAY_COUNT(values)));
    fixture_init(&f, FLAVOUR_MYSQL, true);
    store_all(&f, "DOUBLE", values, ARRAY_COUNT(values));
    CHECK_STR(fixture_query(&f, "SELECT DISTINCT typeof(v) FROM t"), "real");
    sqlite3_stmt *stmt;
    CHECK(sqlite3_prepare_v2(f.reader, "SELECT v FROM t WHERE id=2", -1, &stmt, NULL) == 0);
    CHECK(sqlite3_step(stmt) == SQLITE_ROW);
    double zero = sqlite3_column_double(stmt, 0);
    sqlite3_finalize(stmt);
    CHECK(memcmp(&zero, &(double){ -0.0 }, sizeof zero) == 0);
    fixture_clear(&f);
}

TEST(storage, text_keeps_nul_bytes_and_empty_is_not_null)
{
    struct fixture f;
    struct value values[] = { v_text(""), { .kind = VALUE_TEXT, .bytes = bytes_of("a\0b", 3) } };
    fixture_init(&f, FLAVOUR_MYSQL, true);
    store_all(&f, "VARCHAR(20)", values, 2);
    CHECK_STR(fixture_query(&f, "SELECT id, hex(v), v IS NULL FROM t ORDER BY id"),
              "1||0\n2|610062|0");
    fixture_clear(&f);
}

TEST(storage, text_in_another_charset_becomes_utf8)
{
    CHECK(is_stored(FLAVOUR_MYSQL, "VARCHAR(20) CHARACTER SET latin1", v_text("h\xe9llo"),
                    "text|h\xc3\xa9llo"));
}

TEST(storage, text_that_is_not_valid_is_refused_with_its_column)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))"), f.err);
    fixture_begin(&f);
    CHECK(!fixture_insert(&f, "t", ROW(v_int(1), v_text("\xff\xfe"))));
    CHECK(f.err.code == ERR_CORRUPT);
    CHECK(strstr(f.err.text, "column v") != NULL);
    fixture_clear(&f);
}

TEST(storage, binary_gets_its_zeros_back)
{
    struct fixture f;
    struct value values[] = { v_blob("\1\2", 2), v_blob("", 0) };
    fixture_init(&f, FLAVOUR_MYSQL, true);
    store_all(&f, "BINARY(4)", values, 2);
    CHECK_STR(fixture_query(&f, "SELECT typeof(v), hex(v) FROM t ORDER BY id"),
              "blob|01020000\nblob|00000000");
    fixture_clear(&f);
}

TEST(storage, enum_and_set_are_their_labels)
{
    CHECK(is_stored(FLAVOUR_MYSQL, "ENUM('small','large')", v_uint(2), "text|large"));
    CHECK(is_stored(FLAVOUR_MYSQL, "ENUM('small','large')", v_uint(0), "text|"));
    CHECK(is_stored(FLAVOUR_MYSQL, "ENUM('','large')", v_uint(0), "integer|0"));
    CHECK(is_stored(FLAVOUR_MYSQL, "ENUM('','large')", v_uint(1), "text|"));
    CHECK(is_stored(FLAVOUR_MYSQL, "SET('a','b','c')", v_uint(5), "text|a,c"));
    CHECK(is_stored(FLAVOUR_MYSQL, "SET('a','b','c')", v_uint(0), "text|"));
}

TEST(storage, a_label_that_does_not_exist_is_a_conflict)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE t (id INT PRIMARY KEY, v ENUM('a'), s SET('x'))"),
             f.err);
    fixture_begin(&f);
    CHECK(!fixture_insert(&f, "t", ROW(v_int(1), v_uint(2), v_uint(1))));
    CHECK(f.err.code == ERR_CONFLICT);
    CHECK(!fixture_insert(&f, "t", ROW(v_int(1), v_uint(1), v_uint(2))));
    CHECK(f.err.code == ERR_CONFLICT);
    fixture_clear(&f);
}

TEST(storage, addresses_and_uuids_are_text)
{
    static const uint8_t address[] = { 0x20, 0x01, 0x0d, 0xb8 }; /* zeros at the end stripped */
    CHECK(is_stored(FLAVOUR_MARIADB, "INET6", v_blob(address, sizeof address),
                    "text|2001:0db8:0000:0000:0000:0000:0000:0000"));
    CHECK(is_stored(FLAVOUR_MARIADB, "INET4", v_blob("\x0a\0\0\2", 4), "text|010.000.000.002"));
    CHECK(is_stored(FLAVOUR_MARIADB, "UUID", v_blob("\x12\x3e\x45\x67", 4),
                    "text|123e4567-0000-0000-0000-000000000000"));
}

TEST(storage, json_is_its_text)
{
    static const uint8_t document[] = { 0x04, 0x01 }; /* the literal true */
    struct value value = { .kind = VALUE_JSON, .bytes = bytes_of(document, sizeof document) };
    CHECK(is_stored(FLAVOUR_MYSQL, "JSON", value, "text|true"));
    CHECK(is_stored(FLAVOUR_MARIADB, "JSON", v_text("{\"a\": 1}"), "text|{\"a\": 1}"));
}

TEST(storage, a_value_of_the_wrong_kind_is_a_conflict)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE t (id INT PRIMARY KEY, v DATE)"), f.err);
    fixture_begin(&f);
    CHECK(!fixture_insert(&f, "t", ROW(v_int(1), v_text("2024-01-01"))));
    CHECK(f.err.code == ERR_CONFLICT);
    fixture_clear(&f);
}

TEST(storage, views_show_the_sources_own_text)
{
    static const char *const decimals[] = { "-123.45", "-0.05", "0.00", "1000.10" };
    struct decimal_type type = { 10, 2 };
    uint8_t packed[ARRAY_COUNT(decimals)][DECIMAL_PACKED_MAX];
    const char *times[] = { "-838:59:59", "-01:02:03", "00:00:00", "123:04:05" };
    uint64_t numbers[] = { 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
    struct fixture f;
    fixture_init(&f, FLAVOUR_MARIADB, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE item (id INT PRIMARY KEY, d DECIMAL(10,2), t TIME,"
                             " n BIGINT UNSIGNED, a INET4)"),
             f.err);
    fixture_begin(&f);
    for (unsigned i = 0; i < 4; i++)
        CHECK_OK(fixture_insert(&f, "item",
                                ROW(v_int(i), v_decimal(type, decimals[i], packed[i]),
                                    v_time(times[i]), v_uint(numbers[i]), v_blob("\x0a\0\0\2", 4))),
                 f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT d, t, n, a FROM item ORDER BY id"),
              "-123.45|-838:59:59|1|10.0.0.2\n-0.05|-01:02:03|9223372036854775807|10.0.0.2\n"
              "0.00|00:00:00|9223372036854775808|10.0.0.2\n"
              "1000.10|123:04:05|18446744073709551615|10.0.0.2");
    fixture_clear(&f);
}

UNIT_MAIN(RUN(storage, decimals_keep_their_order_and_digits),
          RUN(storage, decimals_of_65_digits_are_exact),
          RUN(storage, times_keep_their_order_beyond_a_day_and_below_zero),
          RUN(storage, unsigned_64_bit_numbers_are_exact_and_in_order),
          RUN(storage, doubles_stay_doubles),
          RUN(storage, text_keeps_nul_bytes_and_empty_is_not_null),
          RUN(storage, text_in_another_charset_becomes_utf8),
          RUN(storage, text_that_is_not_valid_is_refused_with_its_column),
          RUN(storage, binary_gets_its_zeros_back), RUN(storage, enum_and_set_are_their_labels),
          RUN(storage, a_label_that_does_not_exist_is_a_conflict),
          RUN(storage, addresses_and_uuids_are_text), RUN(storage, json_is_its_text),
          RUN(storage, a_value_of_the_wrong_kind_is_a_conflict),
          RUN(storage, views_show_the_sources_own_text))

/* test_capture.c - row changes told by the engine: the values that went in, for every type; what
 * REPLACE and key changes do; and what must not be told. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/decimal.h"
#include "binlog/temporal.h"
#include "binlog/value_equal.h"
#include "engine_fixture.h"

enum { TOLD_MAX = 64, TOLD_COLUMNS = 4 };

struct told {
    struct fixture f;
    unsigned count;
    enum change kinds[TOLD_MAX];
    char text[4096]; /* "I(1,a) U(1,a)(1,b)": integers and texts of small tables */
    bool refuses;
    const struct value *want; /* of column 1 */
    bool is_as_wanted;
};

static void add_image(struct told *told, const struct value *row, unsigned columns)
{
    char *text = told->text;
    for (unsigned i = 0; row != NULL && i < columns; i++) {
        size_t len = strlen(text);
        char *at = text + len;
        size_t room = sizeof told->text - len;
        if (row[i].kind == VALUE_NULL)
            snprintf(at, room, "%sNULL", i == 0 ? "(" : ",");
        else if (row[i].kind == VALUE_INT)
            snprintf(at, room, "%s%lld", i == 0 ? "(" : ",", (long long)row[i].i);
        else
            snprintf(at, room, "%s%.*s", i == 0 ? "(" : ",", (int)row[i].bytes.len,
                     (const char *)row[i].bytes.data);
    }
    if (row != NULL)
        strcat(text, ")");
}

static bool on_change(struct engine_table *table, const struct row_change *change, void *arg,
                      struct err *err)
{
    struct told *told = arg;
    const struct table_def *def = told->f.engine->ops->table_def(table);
    if (told->refuses)
        return err_set(err, ERR_SYSTEM, "no room");
    if (told->want != NULL) {
        told->is_as_wanted = value_equal(&change->after[1], told->want);
    } else {
        strcat(told->text, change->kind == CHANGE_INSERT   ? " I"
                           : change->kind == CHANGE_UPDATE ? " U"
                                                           : " D");
        add_image(told, change->before, def->column_count);
        add_image(told, change->after, def->column_count);
    }
    told->kinds[told->count++ % TOLD_MAX] = change->kind;
    return true;
}

static void told_init(struct told *told, const char *create)
{
    struct engine_capture capture = { on_change, told };
    memset(told, 0, sizeof *told);
    fixture_init(&told->f, FLAVOUR_MYSQL, true);
    told->f.engine->ops->capture(told->f.engine, &capture);
    if (!fixture_ddl(&told->f, create))
        fail_msg("%s: %s", create, told->f.err.text);
}

static void is_told(const char *type, struct value value)
{
    struct told told;
    char sql[300];
    snprintf(sql, sizeof sql, "CREATE TABLE t (id INT PRIMARY KEY, v %s)", type);
    told_init(&told, sql);
    told.want = &value;
    fixture_begin(&told.f);
    if (!fixture_insert(&told.f, "t", ROW(v_int(1), value)) || !fixture_commit(&told.f))
        fail_msg("%s: %s", type, told.f.err.text);
    if (told.count != 1 || !told.is_as_wanted)
        fail_msg("%s: told %u, as it went in: %d", type, told.count, told.is_as_wanted);
    fixture_clear(&told.f);
}

static struct value v_of(enum value_kind kind, const char *text)
{
    return (struct value){ .kind = kind, .bytes = bytes_of_str(text) };
}

static struct value v_parsed(enum value_kind kind, const char *text)
{
    struct err err;
    struct value value = { .kind = kind };
    struct bytes bytes = bytes_of_str(text);
    bool ok = kind == VALUE_DATE       ? temporal_parse_date(bytes, &value.time, &err)
              : kind == VALUE_TIME     ? temporal_parse_time(bytes, &value.time, &err)
              : kind == VALUE_DATETIME ? temporal_parse_datetime(bytes, &value.time, &err)
                                       : temporal_parse_timestamp(bytes, &value.u, &err);
    if (!ok)
        fail_msg("%s: %s", text, err.text);
    return value;
}

TEST(capture, tells_numbers_as_they_went_in)
{
    (void)unit_state;
    is_told("TINYINT", v_int(-128));
    is_told("MEDIUMINT UNSIGNED", v_uint(16777215));
    is_told("BIGINT", v_int(INT64_MIN));
    is_told("BIGINT UNSIGNED", v_uint(UINT64_MAX));
    is_told("BIGINT UNSIGNED", v_uint(7));
    is_told("BIT(64)", v_uint(UINT64_MAX));
    is_told("BIT(7)", v_uint(101));
    is_told("YEAR", v_int(2155));
    is_told("DOUBLE", v_double(-0.0));
    is_told("FLOAT", (struct value){ .kind = VALUE_FLOAT, .d = (double)0.1f });
    is_told("INT", (struct value){ .kind = VALUE_NULL });
}

TEST(capture, tells_decimals_as_they_went_in)
{
    static const struct {
        struct decimal_type type;
        const char *text;
    } cases[] = {
        { { 10, 2 }, "-12345678.90" },
        { { 10, 2 }, "0.00" },
        { { 4, 4 }, "-0.0001" },
        { { 65, 0 }, "12345678901234567890123456789012345678901234567890123456789012345" },
        { { 5, 0 }, "-7" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t packed[DECIMAL_PACKED_MAX];
        char type[40];
        struct err err;
        CHECK_OK(decimal_pack(cases[i].type, bytes_of_str(cases[i].text), packed, &err), err);
        snprintf(type, sizeof type, "DECIMAL(%u,%u)", cases[i].type.precision, cases[i].type.scale);
        is_told(type,
                (struct value){ .kind = VALUE_DECIMAL,
                                .bytes = bytes_of(packed, decimal_packed_size(cases[i].type)) });
    }
}

TEST(capture, tells_dates_and_times_as_they_went_in)
{
    (void)unit_state;
    is_told("DATE", v_parsed(VALUE_DATE, "0000-00-00"));
    is_told("DATE", v_parsed(VALUE_DATE, "9999-12-31"));
    is_told("TIME", v_parsed(VALUE_TIME, "-838:59:59"));
    is_told("TIME(3)", v_parsed(VALUE_TIME, "-00:00:00.001"));
    is_told("TIME(6)", v_parsed(VALUE_TIME, "838:59:58.999999"));
    is_told("TIME", v_parsed(VALUE_TIME, "12:34:56"));
    is_told("DATETIME(6)", v_parsed(VALUE_DATETIME, "2024-02-29 12:34:56.000001"));
    is_told("DATETIME", v_parsed(VALUE_DATETIME, "0000-00-00 00:00:00"));
    is_told("TIMESTAMP(2) NULL", v_parsed(VALUE_TIMESTAMP, "2038-01-19 03:14:07.25"));
    is_told("TIMESTAMP NULL", v_parsed(VALUE_TIMESTAMP, "0000-00-00 00:00:00"));
}

TEST(capture, tells_texts_and_bytes_as_they_went_in)
{
    (void)unit_state;
    is_told("VARCHAR(20) CHARACTER SET utf8mb4", v_text("h\xc3\xa9\xf0\x9f\x98\x80"));
    is_told("VARCHAR(20) CHARACTER SET latin1", v_text("h\xe9llo \x80"));
    is_told("CHAR(5) CHARACTER SET koi8r", v_text("\xf0\xf2\xe9"));
    is_told("TEXT", v_text(""));
    is_told("VARBINARY(9)", v_blob("\0\xff\0", 3));
    is_told("BINARY(9)", v_blob("\0\xff", 2));
    is_told("LONGBLOB", v_blob("", 0));
    is_told("GEOMETRY", v_of(VALUE_GEOMETRY, "0000"));
    is_told("JSON", v_of(VALUE_JSON_TEXT, "{\"a\": 1}"));
    is_told("ENUM('a','b')", v_uint(2));
    is_told("ENUM('a','b')", v_uint(0));
    is_told("ENUM('a','')", v_uint(2));
    is_told("ENUM('a','')", v_uint(0));
    is_told("SET('a','b','c')", v_uint(5));
    is_told("SET('a','b','c')", v_uint(0));
}

TEST(capture, tells_what_statements_do_row_by_row)
{
    struct told told;
    told_init(&told, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10), UNIQUE KEY (v))");
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(1), v_text("a"))));
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(2), v_text("b"))));
    CHECK(fixture_change(&told.f, "t", CHANGE_UPDATE, ROW(v_int(1), v_text("a")),
                         ROW(v_int(1), v_text("a")), CHANGE_STRICT));
    CHECK(fixture_change(&told.f, "t", CHANGE_UPDATE, ROW(v_int(1), v_text("a")),
                         ROW(v_int(5), v_text("c")), CHANGE_STRICT));
    CHECK(fixture_change(&told.f, "t", CHANGE_DELETE, ROW(v_int(5), v_text("c")), NULL,
                         CHANGE_STRICT));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    CHECK_STR(told.text, " I(1,a) I(2,b) U(1,a)(5,c) D(5,c)");
    fixture_clear(&told.f);
}

TEST(capture, tells_the_rows_that_replace_takes_away)
{
    struct told told;
    told_init(&told, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10), UNIQUE KEY (v))");
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(1), v_text("a"))));
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(2), v_text("b"))));
    told.text[0] = 0;
    CHECK(fixture_change(&told.f, "t", CHANGE_INSERT, NULL, ROW(v_int(1), v_text("b")),
                         CHANGE_REPAIR));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    CHECK(strstr(told.text, "D(1,a)") != NULL && strstr(told.text, "D(2,b)") != NULL);
    CHECK(strcmp(told.text + strlen(told.text) - strlen(" I(1,b)"), " I(1,b)") == 0);
    fixture_clear(&told.f);
}

TEST(capture, tells_no_schema_change_and_no_table_of_our_own)
{
    struct told told;
    told_init(&told, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))");
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(1), v_text("a"))));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    told.text[0] = 0;
    CHECK_OK(fixture_ddl(&told.f, "ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 3 FIRST"),
             told.f.err);
    CHECK_OK(fixture_ddl(&told.f, "TRUNCATE TABLE t"), told.f.err);
    CHECK_STR(told.text, "");
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(3), v_int(2), v_text("b"))));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    CHECK_STR(told.text, " I(3,2,b)");
    fixture_clear(&told.f);
}

TEST(capture, finds_tables_whose_names_have_dots_and_clash)
{
    struct told told;
    told_init(&told, "CREATE TABLE `a.b` (id INT PRIMARY KEY, v VARCHAR(10))");
    CHECK_OK(fixture_ddl(&told.f, "CREATE TABLE `A.B` (id INT PRIMARY KEY, v VARCHAR(10))"),
             told.f.err);
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "a.b", ROW(v_int(1), v_text("a"))));
    CHECK(fixture_insert(&told.f, "A.B", ROW(v_int(2), v_text("b"))));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    CHECK_STR(told.text, " I(1,a) I(2,b)");
    fixture_clear(&told.f);
}

TEST(capture, that_fails_lets_nothing_be_committed)
{
    struct told told;
    told_init(&told, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))");
    fixture_begin(&told.f);
    told.refuses = true;
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(1), v_text("a"))));
    CHECK(!fixture_commit(&told.f));
    CHECK(strstr(told.f.err.text, "no room") != NULL);
    told.f.engine->ops->rollback(told.f.engine);
    CHECK_STR(fixture_query(&told.f, "SELECT count(*) FROM t"), "0");
    told.refuses = false;
    fixture_begin(&told.f);
    CHECK(fixture_insert(&told.f, "t", ROW(v_int(2), v_text("b"))));
    CHECK_OK(fixture_commit(&told.f), told.f.err);
    CHECK_STR(told.text, " I(2,b)");
    fixture_clear(&told.f);
}

UNIT_MAIN(RUN(capture, tells_numbers_as_they_went_in), RUN(capture, tells_decimals_as_they_went_in),
          RUN(capture, tells_dates_and_times_as_they_went_in),
          RUN(capture, tells_texts_and_bytes_as_they_went_in),
          RUN(capture, tells_what_statements_do_row_by_row),
          RUN(capture, tells_the_rows_that_replace_takes_away),
          RUN(capture, tells_no_schema_change_and_no_table_of_our_own),
          RUN(capture, finds_tables_whose_names_have_dots_and_clash),
          RUN(capture, that_fails_lets_nothing_be_committed))

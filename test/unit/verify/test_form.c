/* Canonical values: what the source prints and what is stored give the same bytes; each goes back
 * to the stored form; literals cannot break out. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/form.h"
#include "unit.h"

struct pair {
    enum sql_type type;
    unsigned precision, scale;
    bool is_unsigned;
    const char *sent;   /* what the source prints */
    const char *stored; /* an SQL expression of what SQLite holds */
    const char *literal;
};

static const struct pair pairs[] = {
    { SQL_INT, 0, 0, false, "-5", "-5", "-5" },
    { SQL_BIGINT, 0, 0, true, "18446744073709551615", "'18446744073709551615'",
      "18446744073709551615" },
    { SQL_BIGINT, 0, 0, true, "9223372036854775808", "'09223372036854775808'",
      "9223372036854775808" },
    { SQL_DECIMAL, 10, 2, false, "-123.45", "'-JJJJJIHG.FE'", "-123.45" },
    { SQL_DECIMAL, 10, 2, false, "0.00", "'00000000.00'", "0.00" },
    { SQL_DECIMAL, 2, 2, false, "0.07", "'0.07'", "0.07" },
    { SQL_DECIMAL, 5, 0, false, "12", "'00012'", "12" },
    { SQL_TIME, 0, 0, false, "-00:00:01", "'-JJJ:JJ:JI'", "'-00:00:01'" },
    { SQL_TIME, 0, 2, false, "-120:00:00.25", "'-IHJ:JJ:JJ.HE'", "'-120:00:00.25'" },
    { SQL_TIME, 0, 0, false, "838:59:59", "'~838:59:59'", "'838:59:59'" },
    { SQL_DATE, 0, 0, false, "2024-02-29", "'2024-02-29'", "'2024-02-29'" },
    { SQL_DOUBLE, 0, 0, false, "0.1", "0.1", "0.1" },
    { SQL_INET4, 0, 0, false, "10.0.0.2", "'010.000.000.002'", "'10.0.0.2'" },
    { SQL_VARBINARY, 0, 0, false, "a'", "x'6127'", "X'6127'" },
    { SQL_VARCHAR, 0, 0, false, "a'b\\", "'a''b\\'", "_utf8mb4 X'6127625c'" },
};

static struct column_def column_of(const struct pair *pair)
{
    static char charset[] = "utf8mb4", name[] = "c";
    struct column_def column = { .name = name,
                                 .type = pair->type,
                                 .precision = (uint8_t)pair->precision,
                                 .scale = (uint8_t)pair->scale,
                                 .is_unsigned = pair->is_unsigned };
    if (pair->type == SQL_VARCHAR)
        column.charset = charset;
    return column;
}

static void stored_value(sqlite3 *db, const struct column_def *column, const char *expression,
                         struct buf *out)
{
    char sql[200];
    sqlite3_stmt *stmt;
    snprintf(sql, sizeof sql, "SELECT %s", expression);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    form_from_stored(column, stmt, 0, out);
    sqlite3_finalize(stmt);
}

/* The canonical value, bound, is what is stored. */
static bool binds_to(sqlite3 *db, const struct column_def *column, struct bytes value,
                     const char *expression)
{
    char sql[200];
    sqlite3_stmt *stmt;
    struct err err;
    snprintf(sql, sizeof sql, "SELECT ?1 IS %s AND typeof(?1) = typeof(%s)", expression,
             expression);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    bool same = form_bind(column, value, stmt, 1, &err) && sqlite3_step(stmt) == SQLITE_ROW &&
                sqlite3_column_int(stmt, 0) == 1;
    sqlite3_finalize(stmt);
    return same;
}

TEST(form, of_both_sides_is_the_same_and_goes_back)
{
    sqlite3 *db;
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        struct column_def column = column_of(&pairs[i]);
        struct buf source, stored, literal;
        buf_init(&source, 4096);
        buf_init(&stored, 4096);
        buf_init(&literal, 4096);
        form_from_source(&column, bytes_of_str(pairs[i].sent), &source);
        stored_value(db, &column, pairs[i].stored, &stored);
        form_literal(&column, buf_bytes(&source), &literal);
        if (!form_equal(&column, buf_bytes(&source), buf_bytes(&stored)))
            fail_msg("%s is %s here", pairs[i].sent, buf_cstr(&stored));
        if (!binds_to(db, &column, buf_bytes(&source), pairs[i].stored))
            fail_msg("%s does not bind to %s", pairs[i].sent, pairs[i].stored);
        CHECK_STR(buf_cstr(&literal), pairs[i].literal);
        buf_clear(&source);
        buf_clear(&stored);
        buf_clear(&literal);
    }
    sqlite3_close(db);
}

static bool json_same(const char *a, const char *b)
{
    struct column_def column = { .type = SQL_JSON };
    return form_equal(&column, bytes_of_str(a), bytes_of_str(b));
}

TEST(form, of_json_is_equal_when_only_reals_are_written_otherwise)
{
    CHECK(json_same("T{\"a\": 1.0}", "T{\"a\": 1.0}"));
    CHECK(json_same("T[1e3, \"1e3\"]", "T[1000.0, \"1e3\"]"));
    CHECK(!json_same("T[\"1e3\"]", "T[\"1000.0\"]"));
    CHECK(!json_same("T[9007199254740993]", "T[9007199254740992]"));
    CHECK(!json_same("T[1]", "T[1, 2]"));
    CHECK(!json_same("TN", "N"));
}

TEST(form, of_another_storage_class_is_no_source_value)
{
    sqlite3 *db;
    struct column_def number = { .type = SQL_INT };
    struct buf source, stored;
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    buf_init(&source, 100);
    buf_init(&stored, 100);
    form_from_source(&number, bytes_of_str("5"), &source);
    stored_value(db, &number, "'5'", &stored);
    CHECK(!form_equal(&number, buf_bytes(&source), buf_bytes(&stored)));
    buf_reset(&stored);
    stored_value(db, &number, "NULL", &stored);
    CHECK(!form_equal(&number, buf_bytes(&source), buf_bytes(&stored)));
    buf_clear(&source);
    buf_clear(&stored);
    sqlite3_close(db);
}

UNIT_MAIN(RUN(form, of_both_sides_is_the_same_and_goes_back),
          RUN(form, of_json_is_equal_when_only_reals_are_written_otherwise),
          RUN(form, of_another_storage_class_is_no_source_value))

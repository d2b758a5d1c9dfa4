/* What a caller of engine/query.h relies on: parameters, descriptions, snapshots, atomic
 * statements. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/query.h"
#include "binlog/column.h"
#include "engine_fixture.h"

struct sql {
    struct fixture f;
    const struct engine_query_ops *ops;
    struct query_connection *reader, *writer;
    struct query_session session;
    struct query_outcome outcome;
    struct query *query;
    const struct value *row;
};

static void begin(struct sql *s)
{
    memset(s, 0, sizeof *s);
    fixture_init(&s->f, FLAVOUR_MARIADB, true);
    s->ops = s->f.engine->ops->query;
    query_session_init(&s->session);
    s->session.db = "shop";
    assert_true(fixture_ddl(&s->f, "CREATE TABLE t (id INT PRIMARY KEY, price DECIMAL(6,2), name "
                                   "VARCHAR(10) NOT NULL)"));
    assert_true(s->ops->open(s->f.engine, QUERY_READ, &s->reader, &s->f.err));
    assert_true(s->ops->open(s->f.engine, QUERY_WRITE, &s->writer, &s->f.err));
}

static void end(struct sql *s)
{
    s->ops->free(s->query);
    s->ops->close(s->reader);
    s->ops->close(s->writer);
    query_session_clear(&s->session);
    fixture_clear(&s->f);
}

static bool prepare(struct sql *s, struct query_connection *on, const char *text)
{
    s->ops->free(s->query);
    s->query = NULL;
    return s->ops->prepare(on, bytes_of_str(text), &s->session, &s->query, &s->f.err);
}

static bool run(struct sql *s, const struct value *values)
{
    return s->ops->run(s->query, values, &s->outcome, &s->f.err);
}

static bool write_now(struct sql *s, const char *text, const struct value *values)
{
    if (!prepare(s, s->writer, text))
        return false;
    fixture_begin(&s->f);
    bool ok = run(s, values);
    struct err err = s->f.err;
    assert_true(fixture_commit(&s->f));
    s->f.err = err;
    return ok;
}

static void step(struct sql *s)
{
    assert_true(s->ops->step(s->query, &s->row, &s->f.err));
}

static void parameters_take_part_in_any_type(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(write_now(&s, "INSERT INTO t VALUES (?, ?, ?), (2, -1, 'b')",
                          (struct value[]){ v_int(1), v_text("12.5"), v_text("a") }));
    assert_int_equal(s.outcome.changed, 2);
    assert_string_equal(s.outcome.info, "Records: 2  Duplicates: 0  Warnings: 0");
    assert_true(prepare(&s, s.reader, "SELECT name, price FROM t WHERE id = ?"));
    assert_int_equal(s.ops->describe(s.query)->parameter_count, 1);
    for (int id = 1; id <= 2; id++) {
        assert_true(run(&s, &(struct value){ .kind = VALUE_INT, .i = id }));
        step(&s);
        assert_int_equal(s.row[0].bytes.data[0], id == 1 ? 'a' : 'b');
        assert_true(bytes_equal_str(s.row[1].bytes, id == 1 ? "12.50" : "-1.00"));
        step(&s);
        assert_null(s.row);
    }
    end(&s);
}

static void columns_are_described_as_packets_have_them(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(prepare(&s, s.reader,
                        "SELECT x.id AS n, x.price, count(*) FROM t AS x GROUP BY id, "
                        "price"));
    const struct query_description *d = s.ops->describe(s.query);
    assert_int_equal(d->column_count, 3);
    assert_string_equal(d->columns[0].name, "n");
    assert_string_equal(d->columns[0].org_name, "id");
    assert_string_equal(d->columns[0].table, "x");
    assert_string_equal(d->columns[0].org_table, "t");
    assert_string_equal(d->columns[0].db, "shop");
    assert_int_equal(d->columns[0].type, COLUMN_LONG);
    assert_int_equal(d->columns[0].flags & 3, 3); /* NOT NULL, PRIMARY KEY */
    assert_int_equal(d->columns[1].type, COLUMN_NEWDECIMAL);
    assert_int_equal(d->columns[1].decimals, 2);
    assert_string_equal(d->columns[2].name, "count(*)");
    assert_int_equal(d->table_count, 1);
    assert_false(d->tables[0].is_written);
    end(&s);
}

static void a_statement_that_fails_has_changed_nothing(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(write_now(&s, "INSERT INTO t VALUES (1, 1, 'a')", NULL));
    assert_false(write_now(&s, "INSERT INTO t VALUES (2, 2, 'b'), (1, 3, 'c')", NULL));
    assert_int_equal(s.f.err.server_errno, 1062);
    assert_string_equal(query_state(1062), "23000");
    assert_string_equal(s.f.err.text, "Duplicate entry '1' for key 'PRIMARY'");
    assert_string_equal(fixture_query(&s.f, "SELECT group_concat(id) FROM \"shop.t\""), "1");
    end(&s);
}

static void a_snapshot_stays_while_others_write(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(s.ops->snapshot_begin(s.reader, &s.f.err));
    assert_true(write_now(&s, "INSERT INTO t VALUES (1, 1, 'a')", NULL));
    assert_true(prepare(&s, s.reader, "SELECT count(*) FROM t") && run(&s, NULL));
    step(&s);
    assert_int_equal(s.row[0].i, 0);
    s.ops->reset(s.query);
    s.ops->snapshot_end(s.reader);
    assert_true(run(&s, NULL));
    step(&s);
    assert_int_equal(s.row[0].i, 1);
    end(&s);
}

static void a_schema_change_is_seen_by_what_is_prepared(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(write_now(&s, "INSERT INTO t VALUES (1, 1, 'a')", NULL));
    assert_true(prepare(&s, s.reader, "SELECT * FROM t"));
    assert_true(fixture_ddl(&s.f, "ALTER TABLE t ADD note INT"));
    assert_true(run(&s, NULL));
    assert_int_equal(s.ops->describe(s.query)->column_count, 4);
    step(&s);
    assert_int_equal(s.row[3].kind, VALUE_NULL);
    end(&s);
}

static void a_reader_never_writes(void **state)
{
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(prepare(&s, s.reader, "DELETE FROM t"));
    assert_true(s.ops->describe(s.query)->tables[0].is_written);
    assert_false(run(&s, NULL));
    assert_int_equal(s.f.err.server_errno, 1290);
    end(&s);
}

/* The row as text: id, select_type, table, type, key, key_len, rows. */
static const char *explained(struct sql *s, const char *statement)
{
    enum { COLUMNS = 10, SHOWN = 7 };
    static const unsigned shown[SHOWN] = { 0, 1, 2, 3, 5, 6, 8 };
    static char line[256];
    int at = 0;
    assert_true(prepare(s, s->reader, statement) && run(s, NULL));
    assert_int_equal(s->ops->describe(s->query)->column_count, COLUMNS);
    step(s);
    assert_non_null(s->row);
    for (unsigned i = 0; i < SHOWN; i++) {
        const struct value *v = &s->row[shown[i]];
        at += v->kind == VALUE_INT ? snprintf(line + at, 32, "%lld ", (long long)v->i)
              : v->kind == VALUE_TEXT
                  ? snprintf(line + at, 64, "%.*s ", (int)v->bytes.len, (const char *)v->bytes.data)
                  : snprintf(line + at, 8, "- ");
    }
    return line;
}

static void explain_tells_which_key_a_search_takes(void **state)
{
    static const char *const wanted[][2] = {
        { "EXPLAIN SELECT * FROM e", "1 SIMPLE e ALL - - 3 " },
        { "EXPLAIN SELECT * FROM e AS x WHERE id = 2", "1 SIMPLE x const PRIMARY 4 1 " },
        { "EXPLAIN SELECT * FROM e WHERE id > 2", "1 SIMPLE e range PRIMARY 4 1 " },
        { "EXPLAIN SELECT price FROM e WHERE name = 'a'", "1 SIMPLE e ref kn 42 3 " },
        { "EXPLAIN SELECT * FROM e WHERE name LIKE 'a%'", "1 SIMPLE e range kn 42 1 " },
        { "EXPLAIN SELECT * FROM e WHERE name BETWEEN 'a' AND 'b'", "1 SIMPLE e range kn 42 1 " },
        { "EXPLAIN SELECT name FROM e ORDER BY name LIMIT 1", "1 SIMPLE e index kn 42 3 " },
        { "EXPLAIN UPDATE e SET price = 1 WHERE id = 1", "1 SIMPLE e const PRIMARY 4 1 " },
        { "EXPLAIN DELETE FROM e WHERE price = 7", "1 SIMPLE e ALL - - 3 " },
        { "EXPLAIN INSERT INTO e SELECT * FROM e", "1 INSERT e ALL - - - " },
        { "EXPLAIN SELECT 1", "1 SIMPLE - - - - - " },
        { "EXPLAIN SELECT (SELECT MAX(id) FROM e)", "1 PRIMARY - - - - - " },
    };
    struct sql s;
    (void)state;
    begin(&s);
    assert_true(fixture_ddl(&s.f, "CREATE TABLE e (id INT PRIMARY KEY, price DECIMAL(6,2), name "
                                  "VARCHAR(10) NOT NULL, KEY kn (name)) CHARSET utf8mb4 COLLATE "
                                  "utf8mb4_general_ci"));
    assert_true(write_now(&s, "INSERT INTO e VALUES (1,1,'a'),(2,2,'b'),(3,3,'c')", NULL));
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
        assert_string_equal(explained(&s, wanted[i][0]), wanted[i][1]);
    assert_string_equal(fixture_query(&s.f, "SELECT count(*) FROM \"shop.e\""), "3");
    assert_false(prepare(&s, s.reader, "EXPLAIN UPDATE e SET q = 1"));
    assert_int_equal(s.f.err.server_errno, 1054);
    assert_false(prepare(&s, s.reader, "EXPLAIN FORMAT = JSON SELECT 1"));
    assert_int_equal(s.f.err.server_errno, 1235);
    end(&s);
}

static void the_tables_of_the_engine_itself_are_out_of_reach(void **state)
{
    static const char *const texts[] = {
        "SELECT * FROM binlogd_meta", "SELECT * FROM sqlite_schema",
        "SELECT * FROM `shop.t`",     "ATTACH 'x' AS y",
        "PRAGMA user_version",        "SELECT load_extension('x')"
    };
    struct sql s;
    (void)state;
    begin(&s);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_false(prepare(&s, s.reader, texts[i]));
        assert_true(s.f.err.server_errno != 0);
    }
    end(&s);
}

static void user_variables_are_bounded(void **state)
{
    struct query_session session;
    struct err err;
    (void)state;
    query_session_init(&session);
    struct value text = v_text("first"), other = v_int(5);
    assert_true(query_variable_set(&session, "Name", &text, &err));
    assert_true(query_variable_set(&session, "name", query_variable(&session, "NAME"), &err));
    assert_true(bytes_equal_str(query_variable(&session, "name")->bytes, "first"));
    assert_true(query_variable_set(&session, "name", &other, &err));
    assert_int_equal(query_variable(&session, "name")->i, 5);
    struct value large = { .kind = VALUE_BLOB, .bytes = bytes_of("", QUERY_VARIABLE_BYTES + 1) };
    assert_false(query_variable_set(&session, "name", &large, &err));
    assert_null(query_variable(&session, "other"));
    query_session_clear(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_take_part_in_any_type),
        cmocka_unit_test(columns_are_described_as_packets_have_them),
        cmocka_unit_test(a_statement_that_fails_has_changed_nothing),
        cmocka_unit_test(a_snapshot_stays_while_others_write),
        cmocka_unit_test(a_schema_change_is_seen_by_what_is_prepared),
        cmocka_unit_test(a_reader_never_writes),
        cmocka_unit_test(explain_tells_which_key_a_search_takes),
        cmocka_unit_test(the_tables_of_the_engine_itself_are_out_of_reach),
        cmocka_unit_test(user_variables_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

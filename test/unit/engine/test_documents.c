/* test_documents.c - partial JSON updates where only the row here has the document. */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

#define DOCS "SELECT * FROM \"shop.doc\" ORDER BY id"
/* replace $.a by 7; remove $[0]; insert $.b null */
#define REPLACE_A "\0\3$.a\3\x05\7\0"
#define REMOVE_0  "\2\4$[0]"
#define INSERT_B  "\1\3$.b\2\4\0"

static struct value v_diff(const void *list, size_t len)
{
    return (struct value){ .kind = VALUE_JSON_DIFF, .bytes = bytes_of(list, len) };
}
#define DIFF(list) v_diff(list, sizeof(list) - 1)

static struct value v_json_text(const char *text)
{
    return (struct value){ .kind = VALUE_JSON_TEXT, .bytes = bytes_of_str(text) };
}

static void make_docs(struct fixture *f, const char *definition)
{
    fixture_init(f, FLAVOUR_MYSQL, true);
    if (!fixture_ddl(f, definition))
        fail_msg("%s", f->err.text);
    fixture_begin(f);
    if (!fixture_insert(f, "doc",
                        ROW(v_int(1), v_json_text("{\"a\": 1}"), v_json_text("[1, 2.50]"))) ||
        !fixture_insert(f, "doc", ROW(v_int(2), v_null(), v_json_text("5"))) || !fixture_commit(f))
        fail_msg("%s", f->err.text);
    fixture_begin(f);
}

static const char keyed[] = "CREATE TABLE doc (id INT PRIMARY KEY, j JSON, k JSON)";

TEST(documents, of_several_columns_change_with_the_rows_other_columns)
{
    struct fixture f;
    make_docs(&f, keyed);
    CHECK_OK(fixture_change(&f, "doc", CHANGE_UPDATE, ROW(v_int(1), v_absent(), v_absent()),
                            ROW(v_int(9), DIFF(REPLACE_A INSERT_B), DIFF(REMOVE_0)), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_change(&f, "doc", CHANGE_UPDATE, ROW(v_int(2), v_absent(), v_absent()),
                            ROW(v_absent(), v_json_text("{}"), v_absent()), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_change(&f, "doc", CHANGE_UPDATE, ROW(v_int(2), v_absent(), v_absent()),
                            ROW(v_absent(), DIFF(INSERT_B), v_null()), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, DOCS), "2|{\"b\": null}|NULL\n9|{\"a\": 7, \"b\": null}|[2.50]");
    fixture_clear(&f);
}

TEST(documents, of_a_table_without_a_key_are_found_by_the_rest_of_the_row)
{
    struct fixture f;
    make_docs(&f, "CREATE TABLE doc (id INT, j JSON, k JSON)");
    CHECK_OK(fixture_change(&f, "doc", CHANGE_UPDATE,
                            ROW(v_int(1), v_absent(), v_json_text("[1, 2.50]")),
                            ROW(v_absent(), DIFF(REPLACE_A), v_absent()), CHANGE_STRICT),
             f.err);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, DOCS), "1|{\"a\": 7}|[1, 2.50]\n2|NULL|5");
    fixture_clear(&f);
}

static void check_stops(void **unit_state, const struct value *before, const struct value *after,
                        enum change_mode mode, const char *words)
{
    struct fixture f;
    make_docs(&f, keyed);
    CHECK(!fixture_change(&f, "doc", CHANGE_UPDATE, before, after, mode));
    if (strstr(f.err.text, words) == NULL)
        fail_msg("%s", f.err.text);
    fixture_clear(&f);
}

TEST(documents, that_are_not_what_was_changed_are_a_conflict)
{
    const struct value *one = ROW(v_int(1), v_absent(), v_absent());
    const struct value *two = ROW(v_int(2), v_absent(), v_absent());
    const struct value *none = ROW(v_int(3), v_absent(), v_absent());
    const struct value *change_j = ROW(v_absent(), DIFF(REPLACE_A), v_absent());
    const struct value *change_k = ROW(v_absent(), v_absent(), DIFF(REPLACE_A));
    check_stops(unit_state, two, change_j, CHANGE_STRICT, "there is none here");
    check_stops(unit_state, one, change_k, CHANGE_STRICT, "column k: the log replaces $.a");
    check_stops(unit_state, none, change_j, CHANGE_STRICT, "the row is missing");
    check_stops(unit_state, one, change_j, CHANGE_REPAIR, "new copy");
}

UNIT_MAIN(RUN(documents, of_several_columns_change_with_the_rows_other_columns),
          RUN(documents, of_a_table_without_a_key_are_found_by_the_rest_of_the_row),
          RUN(documents, that_are_not_what_was_changed_are_a_conflict))

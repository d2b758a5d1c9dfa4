/* test_load.c - the first copy: cut off anywhere it can go on, and it counts only when finished. */
// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

static struct table_def *define(struct fixture *f, const char *create)
{
    struct ddl_session session = { .db = "shop", .flavour = FLAVOUR_MYSQL };
    struct table_def *def = NULL;
    if (!ddl_parse_table(bytes_of_str(create), &session, &def, &f->err))
        fail_msg("%s", f->err.text);
    return def;
}

static const char *const ITEM = "CREATE TABLE item (id INT NOT NULL, n INT, PRIMARY KEY (id),"
                                " KEY by_n (n))";

static struct engine_table *load_item(struct fixture *f)
{
    AUTO(table_def) def = define(f, ITEM);
    if (!engine_load_table(f->engine, def, true, &f->err))
        fail_msg("%s", f->err.text);
    return f->engine->ops->table(f->engine, "shop", "item");
}

TEST(load, an_unfinished_copy_has_no_position_and_goes_on)
{
    struct fixture f;
    struct position got = { .offset = 0 }, end = { .file = "b.000007", .offset = 99 };
    struct buf text;
    buf_init(&text, 1000);
    fixture_init(&f, FLAVOUR_MYSQL, false);
    struct engine_table *item = load_item(&f);
    CHECK_OK(
        engine_load_rows(f.engine, item, ROW(v_int(1), v_int(10), v_int(2), v_int(20)), 2, &f.err),
        f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, item, "id>2", &f.err), f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, NULL, "a note", &f.err), f.err);
    CHECK_OK(engine_load_rows(f.engine, item, ROW(v_int(3), v_int(30)), 1, &f.err), f.err);
    fixture_reopen(&f); /* the third row was not committed */
    CHECK_OK(f.engine->ops->position(f.engine, &got, &f.err), f.err);
    CHECK_STR(got.file, "");
    position_clear(&got);
    CHECK_OK(engine_load_begin(f.engine, FLAVOUR_MYSQL, false, &f.err), f.err);
    item = load_item(&f);
    CHECK_OK(engine_load_progress(f.engine, "shop", "item", &text, &f.err), f.err);
    CHECK_STR(buf_cstr(&text), "id>2");
    CHECK_OK(engine_load_progress(f.engine, "", "", &text, &f.err), f.err);
    CHECK_STR(buf_cstr(&text), "a note");
    /* the last chunk again, and more */
    CHECK_OK(
        engine_load_rows(f.engine, item, ROW(v_int(2), v_int(20), v_int(3), v_int(30)), 2, &f.err),
        f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, item, "", &f.err), f.err);
    CHECK_OK(engine_load_finish(f.engine, &end, &f.err), f.err);
    CHECK_OK(f.engine->ops->position(f.engine, &got, &f.err), f.err);
    CHECK_STR(got.file, "b.000007");
    position_clear(&got);
    CHECK_STR(fixture_query(&f, "SELECT * FROM item"), "1|10\n2|20\n3|30");
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM pragma_index_list('shop.item')"), "1");
    CHECK(!engine_load_begin(f.engine, FLAVOUR_MYSQL, true, &f.err));
    CHECK(f.err.code == ERR_CONFLICT);
    buf_clear(&text);
    fixture_clear(&f);
}

TEST(load, fresh_drops_what_was_there)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, false);
    struct engine_table *item = load_item(&f);
    CHECK_OK(engine_load_rows(f.engine, item, ROW(v_int(1), v_int(10)), 1, &f.err), f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, item, "x", &f.err), f.err);
    CHECK_OK(engine_load_begin(f.engine, FLAVOUR_MARIADB, true, &f.err), f.err);
    CHECK(f.engine->ops->table(f.engine, "shop", "item") == NULL);
    CHECK(catalog_flavour(f.engine->ops->catalog(f.engine)) == FLAVOUR_MARIADB);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'shop%'"), "0");
    fixture_clear(&f);
}

TEST(load, another_definition_in_a_resumed_copy_is_a_conflict)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, false);
    (void)load_item(&f);
    AUTO(table_def) other = define(&f, "CREATE TABLE item (id INT NOT NULL, PRIMARY KEY (id))");
    CHECK(!engine_load_table(f.engine, other, true, &f.err));
    CHECK(f.err.code == ERR_CONFLICT);
    fixture_clear(&f);
}

TEST(load, a_table_without_rows_is_only_known)
{
    struct fixture f;
    struct position end = { .file = "b.000001", .offset = 4 };
    fixture_init(&f, FLAVOUR_MYSQL, false);
    AUTO(table_def) def = define(&f, ITEM);
    CHECK_OK(engine_load_table(f.engine, def, false, &f.err), f.err);
    CHECK_OK(engine_load_finish(f.engine, &end, &f.err), f.err);
    CHECK(!f.engine->ops->has_rows(f.engine->ops->table(f.engine, "shop", "item")));
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'shop%'"), "0");
    fixture_clear(&f);
}

TEST(load, a_table_starts_over_alone)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, false);
    AUTO(table_def) def = define(&f, "CREATE TABLE nokey (n INT)");
    CHECK_OK(engine_load_table(f.engine, def, true, &f.err), f.err);
    struct engine_table *table = f.engine->ops->table(f.engine, "shop", "nokey");
    CHECK_OK(engine_load_rows(f.engine, table, ROW(v_int(1), v_int(1)), 2, &f.err), f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, table, "half", &f.err), f.err);
    CHECK_OK(engine_load_restart_table(f.engine, table, &f.err), f.err);
    CHECK_OK(engine_load_rows(f.engine, table, ROW(v_int(2)), 1, &f.err), f.err);
    CHECK_OK(engine_load_chunk_commit(f.engine, table, "done", &f.err), f.err);
    CHECK_STR(fixture_query(&f, "SELECT n FROM \"shop.nokey\""), "2");
    fixture_clear(&f);
}

UNIT_MAIN(RUN(load, an_unfinished_copy_has_no_position_and_goes_on),
          RUN(load, fresh_drops_what_was_there),
          RUN(load, another_definition_in_a_resumed_copy_is_a_conflict),
          RUN(load, a_table_without_rows_is_only_known), RUN(load, a_table_starts_over_alone))

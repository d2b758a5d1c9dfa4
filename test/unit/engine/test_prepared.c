/* test_prepared.c - the SQLite engine keeps events of prepared transactions: whole, in order, with
 * the position, also where the database is from before there were such tables. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/prepared.h"
#include "engine_fixture.h"

enum { LARGE = (3 << 20) + 5 };

static void begin(struct fixture *f, const char *xid)
{
    struct prepared prepared = { xid, "0-1-1", "b.000001", 4 };
    if (!engine_prepared_begin(f->engine, &prepared, &f->err))
        fail_msg("%s", f->err.text);
}

static void keep(struct fixture *f, const char *xid, uint8_t type, struct bytes body)
{
    struct prepared_event event = { type, type == 19 ? "CREATE TABLE" : "", body };
    if (!engine_prepared_keep(f->engine, xid, &event, &f->err))
        fail_msg("%s", f->err.text);
}

static void reader_init(struct prepared_reader *reader, const char *xid, size_t max)
{
    *reader = (struct prepared_reader){ .xid = xid };
    buf_init(&reader->body, max);
    buf_init(&reader->shape, 1000);
}

static void reader_clear(struct prepared_reader *reader)
{
    buf_clear(&reader->body);
    buf_clear(&reader->shape);
}

TEST(prepared, events_come_back_whole_and_in_their_order)
{
    struct fixture f;
    struct prepared_reader reader;
    bool more = false, found = false;
    uint8_t *large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (uint8_t)(i * 31 >> 7);
    fixture_init(&f, FLAVOUR_MYSQL, true);
    fixture_begin(&f);
    begin(&f, "X'61',X'',1");
    begin(&f, "X'62',X'',1");
    keep(&f, "X'61',X'',1", 19, bytes_of("map", 3));
    keep(&f, "X'62',X'',1", 30, bytes_of("other", 5));
    keep(&f, "X'61',X'',1", 30, bytes_of(large, LARGE));
    keep(&f, "X'61',X'',1", 31, bytes_of(NULL, 0));
    CHECK_OK(fixture_commit(&f), f.err);
    fixture_reopen(&f);
    reader_init(&reader, "X'61',X'',1", LARGE);
    CHECK_OK(engine_prepared_next(f.engine, &reader, &more, &f.err), f.err);
    CHECK(more && reader.type == 19 && bytes_equal_str(buf_bytes(&reader.body), "map"));
    CHECK_STR(buf_cstr(&reader.shape), "CREATE TABLE");
    CHECK_OK(engine_prepared_next(f.engine, &reader, &more, &f.err), f.err);
    CHECK(more && reader.type == 30 &&
          bytes_equal(buf_bytes(&reader.body), bytes_of(large, LARGE)));
    CHECK_OK(engine_prepared_next(f.engine, &reader, &more, &f.err), f.err);
    CHECK(more && reader.type == 31 && reader.body.len == 0);
    CHECK_OK(engine_prepared_next(f.engine, &reader, &more, &f.err), f.err);
    CHECK(!more);
    reader_clear(&reader);
    fixture_begin(&f);
    CHECK_OK(engine_prepared_forget(f.engine, "X'61',X'',1", &found, &f.err), f.err);
    CHECK(found);
    CHECK_OK(engine_prepared_forget(f.engine, "X'61',X'',1", &found, &f.err), f.err);
    CHECK(!found);
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM binlogd_prepared_event"), "1");
    free(large);
    fixture_clear(&f);
}

TEST(prepared, a_body_longer_than_the_readers_room_is_corrupt)
{
    struct fixture f;
    struct prepared_reader reader;
    bool more = false;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    fixture_begin(&f);
    begin(&f, "x");
    keep(&f, "x", 30, bytes_of("too long", 8));
    CHECK_OK(fixture_commit(&f), f.err);
    reader_init(&reader, "x", 7);
    CHECK(!engine_prepared_next(f.engine, &reader, &more, &f.err) && f.err.code == ERR_CORRUPT);
    reader_clear(&reader);
    (void)fixture_query(&f, "UPDATE binlogd_prepared_event SET is_last=0");
    reader_init(&reader, "x", 100);
    CHECK(!engine_prepared_next(f.engine, &reader, &more, &f.err) && f.err.code == ERR_CORRUPT);
    reader_clear(&reader);
    fixture_clear(&f);
}

TEST(prepared, a_name_is_there_once_and_a_rollback_takes_it_back)
{
    struct fixture f;
    struct prepared twice = { "x", "", "b.000001", 4 };
    struct prepared_event event = { 30, "", bytes_of("x", 1) };
    fixture_init(&f, FLAVOUR_MYSQL, true);
    fixture_begin(&f);
    begin(&f, "x");
    CHECK(!engine_prepared_begin(f.engine, &twice, &f.err) && f.err.code == ERR_CONFLICT);
    f.engine->ops->rollback(f.engine);
    CHECK_STR(fixture_query(&f, "SELECT count(*) FROM binlogd_prepared"), "0");
    fixture_begin(&f);
    CHECK(!engine_prepared_keep(f.engine, "x", &event, &f.err) && f.err.code == ERR_CONFLICT);
    f.engine->ops->rollback(f.engine);
    fixture_clear(&f);
}

TEST(prepared, a_database_of_the_first_format_is_brought_up_to_date)
{
    struct fixture f;
    fixture_init(&f, FLAVOUR_MYSQL, true);
    CHECK_OK(fixture_ddl(&f, "CREATE TABLE t (id INT PRIMARY KEY)"), f.err);
    engine_free(f.engine);
    f.engine = NULL;
    (void)fixture_query(&f, "DROP TABLE binlogd_prepared");
    (void)fixture_query(&f, "DROP TABLE binlogd_prepared_event");
    (void)fixture_query(&f, "PRAGMA user_version=1");
    fixture_reopen(&f);
    CHECK_STR(fixture_query(&f, "PRAGMA user_version"), "2");
    fixture_begin(&f);
    begin(&f, "x");
    keep(&f, "x", 30, bytes_of("y", 1));
    CHECK_OK(fixture_commit(&f), f.err);
    CHECK(f.engine->ops->table(f.engine, "shop", "t") != NULL);
    fixture_clear(&f);
}

UNIT_MAIN(RUN(prepared, events_come_back_whole_and_in_their_order),
          RUN(prepared, a_body_longer_than_the_readers_room_is_corrupt),
          RUN(prepared, a_name_is_there_once_and_a_rollback_takes_it_back),
          RUN(prepared, a_database_of_the_first_format_is_brought_up_to_date))

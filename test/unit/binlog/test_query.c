/* test_query.c - query events: the session they carry, and the words that bound transactions. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/query.h"
#include "binlog/gtid_event.h"
#include "samples.h"

enum { SCRATCH_MAX = 1 << 24 };

/* The first query of a sample whose text starts so. */
static void find_query(const char *name, const char *text, struct sample *s, struct buf *scratch,
                       struct query_event *out)
{
    struct event event;
    struct err err;
    size_t len = strlen(text);
    sample_open(name, s);
    buf_init(scratch, SCRATCH_MAX);
    while (sample_next(s, &event)) {
        uint8_t type = event.header.type;
        if (type != EVENT_QUERY && type != EVENT_QUERY_COMPRESSED &&
            type != EVENT_EXECUTE_LOAD_QUERY)
            continue;
        if (!query_decode(&event, scratch, out, &err))
            fail_msg("%s", err.text);
        if (out->text.len >= len && memcmp(out->text.data, text, len) == 0)
            return;
    }
    fail_msg("%s has no %s", name, text);
}

TEST(query, carries_the_session_of_mysql)
{
    struct sample s;
    struct buf scratch;
    struct query_event q;
    find_query("mysql-9.7/mixed", "INSERT INTO t (a) VALUES ('vars')", &s, &scratch, &q);
    CHECK(bytes_equal_str(q.db, "mixeddb") && q.error_code == 0 && q.thread_id == 34);
    CHECK(query_has(&q, QUERY_STATUS_FLAGS2));
    CHECK((q.flags2 & QUERY_FLAGS2_NO_FOREIGN_KEY_CHECKS) != 0);
    CHECK((q.flags2 & QUERY_FLAGS2_RELAXED_UNIQUE_CHECKS) != 0);
    CHECK((q.flags2 & QUERY_FLAGS2_AUTO_IS_NULL) != 0);
    CHECK(query_has(&q, QUERY_STATUS_AUTO_INCREMENT));
    CHECK(q.auto_increment_increment == 3 && q.auto_increment_offset == 2);
    CHECK(query_has(&q, QUERY_STATUS_CHARSET));
    CHECK(q.client_collation == 255 && q.connection_collation == 8);
    CHECK(query_has(&q, QUERY_STATUS_SQL_MODE) && (q.sql_mode & 4) != 0);
    CHECK(query_has(&q, QUERY_STATUS_ENABLE_CASCADE_TRIGGERS));
    CHECK(!query_has(&q, QUERY_STATUS_MARIADB_ALTER));
    CHECK(bytes_equal_str(q.catalog, "std"));
    buf_clear(&scratch);
    sample_close(&s);
    find_query("mysql-9.7/mixed", "INSERT INTO t (a,ts) VALUES ('fixedts'", &s, &scratch, &q);
    CHECK(query_has(&q, QUERY_STATUS_MICROSECONDS) && q.microseconds == 123456);
    CHECK(q.updated_db_count == 1 && bytes_equal(q.updated_dbs, bytes_of("mixeddb", 8)));
    CHECK(query_has(&q, QUERY_STATUS_TIME_ZONE) && bytes_equal_str(q.time_zone, "+02:00"));
    buf_clear(&scratch);
    sample_close(&s);
    find_query("mysql-9.7/mixed", "GRANT SELECT", &s, &scratch, &q);
    CHECK(query_has(&q, QUERY_STATUS_INVOKER) && query_has(&q, QUERY_STATUS_DDL_XID));
    buf_clear(&scratch);
    sample_close(&s);
}

TEST(query, carries_the_session_of_mariadb)
{
    struct sample s;
    struct buf scratch;
    struct query_event q;
    find_query("mariadb-11.8/mixed", "INSERT INTO t (a,ts) VALUES ('fixedts'", &s, &scratch, &q);
    CHECK(query_has(&q, QUERY_STATUS_MARIADB_MICROSECONDS) && q.microseconds == 123456);
    buf_clear(&scratch);
    sample_close(&s);
    find_query("mariadb-11.8/mixed", "ALTER TABLE ts ADD COLUMN b", &s, &scratch, &q);
    CHECK(query_has(&q, QUERY_STATUS_MARIADB_ALTER));
    CHECK((q.alter_flags & MARIADB_GTID_START_ALTER) != 0);
    buf_clear(&scratch);
    sample_close(&s);
}

TEST(query, of_load_data_names_its_file_in_its_text)
{
    struct sample s;
    struct buf scratch;
    struct query_event q;
    find_query("mysql-9.7/mixed", "LOAD DATA LOCAL", &s, &scratch, &q);
    CHECK(q.file_id == 5 && q.duplicates == 2);
    CHECK(q.file_name_start == 9 && q.file_name_end == 51);
    buf_clear(&scratch);
    sample_close(&s);
}

TEST(query, that_is_compressed_has_its_text_in_the_scratch)
{
    struct sample s;
    struct buf scratch;
    struct query_event q;
    struct event event;
    struct err err;
    unsigned found = 0;
    sample_open("mariadb-10.11/compressed", &s);
    buf_init(&scratch, SCRATCH_MAX);
    while (sample_next(&s, &event)) {
        if (event.header.type != EVENT_QUERY_COMPRESSED)
            continue;
        CHECK_OK(query_decode(&event, &scratch, &q, &err), err);
        CHECK(q.text.data == scratch.data && q.text.len == scratch.len && q.text.len > 10);
        found++;
    }
    CHECK(found > 0);
    buf_clear(&scratch);
    buf_init(&scratch, 16);
    sample_close(&s);
    sample_open("mariadb-10.11/compressed", &s);
    while (sample_next(&s, &event))
        if (event.header.type == EVENT_QUERY_COMPRESSED)
            CHECK(!query_decode(&event, &scratch, &q, &err) && err.code == ERR_CORRUPT);
    buf_clear(&scratch);
    sample_close(&s);
}

TEST(query, with_an_unknown_status_variable_is_unsupported)
{
    uint8_t body[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 99, 0, 0, 'S', 'E', 'T' };
    struct event event = { .header.type = EVENT_QUERY, .body = bytes_of(body, sizeof body) };
    struct query_event q;
    struct buf scratch;
    struct err err;
    buf_init(&scratch, 100);
    CHECK(!query_decode(&event, &scratch, &q, &err) && err.code == ERR_UNSUPPORTED);
    CHECK(strstr(err.text, "99") != NULL);
    body[13] = 19;
    CHECK_OK(query_decode(&event, &scratch, &q, &err), err);
    CHECK(bytes_equal_str(q.text, "SET") && query_has(&q, QUERY_STATUS_REQUIRE_PRIMARY_KEY));
    buf_clear(&scratch);
}

TEST(query, bounds_are_told_by_whole_words)
{
    static const struct {
        const char *text;
        enum query_bound bound;
    } rows[] = {
        { "BEGIN", QUERY_BEGIN },
        { "begin", QUERY_BEGIN },
        { "BEGIN NOT ATOMIC", QUERY_OTHER },
        { "BEGI", QUERY_OTHER },
        { "", QUERY_OTHER },
        { "COMMIT", QUERY_COMMIT },
        { "COMMITTED", QUERY_OTHER },
        { "ROLLBACK", QUERY_ROLLBACK },
        { "ROLLBACK /* generated by server */", QUERY_ROLLBACK },
        { "ROLLBACK TO `s`", QUERY_OTHER },
        { "rollback to s", QUERY_OTHER },
        { "XA START X'78',X'',1", QUERY_BEGIN },
        { "XA END X'78',X'',1", QUERY_OTHER },
        { "XA COMMIT X'78',X'',1", QUERY_COMMIT },
        { "XA ROLLBACK X'78',X'',1", QUERY_ROLLBACK },
        { "CREATE TABLE t (a INT)", QUERY_OTHER },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (query_bound_of(bytes_of_str(rows[i].text)) != rows[i].bound)
            fail_msg("%s", rows[i].text);
    CHECK(true);
}

UNIT_MAIN(RUN(query, carries_the_session_of_mysql), RUN(query, carries_the_session_of_mariadb),
          RUN(query, of_load_data_names_its_file_in_its_text),
          RUN(query, that_is_compressed_has_its_text_in_the_scratch),
          RUN(query, with_an_unknown_status_variable_is_unsupported),
          RUN(query, bounds_are_told_by_whole_words))

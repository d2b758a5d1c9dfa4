/* test_prepared.c - XA transactions: prepared here, committed or rolled back there, with a restart
 * of the applier and its engine between any two. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"

static const enum flavour flavours[] = { FLAVOUR_MYSQL, FLAVOUR_MARIADB };

/* One letter names the transaction: gtrid. */
static const char *xid_of(char name, char text[XA_TEXT_MAX])
{
    struct xa_id id = { 1, bytes_of(&name, 1), bytes_of(NULL, 0) };
    return xa_id_text(&id, text);
}

static void log_xa_query(struct apply_fixture *a, const char *verb, char name)
{
    char xid[XA_TEXT_MAX], text[XA_TEXT_MAX + 20];
    snprintf(text, sizeof text, "XA %s %s", verb, xid_of(name, xid));
    log_maker_query(&a->log, text, 0);
}

static void log_xa_start(struct apply_fixture *a, char name)
{
    if (a->log.flavour == FLAVOUR_MYSQL) {
        log_gtid(a, false);
        log_xa_query(a, "START", name);
        return;
    }
    struct gtid_event event = { .gtid = log_maker_gtid(a->log.flavour, ++a->seq),
                                .flags = MARIADB_GTID_TRANSACTIONAL | MARIADB_GTID_PREPARED_XA,
                                .xa = { 1, bytes_of(&name, 1), bytes_of(NULL, 0) } };
    struct buf body;
    buf_init(&body, 4096);
    uint8_t type = gtid_event_encode(&event, &body);
    log_maker_event(&a->log, type, buf_bytes(&body));
    buf_clear(&body);
}

static void log_xa_end(struct apply_fixture *a, char name, bool one_phase)
{
    struct gtid gtid = log_maker_gtid(a->log.flavour, a->seq);
    struct buf body;
    log_xa_query(a, "END", name);
    buf_init(&body, 100);
    buf_u8(&body, one_phase);
    buf_le(&body, 1, 4);
    buf_le(&body, 1, 4);
    buf_le(&body, 0, 4);
    buf_u8(&body, (uint8_t)name);
    log_maker_event(&a->log, EVENT_XA_PREPARE, buf_bytes(&body));
    buf_clear(&body);
    log_maker_mark(&a->log, &gtid);
}

/* A prepared transaction that inserts one row into t. */
static void log_prepare(struct apply_fixture *a, char name, int id)
{
    char v[2] = { name, 0 };
    log_xa_start(a, name);
    log_table_map(a, 1, "t");
    log_insert(a, 1, id, v);
    log_xa_end(a, name, false);
}

static void log_decide(struct apply_fixture *a, const char *verb, char name)
{
    struct gtid gtid = log_maker_gtid(a->log.flavour, a->seq + 1);
    log_gtid(a, true);
    log_xa_query(a, verb, name);
    log_maker_mark(&a->log, &gtid);
}

#define PREPARED                                                                                   \
    "SELECT xid, (SELECT count(*) FROM binlogd_prepared_event e WHERE e.prepared = p.id)"          \
    " FROM binlogd_prepared p ORDER BY p.id"

TEST(prepared, changes_are_seen_at_the_commit_in_their_order)
{
    for (size_t i = 0; i < ARRAY_COUNT(flavours); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, flavours[i]);
        log_prepare(&a, 'a', 1);
        log_prepare(&a, 'b', 2);
        log_prepare(&a, 'c', 3);
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "");
        CHECK_STR(fixture_query(&a.f, PREPARED), "X'61',X'',1|2\nX'62',X'',1|2\nX'63',X'',1|2");
        CHECK(a.status.prepared.count == 3 && a.status.gtid_count == 3);
        CHECK_STR(a.status.prepared.shown[1].xid, "X'62',X'',1");
        CHECK_STR(a.status.prepared.shown[0].file, "b.000001");
        fixture_reopen(&a.f);
        log_decide(&a, "COMMIT", 'c');
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "3|c");
        log_decide(&a, "ROLLBACK", 'a');
        log_one_insert(&a, 1, "other");
        log_decide(&a, "COMMIT", 'b');
        log_prepare(&a, 'a', 4); /* the name is free again */
        CHECK_OK(apply_all(&a), a.f.err);
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|other\n2|b\n3|c");
        CHECK_STR(fixture_query(&a.f, PREPARED), "X'61',X'',1|2");
        CHECK(a.status.prepared.count == 1);
        apply_fixture_clear(&a);
    }
}

TEST(prepared, one_phase_is_prepare_and_commit_at_once)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_xa_start(&a, 'o');
    log_table_map(&a, 1, "t");
    log_insert(&a, 1, 1, "one");
    log_xa_end(&a, 'o', true);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one");
    CHECK_STR(fixture_query(&a.f, PREPARED), "");
    CHECK(a.status.rows == 1 && a.status.prepared.count == 0);
    apply_fixture_clear(&a);
}

TEST(prepared, a_commit_of_what_was_prepared_before_the_copy_stops)
{
    for (size_t i = 0; i < ARRAY_COUNT(flavours); i++) {
        struct apply_fixture a;
        apply_fixture_init(&a, flavours[i]);
        log_one_insert(&a, 1, "one");
        log_decide(&a, "ROLLBACK", 'y'); /* nothing of it is here */
        log_decide(&a, "COMMIT", 'z');
        CHECK(!apply_all(&a));
        CHECK(a.f.err.code == ERR_CONFLICT && strstr(a.f.err.text, "XA RECOVER") != NULL);
        CHECK(strstr(a.f.err.text, "X'7a',X'',1") != NULL);
        CHECK(a.status.gtid_count == 2);
        apply_fixture_clear(&a);
    }
}

static bool keep_none(const char *db, const char *table, void *arg)
{
    (void)db, (void)table, (void)arg;
    return false;
}

TEST(prepared, of_tables_that_are_not_kept_only_the_name_is)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    a.options.keep = keep_none;
    log_prepare(&a, 'a', 1);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, PREPARED), "X'61',X'',1|0");
    log_decide(&a, "COMMIT", 'a');
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "");
    CHECK_STR(fixture_query(&a.f, PREPARED), "");
    apply_fixture_clear(&a);
}

TEST(prepared, a_table_that_was_changed_since_then_stops_the_commit)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_prepare(&a, 'a', 1);
    log_ddl(&a, "ALTER TABLE shop.t MODIFY v VARCHAR(30)");
    log_decide(&a, "COMMIT", 'a');
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT);
    CHECK(strstr(a.f.err.text, "not as it was when it was prepared") != NULL);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "");
    CHECK(a.status.gtid_count == 2);
    apply_fixture_clear(&a);
}

TEST(prepared, a_failing_commit_names_itself_and_keeps_what_was_prepared)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    log_one_insert(&a, 1, "one");
    log_prepare(&a, 'a', 1); /* the same key */
    log_decide(&a, "COMMIT", 'a');
    CHECK(!apply_all(&a));
    CHECK(a.f.err.code == ERR_CONFLICT && strstr(a.f.err.text, "0-7-3") != NULL);
    CHECK(strstr(a.f.err.text, "X'61',X'',1") != NULL);
    CHECK_STR(fixture_query(&a.f, PREPARED), "X'61',X'',1|2");
    apply_fixture_clear(&a);
}

TEST(prepared, what_does_not_fit_together_stops)
{
    enum { OTHER_NAME, NO_PREPARE, TWICE, DDL_INSIDE, COUNT };
    for (int kind = 0; kind < COUNT; kind++) {
        struct apply_fixture a;
        apply_fixture_init(&a, FLAVOUR_MYSQL);
        if (kind == TWICE)
            log_prepare(&a, 'a', 1);
        log_xa_start(&a, 'a');
        log_table_map(&a, 1, "t");
        log_insert(&a, 1, 1, "x");
        if (kind == DDL_INSIDE)
            log_maker_query(&a.log, "CREATE TABLE shop.u (a INT)", 0);
        if (kind == NO_PREPARE)
            log_end(&a);
        else
            log_xa_end(&a, kind == OTHER_NAME ? 'b' : 'a', false);
        CHECK(!apply_all(&a));
        CHECK(a.f.err.code == (kind == TWICE ? ERR_CONFLICT : ERR_CORRUPT));
        CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "");
        apply_fixture_clear(&a);
    }
}

UNIT_MAIN(RUN(prepared, changes_are_seen_at_the_commit_in_their_order),
          RUN(prepared, one_phase_is_prepare_and_commit_at_once),
          RUN(prepared, a_commit_of_what_was_prepared_before_the_copy_stops),
          RUN(prepared, of_tables_that_are_not_kept_only_the_name_is),
          RUN(prepared, a_table_that_was_changed_since_then_stops_the_commit),
          RUN(prepared, a_failing_commit_names_itself_and_keeps_what_was_prepared),
          RUN(prepared, what_does_not_fit_together_stops))

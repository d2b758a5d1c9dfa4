/* test_primary_replay.c - what a primary has logged, applied from its log: another engine ends with
 * the same rows, and an engine that a crash left behind is brought to where the log ends. */
// SPDX-License-Identifier: Apache-2.0
#include "../engine/engine_fixture.h"
#include "apply/apply.h"
#include "engine/load.h"
#include "primary/primary.h"

#define UUID "11111111-2222-3333-4444-555555555555"

struct node {
    char log_dir[64];
    struct fixture f; /* its engine */
    struct store *store;
    struct primary *primary;
    struct primary_options options;
};

static void node_start(struct node *n)
{
    struct store_options options = { .dir = n->log_dir };
    if (!store_open(&options, &n->store, &n->f.err))
        fail_msg("%s", n->f.err.text);
    n->options = (struct primary_options){ .store = n->store,
                                           .engine = n->f.engine,
                                           .server_id = 7,
                                           .server_uuid = UUID,
                                           .server_version = "8.4.0-binlogd-test",
                                           .log_name = "binlog" };
}

static void node_init(struct node *n)
{
    memset(n, 0, sizeof *n);
    dir_make(n->log_dir);
    dir_make(n->f.dir);
    snprintf(n->f.path, sizeof n->f.path, "%s/data.db", n->f.dir);
    if (!fixture_open(&n->f))
        fail_msg("%s", n->f.err.text);
    node_start(n);
}

static void node_clear(struct node *n)
{
    primary_free(n->primary);
    store_free(n->store);
    dir_remove(n->log_dir);
    fixture_clear(&n->f);
}

static void open_primary(struct node *n)
{
    if (!primary_open(&n->options, &n->primary, &n->f.err))
        fail_msg("%s", n->f.err.text);
}

static bool run_ddl(struct node *n, const char *text)
{
    struct ddl_session session = { .db = "shop", .explicit_defaults_for_timestamp = true };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(bytes_of_str(text), &session, &ddl, &n->f.err))
        return false;
    struct primary_statement statement = { .text = bytes_of_str(text),
                                           .ddl = ddl,
                                           .db = "shop",
                                           .time_zone = "+00:00",
                                           .now_us = 1700000000123456u,
                                           .client_collation = 45,
                                           .connection_collation = 45,
                                           .server_collation = 45 };
    return primary_ddl(n->primary, &statement, NULL, &n->f.err);
}

static void must_ddl(struct node *n, const char *text)
{
    if (!run_ddl(n, text))
        fail_msg("%s: %s", text, n->f.err.text);
}

static void begin(struct node *n)
{
    if (!primary_begin(n->primary, &n->f.err))
        fail_msg("%s", n->f.err.text);
}

static uint64_t commit(struct node *n)
{
    struct gtid gtid = { 0 };
    if (!primary_commit(n->primary, &gtid, &n->f.err))
        fail_msg("%s", n->f.err.text);
    return gtid.kind == GTID_NONE ? 0 : gtid.seq;
}

static void insert(struct node *n, int64_t id, const char *text)
{
    if (!fixture_insert(&n->f, "t", ROW(v_int(id), v_text(text))))
        fail_msg("%s", n->f.err.text);
}

static void make_schema(struct node *n)
{
    must_ddl(n, "CREATE DATABASE shop");
    must_ddl(n, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))");
}

/* The log, from where the engine is to its end. */
static void apply_log(struct store *store, struct fixture *f)
{
    struct apply_options options = { .store = store, .engine = f->engine, .until_end = true };
    struct apply *apply = apply_new(&options);
    if (!apply_run(apply, &f->err))
        fail_msg("%s", f->err.text);
    apply_free(apply);
}

/* A new engine that is to follow the log from its first byte. */
static void follower_init(struct fixture *f)
{
    struct position start = { .file = "binlog.000001", .offset = BINLOG_MAGIC_SIZE };
    memset(f, 0, sizeof *f);
    dir_make(f->dir);
    snprintf(f->path, sizeof f->path, "%s/data.db", f->dir);
    if (!fixture_open(f) || !engine_load_begin(f->engine, FLAVOUR_MYSQL, true, &f->err) ||
        !engine_load_finish(f->engine, &start, &f->err))
        fail_msg("%s", f->err.text);
}

static void want_rows(struct fixture *f, const char *rows)
{
    fixture_query(f, "SELECT id, v FROM \"shop.t\" ORDER BY id");
    if (strcmp(f->text, rows) != 0)
        fail_msg("got \"%s\", want \"%s\"", f->text, rows);
}

TEST(primary, numbers_its_transactions_and_logs_what_changed)
{
    struct node n;
    struct fixture follower;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    begin(&n);
    insert(&n, 1, "a");
    insert(&n, 2, "b");
    CHECK(commit(&n) == 3);
    begin(&n);
    CHECK(fixture_change(&n.f, "t", CHANGE_UPDATE, ROW(v_int(1), v_text("a")),
                         ROW(v_int(9), v_text("z")), CHANGE_STRICT));
    primary_end_statement(n.primary);
    CHECK(
        fixture_change(&n.f, "t", CHANGE_DELETE, ROW(v_int(2), v_text("b")), NULL, CHANGE_STRICT));
    insert(&n, 3, "c");
    CHECK(commit(&n) == 4);
    begin(&n);
    CHECK(commit(&n) == 0); /* nothing to log */
    must_ddl(&n, "ALTER TABLE t ADD COLUMN w INT");
    must_ddl(&n, "ALTER TABLE t DROP COLUMN w");
    follower_init(&follower);
    apply_log(n.store, &follower);
    want_rows(&n.f, "3|c\n9|z");
    want_rows(&follower, "3|c\n9|z");
    fixture_clear(&follower);
    node_clear(&n);
}

/* One is rolled back between them, and one is refused. */
TEST(primary, logs_several_before_one_flush)
{
    struct node n;
    struct fixture follower;
    struct gtid gtid;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    struct log_pos before = store_durable_end(n.store);
    begin(&n);
    insert(&n, 1, "a");
    CHECK_OK(primary_log(n.primary, &gtid, &n.f.err), n.f.err);
    begin(&n);
    insert(&n, 2, "b");
    primary_rollback(n.primary);
    begin(&n);
    CHECK(!fixture_insert(&n.f, "t", ROW(v_int(1), v_text("again"))));
    primary_rollback(n.primary);
    begin(&n);
    insert(&n, 3, "c");
    CHECK_OK(primary_log(n.primary, &gtid, &n.f.err), n.f.err);
    CHECK(gtid.seq == 4);
    want_rows(&n.f, ""); /* nobody sees them yet */
    CHECK_OK(primary_flush(n.primary, &n.f.err), n.f.err);
    CHECK(log_pos_compare(store_durable_end(n.store), before) > 0);
    want_rows(&n.f, "1|a\n3|c");
    follower_init(&follower);
    apply_log(n.store, &follower);
    want_rows(&follower, "1|a\n3|c");
    fixture_clear(&follower);
    node_clear(&n);
}

/* The process ends before the flush: what of it is in the log comes back from there. */
TEST(primary, that_ends_before_a_flush_is_made_whole_by_its_log)
{
    struct node n;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    begin(&n);
    insert(&n, 1, "a");
    CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    begin(&n);
    insert(&n, 2, "b");
    CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    CHECK_OK(store_sync(n.store, &n.f.err), n.f.err);
    primary_free(n.primary);
    n.primary = NULL;
    want_rows(&n.f, "");
    apply_log(n.store, &n.f);
    want_rows(&n.f, "1|a\n2|b");
    open_primary(&n);
    begin(&n);
    insert(&n, 3, "c");
    CHECK(commit(&n) == 5);
    node_clear(&n);
}

TEST(primary, logs_nothing_of_what_was_rolled_back)
{
    struct node n;
    struct fixture follower;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    begin(&n);
    insert(&n, 1, "a");
    primary_rollback(n.primary);
    begin(&n);
    insert(&n, 2, "b");
    uint64_t mark = primary_mark(n.primary);
    CHECK(n.f.engine->ops->savepoint(n.f.engine, "s", &n.f.err));
    insert(&n, 3, "c");
    CHECK(n.f.engine->ops->rollback_to(n.f.engine, "s", &n.f.err));
    primary_go_back(n.primary, mark);
    insert(&n, 4, "d");
    CHECK(commit(&n) == 3);
    CHECK(!run_ddl(&n, "ALTER TABLE missing ADD COLUMN w INT"));
    CHECK(!primary_has_failed(n.primary));
    begin(&n);
    insert(&n, 5, "e");
    CHECK(commit(&n) == 4);
    follower_init(&follower);
    apply_log(n.store, &follower);
    want_rows(&n.f, "2|b\n4|d\n5|e");
    want_rows(&follower, "2|b\n4|d\n5|e");
    fixture_clear(&follower);
    node_clear(&n);
}

static void insert_many(struct node *n, int64_t from, int64_t to)
{
    for (int64_t id = from; id <= to; id++)
        insert(n, id, "a row of some length");
}

/* Of 40,000 bytes each memory holds 4,000; a savepoint is gone back to when its place is in the
 * file. */
TEST(primary, logs_what_was_spilled_as_it_was)
{
    struct node n;
    struct fixture follower;
    char path[96];
    node_init(&n);
    snprintf(path, sizeof path, "%s/spill", n.f.dir);
    n.options.cache_bytes = 4000;
    n.options.spill_path = path;
    open_primary(&n);
    make_schema(&n);
    for (int64_t turn = 0; turn < 3; turn++) {
        int64_t from = turn * 3000;
        begin(&n);
        insert_many(&n, from + 1, from + 1000);
        uint64_t mark = primary_mark(n.primary);
        CHECK(n.f.engine->ops->savepoint(n.f.engine, "s", &n.f.err));
        insert_many(&n, from + 1001, from + 2000);
        CHECK(n.f.engine->ops->rollback_to(n.f.engine, "s", &n.f.err));
        primary_go_back(n.primary, mark);
        insert_many(&n, from + 2001, from + 2500);
        if (turn == 1)
            primary_rollback(n.primary);
        else
            CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    }
    CHECK_OK(primary_flush(n.primary, &n.f.err), n.f.err);
    CHECK(store_write_end(n.store).offset > 70000);
    follower_init(&follower);
    apply_log(n.store, &follower);
    static const char counts[] =
        "SELECT count(*), min(id), max(id), sum(id) FROM \"shop.t\" GROUP BY (id - 1) / 3000";
    static const char want[] = "1500|1|2500|1625750\n1500|6001|8500|10625750";
    fixture_query(&n.f, counts);
    CHECK_STR(n.f.text, want);
    fixture_query(&follower, counts);
    CHECK_STR(follower.text, want);
    fixture_clear(&follower);
    node_clear(&n);
}

TEST(primary, goes_on_in_a_new_file_after_each_start_and_when_one_is_full)
{
    struct node n;
    struct fixture follower;
    node_init(&n);
    n.options.file_bytes = 600;
    open_primary(&n);
    make_schema(&n);
    for (int64_t id = 1; id <= 10; id++) {
        begin(&n);
        insert(&n, id, "a row of some length");
        CHECK(commit(&n) == (uint64_t)id + 2);
    }
    uint64_t files = store_durable_end(n.store).file;
    CHECK(files > 2);
    primary_free(n.primary);
    store_free(n.store);
    node_start(&n);
    open_primary(&n);
    CHECK(store_durable_end(n.store).file == files + 1);
    begin(&n);
    insert(&n, 11, "after");
    CHECK(commit(&n) == 13);
    follower_init(&follower);
    apply_log(n.store, &follower);
    CHECK_STR(fixture_query(&follower, "SELECT count(*), max(v) FROM \"shop.t\""), "11|after");
    fixture_clear(&follower);
    node_clear(&n);
}

/* The engine lost its newest commits (a power cut does that), the log did not. */
TEST(primary, starts_only_where_the_log_ends_and_gets_there_by_applying_it)
{
    struct node n;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    begin(&n);
    insert(&n, 1, "a");
    CHECK(commit(&n) == 3);
    primary_free(n.primary);
    n.primary = NULL;
    struct fixture behind;
    follower_init(&behind);
    n.options.engine = behind.engine;
    CHECK(!primary_open(&n.options, &n.primary, &n.f.err));
    CHECK(n.f.err.code == ERR_CONFLICT);
    apply_log(n.store, &behind);
    open_primary(&n);
    primary_free(n.primary);
    n.primary = NULL;
    want_rows(&behind, "1|a");
    fixture_clear(&behind);
    node_clear(&n);
}

TEST(primary, makes_the_head_of_a_file_whole_that_a_crash_left_without_one)
{
    struct node n;
    struct fixture follower;
    node_init(&n);
    open_primary(&n);
    make_schema(&n);
    primary_free(n.primary);
    CHECK_OK(store_start_file(n.store, "binlog.000002", &n.f.err), n.f.err);
    store_free(n.store);
    node_start(&n);
    open_primary(&n);
    begin(&n);
    insert(&n, 1, "a");
    CHECK(commit(&n) == 3);
    follower_init(&follower);
    apply_log(n.store, &follower);
    want_rows(&follower, "1|a");
    fixture_clear(&follower);
    node_clear(&n);
}

TEST(primary, refuses_a_transaction_that_its_cache_cannot_hold)
{
    struct node n;
    node_init(&n);
    n.options.cache_bytes_max = 2000;
    open_primary(&n);
    make_schema(&n);
    begin(&n);
    for (int64_t id = 1; id <= 200; id++)
        insert(&n, id, "a row of some length");
    CHECK(!primary_commit(n.primary, NULL, &n.f.err));
    CHECK(n.f.err.server_errno == 1197 && !primary_has_failed(n.primary));
    begin(&n);
    insert(&n, 1, "a");
    CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    begin(&n); /* behind one that waits for its flush: that is not touched */
    for (int64_t id = 2; id <= 200; id++)
        insert(&n, id, "a row of some length");
    CHECK(!primary_log(n.primary, NULL, &n.f.err) && n.f.err.server_errno == 1197);
    CHECK_OK(primary_flush(n.primary, &n.f.err), n.f.err);
    want_rows(&n.f, "1|a");
    begin(&n);
    insert(&n, 2, "b");
    CHECK(commit(&n) == 4);
    want_rows(&n.f, "1|a\n2|b");
    node_clear(&n);
}

/* Nothing of it is in the log, so nothing of it may seem done. */
TEST(primary, refuses_a_transaction_whose_only_change_has_no_form)
{
    struct node n;
    char wide[1500];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    node_init(&n);
    n.options.cache_bytes_max = 1000;
    open_primary(&n);
    must_ddl(&n, "CREATE DATABASE shop");
    must_ddl(&n, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(2000))");
    begin(&n);
    insert(&n, 1, wide);
    CHECK(!primary_commit(n.primary, NULL, &n.f.err) && n.f.err.server_errno == 1197);
    begin(&n);
    insert(&n, 2, "b");
    CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    begin(&n);
    insert(&n, 3, wide);
    CHECK(n.f.engine->ops->savepoint(n.f.engine, "s", &n.f.err));
    CHECK(n.f.engine->ops->rollback_to(n.f.engine, "s", &n.f.err));
    CHECK(!primary_log(n.primary, NULL, &n.f.err) && n.f.err.server_errno == 1197);
    begin(&n);
    insert(&n, 4, "d");
    CHECK_OK(primary_log(n.primary, NULL, &n.f.err), n.f.err);
    CHECK_OK(primary_flush(n.primary, &n.f.err), n.f.err);
    want_rows(&n.f, "2|b\n4|d");
    node_clear(&n);
}

UNIT_MAIN(RUN(primary, numbers_its_transactions_and_logs_what_changed),
          RUN(primary, logs_several_before_one_flush),
          RUN(primary, that_ends_before_a_flush_is_made_whole_by_its_log),
          RUN(primary, logs_nothing_of_what_was_rolled_back),
          RUN(primary, logs_what_was_spilled_as_it_was),
          RUN(primary, goes_on_in_a_new_file_after_each_start_and_when_one_is_full),
          RUN(primary, starts_only_where_the_log_ends_and_gets_there_by_applying_it),
          RUN(primary, makes_the_head_of_a_file_whole_that_a_crash_left_without_one),
          RUN(primary, refuses_a_transaction_that_its_cache_cannot_hold),
          RUN(primary, refuses_a_transaction_whose_only_change_has_no_form))

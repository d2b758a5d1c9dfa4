/* test_executor.c - clients' statements on an engine, over real threads: the test is the loop
 * thread, and the writer changes the engine without a log. */
// SPDX-License-Identifier: Apache-2.0
#include "../engine/engine_fixture.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "execute/execute.h"
#include "wire/packet.h"

enum { CLIENTS = 8, STATUS_IN_TRANSACTION = 1, STATUS_AUTOCOMMIT = 2 };

struct bench {
    struct fixture f;
    struct executor *executor;
    struct position position;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    unsigned wakes;
    bool is_open; /* the writer's transaction */
    atomic_uint logged;
    unsigned flushes;
};

/* What a statement was answered with. */
struct answer {
    unsigned error; /* 0: none */
    unsigned packets;
    size_t largest; /* bytes of packets made at a time */
    uint16_t status;
};

/* ---- the writer: the engine itself ---- */

static bool on_begin(void *arg, struct err *err)
{
    struct bench *b = arg;
    b->is_open = b->logged > 0 || b->f.engine->ops->begin(b->f.engine, err);
    return b->is_open;
}

static void on_end_statement(void *arg)
{
    (void)arg;
}

static uint64_t on_mark(void *arg)
{
    (void)arg;
    return 0;
}

static void on_go_back(void *arg, uint64_t mark)
{
    (void)arg;
    (void)mark;
}

static bool on_log(void *arg, struct gtid *out, struct err *err)
{
    struct bench *b = arg;
    (void)out;
    b->is_open = false;
    b->logged++;
    return b->f.engine->ops->savepoint(b->f.engine, "next", err);
}

static bool on_flush(void *arg, struct err *err)
{
    struct bench *b = arg;
    bool is_due = b->logged > 0;
    bool ok = !is_due || b->f.engine->ops->commit(b->f.engine, &b->position, err);
    b->flushes += is_due;
    b->logged = 0;
    return ok;
}

static void on_rollback(void *arg)
{
    struct bench *b = arg;
    struct err err;
    if (b->is_open && b->logged == 0)
        b->f.engine->ops->rollback(b->f.engine);
    else if (b->is_open)
        (void)!b->f.engine->ops->rollback_to(b->f.engine, "next", &err);
    b->is_open = false;
}

static bool on_change_schema(void *arg, const struct execute_schema_change *change,
                             struct gtid *out, struct err *err)
{
    struct ddl_context context = { .now_us = change->now_us };
    struct bench *b = arg;
    if (!on_flush(b, err) || !on_begin(b, err))
        return false;
    if (b->f.engine->ops->ddl(b->f.engine, change->ddl, &context, err))
        return on_log(b, out, err) && on_flush(b, err);
    on_rollback(b);
    return false;
}

static bool on_has_failed(void *arg)
{
    (void)arg;
    return false;
}

static bool on_rest(void *arg, bool is_idle, struct err *err)
{
    const struct bench *b = arg;
    (void)is_idle;
    (void)err;
    return !b->is_open;
}

static void on_ready(void *arg)
{
    struct bench *b = arg;
    pthread_mutex_lock(&b->lock);
    b->wakes++;
    pthread_cond_signal(&b->ready);
    pthread_mutex_unlock(&b->lock);
}

static void on_failure(const struct err *err, void *arg)
{
    (void)arg;
    fail_msg("%s", err->text);
}

static void bench_init(struct bench *b)
{
    static struct execute_writer writer;
    memset(b, 0, sizeof *b);
    fixture_init(&b->f, FLAVOUR_MYSQL, true);
    if (!b->f.engine->ops->position(b->f.engine, &b->position, &b->f.err))
        fail_msg("%s", b->f.err.text);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->ready, NULL);
    writer = (struct execute_writer){ .begin = on_begin,
                                      .end_statement = on_end_statement,
                                      .mark = on_mark,
                                      .go_back = on_go_back,
                                      .log = on_log,
                                      .flush = on_flush,
                                      .rollback = on_rollback,
                                      .change_schema = on_change_schema,
                                      .has_failed = on_has_failed,
                                      .rest = on_rest,
                                      .arg = b };
    struct executor_options options = { .engine = b->f.engine,
                                        .writer = &writer,
                                        .on_ready = on_ready,
                                        .on_failure = on_failure,
                                        .arg = b };
    b->executor = executor_new(&options);
    if (!executor_start(b->executor, &b->f.err))
        fail_msg("%s", b->f.err.text);
}

static void bench_clear(struct bench *b)
{
    struct execution *e;
    executor_stop(b->executor);
    while ((e = executor_next(b->executor)) != NULL)
        execution_free(e);
    executor_free(b->executor);
    position_clear(&b->position);
    pthread_cond_destroy(&b->ready);
    pthread_mutex_destroy(&b->lock);
    fixture_clear(&b->f);
}

/* ---- clients ---- */

static struct execution *next_of(struct bench *b)
{
    struct execution *e;
    while ((e = executor_next(b->executor)) == NULL) {
        pthread_mutex_lock(&b->lock);
        if (b->wakes == 0)
            pthread_cond_wait(&b->ready, &b->lock);
        b->wakes = 0;
        pthread_mutex_unlock(&b->lock);
    }
    return e;
}

static struct execute_request request_of(const char *sql)
{
    return (struct execute_request){ .text = bytes_of_str(sql),
                                     .encode_row = result_row_text,
                                     .number = 1,
                                     .lock_wait_s = 1,
                                     .isolation = EXECUTE_STABLE,
                                     .deprecates_eof = true };
}

static void start(struct execution *e, const char *sql)
{
    struct execute_request request = request_of(sql);
    execution_start(e, &request);
}

/* One turn's packets; true: the answer is whole. */
static bool take(struct execution *e, struct answer *a)
{
    struct execute_output output;
    execution_output(e, &output);
    for (size_t at = 0; at < output.packets.len;) {
        const uint8_t *packet = output.packets.data + at;
        struct packet_header header = packet_header_decode(packet);
        if (packet[PACKET_HEADER_SIZE] == 0xff && a->error == 0)
            a->error = packet[5] | (unsigned)packet[6] << 8;
        a->packets++;
        at += PACKET_HEADER_SIZE + header.len;
    }
    if (output.packets.len > a->largest)
        a->largest = output.packets.len;
    a->status = output.status;
    execution_go_on(e);
    return output.is_whole;
}

static struct answer wait_for(struct bench *b, struct execution *e)
{
    struct answer a = { 0 };
    for (;;) {
        struct execution *next = next_of(b);
        if (next != e)
            fail_msg("another one's answer");
        if (take(e, &a))
            return a;
    }
}

static struct answer ask_kind(struct bench *b, struct execution *e, enum execute_kind kind,
                              const char *text)
{
    struct execute_request request = {
        .kind = kind, .text = bytes_of_str(text), .number = 1, .deprecates_eof = true
    };
    execution_start(e, &request);
    return wait_for(b, e);
}

static struct execution *client_new_for(struct bench *b, enum account_role role,
                                        const char *databases)
{
    static uint64_t next;
    struct execute_client as = { .id = ++next,
                                 .user = "u",
                                 .host = "h",
                                 .version = "8.4.0",
                                 .role = role,
                                 .databases = databases };
    struct execution *e = execution_new(b->executor, &as);
    struct answer a = ask_kind(b, e, EXECUTE_LOGIN, "shop");
    assert_true(a.error == (role == ROLE_replication ? 1044 : 0));
    assert_true(a.error != 0 || a.packets == 0);
    return e;
}

static struct execution *client_new_of(struct bench *b, enum account_role role)
{
    return client_new_for(b, role, NULL);
}

static struct answer ask(struct bench *b, struct execution *e, const char *sql)
{
    start(e, sql);
    return wait_for(b, e);
}

/* *here: on this thread. */
static struct answer try_here(struct bench *b, struct execution *e, const char *sql, bool *here)
{
    struct execute_request request = request_of(sql);
    struct answer a = { 0 };
    *here = execution_try(e, &request);
    if (!*here || !take(e, &a))
        return wait_for(b, e);
    return a;
}

/* Until it was quick enough for that. */
static struct answer ask_here(struct bench *b, struct execution *e, const char *sql)
{
    enum { TRIES = 100000 };
    bool here = false;
    struct answer a = { 0 };
    for (unsigned i = 0; i < TRIES && !here; i++)
        a = try_here(b, e, sql, &here);
    assert_true(here);
    return a;
}

static void leave(struct bench *b, struct execution *e)
{
    execution_leave(e);
    struct execution *gone = next_of(b);
    assert_true(gone == e && execution_is_gone(e));
    execution_free(e);
}

/* ---- tests ---- */

TEST(executor, an_answer_tells_of_the_transaction_it_is_in)
{
    struct bench b;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_admin);
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY)").status == STATUS_AUTOCOMMIT);
    CHECK(ask(&b, e, "BEGIN").status == (STATUS_AUTOCOMMIT | STATUS_IN_TRANSACTION));
    CHECK(ask(&b, e, "INSERT INTO t VALUES (1)").error == 0);
    struct answer a = ask(&b, e, "INSERT INTO t VALUES (1)");
    CHECK(a.error == 1062 && a.status == (STATUS_AUTOCOMMIT | STATUS_IN_TRANSACTION));
    CHECK(ask(&b, e, "COMMIT").status == STATUS_AUTOCOMMIT);
    CHECK(ask(&b, e, "SELECT id FROM t").packets == 4); /* count, column, row, end */
    leave(&b, e);
    bench_clear(&b);
}

TEST(executor, one_writes_at_a_time_and_who_waits_too_long_is_told)
{
    struct bench b;
    bench_init(&b);
    struct execution *one = client_new_of(&b, ROLE_write), *two = client_new_of(&b, ROLE_write);
    CHECK(ask(&b, one, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, one, "BEGIN").error == 0 && ask(&b, one, "INSERT INTO t VALUES (1)").error == 0);
    start(two, "INSERT INTO t VALUES (2)");
    struct answer a = { 0 };
    for (struct execution *e = NULL; e == NULL; e = executor_next(b.executor)) {
        executor_tick(b.executor);
        struct timespec pause = { .tv_nsec = 10000000 };
        nanosleep(&pause, NULL);
    }
    CHECK(take(two, &a) && a.error == 1205);
    start(two, "INSERT INTO t VALUES (2)");
    leave(&b, one); /* rolled back; the other goes on */
    CHECK(wait_for(&b, two).error == 0);
    CHECK(ask(&b, two, "SELECT id FROM t").packets == 4);
    leave(&b, two);
    bench_clear(&b);
}

TEST(executor, a_large_answer_comes_in_chunks_and_a_search_can_be_cancelled)
{
    struct bench b;
    struct buf sql;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write);
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(200))").error == 0);
    buf_init(&sql, 4 << 20);
    buf_str(&sql, "INSERT INTO t VALUES (0,'')");
    for (unsigned i = 1; i < 5000; i++)
        buf_printf(&sql, ",(%u,'%0150u')", i, i);
    CHECK(ask(&b, e, buf_cstr(&sql)).error == 0);
    buf_clear(&sql);
    struct answer a = ask(&b, e, "SELECT * FROM t");
    CHECK(a.error == 0 && a.packets == 5000 + 4);
    CHECK(a.largest <= EXECUTE_CHUNK + 200);
    start(e, "SELECT COUNT(*) FROM t x, t y, t z WHERE x.a < y.a");
    execution_cancel(e);
    CHECK(wait_for(&b, e).error == 1317);
    CHECK(ask(&b, e, "SELECT 1").error == 0);
    leave(&b, e);
    bench_clear(&b);
}

TEST(executor, roles_decide)
{
    struct bench b;
    bench_init(&b);
    struct execution *app = client_new_of(&b, ROLE_write), *look = client_new_of(&b, ROLE_read),
                     *below = client_new_of(&b, ROLE_replication);
    CHECK(ask(&b, look, "CREATE TABLE t (id INT PRIMARY KEY)").error == 1142);
    CHECK(ask(&b, app, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, look, "INSERT INTO t VALUES (1)").error == 1142);
    CHECK(ask(&b, look, "SELECT * FROM t").error == 0);
    CHECK(ask(&b, below, "SELECT * FROM shop.t").error == 1142);
    leave(&b, app);
    leave(&b, look);
    leave(&b, below);
    bench_clear(&b);
}

/* The statements are the admin's, too, who has run them: what was kept of them is no way in. */
TEST(executor, a_role_holds_for_its_databases_only)
{
    static const char *const statements[] = {
        "SELECT * FROM other.t",
        "SELECT 1 FROM t WHERE id IN (SELECT id FROM other.t)",
        "INSERT INTO t SELECT id + 100 FROM other.t",
        "UPDATE other.t SET id = id",
        "TRUNCATE TABLE other.t",
        "LOCK TABLES t READ, other.t READ"
    };
    struct bench b;
    bench_init(&b);
    struct execution *admin = client_new_of(&b, ROLE_admin),
                     *app = client_new_for(&b, ROLE_write, "sh?p,crm");
    CHECK(ask(&b, app, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, app, "CREATE DATABASE other").error == 1044);
    CHECK(ask(&b, admin, "CREATE DATABASE other").error == 0);
    CHECK(ask(&b, admin, "CREATE TABLE other.t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, app, "INSERT INTO t VALUES (1)").error == 0);
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++) {
        CHECK(ask(&b, admin, statements[i]).error == 0);
        CHECK(ask(&b, admin, "UNLOCK TABLES").error == 0);
        CHECK(ask(&b, app, statements[i]).error == 1142);
    }
    CHECK(ask(&b, app, "SELECT * FROM other.nosuch").error == 1142);
    CHECK(ask_kind(&b, app, EXECUTE_USE, "other").error == 1044);
    CHECK(ask_kind(&b, app, EXECUTE_FIELDS, "t").error == 0);
    leave(&b, app);
    leave(&b, admin);
    bench_clear(&b);
}

static struct answer fence(struct bench *b, struct execution *e, enum execute_read_only read_only)
{
    struct execute_request request = {
        .kind = EXECUTE_FENCE, .text = bytes_of_str(""), .number = 1, .read_only = read_only
    };
    execution_start(e, &request);
    return wait_for(b, e);
}

TEST(executor, a_fence_waits_for_no_transaction_and_none_commits_behind_it)
{
    struct bench b;
    bench_init(&b);
    struct execution *admin = client_new_of(&b, ROLE_admin), *app = client_new_of(&b, ROLE_write);
    CHECK(ask(&b, app, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, app, "BEGIN").error == 0 && ask(&b, app, "INSERT INTO t VALUES (1)").error == 0);
    CHECK(fence(&b, admin, EXECUTE_READ_ONLY).error == 0);
    CHECK(executor_read_only(b.executor) == EXECUTE_READ_ONLY);
    CHECK(ask(&b, app, "SELECT id FROM t").packets == 4);
    CHECK(ask(&b, app, "INSERT INTO t VALUES (2)").error == 1290);
    CHECK(ask(&b, app, "COMMIT").error == 1290);
    CHECK(ask(&b, app, "SELECT id FROM t").packets == 3);
    CHECK(ask(&b, app, "SELECT id FROM t FOR UPDATE").error == 1290);
    CHECK(ask(&b, app, "DROP TABLE t").error == 1290);
    CHECK(ask(&b, admin, "INSERT INTO t VALUES (3)").error == 0);
    CHECK(fence(&b, admin, EXECUTE_SUPER_READ_ONLY).error == 0);
    CHECK(ask(&b, admin, "INSERT INTO t VALUES (4)").error == 1290);
    CHECK(ask(&b, admin, "BEGIN").error == 0);
    CHECK(fence(&b, admin, EXECUTE_WRITABLE).error == 1192);
    CHECK(ask(&b, admin, "ROLLBACK").error == 0);
    CHECK(fence(&b, admin, EXECUTE_WRITABLE).error == 0);
    CHECK(ask(&b, app, "INSERT INTO t VALUES (5)").error == 0);
    CHECK(ask(&b, app, "SELECT id FROM t").packets == 5);
    leave(&b, admin);
    leave(&b, app);
    bench_clear(&b);
}

TEST(executor, who_has_the_writer_is_awaited_while_others_want_it)
{
    struct bench b;
    bench_init(&b);
    struct execution *one = client_new_of(&b, ROLE_write), *two = client_new_of(&b, ROLE_write);
    CHECK(ask(&b, one, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, one, "BEGIN").error == 0 && ask(&b, one, "INSERT INTO t VALUES (1)").error == 0);
    CHECK(executor_awaited(b.executor) == NULL); /* by nobody */
    start(two, "INSERT INTO t VALUES (2)");
    CHECK(executor_awaited(b.executor) == one);
    start(one, "COMMIT");
    CHECK(executor_awaited(b.executor) == NULL); /* it has spoken */
    for (unsigned done = 0; done < 2; done++) {
        struct answer a = { 0 };
        CHECK(take(next_of(&b), &a) && a.error == 0);
    }
    leave(&b, one);
    leave(&b, two);
    bench_clear(&b);
}

/* All of them wait while another writes: then they are safe after fewer syncs than they are. */
TEST(executor, statements_that_wait_together_share_a_flush)
{
    struct bench b;
    struct execution *clients[CLIENTS];
    bench_init(&b);
    struct execution *admin = client_new_of(&b, ROLE_admin);
    CHECK(ask(&b, admin, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, admin, "BEGIN").error == 0 &&
          ask(&b, admin, "INSERT INTO t VALUES (0)").error == 0);
    for (unsigned i = 0; i < CLIENTS; i++) { /* every second one fails */
        char sql[64];
        snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%u)", i % 2 == 0 ? i + 1 : 0);
        clients[i] = client_new_of(&b, ROLE_write);
        start(clients[i], sql);
    }
    unsigned flushes = b.flushes; /* the writer is the admin's: it stands still */
    start(admin, "COMMIT");
    for (unsigned done = 0, failed = 0; done < CLIENTS + 1; done++) {
        struct answer a = { 0 };
        CHECK(take(next_of(&b), &a));
        failed += a.error == 1062;
        CHECK(a.error == 0 || a.error == 1062);
        CHECK(done < CLIENTS || failed == CLIENTS / 2);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        leave(&b, clients[i]);
    CHECK(ask(&b, admin, "SELECT id FROM t").packets == 3 + 1 + CLIENTS / 2);
    executor_stop(b.executor); /* the counter is the writer's until now */
    CHECK(b.flushes - flushes < CLIENTS / 2);
    execution_leave(admin);
    bench_clear(&b);
}

/* A search without end shares its flush: it is given up when the one before has left. */
TEST(executor, what_was_logged_is_flushed_though_its_client_has_left)
{
    struct bench b;
    bench_init(&b);
    struct execution *admin = client_new_of(&b, ROLE_admin), *one = client_new_of(&b, ROLE_write),
                     *two = client_new_of(&b, ROLE_write);
    CHECK(ask(&b, admin, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask(&b, admin, "INSERT INTO t VALUES (0),(1),(2),(3),(4),(5),(6),(7)").error == 0);
    CHECK(ask(&b, admin, "BEGIN").error == 0 &&
          ask(&b, admin, "DELETE FROM t WHERE id=99").error == 0);
    start(one, "INSERT INTO t VALUES (8)");
    start(two, "INSERT INTO t SELECT 9 FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k "
               "WHERE a.id + k.id > 99");
    CHECK(ask(&b, admin, "ROLLBACK").error == 0);
    while (atomic_load(&b.logged) == 0)
        sched_yield();
    leave(&b, one);
    execution_cancel(two);
    CHECK(wait_for(&b, two).error == 1317);
    while (atomic_load(&b.logged) > 0)
        sched_yield();
    CHECK(ask(&b, admin, "SELECT id FROM t").packets == 3 + 9);
    leave(&b, two);
    leave(&b, admin);
    bench_clear(&b);
}

/* Each writes five transactions of its own, all at once; every second one leaves in the middle. */
TEST(executor, clients_come_and_go_in_any_order)
{
    static const char *const script[] = { "BEGIN", "INSERT INTO t (a) VALUES (1)",
                                          "SELECT COUNT(*) FROM t", "COMMIT" };
    enum { ROUNDS = 5, STEPS = ROUNDS * (int)ARRAY_COUNT(script) };
    struct bench b;
    struct execution *clients[CLIENTS];
    unsigned done[CLIENTS] = { 0 }, active = CLIENTS;
    bench_init(&b);
    struct execution *admin = client_new_of(&b, ROLE_admin);
    CHECK(ask(&b, admin, "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)").error == 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i] = client_new_of(&b, ROLE_write);
    for (unsigned i = 0; i < CLIENTS; i++)
        start(clients[i], script[0]);
    while (active > 0) {
        struct answer a = { 0 };
        struct execution *e = next_of(&b);
        unsigned i = 0;
        while (clients[i] != e)
            i++;
        if (execution_is_gone(e)) {
            execution_free(e);
            active--;
        } else if (take(e, &a)) {
            CHECK(a.error == 0);
            bool is_over = ++done[i] == STEPS;
            if (!is_over)
                start(e, script[done[i] % ARRAY_COUNT(script)]);
            if (is_over || (i % 2 == 1 && done[i] == STEPS - 2)) /* its last transaction is open */
                execution_leave(e);
        }
    }
    CHECK(ask(&b, admin, "SELECT id FROM t").packets ==
          3 + CLIENTS / 2 * ROUNDS + CLIENTS / 2 * (ROUNDS - 1));
    leave(&b, admin);
    bench_clear(&b);
}

TEST(executor, what_was_quick_runs_on_the_callers_thread)
{
    struct bench b;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write), *other = client_new_of(&b, ROLE_write);
    bool here = true;
    CHECK(try_here(&b, e, "CREATE TABLE t (id INT PRIMARY KEY)", &here).error == 0 && !here);
    CHECK(try_here(&b, e, "INSERT INTO t VALUES (1)", &here).error == 0 && !here);
    CHECK(try_here(&b, e, "SELECT id FROM t", &here).packets == 4 && !here);
    CHECK(ask_here(&b, e, "SELECT id FROM t").packets == 4);
    CHECK(ask_here(&b, e, "BEGIN").status == (STATUS_AUTOCOMMIT | STATUS_IN_TRANSACTION));
    CHECK(ask_here(&b, e, "SELECT id FROM t").packets == 4);
    CHECK(ask(&b, other, "INSERT INTO t VALUES (2)").error == 0);
    CHECK(ask_here(&b, e, "SELECT id FROM t").packets == 4); /* its snapshot */
    CHECK(ask_here(&b, e, "COMMIT").status == STATUS_AUTOCOMMIT);
    CHECK(ask_here(&b, e, "SELECT id FROM t").packets == 5);
    CHECK(ask_here(&b, other, "SELECT id FROM t").packets == 5);
    CHECK(ask(&b, e, "BEGIN").error == 0 && ask(&b, e, "DELETE FROM t").error == 0);
    CHECK(try_here(&b, e, "SELECT id FROM t", &here).packets == 3 && here); /* it has the writer */
    leave(&b, e);
    CHECK(ask_here(&b, other, "SELECT id FROM t").packets == 5);
    leave(&b, other);
    bench_clear(&b);
}

TEST(executor, what_turns_out_long_is_given_up_there_and_not_tried_again)
{
    static const char sql[] = "SELECT x.id FROM t x JOIN t y ON x.id + y.id = 598";
    struct bench b;
    struct buf many;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write);
    bool here = true;
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask_here(&b, e, sql).packets == 3);
    buf_init(&many, 1 << 20);
    buf_str(&many, "INSERT INTO t VALUES (0)");
    for (unsigned i = 1; i < 300; i++)
        buf_printf(&many, ",(%u)", i);
    CHECK(ask(&b, e, buf_cstr(&many)).error == 0);
    buf_clear(&many);
    for (unsigned i = 0; i < 3; i++)
        CHECK(try_here(&b, e, sql, &here).packets == 4 && !here);
    CHECK(ask(&b, e, "DELETE FROM t").error == 0);
    CHECK(try_here(&b, e, sql, &here).packets == 3 && !here);
    leave(&b, e);
    bench_clear(&b);
}

TEST(executor, who_has_the_writer_changes_rows_on_his_own_thread)
{
    static const char update[] = "UPDATE t x SET a = a + 1 WHERE (SELECT COUNT(*) FROM t y "
                                 "WHERE y.a + x.id < 1000) > 0";
    struct bench b;
    struct buf many;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write), *other = client_new_of(&b, ROLE_write);
    bool here = true;
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY, a INT)").error == 0);
    CHECK(ask(&b, e, "INSERT INTO t VALUES (0, 0)").error == 0);
    CHECK(ask(&b, e, "BEGIN").error == 0 && ask(&b, e, "DELETE FROM t WHERE id = 9").error == 0);
    CHECK(ask_here(&b, e, "UPDATE t SET a = 5 WHERE id = 0").error == 0);
    CHECK(ask_here(&b, e, "INSERT INTO t VALUES (0, 1)").error == 1062);
    CHECK(ask_here(&b, e, update).error == 0);
    start(other, "INSERT INTO t VALUES (1000, 1)"); /* waits */
    buf_init(&many, 1 << 20);
    buf_str(&many, "INSERT INTO t VALUES (1, 0)");
    for (unsigned i = 2; i < 300; i++)
        buf_printf(&many, ",(%u, 0)", i);
    CHECK(ask(&b, e, buf_cstr(&many)).error == 0);
    CHECK(ask(&b, e, "UPDATE t SET a = 0").error == 0);
    CHECK(try_here(&b, e, update, &here).error == 0 && !here); /* given up, and run there */
    CHECK(ask(&b, e, "SELECT id FROM t WHERE a = 1").packets == 3 + 300);
    CHECK(try_here(&b, e, "COMMIT", &here).error == 0 && !here);
    CHECK(wait_for(&b, other).error == 0);
    CHECK(ask(&b, other, "SELECT id FROM t").packets == 3 + 301);
    buf_clear(&many);
    leave(&b, e);
    leave(&b, other);
    bench_clear(&b);
}

TEST(executor, a_new_schema_is_read_by_a_reader)
{
    struct bench b;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write);
    bool here = true;
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY)").error == 0);
    CHECK(ask_here(&b, e, "SELECT * FROM t").packets == 3);
    CHECK(ask(&b, e, "ALTER TABLE t ADD COLUMN a INT, ADD COLUMN b INT").error == 0);
    CHECK(try_here(&b, e, "SELECT * FROM t", &here).packets == 5 && !here);
    CHECK(ask_here(&b, e, "SELECT * FROM t").packets == 5);
    CHECK(ask(&b, e, "DROP TABLE t").error == 0);
    CHECK(try_here(&b, e, "SELECT * FROM t", &here).error == 1146);
    leave(&b, e);
    bench_clear(&b);
}

TEST(executor, the_same_text_means_what_it_means_now)
{
    enum { TIMES = 3 };
    struct bench b;
    bench_init(&b);
    struct execution *e = client_new_of(&b, ROLE_write), *look = client_new_of(&b, ROLE_read);
    CHECK(ask(&b, e, "CREATE DATABASE other").error == 0);
    CHECK(ask(&b, e, "CREATE TABLE other.t (a INT, b INT, c INT)").error == 0);
    CHECK(ask(&b, e, "CREATE TABLE t (id INT PRIMARY KEY, a INT)").error == 0);
    for (unsigned i = 0; i < TIMES; i++) {
        CHECK(ask(&b, e, "SELECT * FROM t").packets == 4 + i);
        CHECK(ask(&b, e, "INSERT INTO t SELECT COUNT(*), 1 FROM t").error == 0);
        CHECK(ask(&b, e, "INSERT INTO t VALUES (0, 1)").error == 1062);
        CHECK(ask(&b, e, "UPDATE t SET a = a + 1").error == 0);
        CHECK(ask(&b, look, "UPDATE t SET a = a + 1").error == 1142);
        CHECK(ask(&b, look, "SELECT a FROM t WHERE id = 0 AND a = 2").packets == 4 - (i > 0));
    }
    CHECK(ask(&b, e, "ALTER TABLE t ADD COLUMN b INT").error == 0);
    CHECK(ask(&b, e, "SELECT * FROM t").packets == 5 + TIMES);
    CHECK(ask(&b, e, "INSERT INTO t SELECT COUNT(*), 1 FROM t").error == 1136);
    struct execute_request use = request_of("other");
    use.kind = EXECUTE_USE;
    execution_start(e, &use);
    CHECK(wait_for(&b, e).error == 0);
    CHECK(ask(&b, e, "SELECT * FROM t").packets == 5);
    CHECK(ask(&b, look, "SELECT * FROM t").packets == 5 + TIMES);
    CHECK(ask(&b, e, "UPDATE t SET a = a + 1").error == 0);
    CHECK(ask(&b, e, "DROP TABLE t").error == 0);
    CHECK(ask(&b, e, "UPDATE t SET a = a + 1").error == 1146);
    CHECK(ask(&b, e, "SELECT * FROM t").error == 1146);
    leave(&b, e);
    leave(&b, look);
    bench_clear(&b);
}

UNIT_MAIN(RUN(executor, an_answer_tells_of_the_transaction_it_is_in),
          RUN(executor, one_writes_at_a_time_and_who_waits_too_long_is_told),
          RUN(executor, a_large_answer_comes_in_chunks_and_a_search_can_be_cancelled),
          RUN(executor, roles_decide), RUN(executor, a_role_holds_for_its_databases_only),
          RUN(executor, a_fence_waits_for_no_transaction_and_none_commits_behind_it),
          RUN(executor, who_has_the_writer_is_awaited_while_others_want_it),
          RUN(executor, statements_that_wait_together_share_a_flush),
          RUN(executor, what_was_logged_is_flushed_though_its_client_has_left),
          RUN(executor, clients_come_and_go_in_any_order),
          RUN(executor, what_was_quick_runs_on_the_callers_thread),
          RUN(executor, what_turns_out_long_is_given_up_there_and_not_tried_again),
          RUN(executor, a_new_schema_is_read_by_a_reader),
          RUN(executor, who_has_the_writer_changes_rows_on_his_own_thread),
          RUN(executor, the_same_text_means_what_it_means_now))

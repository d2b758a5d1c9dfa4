/* Work ahead of the log's sync: carried out while the disk is at it, seen only when it is done.
 *
 * The log's datasync lasts as long as the test wants; the engine's commit is watched. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"
#include "slow_disk.h"

struct scene {
    struct apply_fixture a;
    struct slow_disk disk;
    struct apply *apply;
    pthread_t applier;
    pthread_t writer;
    bool applied;
    bool written;
    struct err apply_err;
    struct err write_err;
};

/* The engine's operations with a look at two of them. */
static struct {
    struct engine_ops ops;
    const struct engine_ops *engine;
    struct store *store;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned prepared;
    unsigned commits;
    unsigned early; /* of these, before the log was durable */
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static bool watched_prepare(struct engine *engine, const struct position *position, struct err *err)
{
    bool ok = watch.engine->prepare(engine, position, err);
    pthread_mutex_lock(&watch.lock);
    watch.prepared++;
    pthread_cond_broadcast(&watch.changed);
    pthread_mutex_unlock(&watch.lock);
    return ok;
}

static bool watched_commit(struct engine *engine, const struct position *position, struct err *err)
{
    watch.commits++;
    watch.early += store_durable_end(watch.store).offset < position->offset;
    return watch.engine->commit(engine, position, err);
}

static void watch_engine(struct engine *engine, struct store *store)
{
    watch.engine = engine->ops;
    watch.ops = *engine->ops;
    watch.ops.prepare = watched_prepare;
    watch.ops.commit = watched_commit;
    watch.store = store;
    watch.prepared = watch.commits = watch.early = 0;
    engine->ops = &watch.ops;
}

static void watch_await_prepared(void)
{
    pthread_mutex_lock(&watch.lock);
    while (watch.prepared == 0)
        pthread_cond_wait(&watch.changed, &watch.lock);
    pthread_mutex_unlock(&watch.lock);
}

static void stop_at_last(const struct position *position, void *arg)
{
    struct scene *s = arg;
    if (position->offset == s->a.log.bytes.len)
        cancel_fire(s->a.cancel);
}

static void *run_apply(void *arg)
{
    struct scene *s = arg;
    s->applied = apply_run(s->apply, &s->apply_err);
    return NULL;
}

/* flush: after so many transactions. */
static void *write_log(void *arg, size_t flush)
{
    struct scene *s = arg;
    s->written =
        log_maker_write(&s->a.log, s->a.store, 0, s->a.log.mark_count, flush, &s->write_err);
    return NULL;
}

static void *write_singly(void *arg)
{
    return write_log(arg, 1);
}

static void *write_at_once(void *arg)
{
    return write_log(arg, ((struct scene *)arg)->a.log.mark_count);
}

static void scene_init(struct scene *s, int transactions)
{
    memset(s, 0, sizeof *s);
    slow_disk_init(&s->disk);
    apply_fixture_init_on(&s->a, FLAVOUR_MYSQL, &s->disk.files);
    for (int id = 1; id <= transactions; id++)
        log_one_insert(&s->a, id, "x");
    watch_engine(s->a.f.engine, s->a.store);
    s->a.options.store = s->a.store;
    s->a.options.engine = s->a.f.engine;
    s->a.options.cancel = s->a.cancel;
    s->a.options.on_commit = stop_at_last;
    s->a.options.on_commit_arg = s;
    s->apply = apply_new(&s->a.options);
}

static void scene_start(struct scene *s, void *(*write)(void *))
{
    pthread_create(&s->applier, NULL, run_apply, s);
    pthread_create(&s->writer, NULL, write, s);
}

static void scene_join(struct scene *s)
{
    pthread_join(s->writer, NULL);
    pthread_join(s->applier, NULL);
    apply_status(s->apply, &s->a.status);
}

static void scene_clear(struct scene *s)
{
    apply_free(s->apply);
    apply_fixture_clear(&s->a);
    slow_disk_clear(&s->disk);
}

TEST(apply, a_transaction_is_seen_only_when_the_log_is_durable)
{
    static struct scene s;
    scene_init(&s, 1);
    slow_disk_hold(&s.disk);
    scene_start(&s, write_at_once);
    watch_await_prepared();
    CHECK_STR(fixture_query(&s.a.f, ROWS_OF_T), "");
    CHECK(watch.commits == 0);
    slow_disk_release(&s.disk, 0);
    scene_join(&s);
    CHECK_OK(s.applied, s.apply_err);
    CHECK_OK(s.written, s.write_err);
    CHECK_STR(fixture_query(&s.a.f, ROWS_OF_T), "1|x");
    CHECK(watch.commits == 1 && watch.early == 0);
    scene_clear(&s);
}

TEST(apply, what_was_carried_out_before_a_failed_sync_is_rolled_back)
{
    static struct scene s;
    struct position at = { .offset = 0 };
    scene_init(&s, 3);
    slow_disk_hold(&s.disk);
    scene_start(&s, write_at_once);
    watch_await_prepared();
    slow_disk_release(&s.disk, EIO);
    scene_join(&s);
    CHECK(!s.written);
    CHECK(!s.applied && s.apply_err.code == ERR_SYSTEM);
    CHECK(strstr(s.apply_err.text, "fdatasync") != NULL);
    CHECK(watch.commits == 0 && watch.prepared == 1); /* nor is it tried again */
    CHECK_STR(fixture_query(&s.a.f, ROWS_OF_T), "");
    CHECK_OK(s.a.f.engine->ops->position(s.a.f.engine, &at, &s.a.f.err), s.a.f.err);
    CHECK(at.offset == BINLOG_MAGIC_SIZE);
    CHECK(s.a.status.transactions == 0 && s.a.status.offset == BINLOG_MAGIC_SIZE);
    CHECK_STR(s.a.status.state, "stopped");
    position_clear(&at);
    scene_clear(&s);
}

TEST(apply, no_commit_of_many_comes_before_the_durable_end)
{
    enum { MANY = 400 };
    static struct scene s;
    scene_init(&s, MANY);
    s.disk.pause_us = 300;
    scene_start(&s, write_singly);
    scene_join(&s);
    CHECK_OK(s.applied, s.apply_err);
    CHECK(watch.early == 0 && watch.commits > 0);
    CHECK(s.a.status.transactions == MANY);
    CHECK_STR(fixture_query(&s.a.f, "SELECT count(*), max(id) FROM \"shop.t\""), "400|400");
    scene_clear(&s);
}

UNIT_MAIN(RUN(apply, a_transaction_is_seen_only_when_the_log_is_durable),
          RUN(apply, what_was_carried_out_before_a_failed_sync_is_rolled_back),
          RUN(apply, no_commit_of_many_comes_before_the_durable_end))

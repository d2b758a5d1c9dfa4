/* What a reader may see while the disk is still at it: the appended end and the durable end. */
// SPDX-License-Identifier: Apache-2.0
#include "place.h"
#include "slow_disk.h"

struct scene {
    struct place p;
    struct slow_disk disk;
    struct log_maker log;
    pthread_t writer;
    bool written;
    struct err writer_err;
};

static void *write_log(void *arg)
{
    struct scene *s = arg;
    s->written = log_maker_write(&s->log, s->p.store, 0, s->log.mark_count, s->log.mark_count,
                                 &s->writer_err);
    return NULL;
}

/* Five transactions are in the file, and their datasync has begun. */
static void scene_begin(struct scene *s)
{
    *s = (struct scene){ .written = false };
    slow_disk_init(&s->disk);
    dir_make(s->p.dir);
    struct store_options options = { .dir = s->p.dir,
                                     .files = &s->disk.files,
                                     .sync_after_us = 60000000 }; /* only when flushed */
    log_maker_init(&s->log, FLAVOUR_MARIADB, NULL);
    log_maker_add(&s->log, 1, 5, 30);
    if (!store_open(&options, &s->p.store, &s->p.err) ||
        !store_start_file(s->p.store, "b.000001", &s->p.err))
        fail_msg("%s", s->p.err.text);
    slow_disk_hold(&s->disk);
    pthread_create(&s->writer, NULL, write_log, s);
    slow_disk_await(&s->disk);
}

static void scene_end_sync(struct scene *s, int fail_errno)
{
    slow_disk_release(&s->disk, fail_errno);
    pthread_join(s->writer, NULL);
}

static void scene_clear(struct scene *s)
{
    place_clear(&s->p);
    log_maker_clear(&s->log);
    slow_disk_clear(&s->disk);
}

static const struct log_pos first = { 0, BINLOG_MAGIC_SIZE };

/* How many bytes a reader gets. */
static uint64_t read_some(struct scene *s, bool ahead)
{
    AUTO(cursor) cursor = NULL;
    struct event event;
    enum cursor_result result;
    if (!cursor_open(s->p.store, first, "test", &cursor, &s->p.err))
        fail_msg("%s", s->p.err.text);
    if (ahead)
        cursor_read_ahead(cursor);
    while ((result = cursor_next(cursor, &event, &s->p.err)) == CURSOR_EVENT)
        ;
    if (result != CURSOR_END)
        fail_msg("%s", s->p.err.text);
    return cursor_event_end(cursor).offset;
}

TEST(store, shows_what_is_not_synced_yet_only_to_those_that_read_ahead)
{
    static struct scene s;
    scene_begin(&s);
    struct log_pos end = { 0, s.log.bytes.len };
    CHECK(log_pos_compare(store_appended_end(s.p.store), end) == 0);
    CHECK(log_pos_compare(store_durable_end(s.p.store), first) == 0);
    CHECK(read_some(&s, true) == end.offset);
    CHECK(read_some(&s, false) == first.offset);
    CHECK_OK(store_wait_appended(s.p.store, first, 60000, &s.p.err), s.p.err);
    CHECK_OK(store_wait(s.p.store, first, 1, &s.p.err), s.p.err); /* the timeout is no failure */
    CHECK(log_pos_compare(store_durable_end(s.p.store), first) == 0);
    scene_end_sync(&s, 0);
    CHECK_OK(s.written, s.writer_err);
    CHECK_OK(store_wait_durable(s.p.store, end, &s.p.err), s.p.err);
    CHECK(read_some(&s, false) == end.offset);
    scene_clear(&s);
}

TEST(store, tells_who_read_ahead_that_the_sync_failed)
{
    static struct scene s;
    scene_begin(&s);
    struct log_pos end = store_appended_end(s.p.store);
    scene_end_sync(&s, EIO);
    CHECK(!s.written);
    CHECK(!store_wait_durable(s.p.store, end, &s.p.err) && s.p.err.code == ERR_SYSTEM);
    CHECK(!store_wait_appended(s.p.store, end, 60000, &s.p.err) && s.p.err.code == ERR_SYSTEM);
    CHECK_OK(store_wait_durable(s.p.store, first, &s.p.err), s.p.err);
    CHECK(log_pos_compare(store_durable_end(s.p.store), first) == 0);
    scene_clear(&s);
}

UNIT_MAIN(RUN(store, shows_what_is_not_synced_yet_only_to_those_that_read_ahead),
          RUN(store, tells_who_read_ahead_that_the_sync_failed))

/* One writer, readers that wait for it, and a purge, at the same time. Run it under the thread
 * sanitizer too. */
// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <sched.h>
#include "unit.h"
#include "log_maker.h"
#include "store_dir.h"

enum { FILES = 12, PER_FILE = 400, READERS = 3 };

struct scene {
    char dir[64];
    struct store *store;
    struct log_maker logs[FILES];
    struct log_pos last;
    atomic_uint ready; /* readers that hold the first file */
    atomic_bool purge_done;
};

struct reader_result {
    struct scene *scene;
    uint64_t transactions;
    char wrong[400];
};

static bool read_event(struct reader_result *r, const struct cursor *cursor,
                       const struct event *event)
{
    struct log_pos at = cursor_event_start(cursor);
    r->transactions += event->header.type == EVENT_XID;
    if (memcmp(event->raw.data, r->scene->logs[at.file].bytes.data + at.offset, event->raw.len) ==
        0)
        return true;
    snprintf(r->wrong, sizeof r->wrong, "other bytes at %u:%u", (unsigned)at.file,
             (unsigned)at.offset);
    return false;
}

static void *read_all(void *arg)
{
    struct reader_result *r = arg;
    struct store *store = r->scene->store;
    struct err err;
    struct event event;
    AUTO(cursor) cursor = NULL;
    bool ok = cursor_open(store, (struct log_pos){ 0, 4 }, "reader", &cursor, &err);
    atomic_fetch_add(&r->scene->ready, 1);
    while (ok && log_pos_compare(cursor_event_end(cursor), r->scene->last) < 0) {
        enum cursor_result result = cursor_next(cursor, &event, &err);
        if (result == CURSOR_EVENT)
            ok = read_event(r, cursor, &event);
        else
            ok = result == CURSOR_END && store_wait(store, cursor_event_end(cursor), 1000, &err);
    }
    if (!ok && r->wrong[0] == 0)
        snprintf(r->wrong, sizeof r->wrong, "%.390s", err.text);
    return NULL;
}

static void *purge_on(void *arg)
{
    struct scene *scene = arg;
    struct purge_limits limits = { .keep_bytes = 1 };
    struct err err;
    unsigned dropped;
    char held[256];
    while (!atomic_load(&scene->purge_done))
        if (!store_purge(scene->store, &limits, scene->last, &dropped, held, &err))
            abort();
    return NULL;
}

static void write_all(struct scene *scene, void **unit_state)
{
    struct err err;
    for (unsigned i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "b.%06u", i + 1);
        CHECK_OK(store_start_file(scene->store, name, &err), err);
        CHECK_OK(log_maker_write(&scene->logs[i], scene->store, 0, scene->logs[i].mark_count,
                                 i % 3 * 5, &err),
                 err);
    }
    CHECK_OK(store_sync(scene->store, &err), err);
}

TEST(store, serves_readers_and_purges_while_it_is_written)
{
    static struct scene scene;
    struct reader_result results[READERS];
    pthread_t readers[READERS];
    pthread_t purger;
    struct err err;
    dir_make(scene.dir);
    struct store_options options = { .dir = scene.dir };
    for (unsigned i = 0; i < FILES; i++) {
        log_maker_init(&scene.logs[i], FLAVOUR_MARIADB, NULL);
        log_maker_add(&scene.logs[i], i * PER_FILE + 1, (i + 1) * PER_FILE, i * 50);
    }
    scene.last = (struct log_pos){ FILES - 1, scene.logs[FILES - 1].bytes.len };
    CHECK_OK(store_open(&options, &scene.store, &err), err);
    for (unsigned i = 0; i < READERS; i++) {
        results[i] = (struct reader_result){ .scene = &scene };
        pthread_create(&readers[i], NULL, read_all, &results[i]);
    }
    while (atomic_load(&scene.ready) < READERS)
        sched_yield();
    pthread_create(&purger, NULL, purge_on, &scene);
    write_all(&scene, unit_state);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
        CHECK_STR(results[i].wrong, "");
        CHECK(results[i].transactions == FILES * PER_FILE);
    }
    atomic_store(&scene.purge_done, true);
    pthread_join(purger, NULL);
    store_free(scene.store);
    for (unsigned i = 0; i < FILES; i++)
        log_maker_clear(&scene.logs[i]);
    dir_remove(scene.dir);
}

UNIT_MAIN(RUN(store, serves_readers_and_purges_while_it_is_written))

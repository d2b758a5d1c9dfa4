/* snapshot/copy.c - starts the readers, loads what they send, tells how far it is.
 *
 * The first error wins: it stops the queue, and every reader leaves at its next block. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/copy.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/load.h"
#include "net/connection.h"
#include "snapshot/copy_reader.h"
#include "snapshot/meter.h"
#include "snapshot/point.h"

enum { PROGRESS_MS = 500, COMMIT_BYTES = 16 << 20 };

struct copy {
    const struct copy_request *request;
    struct block_queue *queue;
    struct meter meter;
    uint64_t uncommitted_bytes;
    /* under the lock: */
    pthread_mutex_t lock;
    struct copy_task *tasks;
    unsigned task_count;
    unsigned next_task;
    bool failed;
    struct err err;
};

struct copy_thread {
    pthread_t thread;
    struct copy *copy;
    struct connection *connection;
};

static void copy_fail(struct copy *copy, const struct err *err)
{
    pthread_mutex_lock(&copy->lock);
    if (!copy->failed)
        copy->err = *err;
    copy->failed = true;
    pthread_mutex_unlock(&copy->lock);
    block_queue_stop(copy->queue);
}

static struct copy_task *take_task(struct copy *copy)
{
    pthread_mutex_lock(&copy->lock);
    struct copy_task *task = NULL;
    if (!copy->failed && copy->next_task < copy->task_count)
        task = &copy->tasks[copy->next_task++];
    pthread_mutex_unlock(&copy->lock);
    return task;
}

static void *reader_thread(void *arg)
{
    struct copy_thread *thread = arg;
    struct copy *copy = thread->copy;
    struct copy_task *task = NULL;
    while ((task = take_task(copy)) != NULL) {
        struct err err = { .code = ERR_NONE };
        if (copy_read_slice(thread->connection, copy->request, task, copy->queue, &err))
            continue;
        copy_fail(copy, &err);
        break;
    }
    block_queue_close_writer(copy->queue);
    return NULL;
}

/* ---- the list of slices ---- */

static int compare_tasks(const void *a, const void *b, void *arg)
{
    const struct copy_request *request = arg;
    const struct copy_task *one = a;
    const struct copy_task *other = b;
    uint64_t x = request->tables[one->table].schema->source->size_bytes;
    uint64_t y = request->tables[other->table].schema->source->size_bytes;
    if (x != y)
        return x < y ? 1 : -1;
    if (one->table != other->table)
        return one->table < other->table ? -1 : 1;
    return one->slice < other->slice ? -1 : 1;
}

static void list_tasks(struct copy *copy)
{
    const struct copy_request *request = copy->request;
    unsigned count = 0;
    for (unsigned i = 0; i < request->table_count; i++)
        count += request->tables[i].plan.slice_count;
    copy->tasks = memory_new((count + 1) * sizeof *copy->tasks);
    for (unsigned i = 0; i < request->table_count; i++) {
        const struct plan *plan = &request->tables[i].plan;
        for (unsigned j = 0; j < plan->slice_count; j++) {
            if (plan->slices[j].done)
                continue;
            struct copy_task *task = &copy->tasks[copy->task_count++];
            task->table = i;
            task->slice = j;
            memcpy(task->from, plan->slices[j].from, sizeof task->from);
            memcpy(task->to, plan->slices[j].to, sizeof task->to);
            task->after = memory_str(plan->slices[j].after);
        }
    }
    qsort_r(copy->tasks, copy->task_count, sizeof *copy->tasks, compare_tasks,
            (void *)(uintptr_t)request);
}

/* ---- the writer ---- */

static bool commit(struct copy *copy, struct copy_table *table, struct err *err)
{
    struct buf text;
    buf_init(&text, PLAN_TEXT_MAX);
    plan_print(&table->plan, &text);
    bool ok = engine_load_chunk_commit(copy->request->options->engine, table->engine_table,
                                       buf_cstr(&text), err);
    buf_clear(&text);
    copy->uncommitted_bytes = 0;
    return ok;
}

static bool table_done(struct copy *copy, struct copy_table *table, struct err *err)
{
    const struct copy_request *request = copy->request;
    if (!schema_check_table(request->control, request->facts, table->schema, err))
        return false;
    copy->meter.tables_done++;
    log_info("copied %s.%s: %" PRIu64 " rows", table->schema->source->db,
             table->schema->source->name, table->rows_done);
    return true;
}

static bool load_block(struct copy *copy, struct block *block, struct err *err)
{
    const struct copy_request *request = copy->request;
    struct copy_table *table = &request->tables[block->table];
    struct slice *slice = &table->plan.slices[block->slice];
    if (block->row_count > 0 && !engine_load_rows(request->options->engine, table->engine_table,
                                                  block->values, block->row_count, err))
        return err_wrap(err, "loading %s.%s", table->schema->source->db,
                        table->schema->source->name);
    table->rows_done += block->row_count;
    copy->uncommitted_bytes += block->source_bytes;
    meter_add(&copy->meter, block->table, block->row_count, block->source_bytes);
    if (block->chunk_end) {
        slice->done = block->slice_done;
        free(slice->after);
        slice->after = block->after;
        block->after = NULL;
    }
    /* rows of an unfinished chunk may be committed too: it is loaded again as a whole */
    if ((block->chunk_end || copy->uncommitted_bytes >= COMMIT_BYTES) && !commit(copy, table, err))
        return false;
    return !plan_is_done(&table->plan) || table_done(copy, table, err);
}

/* Holds the average since the start at the limit. */
static bool throttle(struct copy *copy, struct err *err)
{
    unsigned wait_ms = meter_wait_ms(&copy->meter, copy->request->options->max_bytes_per_s);
    struct cancel *cancel = copy->request->options->cancel;
    while (wait_ms > 0) {
        unsigned step = wait_ms < PROGRESS_MS ? wait_ms : PROGRESS_MS;
        if (cancel_sleep(cancel, step))
            return err_set(err, ERR_CANCELLED, "the copy was cancelled");
        meter_report(&copy->meter, copy->request);
        wait_ms -= step;
    }
    return true;
}

static bool write_all(struct copy *copy, struct err *err)
{
    const struct cancel *cancel = copy->request->options->cancel;
    for (;;) {
        struct block *block = NULL;
        enum block_got got = block_queue_get(copy->queue, PROGRESS_MS, &block);
        meter_report(&copy->meter, copy->request);
        if (cancel != NULL && cancel_fired(cancel)) {
            block_free(block);
            return err_set(err, ERR_CANCELLED, "the copy was cancelled");
        }
        if (got == BLOCK_ALL_DONE)
            return true;
        if (got == BLOCK_NOT_YET)
            continue;
        bool ok = load_block(copy, block, err) && throttle(copy, err);
        block_free(block);
        if (!ok)
            return false;
    }
}

static unsigned start_readers(struct copy *copy, struct copy_thread *threads)
{
    unsigned started = 0;
    for (unsigned i = 0; i < copy->request->reader_count && i < copy->task_count; i++) {
        struct copy_thread *thread = &threads[started];
        thread->copy = copy;
        thread->connection = copy->request->readers[i];
        block_queue_open_writer(copy->queue);
        int failed = pthread_create(&thread->thread, NULL, reader_thread, thread);
        if (failed == 0) {
            started++;
            continue;
        }
        struct err err;
        err_set(&err, ERR_SYSTEM, "starting a reader thread: %s", strerror(failed));
        block_queue_close_writer(copy->queue);
        copy_fail(copy, &err);
    }
    return started;
}

static void copy_clear(struct copy *copy)
{
    for (unsigned i = 0; i < copy->task_count; i++)
        free(copy->tasks[i].after);
    free(copy->tasks);
    block_queue_free(copy->queue);
    meter_clear(&copy->meter);
    pthread_mutex_destroy(&copy->lock);
}

bool copy_run(const struct copy_request *request, struct err *err)
{
    struct copy_thread threads[POINT_READERS_MAX];
    struct copy copy = { .request = request, .queue = block_queue_new() };
    struct err mine = { .code = ERR_NONE };
    pthread_mutex_init(&copy.lock, NULL);
    meter_init(&copy.meter, request);
    list_tasks(&copy);
    unsigned started = start_readers(&copy, threads);
    if (!write_all(&copy, &mine))
        copy_fail(&copy, &mine);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i].thread, NULL);
    bool ok = !copy.failed;
    if (!ok)
        *err = copy.err;
    copy_clear(&copy);
    return ok;
}

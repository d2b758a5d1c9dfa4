/* apply_log.c - how fast the applier is, without a network: applies a log that is already here.
 *
 * usage: bench_apply_log LOG-DIRECTORY DATABASE [BATCH-TRANSACTIONS [BATCH-MIB [CACHE-MIB]]]
 * LOG-DIRECTORY holds binary log files and their `index`. DATABASE that does not exist is made, and
 * the log applied from its first byte; otherwise from the database's position. Prints one JSON
 * line. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "apply/apply.h"
#include "base/clock.h"
#include "engine/load.h"
#include "engine/sqlite/sqlite.h"

struct run {
    struct store *store;
    struct cancel *cancel;
};

static bool fail(const struct err *err)
{
    fprintf(stderr, "bench_apply_log: %s\n", err->text);
    return false;
}

/* The log's end is what the run is for. */
static void stop_at_end(const struct position *position, void *arg)
{
    struct run *run = arg;
    struct log_pos end = store_durable_end(run->store), at = { .offset = position->offset };
    if (store_find_file(run->store, position->file, &at.file) && log_pos_compare(at, end) >= 0)
        cancel_fire(run->cancel);
}

/* A database without any table, at the log's first byte. */
static bool start_from_nothing(struct engine *engine, struct store *store, enum flavour flavour,
                               struct err *err)
{
    struct position start = { .offset = BINLOG_MAGIC_SIZE };
    store_file_name(store, store_first_file(store), start.file);
    bool done =
        engine_load_begin(engine, flavour, true, err) && engine_load_finish(engine, &start, err);
    position_clear(&start);
    return done;
}

static bool first_flavour(struct store *store, enum flavour *out, struct err *err)
{
    AUTO(cursor) cursor = NULL;
    struct log_pos start = { store_first_file(store), BINLOG_MAGIC_SIZE };
    struct event event;
    if (!cursor_open(store, start, "bench", &cursor, err))
        return false;
    if (cursor_next(cursor, &event, err) == CURSOR_ERROR)
        return false;
    const struct format *format = cursor_format(cursor);
    *out = format != NULL ? format->flavour : FLAVOUR_MYSQL;
    return true;
}

static void report(const struct apply_status *status, uint64_t wall_us)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    double wall = (double)wall_us / 1e6;
    printf("{\"transactions\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"commits\":%" PRIu64
           ",\"wall_s\":%.3f,\"cpu_s\":%.3f,\"transactions_per_s\":%.0f,\"rows_per_s\":%.0f,"
           "\"rss_mib\":%ld}\n",
           status->transactions, status->rows, status->commits, wall, cpu,
           (double)status->transactions / wall, (double)status->rows / wall, use.ru_maxrss / 1024);
}

static bool apply_all(struct run *run, struct engine *engine, char **argv, int argc,
                      struct err *err)
{
    struct apply_options options = { .store = run->store, .engine = engine, .cancel = run->cancel };
    struct apply_status status = { 0 };
    options.batch_transactions = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    options.batch_bytes = argc > 4 ? strtoull(argv[4], NULL, 10) << 20 : 0;
    options.on_commit = stop_at_end;
    options.on_commit_arg = run;
    AUTO(apply) apply = apply_new(&options);
    struct position position = { .offset = 0 };
    if (!engine->ops->position(engine, &position, err))
        return false;
    stop_at_end(&position, run); /* there may be nothing to do */
    position_clear(&position);
    uint64_t start = clock_monotonic_us();
    if (!apply_run(apply, err))
        return false;
    uint64_t wall_us = clock_monotonic_us() - start;
    apply_status(apply, &status);
    report(&status, wall_us);
    apply_status_clear(&status);
    return true;
}

static bool bench(int argc, char **argv, struct err *err)
{
    struct store_options log = { .dir = argv[1], .read_only = true };
    struct sqlite_engine_options database = { .path = argv[2] };
    struct position position = { .offset = 0 };
    enum flavour flavour = FLAVOUR_MYSQL;
    AUTO(store) store = NULL;
    AUTO(engine) engine = NULL;
    AUTO(cancel) cancel = cancel_new();
    database.page_cache_bytes = argc > 5 ? strtoull(argv[5], NULL, 10) << 20 : 0;
    if (!store_open(&log, &store, err) || !first_flavour(store, &flavour, err) ||
        !sqlite_engine_open(&database, &engine, err) ||
        !engine->ops->position(engine, &position, err))
        return false;
    bool is_new = position.file[0] == '\0';
    position_clear(&position);
    if (is_new && !start_from_nothing(engine, store, flavour, err))
        return false;
    struct run run = { store, cancel };
    return apply_all(&run, engine, argv, argc, err);
}

int main(int argc, char **argv)
{
    struct err err = { 0 };
    if (argc < 3) {
        fprintf(stderr, "usage: bench_apply_log LOG-DIRECTORY DATABASE [BATCH-TRANSACTIONS"
                        " [BATCH-MIB [CACHE-MIB]]]\n");
        return 2;
    }
    return bench(argc, argv, &err) || fail(&err) ? 0 : 1;
}

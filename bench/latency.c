/* latency.c - commit on a source to visible on a replica.
 *
 * usage: bench_latency SOURCE_PORT sqlite:FILE|dump:PORT:USER:PASSWORD|PORT RATE SECONDS
 * One thread inserts ids into bench.beat on the source at RATE a second (autocommit, open loop) as
 * root without a password (or with one: PORT:PASSWORD); the other asks the replica for the greatest
 * id every 100 microseconds: over SQL from a server's port, or from an SQLite file with a read-only
 * connection of its own. dump: instead of asking, a client of that port reads the log as a replica
 * does, and a row counts as seen when its commit has come: its lag may be below zero, for a source
 * may send before it answers. Prints one JSON line: milliseconds from the source's answer to the
 * commit until the row was seen (median, 99th percentile, maximum; the first tenth is warm-up). The
 * table must be there on both sides. Writes and asks with the servers' own client library, not our
 * protocol code. */
// SPDX-License-Identifier: Apache-2.0
#include <mysql.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/memory.h"
#include "binlog/event.h"
#include "net/connection.h"

enum { POLL_US = 100, GRACE_SECONDS = 20 };

struct run {
    const char *source;
    long rate;
    long count;
    uint64_t *acked; /* index: id */
    uint64_t *seen;
};

/* PORT[:PASSWORD] */
static MYSQL *dial(const char *place)
{
    MYSQL *mysql = mysql_init(NULL);
    const char *colon = strchr(place, ':');
    if (mysql_real_connect(mysql, "127.0.0.1", "root", colon != NULL ? colon + 1 : "", "bench",
                           (unsigned)atoi(place), NULL, 0) == NULL) {
        fprintf(stderr, "bench_latency: port %d: %s\n", atoi(place), mysql_error(mysql));
        exit(1);
    }
    return mysql;
}

static void *write_rows(void *arg)
{
    struct run *run = arg;
    MYSQL *mysql = dial(run->source);
    uint64_t start = clock_monotonic_us();
    for (long id = 1; id <= run->count; id++) {
        uint64_t due = start + (uint64_t)id * 1000000 / (uint64_t)run->rate;
        uint64_t now = clock_monotonic_us();
        if (now < due)
            usleep((useconds_t)(due - now));
        char sql[128];
        int n = snprintf(sql, sizeof sql,
                         "INSERT INTO beat VALUES (%ld, NOW(6), 'payload of a small row')", id);
        if (mysql_real_query(mysql, sql, (unsigned long)n) != 0) {
            fprintf(stderr, "bench_latency: %s\n", mysql_error(mysql));
            exit(1);
        }
        run->acked[id] = clock_monotonic_us();
    }
    mysql_close(mysql);
    return NULL;
}

/* ---- the replica's side: the greatest id ---- */

struct replica {
    MYSQL *mysql;
    sqlite3_stmt *greatest;
};

static void replica_open(struct replica *replica, const char *where)
{
    sqlite3 *db;
    replica->mysql = NULL;
    if (strncmp(where, "sqlite:", 7) != 0) {
        replica->mysql = dial(where);
        return;
    }
    if (sqlite3_open_v2(where + 7, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT max(id) FROM \"bench.beat\"", -1, &replica->greatest,
                           NULL) != SQLITE_OK) {
        fprintf(stderr, "bench_latency: %s: %s\n", where, sqlite3_errmsg(db));
        exit(1);
    }
}

static long replica_greatest(struct replica *replica)
{
    long id = 0;
    if (replica->mysql == NULL) {
        if (sqlite3_step(replica->greatest) == SQLITE_ROW)
            id = (long)sqlite3_column_int64(replica->greatest, 0);
        sqlite3_reset(replica->greatest);
        return id;
    }
    if (mysql_query(replica->mysql, "SELECT MAX(id) FROM beat") != 0)
        return 0;
    MYSQL_RES *result = mysql_store_result(replica->mysql);
    MYSQL_ROW row = mysql_fetch_row(result);
    id = row != NULL && row[0] != NULL ? atol(row[0]) : 0;
    mysql_free_result(result);
    return id;
}

static bool watch(struct run *run, struct replica *replica, uint64_t deadline)
{
    long last = 0;
    while (last < run->count && clock_monotonic_us() < deadline) {
        long id = replica_greatest(replica);
        uint64_t now = clock_monotonic_us();
        for (; last < id && last < run->count; last++)
            run->seen[last + 1] = now;
        usleep(POLL_US);
    }
    if (last < run->count)
        fprintf(stderr, "bench_latency: %ld of %ld rows were seen\n", last, run->count);
    return last == run->count;
}

/* ---- a client below ---- */

static bool ask_end(const char *source, char file[256], uint64_t *offset)
{
    MYSQL *mysql = dial(source);
    bool ok = mysql_query(mysql, "SHOW MASTER STATUS") == 0;
    MYSQL_RES *result = ok ? mysql_store_result(mysql) : NULL;
    MYSQL_ROW row = result != NULL ? mysql_fetch_row(result) : NULL;
    ok = row != NULL;
    if (ok) {
        snprintf(file, 256, "%s", row[0]);
        *offset = strtoull(row[1], NULL, 10);
    }
    if (result != NULL)
        mysql_free_result(result);
    mysql_close(mysql);
    return ok;
}

static bool follow(const char *where, const char *source, struct connection **out, struct err *err)
{
    static char user[64], password[64], file[256];
    unsigned port = 0;
    struct dump_request request = { .server_id = 99999, .flags = 0x2, .file = file };
    if (sscanf(where, "dump:%u:%63[^:]:%63s", &port, user, password) != 3 ||
        !ask_end(source, file, &request.offset))
        return err_set(err, ERR_CONFIG, "no place to follow %s from", where);
    struct source_address address = { .host = "127.0.0.1",
                                      .port = (uint16_t)port,
                                      .user = user,
                                      .password = password,
                                      .ssl_mode = SSL_MODE_DISABLED,
                                      .get_server_public_key = true,
                                      .connect_timeout_ms = 5000 };
    return connection_open(&address, NULL, out, err) &&
           connection_execute(*out, "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum",
                              err) &&
           connection_execute(*out, "SET @mariadb_slave_capability = 4", err) &&
           connection_dump(*out, &request, err);
}

static bool watch_dump(struct run *run, struct connection *connection)
{
    struct err err;
    connection_set_read_timeout(connection, GRACE_SECONDS * 1000);
    for (long last = 0; last < run->count;) {
        struct dump_piece piece = { 0 };
        bool more, end = false;
        if (!connection_next_piece(connection, &piece, &more, &end, &err) || end) {
            fprintf(stderr, "bench_latency: %s\n", end ? "the log ended" : err.text);
            return false;
        }
        if (piece.first && piece.bytes.data[4] == EVENT_XID)
            run->seen[++last] = clock_monotonic_us();
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_figures(const struct run *run)
{
    long skip = run->count / 10;
    long n = run->count - skip;
    double *lag = memory_new((size_t)n * sizeof *lag);
    for (long i = 0; i < n; i++)
        lag[i] = ((double)run->seen[skip + i + 1] - (double)run->acked[skip + i + 1]) / 1000;
    qsort(lag, (size_t)n, sizeof *lag, by_size);
    printf("{\"median_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"count\": %ld}\n",
           lag[n / 2], lag[n * 99 / 100], lag[n - 1], n);
    free(lag);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_latency SOURCE_PORT sqlite:FILE|dump:PORT:USER:PASSWORD|PORT "
                        "RATE SECONDS\n");
        return 2;
    }
    struct run run = { .source = argv[1], .rate = atol(argv[3]) };
    run.count = run.rate * atol(argv[4]);
    run.acked = memory_new((size_t)(run.count + 1) * sizeof *run.acked);
    run.seen = memory_new((size_t)(run.count + 1) * sizeof *run.seen);
    struct replica replica;
    struct connection *below = NULL;
    struct err err;
    bool is_dump = strncmp(argv[2], "dump:", 5) == 0;
    if (!is_dump)
        replica_open(&replica, argv[2]);
    else if (!follow(argv[2], run.source, &below, &err)) {
        fprintf(stderr, "bench_latency: %s: %s\n", argv[2], err.text);
        return 1;
    }
    pthread_t writer;
    if (pthread_create(&writer, NULL, write_rows, &run) != 0)
        return 1;
    uint64_t deadline = clock_monotonic_us() + (uint64_t)(atol(argv[4]) + GRACE_SECONDS) * 1000000;
    bool ok = is_dump ? watch_dump(&run, below) : watch(&run, &replica, deadline);
    pthread_join(writer, NULL);
    connection_free(below);
    if (ok)
        print_figures(&run);
    return ok ? 0 : 1;
}

/* test_faults.c - a disk that fails at its n-th write, for every n; and kill -9 at any moment.
 *
 * A ledger: transaction i inserts row i and commits position i. Whatever happens, afterwards the
 * database is sound, it holds the rows up to its position and no other, and no commit that was
 * reported is missing. */
// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include "../../unit/engine/engine_fixture.h"
#include "faulty_vfs.h"

enum { TRANSACTIONS = 24, KILLS = 40 };

static bool ledger_transaction(struct engine *engine, uint64_t i, struct err *err)
{
    struct position at = { .file = "b.000001", .offset = i };
    struct row_change change = { .kind = CHANGE_INSERT,
                                 .after = ROW(v_int((int64_t)i), v_text("x")) };
    struct engine_table *ledger = engine->ops->table(engine, "shop", "ledger");
    if (engine->ops->begin(engine, err) &&
        engine->ops->change(engine, ledger, &change, CHANGE_STRICT, err) &&
        engine->ops->commit(engine, &at, err))
        return true;
    engine->ops->rollback(engine);
    return false;
}

/* The last transaction whose commit was reported. */
static uint64_t write_ledger(struct engine *engine, uint64_t first, uint64_t last, struct err *err)
{
    for (uint64_t i = first; i <= last; i++) {
        if (!ledger_transaction(engine, i, err))
            return i - 1;
        if (i % 7 == 0 && !engine->ops->sync(engine, err))
            return i;
    }
    return last;
}

static void make_ledger(struct fixture *f)
{
    fixture_init(f, FLAVOUR_MYSQL, true);
    if (!fixture_ddl(f, "CREATE TABLE ledger (id INT PRIMARY KEY, v VARCHAR(9), KEY (v))"))
        fail_msg("%s", f->err.text);
    struct position none = { .file = "b.000001" };
    fixture_begin(f);
    if (!f->engine->ops->commit(f->engine, &none, &f->err))
        fail_msg("%s", f->err.text);
    engine_free(f->engine);
    f->engine = NULL;
}

static uint64_t check_ledger(struct fixture *f, uint64_t reported)
{
    struct position at = { .offset = 0 };
    uint64_t offset;
    char want[100];
    if (!fixture_open(f) || !f->engine->ops->position(f->engine, &at, &f->err))
        fail_msg("%s", f->err.text);
    offset = at.offset;
    position_clear(&at);
    if (offset < reported)
        fail_msg("commit %llu was reported, but only %llu is there", (unsigned long long)reported,
                 (unsigned long long)offset);
    if (strcmp(fixture_query(f, "PRAGMA integrity_check"), "ok") != 0)
        fail_msg("%s", f->text);
    snprintf(want, sizeof want, "%llu|%llu", (unsigned long long)offset,
             (unsigned long long)offset);
    if (strcmp(fixture_query(f, "SELECT count(*), coalesce(max(id),0) FROM \"shop.ledger\""),
               want) != 0)
        fail_msg("position %s, rows %s", want, f->text);
    return offset;
}

/* Small WAL: checkpoints happen in the middle of it all. */
static bool open_with_small_wal(struct fixture *f)
{
    struct sqlite_engine_options options = { .path = f->path, .wal_limit_bytes = 20 << 10 };
    return sqlite_engine_open(&options, &f->engine, &f->err);
}

static bool fault_at(long n, int code)
{
    struct fixture f;
    uint64_t reported = 0;
    make_ledger(&f);
    faulty.left = n;
    faulty.fired = false;
    faulty.code = code;
    faulty.unsynced = NULL;
    faulty.synced_again = 0;
    if (open_with_small_wal(&f))
        reported = write_ledger(f.engine, 1, TRANSACTIONS, &f.err);
    bool fired = faulty.fired;
    engine_free(f.engine);
    f.engine = NULL;
    faulty.left = -1;
    if (faulty.synced_again > 0)
        fail_msg("call %ld: a file was synced again whose sync had failed", n);
    (void)check_ledger(&f, reported);
    fixture_clear(&f);
    return fired;
}

TEST(faults, a_disk_that_fails_at_any_write_loses_no_reported_commit)
{
    long n = 0;
    faulty_install();
    while (fault_at(n, SQLITE_IOERR_WRITE))
        n++;
    CHECK(n > 50); /* the fault has been everywhere */
}

TEST(faults, a_disk_that_is_full_at_any_write_loses_no_reported_commit)
{
    long n = 0;
    faulty_install();
    while (fault_at(n, SQLITE_FULL))
        n += 3;
    CHECK(n > 50);
}

TEST(faults, a_sync_that_failed_is_never_tried_again)
{
    long n = 0;
    faulty_install();
    faulty.once = true;
    while (fault_at(n, SQLITE_IOERR_WRITE))
        n++;
    faulty.once = false;
    CHECK(n > 50);
}

static void child_main(const char *path, int pipe_end)
{
    struct sqlite_engine_options options = { .path = path, .wal_limit_bytes = 20 << 10 };
    struct position at = { .offset = 0 };
    struct engine *engine;
    struct err err;
    if (!sqlite_engine_open(&options, &engine, &err) || !engine->ops->position(engine, &at, &err))
        _exit(1);
    for (uint64_t i = at.offset + 1;; i++)
        if (!ledger_transaction(engine, i, &err) || write(pipe_end, &i, sizeof i) != sizeof i)
            _exit(1);
}

TEST(faults, a_kill_at_any_moment_leaves_rows_and_position_together)
{
    struct fixture f;
    uint64_t reported = 0;
    make_ledger(&f);
    for (unsigned round = 0; round < KILLS; round++) {
        int ends[2];
        uint64_t i;
        CHECK(pipe(ends) == 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            child_main(f.path, ends[1]);
        }
        close(ends[1]);
        for (unsigned n = 0; n <= round * 3 && read(ends[0], &i, sizeof i) == sizeof i; n++)
            reported = i;
        usleep(round % 7 * 100);
        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
        while (read(ends[0], &i, sizeof i) == sizeof i)
            reported = i;
        close(ends[0]);
        reported = check_ledger(&f, reported);
        engine_free(f.engine);
        f.engine = NULL;
        sqlite3_close(f.reader); /* the child must not inherit a connection */
        f.reader = NULL;
    }
    CHECK(reported > KILLS);
    fixture_clear(&f);
}

UNIT_MAIN(RUN(faults, a_disk_that_fails_at_any_write_loses_no_reported_commit),
          RUN(faults, a_disk_that_is_full_at_any_write_loses_no_reported_commit),
          RUN(faults, a_sync_that_failed_is_never_tried_again),
          RUN(faults, a_kill_at_any_moment_leaves_rows_and_position_together))

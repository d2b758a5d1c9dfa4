/* kill -9 at random moments: a child appends and rotates, and tells through a pipe what was
 * durable; the parent kills it, opens the log, and wants all of that, whole, in order. Bytes in the
 * page cache survive a killed process, so this is about the order of steps, not about the disk. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include "unit.h"
#include "log_maker.h"
#include "store_dir.h"

enum { FILES = 60, PER_FILE = 150, KILLS = 50 };

struct load {
    char dir[64];
    struct log_maker logs[FILES];
};

static void file_name(unsigned file, char name[32])
{
    snprintf(name, 32, "b.%06u", file + 1);
}

static void load_init(struct load *load)
{
    AUTO(gtid_set) before = gtid_set_new();
    struct err err;
    dir_make(load->dir);
    for (unsigned i = 0; i < FILES; i++) {
        log_maker_init(&load->logs[i], FLAVOUR_MARIADB, before);
        log_maker_add(&load->logs[i], i * PER_FILE + 1, (i + 1) * PER_FILE, i % 7 * 300);
        struct gtid gtid = log_maker_gtid(FLAVOUR_MARIADB, i * PER_FILE + 1);
        for (; gtid.seq <= (i + 1) * PER_FILE; gtid.seq++)
            if (!gtid_set_add(before, &gtid, &err))
                abort();
    }
}

/* One file from where the store stands; reports after every few transactions. */
static bool append_file(const struct load *load, struct store *store, unsigned file, int pipe_fd,
                        struct err *err)
{
    const struct log_maker *log = &load->logs[file];
    char name[32];
    size_t mark = 0;
    file_name(file, name);
    if (strcmp(store_write_name(store), name) != 0 && !store_start_file(store, name, err))
        return false;
    uint64_t offset = store_write_end(store).offset;
    while (mark < log->mark_count && log->marks[mark].end <= offset)
        mark++;
    for (; mark < log->mark_count; mark++) {
        if (!log_maker_write(log, store, mark, mark + 1, 1 + file % 5, err))
            return false;
        struct log_pos durable = store_durable_end(store);
        if (write(pipe_fd, &durable, sizeof durable) != (ssize_t)sizeof durable)
            return false;
    }
    return true;
}

static void child(const struct load *load, int pipe_fd)
{
    struct err err;
    struct store *store = NULL;
    struct store_options options = { .dir = load->dir };
    bool ok = store_open(&options, &store, &err);
    unsigned file = ok ? (unsigned)store_write_end(store).file : 0;
    for (; ok && file < FILES; file++)
        ok = append_file(load, store, file, pipe_fd, &err);
    if (!ok) {
        fprintf(stderr, "child: %s\n", err.text);
        _exit(1);
    }
    store_free(store);
    _exit(0);
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

/* Returns the last end that the child reported before it was killed; *finished: it was not. */
static struct log_pos run_and_kill(const struct load *load, unsigned delay_us, bool *finished)
{
    int fds[2];
    int status;
    struct log_pos last = { 0, 0 };
    struct log_pos next;
    struct timespec delay = { 0, (long)delay_us * 1000 };
    if (pipe(fds) != 0)
        abort();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child(load, fds[1]);
    }
    close(fds[1]);
    if (read(fds[0], &next, sizeof next) == (ssize_t)sizeof next)
        last = next; /* it is under way */
    nanosleep(&delay, NULL);
    kill(pid, SIGKILL);
    while (read(fds[0], &next, sizeof next) == (ssize_t)sizeof next)
        last = next;
    close(fds[0]);
    if (waitpid(pid, &status, 0) != pid || (WIFEXITED(status) && WEXITSTATUS(status) != 0))
        abort();
    *finished = WIFEXITED(status);
    return last;
}

static void check_log(const struct load *load, struct log_pos reported, void **unit_state)
{
    struct err err;
    struct store *store = NULL;
    struct store_options options = { .dir = load->dir };
    AUTO(cursor) cursor = NULL;
    struct event event;
    CHECK_OK(store_open(&options, &store, &err), err);
    struct log_pos end = store_durable_end(store);
    uint64_t transactions = 0;
    CHECK(log_pos_compare(end, reported) >= 0);
    CHECK_OK(cursor_open(store, (struct log_pos){ 0, 4 }, "check", &cursor, &err), err);
    enum cursor_result result;
    while ((result = cursor_next(cursor, &event, &err)) == CURSOR_EVENT) {
        struct log_pos at = cursor_event_start(cursor);
        const struct log_maker *log = &load->logs[at.file];
        CHECK(memcmp(event.raw.data, log->bytes.data + at.offset, event.raw.len) == 0);
        transactions += event.header.type == EVENT_XID;
    }
    CHECK_OK(result == CURSOR_END, err);
    CHECK(log_pos_compare(cursor_event_end(cursor), end) == 0);
    CHECK(gtid_set_count(store_gtids(store)) == transactions);
    cursor_free(cursor);
    cursor = NULL;
    store_free(store);
}

TEST(kill, at_any_moment_leaves_every_durable_transaction)
{
    static struct load load;
    unsigned seed = 20231114;
    load_init(&load);
    for (unsigned i = 0; i < KILLS; i++) {
        bool finished;
        struct log_pos reported = run_and_kill(&load, next_random(&seed) % 20000, &finished);
        check_log(&load, reported, unit_state);
        if (finished)
            dir_empty(load.dir);
    }
    for (unsigned i = 0; i < FILES; i++)
        log_maker_clear(&load.logs[i]);
    dir_remove(load.dir);
}

UNIT_MAIN(RUN(kill, at_any_moment_leaves_every_durable_transaction))

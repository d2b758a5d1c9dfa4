/* What is left of the log after any one call failed, any write was torn, or the power went.
 *
 * One scenario writes three files with commits, a spilled and rewound transaction, rotations and a
 * purge. It is cut short at every I/O call in turn; then the directory is opened again, and must
 * hold a prefix of what was written, up to a transaction boundary, with everything that was
 * reported durable in it; and the rest of the scenario must go on from there. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include "unit.h"
#include "faulty_files.c"
#include "log_maker.h"
#include "store_dir.h"

enum { FILES = 3, PER_FILE = 5, SMALL = 150, LARGE = 400 << 10 };
static const char *const names[FILES] = { "b.000001", "b.000002", "b.000003" };

struct scenario {
    char dir[64];
    struct log_maker logs[FILES];
    struct log_pos reported; /* the newest durable end that was seen */
    struct err err;
};

static void scenario_init(struct scenario *s, enum flavour flavour, size_t padding)
{
    AUTO(gtid_set) before = gtid_set_new();
    *s = (struct scenario){ .dir = "" };
    dir_make(s->dir);
    for (unsigned i = 0; i < FILES; i++) {
        log_maker_init(&s->logs[i], flavour, before);
        log_maker_add(&s->logs[i], i * PER_FILE + 1, (i + 1) * PER_FILE, padding);
        for (unsigned seq = i * PER_FILE + 1; seq <= (i + 1) * PER_FILE; seq++) {
            struct gtid gtid = log_maker_gtid(flavour, seq);
            if (!gtid_set_add(before, &gtid, &s->err))
                abort();
        }
    }
}

static void scenario_clear(struct scenario *s)
{
    for (unsigned i = 0; i < FILES; i++)
        log_maker_clear(&s->logs[i]);
    dir_remove(s->dir);
}

static void note_durable(struct scenario *s, const struct store *store)
{
    struct log_pos end = store_durable_end(store);
    if (log_pos_compare(end, s->reported) > 0)
        s->reported = end;
}

/* A transaction that breaks off after it was spilled to the file. */
static bool break_off(struct scenario *s, struct store *store, unsigned file, size_t mark)
{
    uint64_t from = s->logs[file].marks[mark - 1].end;
    struct bytes half = bytes_of(s->logs[file].bytes.data + from, 100);
    return store_write(store, half, &s->err) && store_flush(store, &s->err) &&
           store_rewind(store, &s->err);
}

/* Goes on from where the store stands, to the end of the three files. */
static bool scenario_go_on(struct scenario *s, struct store *store)
{
    struct log_pos at = store_write_end(store);
    for (unsigned file = (unsigned)at.file; file < FILES; file++) {
        const struct log_maker *log = &s->logs[file];
        size_t mark = 0;
        if (strcmp(store_write_name(store), names[file]) != 0 &&
            !store_start_file(store, names[file], &s->err))
            return false;
        uint64_t offset = store_write_end(store).offset;
        while (mark < log->mark_count && log->marks[mark].end <= offset)
            mark++;
        for (; mark < log->mark_count; mark++) {
            note_durable(s, store);
            if ((mark == 3 && !break_off(s, store, file, mark)) ||
                !log_maker_write(log, store, mark, mark + 1, 2, &s->err))
                return false;
        }
    }
    return true;
}

static bool scenario_purge(struct scenario *s, struct store *store)
{
    struct purge_limits limits = { .keep_bytes = 1 };
    unsigned dropped;
    char held[256];
    return store_purge(store, &limits, (struct log_pos){ 1, 4 }, &dropped, held, &s->err);
}

/* Runs it on these files until something fails. */
static bool scenario_run(struct scenario *s, struct files *files)
{
    struct store_options options = { .dir = s->dir, .files = files };
    struct store *store = NULL;
    if (!store_open(&options, &store, &s->err))
        return false;
    bool ok = scenario_go_on(s, store) && store_sync(store, &s->err);
    if (ok)
        note_durable(s, store);
    ok = ok && scenario_purge(s, store);
    note_durable(s, store);
    store_free(store);
    return ok;
}

/* "" when the directory is as promised; else what is wrong. */
static const char *scenario_verify(struct scenario *s)
{
    static char wrong[2400];
    struct store_options options = { .dir = s->dir };
    struct store *store = NULL;
    AUTO(cursor) cursor = NULL;
    struct event event;
    wrong[0] = 0;
    if (!store_open(&options, &store, &s->err)) {
        snprintf(wrong, sizeof wrong, "open: %s", s->err.text);
        return wrong;
    }
    struct log_pos end = store_durable_end(store);
    uint64_t seqs = 0;
    struct log_pos at = { store_first_file(store), 4 };
    if (log_pos_compare(end, s->reported) < 0)
        snprintf(wrong, sizeof wrong, "reported %u:%u, found %u:%u", (unsigned)s->reported.file,
                 (unsigned)s->reported.offset, (unsigned)end.file, (unsigned)end.offset);
    if (wrong[0] == 0 && !cursor_open(store, at, "verify", &cursor, &s->err))
        snprintf(wrong, sizeof wrong, "cursor: %s", s->err.text);
    enum cursor_result result = CURSOR_END;
    while (wrong[0] == 0 && (result = cursor_next(cursor, &event, &s->err)) == CURSOR_EVENT) {
        struct log_pos start = cursor_event_start(cursor);
        const struct log_maker *log = &s->logs[start.file];
        if (memcmp(event.raw.data, log->bytes.data + start.offset, event.raw.len) != 0)
            snprintf(wrong, sizeof wrong, "other bytes at %u:%u", (unsigned)start.file,
                     (unsigned)start.offset);
    }
    if (wrong[0] == 0 && result == CURSOR_ERROR)
        snprintf(wrong, sizeof wrong, "read: %s", s->err.text);
    for (unsigned file = 0; file < FILES && file <= end.file && end.offset > 0; file++)
        for (size_t i = 0; i < s->logs[file].mark_count; i++)
            seqs += s->logs[file].marks[i].has_gtid &&
                    (file < end.file || s->logs[file].marks[i].end <= end.offset);
    if (wrong[0] == 0 && gtid_set_count(store_gtids(store)) != seqs)
        snprintf(wrong, sizeof wrong, "%u GTIDs are known, %u are in the log",
                 (unsigned)gtid_set_count(store_gtids(store)), (unsigned)seqs);
    cursor_free(cursor);
    cursor = NULL;
    if (wrong[0] == 0 && (!scenario_go_on(s, store) || !store_sync(store, &s->err)))
        snprintf(wrong, sizeof wrong, "going on: %s", s->err.text);
    else if (wrong[0] == 0 &&
             log_pos_compare(store_durable_end(store),
                             (struct log_pos){ FILES - 1, s->logs[FILES - 1].bytes.len }) != 0)
        snprintf(wrong, sizeof wrong, "it does not end where all is written");
    store_free(store);
    return wrong;
}

static void scenario_reset(struct scenario *s)
{
    dir_empty(s->dir);
    s->reported = (struct log_pos){ 0, 0 };
}

/* Fails call after call until a run needs no further one. Returns how many runs failed. */
static unsigned sweep(struct scenario *s, const struct faulty_files *plan)
{
    bool reached = true;
    unsigned runs = 0;
    for (uint64_t n = 1; reached; n++) {
        struct faulty_files f;
        scenario_reset(s);
        faulty_files_init(&f, s->dir);
        f.fail_at = n;
        f.fail_errno = plan->fail_errno;
        f.stay_dead = plan->stay_dead;
        (void)scenario_run(s, &f.files);
        reached = f.failed;
        faulty_files_clear(&f);
        const char *wrong = scenario_verify(s);
        if (wrong[0] != 0)
            fail_msg("call %u failed: %s", (unsigned)n, wrong);
        runs += reached;
    }
    return runs;
}

TEST(crash, of_any_single_call_leaves_a_log_that_goes_on)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        struct scenario s;
        struct faulty_files eio = { .fail_errno = EIO };
        struct faulty_files full = { .fail_errno = ENOSPC };
        scenario_init(&s, (enum flavour)flavour, SMALL);
        CHECK(sweep(&s, &eio) > 50);
        CHECK(sweep(&s, &full) > 50);
        scenario_clear(&s);
    }
}

TEST(crash, of_the_process_at_any_call_leaves_a_log_that_goes_on)
{
    struct scenario s;
    struct faulty_files dead = { .fail_errno = EIO, .stay_dead = true };
    scenario_init(&s, FLAVOUR_MARIADB, SMALL);
    CHECK(sweep(&s, &dead) > 50);
    scenario_clear(&s);
}

TEST(crash, with_any_write_torn_at_any_byte_leaves_a_log_that_goes_on)
{
    struct scenario s;
    bool reached = true;
    uint64_t n = 1;
    scenario_init(&s, FLAVOUR_MYSQL, SMALL);
    for (; reached; n++) {
        size_t len = 1;
        for (size_t torn = 0; torn < len; torn++) {
            struct faulty_files f;
            scenario_reset(&s);
            faulty_files_init(&f, s.dir);
            f.fail_at = n;
            f.stay_dead = true;
            f.tear_bytes = torn;
            (void)scenario_run(&s, &f.files);
            reached = f.failed;
            len = f.failed_write_len;
            faulty_files_clear(&f);
            const char *wrong = scenario_verify(&s);
            if (wrong[0] != 0)
                fail_msg("call %u torn at byte %zu: %s", (unsigned)n, torn, wrong);
        }
    }
    CHECK(n > 50);
    scenario_clear(&s);
}

/* The power goes at call n. Returns what is wrong afterwards. */
static const char *cut_at(struct scenario *s, uint64_t n, unsigned variant, bool lies,
                          bool *reached)
{
    struct faulty_files f;
    scenario_reset(s);
    faulty_files_init(&f, s->dir);
    f.fail_at = n;
    f.stay_dead = true;
    f.lies = lies;
    (void)scenario_run(s, &f.files);
    *reached = f.failed;
    faulty_files_power_cut(&f, (enum cut_bytes)(variant % 4), (enum cut_names)(variant / 4 % 2),
                           variant * 7919u + (unsigned)n);
    faulty_files_clear(&f);
    return scenario_verify(s);
}

TEST(crash, of_the_power_at_any_call_loses_nothing_that_was_durable)
{
    struct scenario s;
    scenario_init(&s, FLAVOUR_MARIADB, SMALL);
    for (unsigned variant = 0; variant < 24; variant++) {
        bool reached = true;
        uint64_t n = 1;
        for (; reached; n++) {
            const char *wrong = cut_at(&s, n, variant, false, &reached);
            if (wrong[0] != 0)
                fail_msg("variant %u, power cut at call %u: %s", variant, (unsigned)n, wrong);
        }
        CHECK(n > 50);
    }
    scenario_clear(&s);
}

/* Large transactions: they are spilled to the file before their mark, and the GTID index gets
 * points while the file grows. */
TEST(crash, of_the_power_among_large_transactions_loses_nothing_that_was_durable)
{
    struct scenario s;
    bool reached = true;
    uint64_t n = 1;
    scenario_init(&s, FLAVOUR_MARIADB, LARGE);
    for (; reached; n++) {
        const char *wrong =
            cut_at(&s, n, n % 2 == 0 ? CUT_BYTES_SECTORS : CUT_BYTES_PREFIX, false, &reached);
        if (wrong[0] != 0)
            fail_msg("power cut at call %u: %s", (unsigned)n, wrong);
    }
    CHECK(n > 50);
    scenario_clear(&s);
}

/* The process dies at call n, or that call fails and ends it; it is started again, says what is
 * durable; then the power goes. */
static const char *end_then_cut(struct scenario *s, uint64_t n, unsigned variant, bool dies,
                                bool *reached)
{
    struct faulty_files f;
    struct store *store = NULL;
    scenario_reset(s);
    faulty_files_init(&f, s->dir);
    struct store_options options = { .dir = s->dir, .files = &f.files };
    f.fail_at = n;
    f.stay_dead = dies;
    (void)scenario_run(s, &f.files);
    *reached = f.failed;
    f.stay_dead = true;
    f.failed = false;
    f.fail_at = 0;
    if (!store_open(&options, &store, &s->err))
        return s->err.text;
    note_durable(s, store);
    f.failed = true; /* from here on nothing reaches the disk */
    f.fail_at = f.calls;
    store_free(store);
    faulty_files_power_cut(&f, (enum cut_bytes)(variant % 4), CUT_NAMES_SYNCED, variant + 1);
    faulty_files_clear(&f);
    return scenario_verify(s);
}

TEST(crash, of_the_power_after_a_restart_loses_nothing_that_the_restart_called_durable)
{
    struct scenario s;
    scenario_init(&s, FLAVOUR_MYSQL, SMALL);
    for (unsigned variant = 0; variant < 8; variant++) {
        bool reached = true;
        uint64_t n = 1;
        for (; reached; n++) {
            const char *wrong = end_then_cut(&s, n, variant, true, &reached);
            if (wrong[0] != 0)
                fail_msg("variant %u, death at call %u: %s", variant, (unsigned)n, wrong);
        }
        CHECK(n > 50);
    }
    scenario_clear(&s);
}

/* What a failed datasync left in the page cache reads well and counts as clean: opening the log
 * must not call it durable because a second datasync says so. */
TEST(crash, of_the_power_after_a_failed_call_and_a_restart_loses_nothing_that_was_durable)
{
    struct scenario s;
    scenario_init(&s, FLAVOUR_MARIADB, SMALL);
    for (unsigned variant = 0; variant < 4; variant++) {
        bool reached = true;
        uint64_t n = 1;
        for (; reached; n++) {
            const char *wrong = end_then_cut(&s, n, variant, false, &reached);
            if (wrong[0] != 0)
                fail_msg("variant %u, call %u failed: %s", variant, (unsigned)n, wrong);
        }
        CHECK(n > 50);
    }
    scenario_clear(&s);
}

TEST(crash, on_a_disk_that_lies_is_noticed_by_this_test)
{
    struct scenario s;
    unsigned noticed = 0;
    bool reached = true;
    scenario_init(&s, FLAVOUR_MARIADB, SMALL);
    for (uint64_t n = 1; reached; n++)
        noticed += cut_at(&s, n, CUT_BYTES_LOST, true, &reached)[0] != 0;
    CHECK(noticed > 20);
    scenario_clear(&s);
}

static void check_refuses_all(struct store *store, struct log_pos durable, void **unit_state)
{
    struct err err;
    CHECK(!store_write(store, bytes_of("x", 1), &err) && err.code == ERR_SYSTEM);
    CHECK(!store_mark(store, NULL, &err) && !store_flush(store, &err));
    CHECK(!store_sync(store, &err) && !store_rewind(store, &err));
    CHECK(!store_start_file(store, "b.000009", &err));
    CHECK(!store_wait(store, durable, 60000, &err) && err.code == ERR_SYSTEM);
    CHECK(log_pos_compare(store_durable_end(store), durable) == 0);
}

TEST(store, that_failed_says_so_and_never_syncs_again)
{
    for (unsigned call = 1; call <= 2; call++) { /* the pwrite of a commit, then its datasync */
        struct scenario s;
        struct faulty_files f;
        struct store *store = NULL;
        struct err err;
        scenario_init(&s, FLAVOUR_MYSQL, SMALL);
        faulty_files_init(&f, s.dir);
        struct store_options options = { .dir = s.dir, .files = &f.files };
        CHECK_OK(store_open(&options, &store, &err), err);
        CHECK_OK(store_start_file(store, names[0], &err), err);
        CHECK_OK(log_maker_write(&s.logs[0], store, 0, 3, 1, &err), err);
        struct log_pos durable = store_durable_end(store);
        f.fail_at = f.calls + call;
        f.fail_errno = ENOSPC;
        CHECK(!log_maker_write(&s.logs[0], store, 3, 4, 1, &err));
        CHECK(err.code == ERR_SYSTEM && err.os_errno == ENOSPC);
        CHECK(strstr(err.text, "is full") != NULL);
        uint64_t calls = f.calls;
        check_refuses_all(store, durable, unit_state);
        CHECK(f.calls == calls);
        store_free(store);
        CHECK_OK(store_open(&options, &store, &err), err); /* space came back */
        CHECK_OK(scenario_go_on(&s, store), s.err);
        CHECK_OK(store_sync(store, &err), err);
        store_free(store);
        faulty_files_clear(&f);
        scenario_clear(&s);
    }
}

UNIT_MAIN(RUN(crash, of_any_single_call_leaves_a_log_that_goes_on),
          RUN(crash, of_the_process_at_any_call_leaves_a_log_that_goes_on),
          RUN(crash, with_any_write_torn_at_any_byte_leaves_a_log_that_goes_on),
          RUN(crash, of_the_power_at_any_call_loses_nothing_that_was_durable),
          RUN(crash, of_the_power_among_large_transactions_loses_nothing_that_was_durable),
          RUN(crash, of_the_power_after_a_restart_loses_nothing_that_the_restart_called_durable),
          RUN(crash, of_the_power_after_a_failed_call_and_a_restart_loses_nothing_that_was_durable),
          RUN(crash, on_a_disk_that_lies_is_noticed_by_this_test),
          RUN(store, that_failed_says_so_and_never_syncs_again))

/* test_prepared.c - a disk that fails at its n-th write, for every n, while XA transactions are
 * prepared and decided: what is kept is always what the position says.
 *
 * Step i of 3k + 1: prepare k; 3k + 2: nothing; 3k + 3: forget k. So between two steps at most one
 * is kept, and position i tells whether. */
// SPDX-License-Identifier: Apache-2.0
#include "../../unit/engine/engine_fixture.h"
#include "engine/prepared.h"
#include "faulty_vfs.h"

enum { STEPS = 12, BODY = 9000, START = 1000 };

static bool do_step(struct engine *engine, uint64_t i, struct err *err)
{
    char xid[20];
    bool found = false;
    static uint8_t body[BODY];
    struct prepared prepared = { xid, "", "b.000001", i };
    struct prepared_event event = { 30, "", bytes_of(body, sizeof body) };
    snprintf(xid, sizeof xid, "%d", (int)((i - 1) / 3));
    switch (i % 3) {
    case 1:
        return engine_prepared_begin(engine, &prepared, err) &&
               engine_prepared_keep(engine, xid, &event, err);
    case 2:
        return true;
    default:
        return engine_prepared_forget(engine, xid, &found, err) && found;
    }
}

/* The last step whose commit was reported. */
static uint64_t run_steps(struct engine *engine, struct err *err)
{
    for (uint64_t i = 1; i <= STEPS; i++) {
        struct position at = { .file = "b.000001", .offset = i };
        if (engine->ops->begin(engine, err) && do_step(engine, i, err) &&
            engine->ops->commit(engine, &at, err))
            continue;
        engine->ops->rollback(engine);
        return i - 1;
    }
    return STEPS;
}

static void check_kept(struct fixture *f, uint64_t reported)
{
    struct position at = { .offset = 0 };
    if (!fixture_open(f) || !f->engine->ops->position(f->engine, &at, &f->err))
        fail_msg("%s", f->err.text);
    uint64_t offset = at.offset == START ? 0 : at.offset; /* before the first step */
    position_clear(&at);
    if (offset < reported)
        fail_msg("step %d was reported, but only %d is there", (int)reported, (int)offset);
    const char *want = offset % 3 == 0 ? "0" : "1";
    if (strcmp(fixture_query(f, "SELECT count(*) FROM binlogd_prepared"), want) != 0 ||
        strcmp(fixture_query(f, "SELECT count(*) FROM binlogd_prepared_event"), want) != 0)
        fail_msg("step %d: %s kept", (int)offset, f->text);
}

static bool fault_at(long n, int code)
{
    struct fixture f;
    uint64_t reported = 0;
    struct sqlite_engine_options options = { .wal_limit_bytes = 20 << 10 };
    struct position start = { .file = "b.000001", .offset = START };
    fixture_init(&f, FLAVOUR_MYSQL, true);
    fixture_begin(&f);
    if (!f.engine->ops->commit(f.engine, &start, &f.err))
        fail_msg("%s", f.err.text);
    engine_free(f.engine);
    f.engine = NULL;
    options.path = f.path;
    faulty.left = n;
    faulty.fired = false;
    faulty.code = code;
    if (sqlite_engine_open(&options, &f.engine, &f.err))
        reported = run_steps(f.engine, &f.err);
    bool fired = faulty.fired;
    engine_free(f.engine);
    f.engine = NULL;
    faulty.left = -1;
    check_kept(&f, reported);
    fixture_clear(&f);
    return fired;
}

TEST(prepared_faults, what_is_kept_is_what_the_position_says)
{
    long n = 0;
    faulty_install();
    while (fault_at(n, n % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_FULL))
        n++;
    CHECK(n > 50); /* the fault has been everywhere */
}

UNIT_MAIN(RUN(prepared_faults, what_is_kept_is_what_the_position_says))

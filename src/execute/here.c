/* here.c - which statements the loop's own thread runs.
 *
 * Waking a reader's thread, and the loop again, takes longer than most statements of an application
 * do. So a statement that was quick when a reader ran it runs on the loop's thread the next time:
 * within a number of SQLite's steps, and without reading the catalog again. One that needs more is
 * given up and begun again by a reader, and its text is not tried any more. What all of them take
 * together is bounded: others wait for the loop, too. And where many clients share the loop, the
 * longer ones go to a reader that is free.
 *
 * Texts are known by their hash, in a table that forgets: a text that shares its place with another
 * has to be quick anew. */
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "execute/state.h"

enum {
    TEXT_MAX = 4096,      /* longer ones are not the same again */
    QUICK_US = 300,       /* a statement is quick that takes no longer */
    LATE_US = 2000,       /* too long, though within its steps: a page had to come from disk */
    WORTH_WAKING_US = 50, /* shorter ones cost less than to wake a reader, and the loop again */
    CROWD = 3,            /* statements of others since a client's last: so many share the loop */
    WINDOW_US = 4000,     /* in each window of time, */
    SPENT_MAX_US = 3000,  /* statements run here for so long */
};

uint64_t here_hash(const struct execution *e)
{
    struct bytes text = e->request.text;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    if (e->request.kind != EXECUTE_STATEMENT || e->request.cursor != 0 || text.len > TEXT_MAX)
        return 0;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ text.data[i]) * 1099511628211u;
    return hash | 1;
}

static struct quick_text *place_of(const struct execution *e)
{
    return &e->executor->quick[e->text_hash >> 1 & (EXECUTE_QUICK_TEXTS - 1)];
}

static void put(const struct execution *e, uint64_t what)
{
    atomic_store_explicit(&place_of(e)->hash, what, memory_order_relaxed);
}

static bool holds(const struct execution *e, uint64_t what)
{
    return atomic_load_explicit(&place_of(e)->hash, memory_order_relaxed) == what;
}

/* What it mostly takes: a quarter of it is the newest. Two threads at once lose one of theirs. */
static void note_time(const struct execution *e, uint64_t took_us)
{
    atomic_uint *mean_us = &place_of(e)->took_us;
    unsigned took = took_us < LATE_US ? (unsigned)took_us : LATE_US;
    unsigned before = atomic_load_explicit(mean_us, memory_order_relaxed);
    atomic_store_explicit(mean_us, (3 * before + took) / 4, memory_order_relaxed);
}

static bool has_time(struct executor *x)
{
    uint64_t now_us = clock_monotonic_us();
    if (now_us - x->here_window_us >= WINDOW_US) {
        x->here_window_us = now_us;
        x->here_spent_us = 0;
    }
    return x->here_spent_us < SPENT_MAX_US;
}

void here_count(struct execution *e)
{
    uint64_t turn = ++e->executor->turns;
    e->others = turn - e->turn - 1;
    e->turn = turn;
}

/* Where many speak, one core does not do for all: what is worth waking a reader goes there. */
static bool is_for_reader(const struct execution *e)
{
    return e->others >= CROWD && e->stage != TRANSACTION_WRITING &&
           atomic_load_explicit(&place_of(e)->took_us, memory_order_relaxed) >= WORTH_WAKING_US &&
           executor_has_free_reader(e->executor);
}

bool here_may_run(const struct execution *e)
{
    return e->text_hash != 0 && holds(e, e->text_hash) && has_time(e->executor) &&
           !is_for_reader(e);
}

void here_note(const struct execution *e, uint64_t took_us)
{
    bool was_too_long = holds(e, e->text_hash - 1);
    if (e->text_hash == 0 || took_us > QUICK_US || was_too_long)
        return;
    if (!holds(e, e->text_hash))
        atomic_store_explicit(&place_of(e)->took_us, (unsigned)took_us, memory_order_relaxed);
    put(e, e->text_hash);
    note_time(e, took_us);
}

void here_ran(const struct execution *e, uint64_t took_us)
{
    e->executor->here_spent_us += took_us;
    note_time(e, took_us);
    if (e->was_long)
        put(e, e->text_hash - 1);
    else if (took_us > LATE_US)
        put(e, 0);
}

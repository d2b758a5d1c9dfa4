/* here.c - which statements the loop's own thread runs.
 *
 * Waking a reader's thread, and the loop again, takes longer than most statements of an application
 * do. So a statement that was quick when a reader ran it runs on the loop's thread the next time:
 * within a number of SQLite's steps, and without reading the catalog again. One that needs more is
 * given up and begun again by a reader, and its text is not tried any more. What all of them take
 * together is bounded: others wait for the loop, too.
 *
 * Texts are known by their hash, in a table that forgets: a text that shares its place with another
 * has to be quick anew. */
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "execute/state.h"

enum {
    TEXT_MAX = 4096,     /* longer ones are not the same again */
    QUICK_US = 300,      /* a statement is quick that takes no longer */
    LATE_US = 2000,      /* too long, though within its steps: a page had to come from disk */
    WINDOW_US = 4000,    /* in each window of time, */
    SPENT_MAX_US = 3000, /* statements run here for so long */
};

/* The last bit of what stands in the table: 0, it was tried and was too long. */
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

static atomic_uint_least64_t *place_of(const struct execution *e)
{
    return &e->executor->quick[e->text_hash >> 1 & (EXECUTE_QUICK_TEXTS - 1)];
}

static void put(const struct execution *e, uint64_t what)
{
    atomic_store_explicit(place_of(e), what, memory_order_relaxed);
}

static bool holds(const struct execution *e, uint64_t what)
{
    return atomic_load_explicit(place_of(e), memory_order_relaxed) == what;
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

bool here_may_run(const struct execution *e)
{
    return e->text_hash != 0 && holds(e, e->text_hash) && has_time(e->executor);
}

void here_note(const struct execution *e, uint64_t took_us)
{
    bool was_too_long = holds(e, e->text_hash - 1);
    if (e->text_hash != 0 && took_us <= QUICK_US && !was_too_long)
        put(e, e->text_hash);
}

void here_ran(const struct execution *e, uint64_t took_us)
{
    e->executor->here_spent_us += took_us;
    if (e->was_long)
        put(e, e->text_hash - 1);
    else if (took_us > LATE_US)
        put(e, 0);
}

/* delay.c - a delayed replica: a transaction begins when it is so many seconds old.
 *
 * Its age counts from its commit on the source that is followed, by that server's clock, second for
 * second as that server's own replicas count it. What came before is committed first, so that the
 * wait holds nothing open: readers see it, and purge may go up to it. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/state.h"
#include "base/clock.h"

enum { LOOK_MS = 500 }; /* the wall clock may be set meanwhile */
#define US_PER_S UINT64_C(1000000)

static void publish_wait(struct apply *apply, uint64_t commit_us)
{
    pthread_mutex_lock(&apply->shared.lock);
    apply->shared.status.delayed_commit_us = commit_us;
    pthread_mutex_unlock(&apply->shared.lock);
}

/* False: it was asked to stop. */
static bool sleep_until(struct apply *apply, uint64_t due_us)
{
    for (uint64_t now_us; (now_us = clock_wall_us()) < due_us;) {
        uint64_t left_ms = (due_us - now_us) / 1000 + 1;
        if (cancel_sleep(apply->options.cancel, left_ms < LOOK_MS ? (unsigned)left_ms : LOOK_MS))
            return false;
    }
    return true;
}

bool apply_wait_delay(struct apply *apply, uint64_t commit_us, struct err *err)
{
    uint64_t due_us = commit_us + apply->options.delay_s * US_PER_S;
    if (apply->options.delay_s == 0 || commit_us == 0 || clock_wall_us() >= due_us)
        return true;
    if (!apply_commit(apply, err) || !apply_sync_engine(apply, err))
        return false;
    publish_wait(apply, commit_us);
    apply_set_state(apply, "delaying");
    bool is_due = sleep_until(apply, due_us);
    publish_wait(apply, 0);
    apply_set_state(apply, apply->one_by_one ? "checking" : "applying");
    return is_due || err_set(err, ERR_CANCELLED, "asked to stop");
}

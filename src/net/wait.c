/* wait.c - one poll over a descriptor and a cancel. */
// SPDX-License-Identifier: Apache-2.0
#include "net/wait.h"
#include <errno.h>
#include <poll.h>
#include "base/bug.h"
#include "base/clock.h"
#include "net/cancel.h"

enum { POLL_AT_MOST_MS = 60000 };

uint64_t wait_deadline(unsigned timeout_ms)
{
    return timeout_ms == 0 || BUG(DEADLINE_IGNORED) ? WAIT_FOR_EVER
                                                    : clock_monotonic_ms() + timeout_ms;
}

/* For poll: -1 without a deadline. */
static int wait_left_ms(uint64_t deadline_ms)
{
    if (deadline_ms == WAIT_FOR_EVER)
        return -1;
    uint64_t now = clock_monotonic_ms();
    if (now >= deadline_ms)
        return 0;
    uint64_t left = deadline_ms - now;
    return left > POLL_AT_MOST_MS ? POLL_AT_MOST_MS : (int)left;
}

/* fds: the cancel's, then those waited for. */
static bool wait_for_any(struct pollfd fds[], nfds_t count, struct cancel *cancel,
                         uint64_t deadline_ms, struct err *err)
{
    fds[0] = (struct pollfd){ .fd = cancel != NULL ? cancel_fd(cancel) : -1, .events = POLLIN };
    for (;;) {
        int left = wait_left_ms(deadline_ms);
        int n = poll(fds, count, left);
        if (n < 0 && errno != EINTR)
            return err_sys(err, "poll");
        if (cancel != NULL && cancel_fired(cancel))
            return err_set(err, ERR_CANCELLED, "asked to stop");
        for (nfds_t i = 1; n > 0 && i < count; i++)
            if (fds[i].revents != 0)
                return true;
        if (left == 0)
            return err_set(err, ERR_TIMEOUT, "no answer in time");
    }
}

bool wait_for(int fd, short events, struct cancel *cancel, uint64_t deadline_ms, struct err *err)
{
    struct pollfd fds[2] = { [1] = { .fd = fd, .events = events } };
    return wait_for_any(fds, 2, cancel, deadline_ms, err);
}

bool wait_for_either(int fd, int other, struct cancel *cancel, uint64_t deadline_ms, bool *first,
                     struct err *err)
{
    struct pollfd fds[3] = {
        [1] = { .fd = fd, .events = POLLIN }, [2] = { .fd = other, .events = POLLIN }
    };
    if (!wait_for_any(fds, 3, cancel, deadline_ms, err))
        return false;
    *first = fds[1].revents != 0;
    return true;
}

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

bool wait_for(int fd, short events, struct cancel *cancel, uint64_t deadline_ms, struct err *err)
{
    struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = -1, .events = POLLIN } };
    if (cancel != NULL)
        fds[1].fd = cancel_fd(cancel);
    for (;;) {
        int left = wait_left_ms(deadline_ms);
        int n = poll(fds, 2, left);
        if (n < 0 && errno != EINTR)
            return err_sys(err, "poll");
        if (cancel != NULL && cancel_fired(cancel))
            return err_set(err, ERR_CANCELLED, "asked to stop");
        if (n > 0 && fds[0].revents != 0)
            return true;
        if (left == 0)
            return err_set(err, ERR_TIMEOUT, "no answer in time");
    }
}

/* cancel.c - a flag and an eventfd that stays readable once fired. */
// SPDX-License-Identifier: Apache-2.0
#include "net/cancel.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/memory.h"

struct cancel {
    int fd;
    atomic_bool fired;
};

struct cancel *cancel_new(void)
{
    struct cancel *cancel = memory_new(sizeof *cancel);
    atomic_init(&cancel->fired, false);
    cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (cancel->fd < 0) { /* out of descriptors this early: like out of memory */
        perror("eventfd");
        abort();
    }
    return cancel;
}

void cancel_free(struct cancel *cancel)
{
    if (cancel == NULL)
        return;
    close(cancel->fd);
    free(cancel);
}

void cancel_fire(struct cancel *cancel)
{
    int saved = errno; /* a signal handler must not change it */
    atomic_store(&cancel->fired, true);
    (void)!eventfd_write(cancel->fd, 1);
    errno = saved;
}

bool cancel_fired(const struct cancel *cancel)
{
    return atomic_load_explicit(&cancel->fired, memory_order_relaxed);
}

int cancel_fd(const struct cancel *cancel)
{
    return cancel->fd;
}

bool cancel_sleep(struct cancel *cancel, unsigned ms)
{
    uint64_t end = clock_monotonic_ms() + ms;
    while (!cancel_fired(cancel)) {
        uint64_t now = clock_monotonic_ms();
        if (now >= end)
            return false;
        struct pollfd p = { .fd = cancel->fd, .events = POLLIN };
        uint64_t left = end - now;
        (void)poll(&p, 1, left > 60000 ? 60000 : (int)left);
    }
    return true;
}

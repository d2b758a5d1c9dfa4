/* nudge.c - an eventfd. */
// SPDX-License-Identifier: Apache-2.0
#include "net/nudge.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/memory.h"

struct nudge {
    int fd;
};

struct nudge *nudge_new(void)
{
    struct nudge *nudge = memory_new(sizeof *nudge);
    nudge->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (nudge->fd < 0) { /* out of descriptors this early: like out of memory */
        perror("eventfd");
        abort();
    }
    return nudge;
}

void nudge_free(struct nudge *nudge)
{
    if (nudge == NULL)
        return;
    close(nudge->fd);
    free(nudge);
}

void nudge_fire(struct nudge *nudge)
{
    (void)!eventfd_write(nudge->fd, 1);
}

void nudge_take(struct nudge *nudge)
{
    eventfd_t count;
    (void)!eventfd_read(nudge->fd, &count);
}

void nudge_wait(struct nudge *nudge, unsigned ms)
{
    struct pollfd p = { .fd = nudge->fd, .events = POLLIN };
    (void)poll(&p, 1, (int)ms);
    nudge_take(nudge);
}

int nudge_fd(const struct nudge *nudge)
{
    return nudge->fd;
}

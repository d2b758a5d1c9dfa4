/* test_cancel.c - once fired, everything that waits or sleeps stops, now and later. */
// SPDX-License-Identifier: Apache-2.0
#include "net/cancel.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "net/wait.h"
#include "unit.h"

static struct cancel *signalled;

static void on_signal(int number)
{
    (void)number;
    cancel_fire(signalled);
}

static void *fire_soon(void *cancel)
{
    usleep(20000);
    cancel_fire(cancel);
    return NULL;
}

TEST(cancel, sleep_ends_by_itself_when_nobody_fires)
{
    AUTO(cancel) cancel = cancel_new();
    CHECK(!cancel_sleep(cancel, 1));
    CHECK(!cancel_sleep(cancel, 0));
    CHECK(!cancel_fired(cancel));
}

TEST(cancel, fired_by_another_thread_cuts_a_sleep_and_a_wait_short)
{
    AUTO(cancel) cancel = cancel_new();
    int pipes[2];
    pthread_t thread;
    struct err err;
    CHECK(pipe(pipes) == 0);
    CHECK(pthread_create(&thread, NULL, fire_soon, cancel) == 0);
    CHECK(cancel_sleep(cancel, 600000));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(cancel_sleep(cancel, 600000)); /* it stays fired */
    CHECK(!wait_for(pipes[0], POLLIN, cancel, WAIT_FOR_EVER, &err));
    CHECK(err.code == ERR_CANCELLED);
    close(pipes[0]);
    close(pipes[1]);
}

TEST(cancel, may_be_fired_from_a_signal_handler)
{
    signalled = cancel_new();
    CHECK(signal(SIGUSR1, on_signal) != SIG_ERR);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(cancel_fired(signalled));
    struct pollfd p = { .fd = cancel_fd(signalled), .events = POLLIN };
    CHECK(poll(&p, 1, 0) == 1);
    cancel_free(signalled);
}

TEST(wait, has_a_deadline_and_sees_readiness)
{
    int pipes[2];
    struct err err;
    CHECK(pipe(pipes) == 0);
    CHECK(!wait_for(pipes[0], POLLIN, NULL, wait_deadline(1), &err));
    CHECK(err.code == ERR_TIMEOUT);
    CHECK_OK(wait_for(pipes[1], POLLOUT, NULL, WAIT_FOR_EVER, &err), err);
    CHECK(write(pipes[1], "x", 1) == 1);
    CHECK_OK(wait_for(pipes[0], POLLIN, NULL, wait_deadline(60000), &err), err);
    close(pipes[0]);
    close(pipes[1]);
}

UNIT_MAIN(RUN(cancel, sleep_ends_by_itself_when_nobody_fires),
          RUN(cancel, fired_by_another_thread_cuts_a_sleep_and_a_wait_short),
          RUN(cancel, may_be_fired_from_a_signal_handler),
          RUN(wait, has_a_deadline_and_sees_readiness))

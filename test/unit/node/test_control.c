/* test_control.c - what clients ask of the node: taken in their order, answered once, forgotten. */
// SPDX-License-Identifier: Apache-2.0
#include "node/control.h"
#include <stdlib.h>
#include <string.h>
#include "unit.h"

struct wakes {
    unsigned asked, done;
};

static void on_asked(void *arg)
{
    ((struct wakes *)arg)->asked++;
}

static void on_done(void *arg)
{
    ((struct wakes *)arg)->done++;
}

static struct control *make(struct wakes *wakes)
{
    *wakes = (struct wakes){ 0 };
    struct control *control = control_new(&(struct control_wake){ on_asked, on_done, wakes });
    control_open(control);
    return control;
}

static const struct session_control stop = { .action = SESSION_STOP, .parts = SESSION_APPLY };
static const struct session_control start = { .action = SESSION_START, .parts = SESSION_ALL_PARTS };

TEST(control, answers_each_in_the_order_they_came)
{
    struct wakes wakes;
    struct control_call *first, *second;
    struct err err, why;
    bool ok = true;
    AUTO(control) control = make(&wakes);
    CHECK_OK(control_ask(control, &stop, &first, &err), err);
    CHECK_OK(control_ask(control, &start, &second, &err), err);
    CHECK(wakes.asked == 2 && !control_collect(control, first, &ok, &err));
    CHECK(control_next(control) == first && control_next(control) == second);
    CHECK(control_next(control) == NULL);
    CHECK(control_request(first)->parts == SESSION_APPLY);
    err_set(&why, ERR_CONFLICT, "not now");
    control_done(control, second, false, &why);
    control_done(control, first, true, NULL);
    CHECK(wakes.done == 2);
    CHECK(control_collect(control, second, &ok, &err) && !ok && strcmp(err.text, "not now") == 0);
    CHECK(control_collect(control, first, &ok, &err) && ok);
}

TEST(control, keeps_texts_of_its_own)
{
    struct wakes wakes;
    struct control_call *call;
    struct err err;
    bool ok;
    char password[] = "geheim";
    char until[] = "b.000001";
    struct session_control change = { .action = SESSION_CHANGE };
    AUTO(control) control = make(&wakes);
    change.given[SESSION_CHANGE_password] = true;
    change.text[SESSION_CHANGE_password] = password;
    change.until.text = until;
    CHECK_OK(control_ask(control, &change, &call, &err), err);
    memset(password, 'x', sizeof password - 1);
    memset(until, 'x', sizeof until - 1);
    CHECK(control_next(control) == call);
    CHECK(strcmp(control_request(call)->text[SESSION_CHANGE_password], "geheim") == 0);
    CHECK(control_request(call)->text[SESSION_CHANGE_host] == NULL);
    CHECK(strcmp(control_request(call)->until.text, "b.000001") == 0);
    control_done(control, call, true, NULL);
    CHECK(control_collect(control, call, &ok, &err) && ok);
}

TEST(control, takes_nothing_before_it_is_open_after_it_is_closed_and_when_it_is_full)
{
    enum { MANY = 64 };
    struct wakes wakes;
    struct control_call *calls[MANY + 1];
    struct err err;
    AUTO(control) control = control_new(&(struct control_wake){ on_asked, on_done, &wakes });
    CHECK(!control_ask(control, &start, &calls[0], &err) && err.code == ERR_CONFLICT);
    control_open(control);
    for (unsigned i = 0; i < MANY; i++)
        CHECK_OK(control_ask(control, &start, &calls[i], &err), err);
    CHECK(!control_ask(control, &start, &calls[MANY], &err));
    control_abandon(control, calls[0]); /* gone: there is room for one */
    CHECK_OK(control_ask(control, &start, &calls[0], &err), err);
    control_close(control);
    CHECK(!control_ask(control, &start, &calls[MANY], &err));
}

TEST(control, does_for_nobody_what_nobody_waits_for)
{
    struct wakes wakes;
    struct control_call *gone, *running;
    struct err err;
    AUTO(control) control = make(&wakes);
    CHECK_OK(control_ask(control, &stop, &gone, &err), err);
    control_abandon(control, gone);
    CHECK(control_next(control) == NULL);
    CHECK_OK(control_ask(control, &stop, &running, &err), err);
    CHECK(control_next(control) == running);
    control_abandon(control, running); /* it is being done: its end frees it */
    control_done(control, running, true, NULL);
    CHECK(control_next(control) == NULL);
}

UNIT_MAIN(RUN(control, answers_each_in_the_order_they_came), RUN(control, keeps_texts_of_its_own),
          RUN(control, takes_nothing_before_it_is_open_after_it_is_closed_and_when_it_is_full),
          RUN(control, does_for_nobody_what_nobody_waits_for))

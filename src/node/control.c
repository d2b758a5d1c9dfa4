/* control.c - a list under a lock: calls wait, are taken one by one, and stay in it until they are
 * collected. */
// SPDX-License-Identifier: Apache-2.0
#include "node/control.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { CALLS_MAX = 64 };
enum call_state { CALL_WAITS, CALL_RUNS, CALL_ANSWERED };

struct control_call {
    struct control_call *next; /* in the order they came */
    enum call_state state;
    bool is_abandoned;
    bool ok;
    struct err err;
    struct session_control request;
    char *texts[SESSION_CHANGES]; /* the request's */
    char *until_text;
};

struct control {
    struct control_wake wake;
    pthread_mutex_t lock; /* guards what follows */
    bool is_open;
    unsigned count;
    struct control_call *calls;
};

struct control *control_new(const struct control_wake *wake)
{
    struct control *control = memory_new(sizeof *control);
    control->wake = *wake;
    pthread_mutex_init(&control->lock, NULL);
    return control;
}

static void free_call(struct control_call *call)
{
    for (unsigned i = 0; i < SESSION_CHANGES; i++) {
        char *text = call->texts[i];
        if (text != NULL)
            explicit_bzero(text, strlen(text)); /* one of them is a password */
        free(text);
    }
    free(call->until_text);
    free(call);
}

void control_free(struct control *control)
{
    if (control == NULL)
        return;
    for (struct control_call *call = control->calls; call != NULL;) {
        struct control_call *next = call->next;
        free_call(call);
        call = next;
    }
    pthread_mutex_destroy(&control->lock);
    free(control);
}

static void link_out(struct control *control, struct control_call *call)
{
    struct control_call **at = &control->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    control->count--;
    free_call(call);
}

bool control_ask(struct control *control, const struct session_control *request,
                 struct control_call **out, struct err *err)
{
    pthread_mutex_lock(&control->lock);
    bool is_taken = control->is_open && control->count < CALLS_MAX;
    if (is_taken) {
        struct control_call *call = memory_new(sizeof *call);
        struct control_call **end = &control->calls;
        call->request = *request;
        for (unsigned i = 0; i < SESSION_CHANGES; i++)
            call->request.text[i] = call->texts[i] = memory_str(request->text[i]);
        if (request->until.text != NULL)
            call->request.until.text = call->until_text = memory_str(request->until.text);
        while (*end != NULL)
            end = &(*end)->next;
        *end = call;
        control->count++;
        *out = call;
    }
    pthread_mutex_unlock(&control->lock);
    if (!is_taken)
        return err_set(err, ERR_CONFLICT,
                       "the node is starting (a first copy may be running), stopping, or busy with "
                       "other such requests: ask again later, or stop the program");
    control->wake.asked(control->wake.arg);
    return true;
}

bool control_collect(struct control *control, struct control_call *call, bool *ok, struct err *err)
{
    pthread_mutex_lock(&control->lock);
    bool is_answered = call->state == CALL_ANSWERED;
    if (is_answered) {
        *ok = call->ok;
        if (!call->ok)
            *err = call->err;
        link_out(control, call);
    }
    pthread_mutex_unlock(&control->lock);
    return is_answered;
}

void control_abandon(struct control *control, struct control_call *call)
{
    pthread_mutex_lock(&control->lock);
    if (call->state == CALL_RUNS)
        call->is_abandoned = true;
    else
        link_out(control, call);
    pthread_mutex_unlock(&control->lock);
}

static void set_open(struct control *control, bool is_open)
{
    pthread_mutex_lock(&control->lock);
    control->is_open = is_open;
    pthread_mutex_unlock(&control->lock);
}

void control_open(struct control *control)
{
    set_open(control, true);
}

void control_close(struct control *control)
{
    set_open(control, false);
}

struct control_call *control_next(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    struct control_call *call = control->calls;
    while (call != NULL && call->state != CALL_WAITS)
        call = call->next;
    if (call != NULL)
        call->state = CALL_RUNS;
    pthread_mutex_unlock(&control->lock);
    return call;
}

const struct session_control *control_request(const struct control_call *call)
{
    return &call->request;
}

void control_done(struct control *control, struct control_call *call, bool ok,
                  const struct err *err)
{
    pthread_mutex_lock(&control->lock);
    call->state = CALL_ANSWERED;
    call->ok = ok;
    if (!ok)
        call->err = *err;
    if (call->is_abandoned)
        link_out(control, call);
    pthread_mutex_unlock(&control->lock);
    control->wake.done(control->wake.arg);
}

/* control.h - what clients of the port ask of the node itself (START, STOP, CHANGE): a queue from
 * the port's thread to the node's, and the answers back.
 *
 * The asker must not wait: it looks for the answer when `done` woke it. Requests are copied. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "session/session.h"

struct control_wake {
    void (*asked)(void *arg); /* the port's thread: there is something to do */
    void (*done)(void *arg);  /* the node's thread: there is an answer */
    void *arg;
};

struct control;
struct control_call;
struct control *control_new(const struct control_wake *wake);
void control_free(struct control *control); /* NULL is allowed; no thread uses it any more */
AUTO_DEFINE(control);

/* ---- the port's thread ---- */
/* False: the node takes no requests now, and why. */
bool control_ask(struct control *control, const struct session_control *request,
                 struct control_call **out, struct err *err) MUST_CHECK;
/* Is it answered? Then the call is gone. *ok false: err. */
bool control_collect(struct control *control, struct control_call *call, bool *ok,
                     struct err *err) MUST_CHECK;
void control_abandon(struct control *control, struct control_call *call); /* the asker left */

/* ---- the node's thread ---- */
void control_open(struct control *control); /* until now, and after closing, nothing is taken */
void control_close(struct control *control);
struct control_call *control_next(struct control *control); /* NULL: nothing is asked */
const struct session_control *control_request(const struct control_call *call);
void control_done(struct control *control, struct control_call *call, bool ok,
                  const struct err *err);

/* row_history.h - of a log, what happened to the rows that match: the rows events that hold them,
 * cut down to them, each within its transaction; nothing of transactions that hold none.
 *
 * An update is kept where the row matches before it or after it, so that one that moves the key is
 * seen. Beginnings of transactions and statements wait until a row is found. Pure; memory: one
 * event, and the beginnings. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "print/row_match.h"

struct row_history;
/* match is taken. */
struct row_history *row_history_new(const struct row_scope *scope, struct row_match *match);
void row_history_free(struct row_history *history); /* NULL is allowed */
/* Gives on what is to be shown; the event is borrowed. */
struct row_history_sink {
    bool (*put)(const struct event *event, const struct format *format,
                const struct event_place *place, void *arg, struct err *err);
    void *arg;
};
bool row_history_event(struct row_history *history, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       const struct row_history_sink *sink, struct err *err) MUST_CHECK;

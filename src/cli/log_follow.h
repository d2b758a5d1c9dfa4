/* log_follow.h - the log of a server over as many connections as it takes: where one breaks, the
 * next goes on, and no event comes twice or is left out.
 *
 * With request.follow a connection that breaks is made again, after a wait that doubles up to half
 * a minute; a server that says that it cannot go on ends it, and so does another server that
 * answers there. Without it a broken connection is an error that says where to go on. What was
 * asked for by file goes on by file and offset, what was asked for by GTIDs by those and the ones
 * that came since: what then comes again is passed over by its place. Memory: log_live.h, and a
 * GTID set. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/log_live.h"

struct log_follow_request {
    struct log_live_request live; /* what it points to lives as long */
    /* A connection broke, or could not be made again; the next attempt comes after wait_ms. */
    void (*on_break)(const struct err *why, unsigned wait_ms, void *arg);
    void *arg;
};

struct log_follow;
bool log_follow_open(const struct log_follow_request *request, struct log_follow **out,
                     struct err *err) MUST_CHECK;
void log_follow_close(struct log_follow *follow); /* NULL is allowed */
/* As log_live_next. */
bool log_follow_next(struct log_follow *follow, struct log_live_event *out, bool *more,
                     struct err *err) MUST_CHECK;
bool log_follow_is_idle(const struct log_follow *follow);

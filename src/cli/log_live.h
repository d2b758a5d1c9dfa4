/* log_live.h - the log of a server, as it sends it to a replica: events come over one connection
 * and are stored nowhere.
 *
 * What the server makes up for the connection (artificial rotates, heartbeats) is understood and
 * not given on. Memory: the connection's buffer, and one event that does not fit into it. One
 * thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"
#include "net/source_address.h"

enum { LOG_LIVE_NAME_SIZE = 512 };
struct log_live_request {
    const struct source_address *address;
    const char *file;  /* to begin with; NULL: the server's oldest */
    uint64_t offset;   /* in that file, where an event starts; 0: its start */
    const char *gtids; /* or: begin after these; NULL: by file */
    bool follow;       /* wait for more at the end of the log */
};

struct log_live;
/* Asks for the log. */
bool log_live_open(const struct log_live_request *request, struct log_live **out,
                   struct err *err) MUST_CHECK;
void log_live_close(struct log_live *live); /* NULL is allowed */

/* One event as the server has it in that file; borrowed until the next call. */
struct log_live_event {
    struct bytes raw;
    const char *file;
    uint64_t pos;
};
/* *more false: the log ended, and request.follow was not set. */
bool log_live_next(struct log_live *live, struct log_live_event *out, bool *more,
                   struct err *err) MUST_CHECK;
const char *log_live_server(const struct log_live *live); /* which one it is */
/* Flavour and checksums are known from the beginning. */
const struct format *log_live_format(const struct log_live *live);
/* The next call will wait for the server. */
bool log_live_is_idle(const struct log_live *live);

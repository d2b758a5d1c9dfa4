/* log_input.h - the events of a binary log, one after the other: from a file, plain or compressed
 * (zstd, gzip), from standard input, or from a server.
 *
 * Reads forward only, so that a pipe will do. Every event's frame and checksum are verified; the
 * first thing that is wrong is an error that names the offset. The events in a compressed
 * transaction follow the event that holds them, with its offset. In memory are one event and a
 * buffer. One thread uses it; of a large file others read ahead and look at the checksums, and what
 * comes out is the same. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"
#include "cli/log_follow.h"

struct log_input;
/* "-" is standard input. threads: how many may work, the caller's among them. */
struct log_input *log_input_open(const char *name, unsigned threads, struct err *err);
/* live is taken. */
struct log_input *log_input_of_server(const char *name, struct log_follow *live);
void log_input_close(struct log_input *input); /* NULL is allowed */
/* The next call waits for a server that has nothing more yet. */
bool log_input_is_idle(const struct log_input *input);

/* An event; borrowed until the next call. */
struct log_input_event {
    struct event event;
    struct event_place place;
    const struct format *format;
    const char *file; /* name of the log file: a server's goes from one to the next */
};
/* *more false: the log ended where an event did. */
bool log_input_next(struct log_input *input, struct log_input_event *out, bool *more,
                    struct err *err) MUST_CHECK;

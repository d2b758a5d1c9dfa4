/* log_input.h - the events of a binary log, one after the other: from a file, plain or compressed
 * (zstd, gzip), or from standard input.
 *
 * Reads forward only, so that a pipe will do. Every event's frame and checksum are verified; the
 * first thing that is wrong is an error that names the offset. The events in a compressed
 * transaction follow the event that holds them, with its offset. In memory are one event and a
 * buffer. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"

struct log_input;
/* "-" is standard input. */
struct log_input *log_input_open(const char *name, struct err *err);
void log_input_close(struct log_input *input); /* NULL is allowed */

/* An event; borrowed until the next call. */
struct log_input_event {
    struct event event;
    struct event_place place;
    const struct format *format;
};
/* *more false: the log ended where an event did. */
bool log_input_next(struct log_input *input, struct log_input_event *out, bool *more,
                    struct err *err) MUST_CHECK;

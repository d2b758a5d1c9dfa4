/* demo_screen.h - what `binlogd demo` shows: on a terminal a table that is drawn anew in its place,
 * with what happens above it; elsewhere plain lines. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/macros.h"

struct demo_line {
    const char *name;
    const char *follows; /* "" */
    uint16_t port;
    bool answers;
    uint64_t orders;
    double orders_per_s;
    uint64_t lag_us; /* of the oldest order that is not seen yet */
    char place[64];  /* of its log: "binlog.000001:4711" */
};

struct demo_screen {
    bool is_terminal;
    unsigned drawn; /* lines of the table that stand there */
    uint64_t started_us;
};
void demo_screen_start(struct demo_screen *screen);
/* A line that stays. */
void demo_screen_say(struct demo_screen *screen, const char *format, ...) PRINTF_LIKE(2, 3);
void demo_screen_show(struct demo_screen *screen, const struct demo_line *lines, unsigned count);
void demo_screen_end(struct demo_screen *screen); /* the table stays where it is */

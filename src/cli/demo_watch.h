/* demo_watch.h - looks at a node of `binlogd demo` as any client would, through its port: how many
 * orders it shows, how far behind the clients they are, where its log is. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/demo_load.h"
#include "cli/demo_screen.h"

struct demo_watch {
    const struct demo_node *node;
    const struct demo_place *place;
    struct connection *connection; /* NULL: it did not answer */
    uint64_t seen;                 /* the largest order's number */
    uint64_t seen_us;              /* when */
};
void demo_watch_look(struct demo_watch *watch, const struct demo_load *load, struct demo_line *out);
void demo_watch_clear(struct demo_watch *watch);

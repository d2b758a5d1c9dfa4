/* serve.c - what the feeds share, and who wakes them. */
// SPDX-License-Identifier: Apache-2.0
#include "serve/serve.h"
#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"
#include "serve/feed_internal.h"

struct serve *serve_new(const struct serve_options *options)
{
    struct serve *serve = memory_new(sizeof *serve);
    serve->options = *options;
    serve->block = memory_new(SERVE_BLOCK);
    return serve;
}

void serve_free(struct serve *serve)
{
    if (serve == NULL)
        return;
    assert(serve->feeds == NULL);
    gtid_set_free(serve->held);
    free(serve->block);
    free(serve);
}

void serve_wake_all(struct serve *serve)
{
    struct feed *next;
    for (struct feed *feed = serve->feeds; feed != NULL; feed = next) {
        next = feed->next; /* a feed may be freed by whom it wakes, but only itself */
        if (!feed->waits)
            continue;
        feed->waits = false;
        feed->wake.wake(feed->wake.arg);
    }
}

/* Many replicas that come at once, after a restart, ask about the same log. */
bool serve_held(struct serve *serve, const struct gtid_set **held, struct err *err)
{
    struct log_pos end = store_durable_end(serve->options.store);
    if (serve->held == NULL || log_pos_compare(end, serve->held_to) != 0) {
        struct gtid_set *set;
        if (!store_gtids_before(serve->options.store, end, &set, err))
            return false;
        gtid_set_free(serve->held);
        serve->held = set;
        serve->held_to = end;
    }
    *held = serve->held;
    return true;
}

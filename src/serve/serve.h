/* serve.h - the stage that serves the log: what all replicas' streams share.
 *
 * Owns the block that is read into (one, since one feed is filled at a time), the list of feeds,
 * and what the log held when the last replica asked. Everything here and in feed.h belongs to one
 * thread; topology is where others look. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "store/store.h"
#include "topology/topology.h"

struct serve;
struct serve_options {
    struct store *store;
    uint32_t server_id; /* of the events that are made up here */
    const char *server_uuid;
    struct topology *topology; /* may be NULL: nobody looks */
};
struct serve *serve_new(const struct serve_options *options);
void serve_free(struct serve *serve); /* NULL is allowed; no feed is left */
AUTO_DEFINE(serve);
/* The durable end moved, or the store failed: wakes the feeds that wait. */
void serve_wake_all(struct serve *serve);

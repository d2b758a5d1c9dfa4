/* topology.h - who follows this node, and how far: a plain model.
 *
 * Filled in by the stage that serves, read by status, by the commands that list replicas, and by
 * the policy that acknowledges to the source only what k replicas have acknowledged here. Places
 * are the store's. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "base/macros.h"
#include "store/store.h"

enum { TOPOLOGY_HOST_MAX = 255, TOPOLOGY_ACKS_MAX = 64 /* the largest k */ };

struct topology_replica {
    uint64_t key;       /* the topology's own */
    uint32_t server_id; /* 0: a tool */
    char uuid[37];      /* "" */
    char host[TOPOLOGY_HOST_MAX + 1];
    uint16_t port;
    bool semi_sync;
    uint64_t since_us;    /* wall clock */
    struct log_pos sent;  /* all before it is in the socket */
    struct log_pos acked; /* {0, 0}: nothing yet */
};

struct topology;
struct topology *topology_new(void);
void topology_free(struct topology *topology); /* NULL is allowed */
AUTO_DEFINE(topology);

/* facts->key is ignored; the new one is returned. */
uint64_t topology_add(struct topology *topology, const struct topology_replica *facts);
void topology_remove(struct topology *topology, uint64_t key);
/* Another connection stands for this replica: it counts no more among those that acknowledge. */
void topology_retire(struct topology *topology, uint64_t key);
void topology_sent(struct topology *topology, uint64_t key, struct log_pos place);
void topology_acked(struct topology *topology, uint64_t key, struct log_pos place);
/* Called after each acknowledgement, on the thread that brought it. One listener. */
void topology_on_ack(struct topology *topology, void (*acked)(void *arg), void *arg);

size_t topology_count(struct topology *topology);
/* A copy for the caller to free, in the order they came; *count of them. NULL when there is none.
 */
struct topology_replica *topology_list(struct topology *topology, size_t *count);
/* The place that at least k replicas have acknowledged; {0, 0} when fewer than k have. */
struct log_pos topology_acked_by(struct topology *topology, unsigned k);

/* acks.h - a primary's commits wait until so many of its replicas have them.
 *
 * Between the log's sync and the engine's commit: what is waited for is in the log, goes to the
 * replicas, and is seen and answered here when `wanted` of them have acknowledged it (semi-sync).
 * There is no time after which it goes on without them. One thread waits at a time; the others may
 * look. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "net/cancel.h"
#include "topology/topology.h"

struct acks;
/* wanted: 1 … TOPOLOGY_ACKS_MAX. cancel ends a wait. All outlive it. */
struct acks *acks_new(struct topology *topology, unsigned wanted, struct cancel *cancel);
void acks_free(struct acks *acks); /* NULL is allowed; the topology must not tell it any more */
AUTO_DEFINE(acks);
/* From now on the topology tells it, and no one else. */
void acks_listen(struct acks *acks);
/* Waits until they have all before that place. ERR_CANCELLED: whether the replicas have it is known
 * later. */
bool acks_wait(struct acks *acks, struct log_pos place, struct err *err) MUST_CHECK;
/* True: they have; false: not so soon. */
bool acks_wait_for(struct acks *acks, struct log_pos place, unsigned ms);
unsigned acks_wanted(const struct acks *acks);
uint64_t
acks_waiting_ms(const struct acks *acks); /* how long by now; 0: nothing waits. Any thread */

/* acks.c - see acks.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/acks.h"
#include <stdatomic.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/nudge.h"

enum {
    LOOK_MS = 100,      /* is the node to stop? */
    COMPLAIN_MS = 1000, /* a wait that long is told of */
};

struct acks {
    struct topology *topology;
    unsigned wanted;
    struct cancel *cancel;
    struct nudge *moved;
    atomic_bool is_asleep;                /* fire `moved` */
    atomic_uint_least64_t waits_since_ms; /* 0: nothing waits */
};

struct acks *acks_new(struct topology *topology, unsigned wanted, struct cancel *cancel)
{
    struct acks *acks = memory_new(sizeof *acks);
    acks->topology = topology;
    acks->wanted = wanted;
    acks->cancel = cancel;
    acks->moved = nudge_new();
    return acks;
}

void acks_free(struct acks *acks)
{
    if (acks == NULL)
        return;
    nudge_free(acks->moved);
    free(acks);
}

/* The thread that brought one. */
static void on_ack(void *arg)
{
    struct acks *acks = arg;
    if (atomic_load(&acks->is_asleep))
        nudge_fire(acks->moved);
}

void acks_listen(struct acks *acks)
{
    topology_on_ack(acks->topology, on_ack, acks);
}

static bool acks_reached(const struct acks *acks, struct log_pos place)
{
    return log_pos_compare(topology_acked_by(acks->topology, acks->wanted), place) >= 0;
}

bool acks_wait_for(struct acks *acks, struct log_pos place, unsigned ms)
{
    bool reached = acks_reached(acks, place);
    if (!reached && atomic_load(&acks->waits_since_ms) == 0)
        atomic_store(&acks->waits_since_ms, clock_monotonic_ms());
    if (!reached) {
        atomic_store(&acks->is_asleep, true);
        if (!acks_reached(acks, place))
            nudge_wait(acks->moved, ms);
        atomic_store(&acks->is_asleep, false);
        reached = acks_reached(acks, place);
    }
    if (reached)
        atomic_store(&acks->waits_since_ms, 0);
    return reached;
}

static void complain(const struct acks *acks)
{
    log_warning("a commit waits: %u replicas that speak semi-sync are to acknowledge it, and %zu "
                "replicas are connected",
                acks->wanted, topology_count(acks->topology));
}

bool acks_wait(struct acks *acks, struct log_pos place, struct err *err)
{
    bool complained = false;
    while (!acks_wait_for(acks, place, LOOK_MS)) {
        if (cancel_fired(acks->cancel))
            return err_set(err, ERR_CANCELLED,
                           "asked to stop while a commit waits for %u replicas to acknowledge it",
                           acks->wanted);
        if (!complained && acks_waiting_ms(acks) >= COMPLAIN_MS) {
            complain(acks);
            complained = true;
        }
    }
    if (complained)
        log_info("the replicas have acknowledged, commits go on");
    return true;
}

unsigned acks_wanted(const struct acks *acks)
{
    return acks->wanted;
}

uint64_t acks_waiting_ms(const struct acks *acks)
{
    uint64_t since_ms = atomic_load(&acks->waits_since_ms);
    return since_ms == 0 ? 0 : clock_monotonic_ms() - since_ms + 1;
}

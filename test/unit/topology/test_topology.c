/* test_topology.c - who follows, and what k of them have. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "topology/topology.h"

static void count_ack(void *arg)
{
    ++*(unsigned *)arg;
}

TEST(topology, knows_what_k_replicas_have)
{
    AUTO(topology) t = topology_new();
    unsigned acks = 0;
    uint64_t keys[3];
    topology_on_ack(t, count_ack, &acks);
    for (unsigned i = 0; i < 3; i++) {
        struct topology_replica facts = { .server_id = i + 1 };
        keys[i] = topology_add(t, &facts);
    }
    topology_acked(t, keys[0], (struct log_pos){ 1, 100 });
    topology_acked(t, keys[1], (struct log_pos){ 2, 50 });
    topology_acked(t, keys[1], (struct log_pos){ 1, 900 }); /* late: nothing new */
    CHECK(acks == 2);
    CHECK(topology_acked_by(t, 1).file == 2);
    CHECK(topology_acked_by(t, 2).offset == 100);
    CHECK(topology_acked_by(t, 3).offset == 0);
    topology_retire(t, keys[0]); /* another connection of that replica is its own now */
    CHECK(topology_acked_by(t, 2).offset == 0 && topology_acked_by(t, 1).file == 2);
    topology_acked(t, keys[2], (struct log_pos){ 1, 100 });
    topology_remove(t, keys[1]);
    CHECK(topology_acked_by(t, 1).offset == 100);
}

TEST(topology, lists_replicas_in_the_order_they_came)
{
    AUTO(topology) t = topology_new();
    uint64_t keys[4];
    size_t n;
    CHECK(topology_list(t, &n) == NULL && n == 0);
    for (unsigned i = 0; i < 4; i++) {
        struct topology_replica facts = { .server_id = i + 1 };
        keys[i] = topology_add(t, &facts);
    }
    topology_remove(t, keys[0]);
    topology_remove(t, keys[2]);
    topology_sent(t, keys[3], (struct log_pos){ 7, 8 });
    struct topology_replica *list = topology_list(t, &n);
    CHECK(n == 2 && topology_count(t) == 2);
    CHECK(list[0].server_id == 2 && list[1].server_id == 4 && list[1].sent.file == 7);
    free(list);
}

UNIT_MAIN(RUN(topology, knows_what_k_replicas_have),
          RUN(topology, lists_replicas_in_the_order_they_came))

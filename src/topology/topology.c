/* topology.c - a list under a lock. Replicas are few thousands at most, and each is found by the
 * place that its key remembers: acknowledgements come by the thousand a second. */
// SPDX-License-Identifier: Apache-2.0
#include "topology/topology.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

struct member {
    struct topology_replica facts;
    bool is_retired;
    struct member *next;
    struct member *previous;
};

struct topology {
    pthread_mutex_t lock;
    struct member *first;
    struct member *last;
    size_t count;
    void (*acked)(void *arg);
    void *acked_arg;
};

struct topology *topology_new(void)
{
    struct topology *topology = memory_new(sizeof *topology);
    pthread_mutex_init(&topology->lock, NULL);
    return topology;
}

void topology_free(struct topology *topology)
{
    if (topology == NULL)
        return;
    for (struct member *m = topology->first; m != NULL;) {
        struct member *next = m->next;
        free(m);
        m = next;
    }
    pthread_mutex_destroy(&topology->lock);
    free(topology);
}

/* A key is where its member lives: only the stage that added it holds one. */
static struct member *member_of(uint64_t key)
{
    return (struct member *)(uintptr_t)key;
}

uint64_t topology_add(struct topology *topology, const struct topology_replica *facts)
{
    struct member *m = memory_new(sizeof *m);
    m->facts = *facts;
    m->facts.key = (uint64_t)(uintptr_t)m;
    pthread_mutex_lock(&topology->lock);
    m->previous = topology->last;
    if (m->previous != NULL)
        m->previous->next = m;
    else
        topology->first = m;
    topology->last = m;
    topology->count++;
    pthread_mutex_unlock(&topology->lock);
    return m->facts.key;
}

void topology_remove(struct topology *topology, uint64_t key)
{
    struct member *m = member_of(key);
    pthread_mutex_lock(&topology->lock);
    *(m->previous != NULL ? &m->previous->next : &topology->first) = m->next;
    *(m->next != NULL ? &m->next->previous : &topology->last) = m->previous;
    topology->count--;
    pthread_mutex_unlock(&topology->lock);
    free(m);
}

void topology_retire(struct topology *topology, uint64_t key)
{
    pthread_mutex_lock(&topology->lock);
    member_of(key)->is_retired = true;
    pthread_mutex_unlock(&topology->lock);
}

void topology_sent(struct topology *topology, uint64_t key, struct log_pos place)
{
    pthread_mutex_lock(&topology->lock);
    member_of(key)->facts.sent = place;
    pthread_mutex_unlock(&topology->lock);
}

void topology_acked(struct topology *topology, uint64_t key, struct log_pos place)
{
    struct topology_replica *facts = &member_of(key)->facts;
    pthread_mutex_lock(&topology->lock);
    bool grew = log_pos_compare(place, facts->acked) > 0;
    if (grew)
        facts->acked = place;
    void (*acked)(void *) = topology->acked;
    void *arg = topology->acked_arg;
    pthread_mutex_unlock(&topology->lock);
    if (grew && acked != NULL)
        acked(arg);
}

void topology_on_ack(struct topology *topology, void (*acked)(void *arg), void *arg)
{
    pthread_mutex_lock(&topology->lock);
    topology->acked = acked;
    topology->acked_arg = arg;
    pthread_mutex_unlock(&topology->lock);
}

size_t topology_count(struct topology *topology)
{
    pthread_mutex_lock(&topology->lock);
    size_t count = topology->count;
    pthread_mutex_unlock(&topology->lock);
    return count;
}

struct topology_replica *topology_list(struct topology *topology, size_t *count)
{
    struct topology_replica *list = NULL;
    pthread_mutex_lock(&topology->lock);
    *count = topology->count;
    if (*count > 0)
        list = memory_new(*count * sizeof *list);
    size_t i = 0;
    for (const struct member *m = topology->first; m != NULL; m = m->next)
        list[i++] = m->facts;
    pthread_mutex_unlock(&topology->lock);
    return list;
}

/* Keeps the k newest places in order; the last of them is what k have reached. */
static void places_insert(struct log_pos places[], unsigned k, struct log_pos place)
{
    unsigned i = k;
    while (i > 0 && log_pos_compare(places[i - 1], place) < 0)
        i--;
    if (i == k)
        return;
    memmove(&places[i + 1], &places[i], (k - 1 - i) * sizeof places[0]);
    places[i] = place;
}

struct log_pos topology_acked_by(struct topology *topology, unsigned k)
{
    struct log_pos places[TOPOLOGY_ACKS_MAX] = { { 0, 0 } };
    assert(k >= 1 && k <= TOPOLOGY_ACKS_MAX);
    pthread_mutex_lock(&topology->lock);
    for (const struct member *m = topology->first; m != NULL; m = m->next)
        if (!m->is_retired)
            places_insert(places, k, m->facts.acked);
    pthread_mutex_unlock(&topology->lock);
    return places[k - 1];
}

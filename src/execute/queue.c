/* queue.c - lists of executions: one is in no more than one of them. The executor's lock guards
 * them. */
// SPDX-License-Identifier: Apache-2.0
#include "execute/state.h"

void queue_init(struct execution_queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

void queue_add(struct execution_queue *queue, struct execution *e)
{
    e->next = NULL;
    *queue->end = e;
    queue->end = &e->next;
}

bool queue_remove(struct execution_queue *queue, struct execution *e)
{
    struct execution **at = &queue->first;
    while (*at != NULL && *at != e)
        at = &(*at)->next;
    if (*at == NULL)
        return false;
    *at = e->next;
    if (queue->end == &e->next)
        queue->end = at;
    return true;
}

struct execution *queue_take(struct execution_queue *queue)
{
    struct execution *e = queue->first;
    if (e != NULL)
        (void)queue_remove(queue, e);
    return e;
}

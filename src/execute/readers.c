/* readers.c - the connections of those who read: opened when they are needed, kept for the next
 * one, and never more than EXECUTE_READERS_MAX. */
// SPDX-License-Identifier: Apache-2.0
#include "execute/state.h"

static bool reserve(struct executor *x, struct query_connection **idle)
{
    pthread_mutex_lock(&x->lock);
    bool has_idle = x->idle_reader_count > 0;
    bool may_open = !has_idle && x->open_readers < EXECUTE_READERS_MAX;
    if (has_idle)
        *idle = x->idle_readers[--x->idle_reader_count];
    if (may_open)
        x->open_readers++;
    pthread_mutex_unlock(&x->lock);
    return has_idle || may_open;
}

enum reader_result readers_take(struct execution *e, struct err *err)
{
    struct executor *x = e->executor;
    struct engine *engine = x->options.engine;
    struct query_connection *connection = NULL;
    if (e->reader != NULL)
        return READER_OK;
    if (!reserve(x, &connection))
        return READER_NONE_FREE;
    if (connection == NULL && !engine->ops->query->open(engine, QUERY_READ, &connection, err)) {
        pthread_mutex_lock(&x->lock);
        x->open_readers--;
        pthread_mutex_unlock(&x->lock);
        return READER_FAILED;
    }
    e->reader = connection;
    return READER_OK;
}

void readers_give_back(struct execution *e)
{
    struct executor *x = e->executor;
    if (e->reader == NULL)
        return;
    x->options.engine->ops->query->snapshot_end(e->reader);
    x->options.engine->ops->query->watch(e->reader, NULL);
    pthread_mutex_lock(&x->lock);
    x->idle_readers[x->idle_reader_count++] = e->reader;
    pthread_mutex_unlock(&x->lock);
    e->reader = NULL;
}

void readers_close(struct executor *x)
{
    while (x->idle_reader_count > 0)
        x->options.engine->ops->query->close(x->idle_readers[--x->idle_reader_count]);
    x->open_readers = 0;
}

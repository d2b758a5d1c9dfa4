/* readers.c - the connections of those who read: opened when they are needed, kept for the next
 * one, and never more than EXECUTE_READERS_MAX. */
// SPDX-License-Identifier: Apache-2.0
#include "execute/state.h"

static bool reserve(struct execution *e, struct query_connection **idle)
{
    struct executor *x = e->executor;
    pthread_mutex_lock(&x->lock);
    bool has_idle = x->idle_reader_count > 0;
    bool may_open = !has_idle && !e->is_here && x->open_readers < EXECUTE_READERS_MAX;
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
    if (!reserve(e, &connection)) {
        if (!e->is_here)
            return READER_NONE_FREE;
        (void)err_set(err, ERR_CANCELLED, "none of the readers' connections is open and free");
        return READER_FAILED;
    }
    if (connection == NULL && !engine->ops->query->open(engine, QUERY_READ, &connection, err)) {
        pthread_mutex_lock(&x->lock);
        x->open_readers--;
        pthread_mutex_unlock(&x->lock);
        return READER_FAILED;
    }
    e->reader = connection;
    readers_hurry(e);
    return READER_OK;
}

void readers_give_back(struct execution *e)
{
    struct executor *x = e->executor;
    if (e->reader == NULL)
        return;
    x->options.engine->ops->query->snapshot_end(e->reader);
    x->options.engine->ops->query->watch(e->reader, NULL);
    x->options.engine->ops->query->hurry(e->reader, false);
    pthread_mutex_lock(&x->lock);
    x->idle_readers[x->idle_reader_count++] = e->reader;
    pthread_mutex_unlock(&x->lock);
    e->reader = NULL;
}

void readers_hurry(struct execution *e)
{
    if (e->reader != NULL)
        e->executor->options.engine->ops->query->hurry(e->reader, e->is_here);
}

void readers_close(struct executor *x)
{
    while (x->idle_reader_count > 0)
        x->options.engine->ops->query->close(x->idle_readers[--x->idle_reader_count]);
    x->open_readers = 0;
}

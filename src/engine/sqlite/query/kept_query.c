/* kept_query.c - statements that were prepared and have run well, kept for the next client that
 * says the same: parsed, and with what prepare told of them. A run compiles them anew in any case,
 * so nothing else of their first session stays.
 *
 * The same text is another statement in another database, under another sql_mode, and after the
 * schema has changed. Bounded: the one that was not used for the longest time goes; large ones are
 * not kept. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/query_internal.h"

enum { TEXT_BYTES_MAX = 4096, TREE_BYTES_MAX = 64 * 1024, BOUND_KEPT_MAX = 64 };

static bool is_same(const struct query *q, struct bytes text, const struct query_session *session)
{
    return q->text_len == text.len && memcmp(q->text, text.data, text.len) == 0 &&
           q->tree->session.sql_mode == session->sql_mode &&
           strcmp(q->tree->session.db, session->db) == 0 &&
           q->catalog_changes == q->connection->engine->catalog_changes;
}

struct query *kept_query_take(struct query_connection *connection, struct bytes text,
                              struct query_session *session)
{
    for (unsigned i = 0; i < KEPT_QUERIES_MAX; i++) {
        struct query *q = connection->queries[i];
        if (q == NULL || !is_same(q, text, session))
            continue;
        connection->queries[i] = NULL;
        q->session = session;
        q->description = q->prepared;
        return q;
    }
    return NULL;
}

void kept_query_note(struct query *q, struct bytes text)
{
    struct arena *arena = &q->tree->arena;
    if (text.len > TEXT_BYTES_MAX || arena->used > TREE_BYTES_MAX || q->tree->kind == TREE_SHOW)
        return;
    q->text = arena_strn(arena, text.data, text.len);
    q->text_len = text.len;
    q->tree->session.db = arena_str(arena, q->tree->session.db); /* was the session's own */
    q->catalog_changes = q->connection->engine->catalog_changes;
    q->prepared = q->description;
    query_keep_names(&q->prepared, arena);
}

/* An empty place, or that of the oldest. */
static unsigned place_in(struct query_connection *connection)
{
    unsigned place = 0;
    for (unsigned i = 0; i < KEPT_QUERIES_MAX; i++) {
        if (connection->queries[i] == NULL)
            return i;
        if (connection->queries[i]->last_use < connection->queries[place]->last_use)
            place = i;
    }
    return place;
}

bool kept_query_give(struct query *q)
{
    struct query_connection *connection = q->connection;
    if (q->text == NULL || !q->has_run)
        return false;
    arena_clear(&q->arena);
    if (q->bound_room > BOUND_KEPT_MAX) {
        free(q->bound);
        q->bound = NULL;
        q->bound_room = 0;
    }
    q->has_run = false;
    q->session = NULL;
    q->last_use = ++connection->query_uses;
    unsigned place = place_in(connection);
    query_free(connection->queries[place]);
    connection->queries[place] = q;
    return true;
}

void kept_query_clear(struct query_connection *connection)
{
    for (unsigned i = 0; i < KEPT_QUERIES_MAX; i++) {
        query_free(connection->queries[i]);
        connection->queries[i] = NULL;
    }
}

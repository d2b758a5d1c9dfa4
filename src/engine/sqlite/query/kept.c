/* kept.c - SQLite's statements, kept for the next one with the same text: constants are bound, so
 * that the same statement of a client's is the same text, whatever its values. Bounded: the one
 * that was not used for the longest time goes. A reset statement holds no lock. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"

enum { KEPT_TEXT_MAX = 4096 };

static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    return hash;
}

sqlite3_stmt *kept_take(struct query_connection *connection, const char *text, size_t len)
{
    uint32_t hash = hash_of(text, len);
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        struct kept *kept = &connection->kept[i];
        if (kept->stmt == NULL || kept->is_used || kept->hash != hash ||
            strcmp(sqlite3_sql(kept->stmt), text) != 0)
            continue;
        kept->is_used = true;
        kept->last_use = ++connection->kept_uses;
        return kept->stmt;
    }
    return NULL;
}

static struct kept *oldest_of(struct query_connection *connection)
{
    struct kept *oldest = NULL;
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        struct kept *kept = &connection->kept[i];
        if (!kept->is_used && (oldest == NULL || kept->last_use < oldest->last_use))
            oldest = kept;
    }
    return oldest;
}

/* What was bound is borrowed from the run that ends. */
static void put_down(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

void kept_give(struct query_connection *connection, sqlite3_stmt *stmt)
{
    if (stmt == NULL)
        return;
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        if (connection->kept[i].stmt != stmt)
            continue;
        put_down(stmt);
        connection->kept[i].is_used = false;
        return;
    }
    const char *text = sqlite3_sql(stmt);
    size_t len = strlen(text);
    struct kept *kept = len <= KEPT_TEXT_MAX ? oldest_of(connection) : NULL;
    if (kept == NULL) {
        sqlite3_finalize(stmt);
        return;
    }
    put_down(stmt);
    sqlite3_finalize(kept->stmt);
    *kept = (struct kept){ stmt, hash_of(text, len), false, ++connection->kept_uses };
}

void kept_clear(struct query_connection *connection)
{
    for (unsigned i = 0; i < KEPT_MAX; i++)
        sqlite3_finalize(connection->kept[i].stmt);
    memset(connection->kept, 0, sizeof connection->kept);
}

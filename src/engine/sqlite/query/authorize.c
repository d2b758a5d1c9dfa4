/* authorize.c - the second wall: what a compiled statement may do in SQLite is to read rows of
 * tables and to call functions. ATTACH, PRAGMA, DDL, changes, SQLite's own tables, the engine's,
 * and load_extension are denied while one is prepared, whatever text the compiler came to write. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"

static bool may_read(const char *table)
{
    return table == NULL ||
           (strncasecmp(table, "sqlite_", 7) != 0 && strncasecmp(table, "binlogd_", 8) != 0);
}

static int authorize(void *arg, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    const struct query_connection *connection = arg;
    (void)database;
    (void)trigger;
    if (!connection->is_compiling)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        return may_read(first) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return second != NULL && strcasecmp(second, "load_extension") == 0 ? SQLITE_DENY
                                                                           : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

void authorize_register(struct query_connection *connection)
{
    sqlite3_set_authorizer(connection->db, authorize, connection);
}

void authorize_unregister(struct query_connection *connection)
{
    sqlite3_set_authorizer(connection->db, NULL, NULL);
}

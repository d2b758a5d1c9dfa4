/* access.c - what an account's role lets its statements do. */
// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <strings.h>
#include "execute/state.h"

enum {
    TABLE_ACCESS_DENIED = 1142,
    DATABASE_ACCESS_DENIED = 1044,
    MAY_READ = ROLE_admin | ROLE_write | ROLE_read,
    MAY_WRITE = ROLE_admin | ROLE_write,
};

static bool deny(const struct execution *e, const char *command, const char *table, struct err *err)
{
    return err_refuse(err, TABLE_ACCESS_DENIED,
                      "%s command denied to user '%s' for table '%s': its role is %s", command,
                      e->session.user, table, account_role_name(e->role));
}

bool access_check(const struct execution *e, const struct query_description *d, struct err *err)
{
    static const char *const commands[] = {
        [QUERY_SELECT] = "SELECT", [QUERY_INSERT] = "INSERT", [QUERY_REPLACE] = "INSERT, DELETE",
        [QUERY_UPDATE] = "UPDATE", [QUERY_DELETE] = "DELETE", [QUERY_SHOW] = "SELECT",
        [QUERY_DO] = "SELECT",
    };
    for (unsigned i = 0; i < d->table_count; i++) {
        unsigned needed = d->tables[i].is_written ? MAY_WRITE : MAY_READ;
        if ((e->role & needed) == 0)
            return deny(e, d->tables[i].is_written ? commands[d->kind] : "SELECT",
                        d->tables[i].name, err);
    }
    return true;
}

bool access_check_database(const struct execution *e, const char *name, struct err *err)
{
    const char *host = strrchr(e->user, '@');
    return (e->role & MAY_READ) != 0 || strcasecmp(name, "information_schema") == 0 ||
           err_refuse(err, DATABASE_ACCESS_DENIED,
                      "Access denied for user '%.*s'@'%s' to database '%s'", (int)(host - e->user),
                      e->user, host + 1, name);
}

bool access_check_schema(const struct execution *e, const char *verb, struct err *err)
{
    bool is_database = strstr(verb, "DATABASE") != NULL || strstr(verb, "SCHEMA") != NULL;
    if ((e->role & MAY_WRITE) != 0)
        return true;
    if (is_database)
        return err_refuse(err, DATABASE_ACCESS_DENIED,
                          "Access denied for user '%s' to database: its role is %s",
                          e->session.user, account_role_name(e->role));
    char command[32] = { 0 };
    memcpy(command, verb, strcspn(verb, " ") < sizeof command ? strcspn(verb, " ") : 0);
    return deny(e, command, "…", err);
}

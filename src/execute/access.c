/* access.c - what an account's role lets its statements do, and in which databases. */
// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <strings.h>
#include "execute/state.h"

enum {
    DATABASE_ACCESS_DENIED = 1044,
    MAY_READ = ROLE_admin | ROLE_write | ROLE_read,
    MAY_WRITE = ROLE_admin | ROLE_write,
};

static bool may(const struct execution *e, unsigned roles, const char *db)
{
    return (e->role & roles) != 0 && account_databases_hold(e->databases, db);
}

static bool deny_database(const struct execution *e, const char *name, struct err *err)
{
    const char *host = strrchr(e->user, '@');
    return err_refuse(err, DATABASE_ACCESS_DENIED,
                      "Access denied for user '%.*s'@'%s' to database '%s'", (int)(host - e->user),
                      e->user, host + 1, name);
}

bool access_check(const struct execution *e, const struct query_description *d, struct err *err)
{
    for (unsigned i = 0; i < d->table_count; i++) {
        const struct query_table *table = &d->tables[i];
        if (!may(e, table->is_written ? MAY_WRITE : MAY_READ, table->db))
            return query_deny(&e->session, query_command(d->kind, table->is_written), table, err);
    }
    return true;
}

bool access_check_database(const struct execution *e, const char *name, struct err *err)
{
    return strcasecmp(name, "information_schema") == 0 || may(e, MAY_READ, name) ||
           deny_database(e, name, err);
}

bool access_check_lock(const struct execution *e, const struct query_table *table, struct err *err)
{
    unsigned roles = table->is_written ? MAY_WRITE : MAY_READ;
    return may(e, roles, table->db) || query_deny(&e->session, "SELECT, LOCK TABLES", table, err);
}

struct asking {
    const struct execution *execution;
    struct err *err;
};

static bool check_need(const struct ddl_need *need, void *arg)
{
    const struct asking *asking = arg;
    const struct execution *e = asking->execution;
    bool is_unsaid = need->db[0] == '\0'; /* 1046, if that is all */
    if (is_unsaid ? (e->role & MAY_WRITE) != 0 : may(e, MAY_WRITE, need->db))
        return true;
    if (need->table == NULL)
        return deny_database(e, need->db, asking->err);
    struct query_table table = { need->db, need->table, true };
    return query_deny(&e->session, need->command, &table, asking->err);
}

bool access_check_schema(const struct execution *e, const struct ddl *ddl, struct err *err)
{
    return ddl_each_need(ddl, check_need, &(struct asking){ e, err });
}

/* until_read.c - see until_read.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/until_read.h"
#include <stdio.h>

/* Errors of the servers, by their numbers. */
enum { WRONG_UNTIL = 1277, MYSQL_MALFORMED = 1772, MARIADB_MALFORMED = 1941 };

static bool read_place(const struct session_until *asked, const struct store *store,
                       struct until *out, struct err *err)
{
    struct until until = { .kind = UNTIL_PLACE, .offset = asked->offset };
    int len = snprintf(until.file, sizeof until.file, "%s", asked->text);
    if (len < 0 || (size_t)len >= sizeof until.file)
        return err_refuse(err, WRONG_UNTIL, "UNTIL names a file with too long a name");
    if (!until_check(&until, store, err))
        return false;
    *out = until;
    return true;
}

static bool read_gtids(const struct session_until *asked, enum flavour flavour, struct until *out,
                       struct err *err)
{
    AUTO(gtid_set) gtids = NULL;
    struct err reason;
    bool is_mysql = flavour == FLAVOUR_MYSQL;
    if (asked->kind == SESSION_UNTIL_POSITION && is_mysql)
        return err_set(err, ERR_UNSUPPORTED,
                       "MASTER_GTID_POS is of MariaDB's logs, and the one here is a MySQL's: name "
                       "SQL_AFTER_GTIDS");
    if (!gtid_set_parse(asked->text, flavour, &gtids, &reason))
        return err_refuse(err, is_mysql ? MYSQL_MALFORMED : MARIADB_MALFORMED,
                          "UNTIL names no GTIDs: %s", reason.text);
    if (gtid_set_is_empty(gtids))
        return err_refuse(err, WRONG_UNTIL, "UNTIL names no transaction");
    *out = (struct until){ .kind = asked->kind == SESSION_UNTIL_BEFORE ? UNTIL_BEFORE : UNTIL_AFTER,
                           .gtids = gtids };
    gtids = NULL;
    return true;
}

/* A log that does not have the engine's place is for applying to judge. */
static bool look_ahead(const struct until *until, struct engine *engine, struct store *store,
                       struct err *err)
{
    struct position position = { 0 };
    if (!engine->ops->position(engine, &position, err))
        return false;
    struct log_pos at = { .offset = position.offset };
    bool ok = position.gtids == NULL || !store_find_file(store, position.file, &at.file) ||
              until_look_ahead(until, position.gtids, at, store, err);
    position_clear(&position);
    if (!ok && err->code == ERR_CONFLICT)
        err->server_errno = WRONG_UNTIL;
    return ok;
}

bool until_read(const struct session_until *asked, struct engine *engine, struct store *store,
                struct until *out, struct err *err)
{
    if (engine == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "this node is a relay: nothing is applied here that could stop at a place");
    if (asked->kind == SESSION_UNTIL_PLACE)
        return read_place(asked, store, out, err);
    enum flavour flavour = catalog_flavour(engine->ops->catalog(engine));
    struct until until = { 0 };
    if (!read_gtids(asked, flavour, &until, err))
        return false;
    if (flavour == FLAVOUR_MARIADB && !look_ahead(&until, engine, store, err)) {
        until_clear(&until);
        return false;
    }
    *out = until;
    return true;
}

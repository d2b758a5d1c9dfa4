/* grants.h - the privileges that following a source needs, read from SHOW GRANTS. Pure.
 *
 * Each line is `GRANT priv, priv … ON object TO account …`; a role's grants count when the server
 * lists them. What cannot be read as a grant is passed over: a privilege is missing until a line
 * says otherwise. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include "base/bytes.h"

struct privileges {
    bool known;               /* SHOW GRANTS could be read */
    bool replication_replica; /* REPLICATION SLAVE / REPLICA: may ask for the log */
    bool replication_client;  /* REPLICATION CLIENT / BINLOG MONITOR: may ask where the log ends */
    bool replica_admin;       /* MariaDB REPLICATION MASTER/SLAVE ADMIN: SHOW REPLICA HOSTS */
    bool reload;              /* FLUSH TABLES WITH READ LOCK */
    bool lock_tables;         /* LOCK TABLES, everywhere */
    bool binlog_admin;        /* MariaDB BINLOG ADMIN, SUPER: SET sql_log_bin */
    bool backup_admin;        /* MySQL BACKUP_ADMIN */
    bool select_all;          /* SELECT ON *.* */
    bool select_some;         /* SELECT on some database, table or column */
    bool show_view;
    bool process;
};

/* One line of SHOW GRANTS; adds to what is known. */
void privileges_add(struct privileges *privileges, struct bytes line);

/* session_sql.h - a statement of the log with the session that it ran in, as statements for the
 * client: what the last one had already is left out.
 *
 * Statements end in the delimiter that LOG_DELIMITER names, which mysqlbinlog uses as well; one
 * whose text holds it gets another for itself. Pure; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/query.h"

#define LOG_DELIMITER "/*!*/;"

struct session_sql;
struct session_sql *session_sql_new(void);
void session_sql_free(struct session_sql *session); /* NULL is allowed */
/* A new file: nothing is known of the session. */
void session_sql_reset(struct session_sql *session);
struct statement_place {
    const struct event *event;
    enum flavour flavour;
};
/* Appends what has to be set for the statement. */
bool session_sql_put(struct session_sql *session, const struct statement_place *place,
                     const struct query_event *query, struct buf *out, struct err *err) MUST_CHECK;
/* Appends text as a statement of its own, with its delimiter. */
void statement_sql_put(struct bytes text, struct buf *out);
/* `name` exactly, for statements. */
void name_sql_put(struct bytes name, struct buf *out);

/* row_sql.h - the rows of a rows event as INSERT, UPDATE and DELETE that a person can read and a
 * server of the same kind can run:
 *
 *     UPDATE `shop`.`item` SET `name`='new', `price`=1.50 WHERE `id`=7 LIMIT 1
 *
 * The key names the row where it is known, else all columns that the log has do, each exactly. What
 * SQL cannot say exactly is refused: the same rows as BINLOG statements are exact whatever they
 * hold. The session has to be the one of row_sql_session. Pure; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"
#include "print/text_out.h"

struct row_sql;
struct row_sql *row_sql_new(void);
void row_sql_free(struct row_sql *sql); /* NULL is allowed */
/* Other statements came in between: the session has to be set again. */
void row_sql_forget(struct row_sql *sql);
/* Appends a statement a row, and before it what of the session is another than for the last one.
 * ERR_UNSUPPORTED: names that are not known; values that SQL cannot say. */
bool row_sql_put(struct row_sql *sql, const struct event *event, struct rows *rows,
                 const struct row_table *table, const struct text_out *out,
                 struct err *err) MUST_CHECK;

/* form.h - one column's value in a form of its own, in which both sides are compared: made from
 * what the source prints, and from what SQLite holds.
 *
 * A canonical value is a letter and bytes: N (NULL), I (a whole number's digits), R (the 8 bytes of
 * a double), T (text as the source prints it, UTF-8), B (bytes). The way from a stored value
 * follows docs/formats/values.md and shares no code with what stores values: a mistake there is
 * found here. What is stored in no form that its column may have gets a letter or bytes that no
 * source has. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "engine/sqlite/db.h"
#include "sql/catalog.h"

/* The expression that asks the source for the column; the session's character_set_results is
 * utf8mb4, its time_zone UTC, its sql_mode ''. */
void form_expression(const struct column_def *column, struct buf *sql);
/* Each appends one canonical value. sent.data NULL: SQL NULL. */
void form_from_source(const struct column_def *column, struct bytes sent, struct buf *out);
void form_from_stored(const struct column_def *column, sqlite3_stmt *stmt, int index,
                      struct buf *out);
/* The same value: canonical ones are, and JSON also when only its numbers are written in another
 * way. */
bool form_equal(const struct column_def *column, struct bytes a, struct bytes b);

/* The canonical value as SQLite stores it; bytes must live until the statement has run. */
bool form_bind(const struct column_def *column, struct bytes value, sqlite3_stmt *stmt, int index,
               struct err *err) MUST_CHECK;
/* As a literal that the source compares with its column; safe whatever the bytes are. */
void form_literal(const struct column_def *column, struct bytes value, struct buf *sql);
/* For people: 12, 'abc', X'00ff', NULL. */
void form_print(struct bytes value, struct buf *out);

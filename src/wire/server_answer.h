/* server_answer.h - what a server answers with: OK, errors, result sets of the text protocol.
 * Packets are appended to the session's output; numbers run on. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/macros.h"
#include "wire/server.h"
#include "wire/tracked.h"

struct server_problem {
    uint16_t code;
    const char *state; /* SQLSTATE, 5 characters */
};

void server_ok(struct server *server);
/* info: shown by some clients; before the first command it is where MariaDB looks for its proof. */
void server_ok_info(struct server *server, struct bytes info);
void server_error(struct server *server, const struct server_problem *problem, const char *format,
                  ...) PRINTF_LIKE(3, 4);
/* The session's state has changed: the next OK tells it, where the client wants to know; no error
 * does. tracked.h has the kinds. */
void server_note_change(struct server *server, enum tracked kind, struct bytes name,
                        struct bytes value);
struct bytes server_changes(const struct server *server); /* for an OK that is made elsewhere */
void server_forget_changes(struct server *server);
void server_end_result(struct server *server); /* EOF, or what stands for it */
void server_eof(struct server *server);        /* the plain one: also the end of a dump */

enum column_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_FRACTION };
struct column {
    const char *name;
    enum column_kind kind;
};
void server_columns(struct server *server, const struct column *columns, unsigned count);
/* data NULL is the SQL NULL. */
void server_row(struct server *server, const struct bytes *values, unsigned count);
/* Ends the rows that began at `place` (server_mark before server_columns); if they did not fit, the
 * answer becomes an error that says so. */
void server_rows_end(struct server *server, struct server_place place);
/* COM_STATISTICS: a bare text. */
void server_text(struct server *server, const char *text);

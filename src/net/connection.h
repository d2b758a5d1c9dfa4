/* connection.h - one client connection to a MySQL or MariaDB server: socket, TLS, packets,
 * commands.
 *
 * Moves bytes between a socket and a wire client session. Blocking with a deadline on every wait;
 * connection_cancel (any thread) makes the call in progress return ERR_CANCELLED at once. Otherwise
 * a connection belongs to one thread. After any error but ERR_REFUSED the connection is dead: free
 * it. CLIENT_LOCAL_FILES is never offered and a LOCAL INFILE request (0xfb) is ERR_PROTOCOL. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "binlog/gtid.h"
#include "net/source_address.h"
#include "wire/command.h" /* struct register_replica, struct dump_request */
#include "wire/dump.h"    /* struct dump_piece */

struct connection;
struct cancel; /* cancel.h: an eventfd that any number of connections and waits share */

/* Connects, does TLS as ssl_mode says, logs in. cancel may be NULL. */
bool connection_open(const struct source_address *address, struct cancel *cancel,
                     struct connection **out, struct err *err) MUST_CHECK;
void connection_free(struct connection *connection); /* NULL is allowed; sends COM_QUIT when idle */
AUTO_DEFINE(connection);

const char *connection_server_version(const struct connection *connection); /* without "5.5.5-" */
enum flavour connection_flavour(const struct connection *connection);
uint32_t connection_version_number(const struct connection *connection); /* 90704, 101119 */
uint32_t connection_thread_id(const struct connection *connection);
bool connection_is_encrypted(const struct connection *connection);
void connection_set_read_timeout(struct connection *connection,
                                 unsigned timeout_ms); /* per wait; 0: none */

/* A statement; its result, if it has one, is read with next_row until that says no row. */
bool connection_query(struct connection *connection, const char *sql, struct err *err) MUST_CHECK;
unsigned connection_column_count(const struct connection *connection); /* 0: no result set */
const char *connection_column_name(const struct connection *connection, unsigned column);
/* *row false at the end. values: column_count of them, data NULL = SQL NULL; they live until the
 * next call. */
bool connection_next_row(struct connection *connection, bool *row, const struct bytes **values,
                         struct err *err) MUST_CHECK;
/* Reads and drops what is left of the result. */
bool connection_finish(struct connection *connection, struct err *err) MUST_CHECK;
/* A query's first row, first column, into text (cut at size). *found false: no row or NULL. */
bool connection_query_text(struct connection *connection, const char *sql, char *text, size_t size,
                           bool *found, struct err *err) MUST_CHECK;
/* A query that gives no result set. */
bool connection_execute(struct connection *connection, const char *sql, struct err *err) MUST_CHECK;
/* text as an SQL literal with quotes, safe for any sql_mode this connection may have: what holds a
 * backslash or control characters becomes _utf8mb4 X'..', what is not UTF-8 becomes X'..'. */
struct buf;
void connection_quote(struct connection *connection, struct bytes text, struct buf *out);

/* ---- replication ---- */
bool connection_register_replica(struct connection *connection,
                                 const struct register_replica *replica,
                                 struct err *err) MUST_CHECK;
bool connection_dump(struct connection *connection, const struct dump_request *request,
                     struct err *err) MUST_CHECK;

/* The next piece of an event, without copying: see struct dump_piece. Only the last piece of an
 * event that spans packets may be empty. */
/* *more false: nothing is buffered after this piece, the next call will wait on the socket: a good
 * moment to flush. *end true: the server ended the dump (EOF packet, non-blocking). An ERR packet
 * is ERR_REFUSED. */
bool connection_next_piece(struct connection *connection, struct dump_piece *piece, bool *more,
                           bool *end, struct err *err) MUST_CHECK;
/* Semi-sync: the source's log is durable here up to offset in its file. Answers nothing. */
bool connection_acknowledge(struct connection *connection, const char *file, uint64_t offset,
                            struct err *err) MUST_CHECK;
/* Waits for more of the dump, no longer than to the deadline, or until `fd` is readable: then
 * *readable may be false. Only when connection_is_readable says no. */
bool connection_wait(struct connection *connection, int fd, uint64_t deadline_ms, bool *readable,
                     struct err *err) MUST_CHECK;
uint64_t connection_read_deadline(const struct connection *connection); /* of a wait from now on */
/* Whether the next connection_next_piece would find bytes without waiting, in the kernel too. */
bool connection_is_readable(const struct connection *connection);

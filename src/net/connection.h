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
/* 'text' as an SQL literal with quotes, safe for any sql_mode this connection may have. */
struct buf;
void connection_quote(struct connection *connection, struct bytes text, struct buf *out);

/* ---- replication ---- */
struct register_replica {
    uint32_t server_id;
    const char *report_host; /* "" */
    uint16_t report_port;
};
bool connection_register_replica(struct connection *connection,
                                 const struct register_replica *replica,
                                 struct err *err) MUST_CHECK;
struct dump_request {
    uint32_t server_id;
    uint16_t flags;        /* 0x1 non-blocking; 0x2 heartbeat v2 (MySQL), annotate rows (MariaDB) */
    const char *file;      /* "" = first */
    uint64_t offset;       /* 4: from the start */
    struct bytes gtid_set; /* MySQL binary set: COM_BINLOG_DUMP_GTID; data NULL: COM_BINLOG_DUMP */
    bool semi_sync;        /* packets then carry ef and a flag */
};
bool connection_dump(struct connection *connection, const struct dump_request *request,
                     struct err *err) MUST_CHECK;

/* Events of a dump, without copying: as many packets as one receive brought. A piece is a run of
 * bytes of one event: whole (first and last set) unless the event is larger than the buffer or
 * spans packets. */
struct dump_piece {
    struct bytes bytes; /* lives until the next call */
    bool first;         /* starts with an event header (at least 19 bytes are here) */
    bool last;          /* ends the event */
    bool ack_wanted;    /* semi-sync: acknowledge this event when it is durable */
};
/* *more false: nothing is buffered after this piece, the next call will wait on the socket: a good
 * moment to flush. *end true: the server ended the dump (EOF packet, non-blocking). An ERR packet
 * is ERR_REFUSED. */
bool connection_next_piece(struct connection *connection, struct dump_piece *piece, bool *more,
                           bool *end, struct err *err) MUST_CHECK;

/* client.h - a client session: bytes from a server in, bytes to it and events out. No sockets.
 *
 *   greeting -> [tls] -> login -> ready <-> reply -> columns -> rows
 *                                   |--> stream (a dump: dump.h takes it from there)
 *
 * The transport's loop: client_next; when it says CLIENT_WAIT, send client_output, receive into
 * client_room, say client_received, again. After any error but a refused command the session is
 * dead. TLS is decided before a credential is sent; bytes received in the clear before TLS starts
 * end the session. A LOCAL INFILE request is ERR_PROTOCOL. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/macros.h"
#include "wire/command.h"
#include "wire/handshake.h"
#include "wire/login.h" /* struct client_options */
#include "wire/result.h"

struct client; /* client.c */

enum client_event {
    CLIENT_WAIT,      /* send what is in the output, then receive */
    CLIENT_START_TLS, /* send the output, do the TLS handshake, say client_encrypted */
    CLIENT_DONE,      /* logged in; or a command is through: its OK came, or its last row */
    CLIENT_RESULT,    /* rows follow; their columns are known */
    CLIENT_ROW,       /* client_row */
};

bool client_new(const struct client_options *options, struct client **out,
                struct err *err) MUST_CHECK;
void client_free(struct client *client); /* wipes the password; NULL is allowed */
AUTO_DEFINE(client);

uint8_t *client_room(struct client *client, size_t *size);
void client_received(struct client *client, size_t n);
struct bytes client_output(const struct client *client);
void client_sent(struct client *client, size_t n);
bool client_next(struct client *client, enum client_event *event, struct err *err) MUST_CHECK;
bool client_encrypted(struct client *client, struct err *err) MUST_CHECK;

/* Commands: only when ready, that is after CLIENT_DONE; client_next then brings what comes. */
bool client_is_ready(const struct client *client);
bool client_query(struct client *client, struct bytes sql, struct err *err) MUST_CHECK;
bool client_register(struct client *client, const struct register_replica *replica,
                     struct err *err) MUST_CHECK;
void client_quit(struct client *client);    /* no answer will come */
void client_give_up(struct client *client); /* the transport failed: nothing more will come */
/* After this what is received belongs to a struct dump, until client_stream_end. */
bool client_dump(struct client *client, const struct dump_request *request,
                 struct err *err) MUST_CHECK;
void client_stream_end(struct client *client);

const struct greeting *client_greeting(const struct client *client); /* after the login */
/* Of the last command. */
unsigned client_column_count(const struct client *client);
const char *client_column_name(const struct client *client, unsigned column);
const struct bytes *client_row(const struct client *client); /* until the next client_next */

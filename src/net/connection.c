/* connection.c - the loop between a transport and a wire client session.
 *
 * A login has one deadline, connect_timeout_ms, for all it does; later each wait has the read
 * timeout. A dump gets its large receive buffer when it starts, so an idle process stays small. */
// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "base/files.h"
#include "base/memory.h"
#include "net/dial.h"
#include "net/transport.h"
#include "net/wait.h"
#include "wire/client.h"
#include "wire/packet.h"
#include "wire/quote.h"

enum { CONNECT_TIMEOUT_DEFAULT_MS = 10000, PUBLIC_KEY_MAX = 64 * 1024, NAME_SIZE = 300 };

struct connection {
    struct transport transport;
    struct client *client;
    struct dump dump; /* data NULL: none was asked for yet */
    char name[NAME_SIZE];
};

/* Sends, receives and digests until the session has something to say. */
static bool connection_step(struct connection *c, enum client_event *event, struct err *err)
{
    for (;;) {
        if (!client_next(c->client, event, err))
            return false;
        struct bytes output = client_output(c->client);
        if (!transport_send(&c->transport, output, err))
            return false;
        client_sent(c->client, output.len);
        if (*event != CLIENT_WAIT)
            return true;
        size_t size;
        size_t got;
        uint8_t *room = client_room(c->client, &size);
        if (!transport_receive(&c->transport, room, size, &got, err))
            return false;
        client_received(c->client, got);
    }
}

/* What ends the connection names the server; what a statement was refused for speaks for itself. */
static bool connection_fail(struct connection *c, struct err *err)
{
    if (err->code == ERR_REFUSED)
        return false;
    client_give_up(c->client);
    return err_wrap(err, "%s", c->name);
}

static bool connection_await(struct connection *c, enum client_event *event, struct err *err)
{
    return connection_step(c, event, err) || connection_fail(c, err);
}

/* A PEM file of the user's; NULL path gives an empty text. */
static bool public_key_read(const char *path, struct buf *out, struct err *err)
{
    if (path == NULL)
        return true;
    int fd = files_os.open(&files_os, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        err_sys(err, "server-public-key-path '%s'", path);
        err->code = ERR_CONFIG;
        return false;
    }
    size_t got = 0;
    uint8_t *room = buf_reserve(out, PUBLIC_KEY_MAX);
    bool done = files_read_at(&files_os, fd, room, PUBLIC_KEY_MAX, 0, &got, err);
    files_os.close(&files_os, fd);
    out->len += done ? got : 0;
    return done;
}

static enum client_tls tls_wish(const struct source_address *address)
{
    if (address->ssl_mode == SSL_MODE_DISABLED)
        return CLIENT_TLS_NEVER;
    if (address->ssl_mode == SSL_MODE_PREFERRED) /* nobody listens on a unix socket */
        return address->socket_path != NULL ? CLIENT_TLS_NEVER : CLIENT_TLS_IF_OFFERED;
    return CLIENT_TLS_ALWAYS;
}

static bool connection_new_client(struct connection *c, const struct source_address *address,
                                  struct err *err)
{
    struct buf key;
    buf_init(&key, PUBLIC_KEY_MAX + 1);
    struct client_options options = {
        .user = address->user == NULL ? "" : address->user,
        .password = address->password == NULL ? "" : address->password,
        .tls = tls_wish(address),
        .tls_verifies = address->ssl_mode >= SSL_MODE_VERIFY_CA,
        .local = address->socket_path != NULL,
        .fetch_public_key = address->get_server_public_key,
    };
    bool done = public_key_read(address->server_public_key_path, &key, err);
    if (done && address->server_public_key_path != NULL)
        options.public_key_pem = buf_cstr(&key);
    done = done && client_new(&options, &c->client, err);
    buf_clear(&key);
    return done;
}

static bool connection_login(struct connection *c, const struct source_address *address,
                             struct err *err)
{
    enum client_event event;
    if (!connection_step(c, &event, err))
        return false;
    if (event == CLIENT_START_TLS &&
        (!transport_start_tls(&c->transport, address, err) || !client_encrypted(c->client, err) ||
         !connection_step(c, &event, err)))
        return false;
    assert(event == CLIENT_DONE);
    return true;
}

/* A web server, an SSH server, a port that says nothing. */
static void connection_doubt(const struct connection *c, struct err *err)
{
    bool greeted = client_greeting(c->client)->version[0] != '\0';
    bool said = strstr(err->text, "is this the port") != NULL;
    if (!greeted && !said && err->code != ERR_REFUSED && err->code != ERR_CANCELLED)
        err_set(err, err->code, "%s: is this the port of a MySQL or MariaDB server?", err->text);
}

bool connection_open(const struct source_address *address, struct cancel *cancel,
                     struct connection **out, struct err *err)
{
    struct connection *c = memory_new(sizeof *c);
    unsigned timeout_ms = address->connect_timeout_ms;
    transport_init(&c->transport, cancel);
    c->transport.deadline_ms =
        wait_deadline(timeout_ms == 0 ? CONNECT_TIMEOUT_DEFAULT_MS : timeout_ms);
    dial_name(address, c->name, sizeof c->name);
    bool done =
        connection_new_client(c, address, err) && transport_open(&c->transport, address, err);
    if (done && !connection_login(c, address, err)) {
        connection_doubt(c, err);
        done = err_wrap(err, "cannot log in to %s", c->name);
    }
    if (!done) {
        connection_free(c);
        return false;
    }
    c->transport.deadline_ms = WAIT_FOR_EVER;
    *out = c;
    return true;
}

void connection_free(struct connection *c)
{
    if (c == NULL)
        return;
    if (c->client != NULL && client_is_ready(c->client)) {
        client_quit(c->client);
        transport_send_now(&c->transport, client_output(c->client));
    }
    transport_clear(&c->transport);
    client_free(c->client);
    dump_clear(&c->dump);
    free(c);
}

const char *connection_server_version(const struct connection *c)
{
    return client_greeting(c->client)->version;
}

enum flavour connection_flavour(const struct connection *c)
{
    return client_greeting(c->client)->mariadb ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
}

uint32_t connection_version_number(const struct connection *c)
{
    return client_greeting(c->client)->version_number;
}

uint32_t connection_thread_id(const struct connection *c)
{
    return client_greeting(c->client)->thread_id;
}

bool connection_is_encrypted(const struct connection *c)
{
    return c->transport.tls != NULL;
}

void connection_set_read_timeout(struct connection *c, unsigned timeout_ms)
{
    c->transport.timeout_ms = timeout_ms;
}

/* ---- statements ---- */

bool connection_query(struct connection *c, const char *sql, struct err *err)
{
    enum client_event event;
    return client_query(c->client, bytes_of_str(sql), err) && connection_await(c, &event, err);
}

unsigned connection_column_count(const struct connection *c)
{
    return client_column_count(c->client);
}

const char *connection_column_name(const struct connection *c, unsigned column)
{
    return client_column_name(c->client, column);
}

bool connection_next_row(struct connection *c, bool *row, const struct bytes **values,
                         struct err *err)
{
    enum client_event event = CLIENT_DONE;
    if (!client_is_ready(c->client) && !connection_await(c, &event, err))
        return false;
    *row = event == CLIENT_ROW;
    *values = client_row(c->client);
    return true;
}

bool connection_finish(struct connection *c, struct err *err)
{
    enum client_event event;
    while (!client_is_ready(c->client))
        if (!connection_await(c, &event, err))
            return false;
    return true;
}

bool connection_query_text(struct connection *c, const char *sql, char *text, size_t size,
                           bool *found, struct err *err)
{
    bool row = false;
    const struct bytes *values;
    if (!connection_query(c, sql, err) || !connection_next_row(c, &row, &values, err))
        return false;
    *found = row && values[0].data != NULL;
    if (*found) {
        size_t len = values[0].len < size - 1 ? values[0].len : size - 1;
        memcpy(text, values[0].data, len);
        text[len] = 0;
    }
    return connection_finish(c, err);
}

bool connection_execute(struct connection *c, const char *sql, struct err *err)
{
    if (!connection_query(c, sql, err))
        return false;
    if (connection_column_count(c) == 0)
        return true;
    if (!connection_finish(c, err))
        return false;
    return err_set(err, ERR_PROTOCOL, "a result set came from a statement that has none");
}

void connection_quote(struct connection *c, struct bytes text, struct buf *out)
{
    (void)c; /* the literal is the same for every session */
    quote_literal(text, out);
}

/* ---- replication ---- */

bool connection_register_replica(struct connection *c, const struct register_replica *replica,
                                 struct err *err)
{
    enum client_event event;
    return client_register(c->client, replica, err) && connection_await(c, &event, err);
}

static bool connection_flush(struct connection *c, struct err *err)
{
    struct bytes output = client_output(c->client);
    if (!transport_send(&c->transport, output, err))
        return connection_fail(c, err);
    client_sent(c->client, output.len);
    return true;
}

bool connection_dump(struct connection *c, const struct dump_request *request, struct err *err)
{
    if (!client_dump(c->client, request, err) || !connection_flush(c, err))
        return false;
    dump_clear(&c->dump);
    dump_init(&c->dump, DUMP_BUFFER_SIZE, request->semi_sync);
    return true;
}

static bool connection_receive_events(struct connection *c, struct err *err)
{
    size_t size;
    size_t got;
    uint8_t *room = dump_room(&c->dump, &size);
    if (!transport_receive(&c->transport, room, size, &got, err))
        return connection_fail(c, err);
    dump_received(&c->dump, got);
    return true;
}

bool connection_next_piece(struct connection *c, struct dump_piece *piece, bool *more, bool *end,
                           struct err *err)
{
    enum dump_status status;
    for (;;) {
        if (!dump_next(&c->dump, piece, &status, err)) {
            if (err->code == ERR_REFUSED)
                client_stream_end(c->client);
            return connection_fail(c, err);
        }
        if (status != DUMP_NEEDS_BYTES)
            break;
        if (!connection_receive_events(c, err))
            return false;
    }
    *end = status == DUMP_END;
    *more = dump_has_next(&c->dump);
    if (*end)
        client_stream_end(c->client);
    return true;
}

bool connection_is_readable(const struct connection *c)
{
    return dump_has_next(&c->dump) || transport_is_readable(&c->transport);
}

bool connection_acknowledge(struct connection *c, const char *file, uint64_t offset,
                            struct err *err)
{
    enum { ACK_MAX = 1024 };
    uint8_t number = 0;
    struct buf payload;
    struct buf packet;
    buf_init(&payload, ACK_MAX);
    buf_init(&packet, ACK_MAX);
    command_semi_sync_ack(file, offset, &payload);
    packet_encode(buf_bytes(&payload), &number, &packet);
    bool ok = transport_send(&c->transport, buf_bytes(&packet), err);
    buf_clear(&payload);
    buf_clear(&packet);
    return ok ? true : connection_fail(c, err);
}

uint64_t connection_read_deadline(const struct connection *c)
{
    return wait_deadline(c->transport.timeout_ms);
}

bool connection_wait(struct connection *c, int fd, uint64_t deadline_ms, bool *readable,
                     struct err *err)
{
    return wait_for_either(c->transport.fd, fd, c->transport.cancel, deadline_ms, readable, err)
               ? true
               : connection_fail(c, err);
}

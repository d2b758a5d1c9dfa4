/* peer.c - one connection on the loop thread: reads what fits, lets the session make commands of
 * it, hands them on, and sends what there is.
 *
 * The socket is asked for what may happen next only: to be readable while commands are welcome, to
 * be writable while something waits. Nothing here waits. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "listen"
#include "net/peer.h"
#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
    LOGIN_TIMEOUT_MS = 10000,
    LEAVE_TIMEOUT_MS = 5000,
    READS_IN_A_ROW = 8, /* then others have their turn */
};
#define IDLE_TIMEOUT_MS ((uint64_t)8 * 3600 * 1000)

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);

/* ---- birth and death ---- */

static struct server *make_session(struct peer *peer)
{
    const struct listener_options *o = &peer->listener->options;
    struct server_options options = {
        .version = "",
        .thread_id = peer->id,
        .tls = o->tls != NULL,
        .tls_demanded = o->tls_demanded,
        .accounts = o->accounts,
        .rsa = o->rsa,
        .codec = peer->listener->codec,
    };
    char host[PEER_ADDRESS_MAX + 1];
    snprintf(host, sizeof host, "%s", peer->address);
    char *port = strrchr(host, ':');
    if (port != NULL)
        *port = 0;
    options.peer = host;
    if (o->tls != NULL)
        memcpy(options.certificate_digest, tls_server_digest(o->tls), SHA256_SIZE);
    if (RAND_bytes(options.nonce, sizeof options.nonce) != 1 ||
        RAND_bytes(options.nonce_ed25519, sizeof options.nonce_ed25519) != 1)
        return NULL;
    o->handler.on_accept(&options, o->handler.arg);
    return server_new(&options);
}

static void link_in(struct listener *listener, struct peer *peer)
{
    peer->next = listener->peers;
    if (peer->next != NULL)
        peer->next->previous = peer;
    listener->peers = peer;
    listener->count++;
    listener->half_open++;
}

static void link_out(struct peer *peer)
{
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        peer->listener->peers = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    peer->listener->count--;
}

/* What the socket is asked for follows from what the peer may do next. */
static void choose_events(struct peer *peer)
{
    int wanted = 0;
    bool is_full = server_output_size(peer->server) > SERVER_OUTPUT_FULL;
    bool reads = peer->phase != PEER_REFUSED && peer->phase != PEER_LEAVING;
    if (peer->phase == PEER_DEAD)
        return;
    if (peer->is_stalled &&
        !is_full) { /* the socket may never tell of what TLS and the session hold */
        peer->is_stalled = false;
        peer->wants_read = true;
    }
    bool is_deaf = peer->is_held && (peer->tls != NULL || peer->spoke_held);
    if (reads && !is_deaf && (!is_full || peer->streams))
        wanted |= UV_READABLE;
    if (peer->wants_write || peer->wants_more || peer->wants_read || peer->tls_wants_write)
        wanted |= UV_WRITABLE;
    if (wanted == 0)
        wanted = UV_DISCONNECT;
    if (wanted == peer->polled)
        return;
    peer->polled = wanted;
    uv_poll_start(&peer->poll, wanted, on_poll);
}

void peer_new(struct listener *listener, const struct arrival *arrival)
{
    struct peer *peer = memory_new(sizeof *peer);
    peer->listener = listener;
    peer->fd = arrival->fd;
    peer->origin = arrival->origin;
    peer->ticket = arrival->ticket;
    peer->is_counted = true;
    peer->id = ++listener->next_id;
    peer->came_ms = clock_monotonic_ms();
    peer_set_patience(peer, listener->options.send_timeout_ms, IDLE_TIMEOUT_MS);
    peer->command_ms = peer->came_ms;
    peer->progress_ms = peer->came_ms;
    memcpy(peer->address, arrival->address, sizeof peer->address);
    link_in(listener, peer);
    uv_poll_init(&listener->loop, &peer->poll, peer->fd);
    uv_timer_init(&listener->loop, &peer->timer);
    peer->handles = 2;
    peer->poll.data = peer;
    peer->timer.data = peer;
    peer->server = make_session(peer);
    if (peer->server == NULL) {
        peer_close(peer);
        return;
    }
    peer_flush(peer);
}

void peer_left_half_open(struct peer *peer)
{
    if (!peer->is_counted)
        return;
    peer->is_counted = false;
    peer->listener->half_open--;
    guard_leave(peer->listener->guard, peer->ticket);
}

void peer_close(struct peer *peer)
{
    if (peer->phase == PEER_DEAD)
        return;
    peer_left_half_open(peer);
    peer->phase = PEER_DEAD;
    peer->next_dead = peer->listener->dead;
    peer->listener->dead = peer;
    uv_poll_stop(&peer->poll);
    uv_timer_stop(&peer->timer);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;
    if (--peer->handles == 0)
        free(peer);
}

void peer_release(struct peer *peer)
{
    const struct listener_handler *handler = &peer->listener->options.handler;
    if (peer->is_known) {
        peer->listener->open--;
        handler->on_close(peer, handler->arg);
    }
    link_out(peer);
    server_free(peer->server);
    tls_free(peer->tls);
    uv_close((uv_handle_t *)&peer->poll, on_handle_closed);
    uv_close((uv_handle_t *)&peer->timer, on_handle_closed);
    close(peer->fd);
}

/* ---- sending ---- */

/* *done 0: the socket is full. False: the connection broke. */
static bool send_some(struct peer *peer, struct bytes bytes, size_t *done)
{
    struct err err;
    enum tls_result result = TLS_OK;
    *done = 0;
    if (peer->tls != NULL)
        return tls_write(peer->tls, bytes.data, bytes.len, done, &result, &err) &&
               result != TLS_CLOSED;
    ssize_t n = send(peer->fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    *done = (size_t)n;
    return true;
}

/* Everything is sent: the wants_write that is left says otherwise. */
static void send_output(struct peer *peer)
{
    peer->wants_write = false;
    for (;;) {
        struct bytes bytes = server_output(peer->server);
        size_t done = 0;
        if (bytes.len == 0)
            break;
        if (!send_some(peer, bytes, &done)) {
            peer_close(peer);
            return;
        }
        peer->wants_write = done == 0;
        if (done == 0)
            return;
        peer->progress_ms = clock_monotonic_ms();
        server_sent(peer->server, done);
    }
    peer->progress_ms = clock_monotonic_ms();
    if (peer->phase == PEER_LEAVING)
        peer_close(peer);
}

void peer_flush(struct peer *peer)
{
    if (peer->phase == PEER_DEAD || peer->phase == PEER_REFUSED)
        return;
    if (peer->phase != PEER_TLS)
        send_output(peer);
    choose_events(peer);
}

static struct peer *awaited(const struct listener *listener)
{
    const struct listener_handler *handler = &listener->options.handler;
    return handler->awaited(handler->arg);
}

/* Answers that leave one behind the other find the clients' cores awake, and to wake one that
 * sleeps costs more than a short statement. */
void peer_flush_soon(struct peer *peer)
{
    struct listener *listener = peer->listener;
    if (awaited(listener) == peer)
        peer_flush(peer);
    if (peer->is_to_send)
        return;
    peer->is_to_send = true;
    peer->next_to_send = listener->to_send;
    listener->to_send = peer;
}

void peer_close_when_sent(struct peer *peer)
{
    if (peer->phase == PEER_DEAD)
        return;
    peer_left_half_open(peer);
    peer->phase = PEER_LEAVING;
    peer->wants_more = false;
    peer->command_ms = clock_monotonic_ms();
    peer_flush(peer);
}

/* ---- commands ---- */

static void on_refused(struct peer *peer)
{
    uint64_t left_out = 0;
    uint64_t now = clock_monotonic_ms();
    struct listener *listener = peer->listener;
    unsigned delay = guard_failed(listener->guard, &peer->origin, now);
    if (rate_allows(&listener->refusals, now, &left_out))
        log_warning("login of '%s' from %s refused%s", server_user(peer->server), peer->address,
                    left_out > 0 ? "; more such lines were left out" : "");
    peer->phase = PEER_REFUSED; /* still counted as half open */
    peer->polled = 0;
    uv_poll_stop(&peer->poll);
    uv_timer_start(&peer->timer, on_timer, delay, 0);
}

static void on_ready(struct peer *peer)
{
    const struct listener_handler *handler = &peer->listener->options.handler;
    peer_left_half_open(peer);
    peer->phase = PEER_OPEN;
    peer->is_known = true;
    peer->listener->open++;
    peer->command_ms = clock_monotonic_ms();
    log_debug("%s logged in as '%s' with %s%s", peer->address, server_user(peer->server),
              server_plugin(peer->server), peer->tls != NULL ? " over TLS" : "");
    handler->on_login(peer, handler->arg);
}

/* COM_CHANGE_USER */
static void on_change(struct peer *peer)
{
    const struct listener_handler *handler = &peer->listener->options.handler;
    peer->command_ms = clock_monotonic_ms();
    log_debug("%s is '%s' now", peer->address, server_user(peer->server));
    handler->on_change(peer, handler->arg);
}

static void on_command(struct peer *peer)
{
    const struct listener_handler *handler = &peer->listener->options.handler;
    struct server *server = peer->server;
    peer->command_ms = clock_monotonic_ms();
    handler->on_command(peer, server_command(server), server_payload(server), handler->arg);
}

static void start_tls(struct peer *peer)
{
    struct err err;
    if (!tls_server_accept(peer->listener->options.tls, peer->fd, &peer->tls, &err)) {
        peer_close(peer);
        return;
    }
    peer->phase = PEER_TLS;
}

static void on_protocol_error(struct peer *peer, const struct err *err)
{
    log_debug("%s: %s", peer->address, err->text);
    peer_close_when_sent(peer);
}

/* Takes what has been received as far as it goes. */
static void take_commands(struct peer *peer)
{
    enum server_event event = SERVER_COMMAND;
    struct err err;
    while (event != SERVER_WAIT) {
        peer->is_stalled = !peer->streams && server_output_size(peer->server) > SERVER_OUTPUT_FULL;
        if (peer->phase == PEER_DEAD || peer->phase == PEER_LEAVING || peer->is_held ||
            peer->is_stalled)
            return;
        if (!server_next(peer->server, &event, &err)) {
            on_protocol_error(peer, &err);
            return;
        }
        if (event == SERVER_COMMAND)
            on_command(peer);
        else if (event == SERVER_READY)
            on_ready(peer);
        else if (event == SERVER_CHANGED)
            on_change(peer);
        else if (event == SERVER_END)
            peer_close_when_sent(peer);
        if (event == SERVER_TLS || event == SERVER_REFUSED)
            break;
    }
    if (event == SERVER_TLS)
        start_tls(peer);
    else if (event == SERVER_REFUSED)
        on_refused(peer);
}

/* ---- receiving ---- */

static void go_on_with_tls(struct peer *peer)
{
    struct err err = { .text = "closed" };
    enum tls_result result;
    if (!tls_handshake(peer->tls, &result, &err) || result == TLS_CLOSED) {
        log_debug("%s: TLS handshake: %s", peer->address, err.text);
        peer_close(peer);
        return;
    }
    peer->tls_wants_write = result == TLS_WANTS_WRITE;
    if (result != TLS_OK)
        return;
    peer->phase = PEER_LOGIN;
    server_encrypted(peer->server);
}

enum receipt { RECEIPT_BYTES, RECEIPT_NONE, RECEIPT_END };

static enum receipt receive_some(struct peer *peer, uint8_t *room, size_t size, size_t *got)
{
    struct err err;
    enum tls_result result = TLS_OK;
    *got = 0;
    if (peer->tls != NULL) {
        if (!tls_read(peer->tls, room, size, got, &result, &err) || result == TLS_CLOSED)
            return RECEIPT_END;
        peer->tls_wants_write = result == TLS_WANTS_WRITE;
        return result == TLS_OK ? RECEIPT_BYTES : RECEIPT_NONE;
    }
    ssize_t n = recv(peer->fd, room, size, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? RECEIPT_NONE : RECEIPT_END;
    *got = (size_t)n;
    return n == 0 ? RECEIPT_END : RECEIPT_BYTES;
}

/* One read and what it brings. False: nothing more now. */
static bool receive(struct peer *peer)
{
    struct err err;
    size_t size;
    size_t got;
    uint8_t *room = server_room(peer->server, &size);
    if (room == NULL) {
        peer_close(peer);
        return false;
    }
    enum receipt receipt = receive_some(peer, room, size, &got);
    if (receipt == RECEIPT_END)
        peer_close(peer);
    if (receipt != RECEIPT_BYTES)
        return false;
    if (!server_received(peer->server, got, &err)) {
        on_protocol_error(peer, &err);
        return false;
    }
    take_commands(peer);
    if (got < size && peer->tls == NULL) /* that was all; the loop tells of more */
        return false;
    return peer->phase == PEER_LOGIN ||
           (peer->phase == PEER_OPEN && !peer->is_held && !peer->is_stalled);
}

static void on_readable(struct peer *peer)
{
    peer->wants_read = false;
    if (peer->phase == PEER_TLS)
        go_on_with_tls(peer);
    if (peer->phase != PEER_LOGIN && peer->phase != PEER_OPEN)
        return;
    peer->spoke_held = peer->is_held;
    if (peer->is_held && peer->tls == NULL)
        return;
    for (unsigned i = 0; i < READS_IN_A_ROW || (peer->tls != NULL && tls_has_pending(peer->tls));
         i++)
        if (!receive(peer))
            break;
    if (peer->phase == PEER_LOGIN || peer->phase == PEER_OPEN)
        take_commands(peer); /* also frees what an idle session need not hold */
}

static void ask_for_more(struct peer *peer)
{
    const struct listener_handler *handler = &peer->listener->options.handler;
    if (peer->phase != PEER_OPEN || !peer->wants_more || server_output_size(peer->server) > 0)
        return;
    peer->wants_more = false;
    handler->on_writable(peer, handler->arg);
}

static void on_writable(struct peer *peer)
{
    if (peer->tls_wants_write || peer->wants_read)
        on_readable(peer);
    peer_flush(peer);
    if (peer->phase != PEER_OPEN)
        return;
    ask_for_more(peer);
    take_commands(peer); /* those that waited for the output to shrink */
}

/* The loop takes peers in the order in which they spoke: whom all wait for would wait for all. */
static void serve_awaited(const struct peer *other)
{
    struct peer *peer = awaited(other->listener);
    if (peer == NULL || peer == other || peer->phase != PEER_OPEN || peer->is_held)
        return;
    on_readable(peer);
    peer_flush(peer);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct peer *peer = poll->data;
    serve_awaited(peer);
    if (peer->phase == PEER_DEAD)
        return;
    if (status < 0 || (events & UV_DISCONNECT) != 0) {
        peer_close(peer);
        return;
    }
    if ((events & UV_READABLE) != 0)
        on_readable(peer);
    if ((events & UV_WRITABLE) != 0 && peer->phase != PEER_DEAD)
        on_writable(peer);
    peer_flush_soon(peer);
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
    struct peer *peer = timer->data;
    if (peer->phase == PEER_REFUSED) {
        peer->phase = PEER_LEAVING;
        peer_left_half_open(peer);
        peer_flush(peer);
        return;
    }
    peer->wants_more = true;
    ask_for_more(peer);
    peer_flush(peer);
}

void peer_tick(struct peer *peer, uint64_t now_ms)
{
    bool is_half_open = peer->phase == PEER_LOGIN || peer->phase == PEER_TLS;
    /* What it is sent may just fit into the socket's buffer: then the one that has more waits. */
    bool waits_to_send = server_output_size(peer->server) > 0 || peer->wants_more;
    const char *why = NULL;
    if (is_half_open && now_ms - peer->came_ms > LOGIN_TIMEOUT_MS)
        why = "no login within 10 s";
    else if (peer->phase == PEER_LEAVING && now_ms - peer->command_ms > LEAVE_TIMEOUT_MS)
        why = "it does not take its last answer";
    else if (peer->phase == PEER_OPEN && waits_to_send &&
             now_ms - peer->progress_ms > peer->send_timeout_ms)
        why = "it has taken nothing for as long as its net_write_timeout, or --send-timeout";
    else if (peer->phase == PEER_OPEN && !peer->streams && !peer->is_held &&
             now_ms - peer->command_ms > peer->idle_timeout_ms)
        why = "no command for as long as its wait_timeout";
    if (why == NULL && peer->phase == PEER_OPEN)
        take_commands(peer); /* frees what an idle session need not hold */
    if (why == NULL)
        return;
    if (is_half_open)
        log_debug("%s dropped: %s", peer->address, why);
    else
        log_info("%s ('%s') dropped: %s", peer->address, server_user(peer->server), why);
    peer_close(peer);
}

/* ---- for the handler ---- */

struct server *peer_server(struct peer *peer)
{
    return peer->server;
}

uint32_t peer_id(const struct peer *peer)
{
    return peer->id;
}

const char *peer_address(const struct peer *peer)
{
    return peer->address;
}

uint64_t peer_since_ms(const struct peer *peer)
{
    return peer->command_ms;
}

void peer_set_data(struct peer *peer, void *data)
{
    peer->data = data;
}

void *peer_data(const struct peer *peer)
{
    return peer->data;
}

void peer_stream(struct peer *peer, bool on)
{
    peer->streams = on;
    server_stream(peer->server, on);
}

void peer_go_on(struct peer *peer)
{
    if (!peer->wants_more) /* from now on it is waited for */
        peer->progress_ms = clock_monotonic_ms();
    peer->wants_more = true;
    choose_events(peer);
}

void peer_set_patience(struct peer *peer, uint64_t send_ms, uint64_t idle_ms)
{
    peer->send_timeout_ms = send_ms;
    peer->idle_timeout_ms = idle_ms;
}

/* Most peers say nothing while they are held: what the socket is asked for stays as it is. */
void peer_hold(struct peer *peer, bool on)
{
    if (peer->is_held == on)
        return;
    peer->command_ms = clock_monotonic_ms();
    peer->is_held = on;
    peer->spoke_held = false;
    peer->wants_read = !on && (peer->tls != NULL || server_has_input(peer->server));
    choose_events(peer);
}

void peer_wake_at(struct peer *peer, uint64_t at_ms)
{
    uint64_t now = clock_monotonic_ms();
    if (peer->phase != PEER_OPEN)
        return;
    if (at_ms == UINT64_MAX)
        uv_timer_stop(&peer->timer);
    else
        uv_timer_start(&peer->timer, on_timer, at_ms > now ? at_ms - now : 0, 0);
}

/* listener.c - the loop, the accepting socket and the list of peers. See peer.c for a peer's life.
 *
 * Peers that were closed are taken away just before the loop waits again: nothing that runs in a
 * turn of the loop finds a pointer gone. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "listen"
#include "net/listener.h"
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/peer.h"

enum {
    BACKLOG = 1024,
    TICK_MS = 1000,
    ACCEPTS_IN_A_ROW = 64,
    HALF_OPEN_ALL_MAX = 512,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 10,
    KEEPALIVE_COUNT = 3,
    HOST_MAX = 255,
};

/* ---- the address ---- */

struct bind_name {
    char host[HOST_MAX + 1]; /* "": all addresses */
    char port[8];
};

/* "host:port", "[v6]:port", ":port", "port". */
static bool split_address(const char *address, struct bind_name *out, struct err *err)
{
    const char *colon = strrchr(address, ':');
    const char *port = colon == NULL ? address : colon + 1;
    size_t host_len = colon == NULL ? 0 : (size_t)(colon - address);
    const char *host = address;
    char *end = NULL;
    unsigned long number = strtoul(port, &end, 10);
    if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    }
    if (host_len == 1 && host[0] == '*')
        host_len = 0;
    if (*port < '0' || *port > '9' || *end != 0 || number > UINT16_MAX || host_len > HOST_MAX)
        return err_set(err, ERR_CONFIG,
                       "--listen '%s' is no ADDRESS:PORT, such as 127.0.0.1:3307, [::1]:3307, or "
                       "a port alone for all addresses",
                       address);
    memcpy(out->host, host, host_len);
    out->host[host_len] = 0;
    snprintf(out->port, sizeof out->port, "%lu", number);
    return true;
}

static bool look_up(const char *address, struct addrinfo **out, struct err *err)
{
    struct bind_name name;
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    if (!split_address(address, &name, err))
        return false;
    if (name.host[0] == 0)
        hints.ai_family = AF_INET6; /* and IPv4 with it */
    int rc = getaddrinfo(name.host[0] == 0 ? NULL : name.host, name.port, &hints, out);
    return rc == 0 || err_set(err, ERR_CONFIG, "--listen '%s': %s", address, gai_strerror(rc));
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

bool listener_is_loopback(const char *address)
{
    struct addrinfo *found = NULL;
    struct err err;
    if (!look_up(address, &found, &err))
        return false;
    bool all = true;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        all = all && is_loopback(at->ai_addr);
    freeaddrinfo(found);
    return all;
}

static int try_bind(const struct addrinfo *at)
{
    int on = 1;
    int off = 0;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void note_port(struct listener *listener)
{
    struct sockaddr_storage address = { 0 };
    socklen_t len = sizeof address;
    getsockname(listener->fd, (struct sockaddr *)&address, &len);
    listener->port =
        ntohs(address.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&address)->sin6_port
                                            : ((const struct sockaddr_in *)&address)->sin_port);
}

static bool bind_address(struct listener *listener, const char *address, struct err *err)
{
    struct addrinfo *found = NULL;
    if (!look_up(address, &found, err))
        return false;
    for (const struct addrinfo *at = found; at != NULL && listener->fd < 0; at = at->ai_next)
        listener->fd = try_bind(at);
    int saved = errno;
    freeaddrinfo(found);
    errno = saved;
    if (listener->fd < 0) {
        err_sys(err, "--listen '%s' cannot be used", address);
        err->code = ERR_CONFIG;
        return false;
    }
    note_port(listener);
    return true;
}

/* ---- accepting ---- */

static void say_too_many(int fd)
{
    static const uint8_t packet[] = "\x1d\0\0\0\xff\x10\x04#08004Too many connections";
    (void)!send(fd, packet, sizeof packet - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void set_socket_options(int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_NODELAY, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
        { IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
        { IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
    };
    for (size_t i = 0; i < ARRAY_COUNT(options); i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                   sizeof options[i].value);
}

static void name_origin(const struct sockaddr_storage *from, struct arrival *out)
{
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;
    static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        memcpy(out->origin.bytes, v4_prefix, sizeof v4_prefix);
        memcpy(out->origin.bytes + sizeof v4_prefix, &in->sin_addr, 4);
        port = ntohs(in->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
        memcpy(out->origin.bytes, &in->sin6_addr, sizeof out->origin.bytes);
        port = ntohs(in->sin6_port);
    }
    bool is_v4 = memcmp(out->origin.bytes, v4_prefix, sizeof v4_prefix) == 0;
    uv_inet_ntop(is_v4 ? AF_INET : AF_INET6, out->origin.bytes + (is_v4 ? sizeof v4_prefix : 0),
                 host, sizeof host);
    snprintf(out->address, sizeof out->address, "%s:%u", host, port);
}

/* The oldest of those who have not logged in gives way. */
static void drop_oldest_half_open(struct listener *listener)
{
    struct peer *oldest = NULL;
    for (struct peer *peer = listener->peers; peer != NULL; peer = peer->next)
        if (peer->is_counted)
            oldest = peer;
    if (oldest != NULL)
        peer_close(oldest);
}

static void welcome(struct listener *listener, int fd, const struct sockaddr_storage *from)
{
    uint64_t left_out = 0;
    uint64_t now = clock_monotonic_ms();
    struct arrival arrival = { .fd = fd };
    name_origin(from, &arrival);
    if (listener->open >= listener->options.max_connections ||
        !guard_enter(listener->guard, &arrival.origin, now, &arrival.ticket)) {
        if (rate_allows(&listener->troubles, now, &left_out))
            log_warning("%s turned away: %u connections are logged in (--max-connections=%u), %u "
                        "are not yet",
                        arrival.address, listener->open, listener->options.max_connections,
                        listener->half_open);
        say_too_many(fd);
        return;
    }
    set_socket_options(fd);
    peer_new(listener, &arrival);
    if (listener->half_open > HALF_OPEN_ALL_MAX)
        drop_oldest_half_open(listener);
}

static void start_accepting(struct listener *listener);

/* Out of descriptors or memory: the next tick tries again. */
static void pause_accepting(struct listener *listener)
{
    uint64_t left_out = 0;
    if (rate_allows(&listener->troubles, clock_monotonic_ms(), &left_out))
        log_warning("no connection can be accepted: %s; raise the limit of open files",
                    strerror(errno));
    listener->is_accepting = false;
    uv_poll_stop(&listener->accept);
}

static void on_accept(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)status;
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_IN_A_ROW; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t len = sizeof from;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            welcome(listener, fd, &from);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting(listener);
            break;
        }
    }
}

static void start_accepting(struct listener *listener)
{
    listener->is_accepting = true;
    uv_poll_start(&listener->accept, UV_READABLE, on_accept);
}

/* ---- the loop ---- */

static void on_tick(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    uint64_t now = clock_monotonic_ms();
    struct peer *next;
    for (struct peer *peer = listener->peers; peer != NULL; peer = next) {
        next = peer->next;
        peer_tick(peer, now);
    }
    if (!listener->is_accepting && !listener->is_stopping)
        start_accepting(listener);
}

static void flush_peers(struct listener *listener)
{
    while (listener->to_send != NULL) {
        struct peer *peer = listener->to_send;
        listener->to_send = peer->next_to_send;
        peer->is_to_send = false;
        peer_flush(peer);
    }
}

static void on_reap(uv_prepare_t *prepare)
{
    struct listener *listener = prepare->data;
    flush_peers(listener);
    while (listener->dead != NULL) {
        struct peer *peer = listener->dead;
        listener->dead = peer->next_dead;
        peer_release(peer);
    }
}

static void close_handles(struct listener *listener)
{
    uv_close((uv_handle_t *)&listener->accept, NULL);
    uv_close((uv_handle_t *)&listener->wake, NULL);
    uv_close((uv_handle_t *)&listener->tick, NULL);
    uv_close((uv_handle_t *)&listener->reap, NULL);
}

static void stop_now(struct listener *listener)
{
    struct peer *next;
    if (listener->is_stopping)
        return;
    listener->is_stopping = true;
    flush_peers(listener);
    for (struct peer *peer = listener->peers; peer != NULL; peer = next) {
        next = peer->next;
        peer_close(peer);
    }
    on_reap(&listener->reap);
    close_handles(listener);
}

static void on_wake(uv_async_t *wake)
{
    struct listener *listener = wake->data;
    const struct listener_handler *handler = &listener->options.handler;
    if (atomic_load(&listener->wants_stop))
        stop_now(listener);
    else if (atomic_exchange(&listener->is_woken, false))
        handler->on_wake(handler->arg);
}

/* libuv's own calls fail only for want of descriptors or memory. */
static bool make_loop(struct listener *listener, struct err *err)
{
    int rc = uv_loop_init(&listener->loop);
    if (rc == 0)
        rc = uv_async_init(&listener->loop, &listener->wake, on_wake);
    if (rc == 0)
        rc = uv_poll_init(&listener->loop, &listener->accept, listener->fd);
    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "the event loop: %s", uv_strerror(rc));
    listener->has_loop = true;
    uv_timer_init(&listener->loop, &listener->tick);
    uv_prepare_init(&listener->loop, &listener->reap);
    listener->accept.data = listener;
    listener->wake.data = listener;
    listener->tick.data = listener;
    listener->reap.data = listener;
    return true;
}

bool listener_new(const struct listener_options *options, struct listener **out, struct err *err)
{
    AUTO(listener) listener = memory_new(sizeof *listener);
    listener->options = *options;
    listener->options.address = NULL;
    listener->fd = -1;
    listener->guard = guard_new();
    listener->codec = codec_new();
    if (!bind_address(listener, options->address, err) || !make_loop(listener, err)) {
        listener->options.tls = NULL; /* not taken */
        return false;
    }
    *out = listener;
    listener = NULL;
    return true;
}

/* A loop that never ran, or ran to its end: what is still open is closed in one turn. */
static void drain_loop(struct listener *listener)
{
    stop_now(listener);
    uv_run(&listener->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&listener->loop);
    assert(rc == 0);
}

void listener_free(struct listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->has_loop)
        drain_loop(listener);
    if (listener->fd >= 0)
        close(listener->fd);
    tls_server_free(listener->options.tls);
    guard_free(listener->guard);
    codec_free(listener->codec);
    free(listener);
}

bool listener_run(struct listener *listener, struct err *err)
{
    uv_timer_start(&listener->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&listener->reap, on_reap);
    start_accepting(listener);
    int rc = uv_run(&listener->loop, UV_RUN_DEFAULT);
    return rc == 0 || err_set(err, ERR_SYSTEM, "the event loop ended with open handles");
}

void listener_stop(struct listener *listener)
{
    atomic_store(&listener->wants_stop, true);
    uv_async_send(&listener->wake);
}

void listener_wake(struct listener *listener)
{
    if (!atomic_exchange(&listener->is_woken, true))
        uv_async_send(&listener->wake);
}

/* ---- for the handler ---- */

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}

void listener_use_tls(struct listener *listener, struct tls_server *taken)
{
    tls_server_free(listener->options.tls);
    listener->options.tls = taken;
}

unsigned listener_count(const struct listener *listener)
{
    return listener->open;
}

static bool is_open(const struct peer *peer)
{
    return peer->is_known && peer->phase != PEER_DEAD;
}

struct peer *listener_find(struct listener *listener, uint32_t id)
{
    struct peer *peer = listener->peers;
    while (peer != NULL && (peer->id != id || !is_open(peer)))
        peer = peer->next;
    return peer;
}

void listener_each(struct listener *listener, void (*visit)(struct peer *peer, void *arg),
                   void *arg)
{
    for (struct peer *peer = listener->peers; peer != NULL; peer = peer->next)
        if (is_open(peer))
            visit(peer, arg);
}

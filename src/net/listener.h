/* listener.h - the port: accepts connections, moves bytes between their sockets and their server
 * sessions (wire/server.h), and hands commands on.
 *
 * Threads. listener_run is one thread's whole life (the loop thread). Everything about a peer
 * belongs to it: handler functions are called on it and peer_* functions may be called on it only.
 * From other threads: listener_wake, listener_stop. Nothing on the loop thread may block.
 *
 * Ownership. A peer is the listener's; a pointer to it is good until on_close has returned for it.
 * peer_close is never immediate: on_close comes after the call at hand, so that no function sees
 * its peer vanish under it.
 *
 * Bounds. A peer that has not logged in has 10 s, 16 KiB and, per address, GUARD_HALF_OPEN_MAX
 * companions; of all half-open ones the oldest gives way. One that reads nothing of what was sent
 * to it is dropped after send_timeout_ms, an idle one after 8 hours (as wait_timeout). Commands are
 * not read while more than SERVER_OUTPUT_FULL waits to be sent. An idle peer holds no buffers. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "net/tls_server.h"
#include "wire/server.h"

struct listener;
struct peer;

struct listener_handler {
    /* A connection came: sets version and mariadb of what it is greeted with. */
    void (*on_accept)(struct server_options *options, void *arg);
    /* Who it is has been proved; server_welcome is due, or an error and server_end. */
    void (*on_login)(struct peer *peer, void *arg);
    void (*on_change)(struct peer *peer, void *arg); /* the same, of a peer that had on_login */
    /* The answer goes into peer_server(peer); it is sent after the call. */
    void (*on_command)(struct peer *peer, uint8_t command, struct bytes payload, void *arg);
    /* Asked for by peer_go_on or peer_wake_at: all that was given has been sent, give more. */
    void (*on_writable)(struct peer *peer, void *arg);
    /* Whose next command others wait for: it is read before theirs. NULL: nobody's. */
    struct peer *(*awaited)(void *arg);
    void (*on_close)(struct peer *peer, void *arg); /* only for a peer that had on_login */
    void (*on_wake)(void *arg);                     /* listener_wake was called since */
    void *arg;
};

struct listener_options {
    const char *address; /* "127.0.0.1:3307", "[::]:3307", "3307": all addresses */
    bool tls_demanded;   /* logins in the clear are refused */
    unsigned max_connections;
    uint64_t send_timeout_ms;
    const struct account_book *accounts; /* outlive the listener */
    const struct rsa_key *rsa;
    struct tls_server *tls; /* taken; NULL: none is offered */
    struct listener_handler handler;
};
/* Binds. ERR_CONFIG: the address cannot be used, and why. */
bool listener_new(const struct listener_options *options, struct listener **out,
                  struct err *err) MUST_CHECK;
void listener_free(struct listener *listener); /* NULL is allowed; not while it runs */
AUTO_DEFINE(listener);
bool listener_run(struct listener *listener, struct err *err) MUST_CHECK;
uint16_t listener_port(const struct listener *listener); /* also when 0 was asked for */
/* Is it reachable from this machine only? `address` as in the options. */
bool listener_is_loopback(const char *address);

/* Any thread, and signal handlers. */
void listener_stop(struct listener *listener); /* closes everybody; listener_run returns */
void listener_wake(struct listener *listener); /* on_wake is called on the loop thread */

/* The loop thread. */
void listener_use_tls(struct listener *listener, struct tls_server *taken); /* for new peers */
unsigned listener_count(const struct listener *listener);           /* peers that have logged in */
struct peer *listener_find(struct listener *listener, uint32_t id); /* NULL: none */
void listener_each(struct listener *listener, void (*visit)(struct peer *peer, void *arg),
                   void *arg);

struct server *peer_server(struct peer *peer);
uint32_t peer_id(const struct peer *peer);         /* the thread id it was greeted with */
const char *peer_address(const struct peer *peer); /* "10.0.0.7:51234" */
uint64_t peer_since_ms(const struct peer *peer);   /* monotonic: its last command */
void peer_set_data(struct peer *peer, void *data); /* the handler's */
void *peer_data(const struct peer *peer);
/* Sends what was written to peer_server outside of on_command and on_writable. */
void peer_flush(struct peer *peer);
/* The same at the end of the loop's turn, unless others wait for this peer. */
void peer_flush_soon(struct peer *peer);
/* A stream: the peer is read whatever waits to be sent, is never idle, and what it sends does not
 * restart the packets' numbers. */
void peer_stream(struct peer *peer, bool on);
/* on_writable as soon as everything is sent; for one call. */
void peer_go_on(struct peer *peer);
/* on_writable at that monotonic time, if not earlier; UINT64_MAX: takes it back. */
void peer_wake_at(struct peer *peer, uint64_t at_ms);
/* How long it may take nothing of what is sent to it, and say nothing; at first the listener's
 * send_timeout_ms and 8 hours. */
void peer_set_patience(struct peer *peer, uint64_t send_ms, uint64_t idle_ms);
/* While it is on, no more commands are taken: an answer is being made elsewhere. */
void peer_hold(struct peer *peer, bool on);
void peer_close(struct peer *peer); /* at once, unsent bytes are lost */
void peer_close_when_sent(struct peer *peer);

/* peer.h - what listener.c and peer.c share: one accepted connection, and its listener's state. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdatomic.h>
#include <uv.h>
#include "base/rate.h"
#include "net/guard.h"
#include "net/listener.h"

enum { PEER_ADDRESS_MAX = 63 };

enum peer_phase {
    PEER_LOGIN,   /* half open */
    PEER_TLS,     /* half open, in the TLS handshake */
    PEER_REFUSED, /* the bad news waits for its time */
    PEER_OPEN,
    PEER_LEAVING, /* closed once all is sent */
    PEER_DEAD,    /* waits for the listener to take it away */
};

struct peer {
    struct listener *listener;
    struct peer *next, *previous; /* of all, the newest first */
    struct peer *next_dead;
    struct peer *next_to_send;
    enum peer_phase phase;
    uint32_t id;
    int fd;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned handles; /* not yet closed by libuv */
    int polled;       /* the events asked for */
    struct tls *tls;
    struct server *server;
    struct guard_address origin;
    unsigned ticket; /* the guard's, while is_counted */
    char address[PEER_ADDRESS_MAX + 1];
    uint64_t came_ms;
    uint64_t command_ms; /* the last one, or when its answer was given elsewhere */
    uint64_t send_timeout_ms, idle_timeout_ms; /* peer_set_patience */
    uint64_t progress_ms; /* something was sent, or there was nothing to send */
    bool is_counted;      /* as half open */
    bool is_to_send;      /* in the listener's list */
    bool is_known;        /* on_login was called */
    bool streams;         /* peer_stream */
    bool wants_more;      /* peer_go_on */
    bool is_held;         /* peer_hold */
    bool spoke_held;      /* meanwhile: it is not listened to before that is over */
    bool wants_read;      /* what came while commands were not taken, from TLS too */
    bool is_stalled;      /* commands were left where they are: the output was full */
    bool wants_write;     /* the socket was full */
    bool tls_wants_write; /* a TLS read or handshake waits for it */
    void *data;
};

struct listener {
    struct listener_options options; /* address is not kept */
    uv_loop_t loop;
    uv_poll_t accept;
    uv_async_t wake;
    uv_timer_t tick;
    uv_prepare_t reap;
    int fd;
    uint16_t port;
    bool has_loop;
    bool is_accepting;
    atomic_bool wants_stop;
    atomic_bool is_woken;
    bool is_stopping;
    struct guard *guard;
    struct codec *codec;
    struct peer *peers;
    struct peer *dead;
    struct peer *to_send; /* peer_flush_soon */
    unsigned count;
    unsigned half_open;
    unsigned open;
    uint32_t next_id;
    struct rate refusals; /* lines about failed logins */
    struct rate troubles; /* lines about full tables */
};

/* A socket that was accepted; it is the peer's from here on. */
struct arrival {
    int fd;
    struct guard_address origin;
    unsigned ticket;
    char address[PEER_ADDRESS_MAX + 1];
};
void peer_new(struct listener *listener, const struct arrival *arrival);
void peer_tick(struct peer *peer, uint64_t now_ms); /* once a second: deadlines */
void peer_release(struct peer *peer);               /* a dead one: handles, then memory */
void peer_left_half_open(struct peer *peer);

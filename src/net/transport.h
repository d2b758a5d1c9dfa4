/* transport.h - a socket with or without TLS: send all, receive some, never past the deadline of a
 * wait, never once cancelled. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "net/source_address.h"

struct cancel;
struct tls;

struct transport {
    int fd; /* -1: not open */
    struct tls *tls;
    struct cancel *cancel;
    unsigned timeout_ms;  /* of each wait; 0: none */
    uint64_t deadline_ms; /* of all waits together; 0: none */
};

void transport_init(struct transport *transport, struct cancel *cancel);
void transport_clear(struct transport *transport); /* closes */
bool transport_open(struct transport *transport, const struct source_address *address,
                    struct err *err) MUST_CHECK;
bool transport_start_tls(struct transport *transport, const struct source_address *address,
                         struct err *err) MUST_CHECK;
bool transport_send(struct transport *transport, struct bytes bytes, struct err *err) MUST_CHECK;
/* Sends what goes without a wait: for a last word that nobody waits for. */
void transport_send_now(struct transport *transport, struct bytes bytes);
/* At least one byte, at most size; as much as there is. The peer's closing is ERR_SYSTEM. */
bool transport_receive(struct transport *transport, uint8_t *data, size_t size, size_t *got,
                       struct err *err) MUST_CHECK;
/* Whether a receive would return at once. */
bool transport_is_readable(const struct transport *transport);

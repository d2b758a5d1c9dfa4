/* dial.h - opens the socket to a server: TCP over every address a name has, or a unix socket.
 *
 * The socket is non-blocking and close-on-exec; a TCP one has TCP_NODELAY, keepalive, and
 * TCP_USER_TIMEOUT, so that a peer that is gone is noticed. Looking a name up blocks in the
 * resolver, whose own timeouts hold; the rest keeps the deadline. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "net/source_address.h"

struct cancel;

/* "db:3306", "[::1]:3306" or the socket's path, for messages. Returns text. */
const char *dial_name(const struct source_address *address, char *text, size_t size);
/* *fd is the caller's. The sentence names the server and what to check. */
bool dial(const struct source_address *address, struct cancel *cancel, uint64_t deadline_ms,
          int *fd, struct err *err) MUST_CHECK;

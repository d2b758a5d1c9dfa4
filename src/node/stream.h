/* stream.h - a peer that follows the log: its feed, and the turns in which the feed fills the
 * peer's output. All of it on the listener's loop thread.
 *
 * A turn ends when the socket is full, so one slow replica holds a room's bytes and costs the
 * others nothing; when everything is sent the feed wakes it, or its heartbeat. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "net/listener.h"
#include "serve/feed.h"
#include "wire/replica_request.h"

struct stream;
/* The peer streams from here on, until the stream is freed. What is wrong with the request the
 * replica is told in its first packet. */
struct stream *stream_open(struct serve *serve, struct peer *peer,
                           const struct replica_request *request);
void stream_free(struct stream *stream); /* NULL is allowed */
/* From on_writable. True: it has ended, its last packet is written; free it. */
bool stream_go_on(struct stream *stream) MUST_CHECK;
/* What the peer sends meanwhile: acknowledgements. False: nothing else is understood. */
bool stream_take(struct stream *stream, uint8_t command, struct bytes payload) MUST_CHECK;

/* feed.h - one replica's stream: from the log and what it asked for to the packets it gets.
 *
 * No socket is known here: feed_fill writes whole packets' bytes into room that the caller has, as
 * much as there is, and keeps nothing back. A transaction of any size passes in pieces of that
 * room.
 *
 * Promises. (1) Nothing past the log's durable end is sent. (2) Events of the log are sent byte for
 * byte, but for: the format description (flags, created, end position, as a server does), events
 * that an old MariaDB replica asked not to see, and checksums for who knows none. (3) What the
 * replica says it has is not sent. (4) It ends with the error that a server of the replica's kind
 * would give. Threads: all feeds of a serve belong to one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "serve/request.h"
#include "serve/serve.h"

struct feed;

struct feed_room {
    uint8_t *data;
    size_t size;
    size_t len; /* filled */
};
enum { FEED_ROOM_LEAST = 1024 }; /* with less nothing may go on */

enum feed_result {
    FEED_MORE, /* the room is full, or time is up for this turn: call again */
    FEED_WAIT, /* all is sent: call again when woken, or at feed_due_ms */
    FEED_END,  /* the last packet is in the room */
};

/* Called when there may be something to send, or an end: on the feeds' thread. */
struct feed_wake {
    void (*wake)(void *arg);
    void *arg;
};

/* Never fails: what is wrong with a request is told to the replica by its first packet, which has
 * number 1. */
struct feed *feed_open(struct serve *serve, const struct serve_request *request,
                       struct feed_wake wake);
void feed_free(struct feed *feed); /* NULL is allowed */
AUTO_DEFINE(feed);
enum feed_result feed_fill(struct feed *feed, struct feed_room *room) MUST_CHECK;
/* Monotonic; UINT64_MAX: never. */
uint64_t feed_due_ms(const struct feed *feed);
/* The replica acknowledged everything up to there. False: it names no place of this log. */
bool feed_acknowledge(struct feed *feed, const char *file, uint64_t offset);
/* How far it was sent. */
struct log_pos feed_place(const struct feed *feed);
bool feed_is_semi_sync(const struct feed *feed);

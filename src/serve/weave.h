/* weave.h - events into packets: the framing around bytes that are passed on.
 *
 *   packet   len u24, number u8, 00, [ef, ack u8 when semi-sync], event
 *
 * An event of 16 MiB and more goes on in further packets, the last of which is shorter (empty if
 * need be). Only the first carries the prefix. After an event that wants an acknowledgement the
 * numbers start again at 1: the replica resets its counter when it answers. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "serve/feed.h"

struct weave {
    uint8_t sequence;
    bool semi_sync;
    bool ack_wanted;     /* of the event at hand */
    size_t payload_left; /* of the event at hand, beyond the packet at hand */
    size_t packet_left;
    bool is_open; /* an event is on its way */
    bool is_full; /* the packet at hand is one that goes on */
};
enum { WEAVE_HEADER = 4, WEAVE_PREFIX_MAX = 3 };

void weave_init(struct weave *weave, bool semi_sync);
/* Begins an event of so many bytes; the room has WEAVE_HEADER + WEAVE_PREFIX_MAX bytes at least. */
void weave_begin(struct weave *weave, size_t event_size, bool ack_wanted, struct feed_room *room);
/* Passes on at most n bytes of it; returns how many. Ends the event with its last byte; as long as
 * weave->is_open it is not ended, also when all of its bytes are through: give it room again. */
size_t weave_pass(struct weave *weave, const uint8_t *data, size_t n, struct feed_room *room);
/* A whole event that is smaller than a packet. */
void weave_small(struct weave *weave, struct bytes event, struct buf *out);
/* A whole packet that is no event: an error, an end. */
void weave_word(struct weave *weave, struct bytes payload, struct buf *out);

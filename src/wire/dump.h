/* dump.h - takes a dump stream apart: packets in, events out, in place.
 *
 *   packet   len u24, number u8, 00, [ef, ack u8 when semi-sync], event
 *   event    ts u32, type u8, server_id u32, len u32, ...; goes on in the next packets when full
 *
 * Promises: (1) a piece is a view into the one receive buffer: nothing is copied but the cut-off
 * tail of a receive, once; (2) the packets of an event hold exactly the length that its header
 * says, else ERR_PROTOCOL before its last piece; (3) packet numbers are checked. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"

/* Events of a dump, without copying: as many packets as one receive brought. A piece is a run of
 * bytes of one event: whole (first and last set) unless the event is larger than the buffer or
 * spans packets. */
struct dump_piece {
    struct bytes bytes; /* lives until the next call */
    bool first;         /* starts with an event header (at least 19 bytes are here) */
    bool last;          /* ends the event */
    bool ack_wanted;    /* semi-sync: acknowledge this event when it is durable */
};

enum { DUMP_BUFFER_SIZE = 1024 * 1024, DUMP_BUFFER_MIN = 1024 };

enum dump_status { DUMP_PIECE, DUMP_NEEDS_BYTES, DUMP_END };

struct dump {
    uint8_t *data;
    size_t size;
    size_t start, end;  /* received, not yet given out */
    size_t packet_left; /* of the packet at hand; 0: a header comes next */
    uint64_t event_left;
    bool event_open;  /* an event was begun and not ended */
    bool packet_full; /* the packet at hand is continued */
    bool semi_sync;
    bool ack_wanted;  /* the event at hand */
    bool renumbered;  /* the packet after an event that wants an ack may start again at 1 */
    uint8_t sequence; /* the number the next packet must have */
};

/* size is at least DUMP_BUFFER_MIN; DUMP_BUFFER_SIZE is what a connection uses. */
void dump_init(struct dump *dump, size_t size, bool semi_sync);
void dump_clear(struct dump *dump);
/* Where to receive into, *size at least 1; ends the life of the piece given out last. */
uint8_t *dump_room(struct dump *dump, size_t *size);
void dump_received(struct dump *dump, size_t n);
/* DUMP_END: the server sent EOF. An error packet is ERR_REFUSED. */
bool dump_next(struct dump *dump, struct dump_piece *piece, enum dump_status *status,
               struct err *err) MUST_CHECK;
/* Whether dump_next would give something without another receive. */
bool dump_has_next(const struct dump *dump);

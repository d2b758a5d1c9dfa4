/* packet.h - MySQL packets: a 3-byte length, a sequence number, a payload.
 *
 * A payload of 16 MiB - 1 or more goes on in the next packet, until one is shorter. Input puts
 * payloads together in one buffer that grows with what has arrived, never with what is promised
 * beyond the packet at hand; the number of the next packet is checked. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum { PACKET_HEADER_SIZE = 4, PACKET_FULL = 0xffffff };

struct packet_header {
    size_t len;
    uint8_t sequence;
};

static inline struct packet_header packet_header_decode(const uint8_t data[PACKET_HEADER_SIZE])
{
    size_t len = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
    return (struct packet_header){ len, data[3] };
}

/* Appends payload in as many packets as it needs; *sequence is the first one's number and becomes
 * that of the packet after the last. Only out->failed tells that there was no room. */
void packet_encode(struct bytes payload, uint8_t *sequence, struct buf *out);
/* The same without a copy: open, append the payload to out, close with the place that open gave. */
size_t packet_open(struct buf *out);
void packet_close(struct buf *out, size_t place, uint8_t *sequence);

struct packet_input {
    uint8_t *data;
    size_t cap;
    size_t start;     /* of the packet at hand, its header first */
    size_t end;       /* of what was received */
    size_t taken;     /* bytes at start that the last payload given out occupies */
    size_t gathered;  /* payload bytes already put together, when open */
    size_t need;      /* bytes from start on that the packet at hand takes */
    bool open;        /* a full packet came: another one follows */
    bool filled;      /* the last receive left no room: offer more */
    uint8_t sequence; /* the number the next packet must have */
    bool any_number;  /* compressed: the packets around these ones are numbered instead */
};

void packet_input_init(struct packet_input *in);
void packet_input_clear(struct packet_input *in);
/* Where to receive into, *size at least 1; ends the life of the payload given out last. */
uint8_t *packet_input_room(struct packet_input *in, size_t *size);
void packet_input_received(struct packet_input *in, size_t n);
/* After packet_input_next has refused: was it for the size? */
bool packet_input_is_larger(const struct packet_input *in, size_t max);
/* Bytes received beyond the payload given out last. */
size_t packet_input_pending(const struct packet_input *in);
/* *found false: receive more. The payload lives until the next call. One of more than max bytes,
 * and a wrong number, are ERR_PROTOCOL; but an error packet is let through with any number, as a
 * server that is closing says so unasked. */
bool packet_input_next(struct packet_input *in, size_t max, struct bytes *payload, bool *found,
                       struct err *err) MUST_CHECK;

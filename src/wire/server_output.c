/* server_output.c - packets out: framing, a bounded buffer, compression.
 *
 * Output is one buffer of packets; with compression a second one holds what is ready to be sent. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include "wire/server_internal.h"

enum { EVENT_SEMI_SYNC = 0xef };

/* Compression begins behind the OK of the login: after it is sent, before the first command. */
static void start_compression(struct server *s)
{
    if (s->state != STATE_COMMAND || s->compress_later.kind == s->compress.kind)
        return;
    s->compress = s->compress_later;
    s->in.any_number = true;
}

static void release_output(struct server *s)
{
    s->out_sent = 0;
    buf_clear(&s->out);
}

/* A cleared buffer has no address to count from. */
static struct bytes unsent(const struct buf *buf, size_t sent)
{
    return sent == buf->len ? (struct bytes){ NULL, 0 }
                            : bytes_of(buf->data + sent, buf->len - sent);
}

struct bytes server_output(struct server *s)
{
    if (s->compress.kind == COMPRESSION_NONE)
        return unsent(&s->out, s->out_sent);
    if (s->packed_sent == s->packed_out.len && s->out.len > 0) {
        buf_reset(&s->packed_out);
        s->packed_sent = 0;
        compress_packets(s->codec, &s->compress, buf_bytes(&s->out), &s->packed_number,
                         &s->packed_out);
        buf_reset(&s->out);
    }
    return unsent(&s->packed_out, s->packed_sent);
}

void server_sent(struct server *s, size_t n)
{
    if (s->compress.kind != COMPRESSION_NONE) {
        s->packed_sent += n;
        if (s->packed_sent < s->packed_out.len)
            return;
        s->packed_sent = 0;
        buf_clear(&s->packed_out);
        if (s->out.len == 0)
            buf_clear(&s->out);
        return;
    }
    s->out_sent += n;
    if (s->out_sent < s->out.len)
        return;
    release_output(s);
    start_compression(s);
}

size_t server_output_size(const struct server *s)
{
    return s->out.len - s->out_sent + s->packed_out.len - s->packed_sent;
}

static void frame(struct server *s)
{
    size_t len = s->payload_left < PACKET_FULL ? s->payload_left : PACKET_FULL;
    buf_le(&s->out, len, 3);
    buf_u8(&s->out, s->number++);
    s->frame_left = len;
    s->frame_is_full = len == PACKET_FULL;
}

void server_packet_begin(struct server *s, size_t len)
{
    assert(s->payload_left == 0);
    s->payload_left = len;
    frame(s);
}

void server_packet_piece(struct server *s, struct bytes piece)
{
    assert(piece.len <= s->payload_left);
    while (piece.len > 0) {
        size_t n = piece.len < s->frame_left ? piece.len : s->frame_left;
        buf_append(&s->out, piece.data, n);
        piece.data += n;
        piece.len -= n;
        s->frame_left -= n;
        s->payload_left -= n;
        if (s->frame_left == 0 && s->frame_is_full)
            frame(s);
    }
}

void server_packet(struct server *s, struct bytes payload)
{
    packet_encode(payload, &s->number, &s->out);
}

void server_event(struct server *s, const struct event_prefix *prefix, struct bytes event)
{
    uint8_t head[] = { 0, EVENT_SEMI_SYNC, prefix->ack_wanted };
    size_t size = prefix->semi_sync ? sizeof head : 1;
    server_packet_begin(s, size + event.len);
    server_packet_piece(s, bytes_of(head, size));
    server_packet_piece(s, event);
}

uint8_t *server_raw_room(struct server *s, size_t size)
{
    return buf_reserve(&s->out, size);
}

void server_raw_filled(struct server *s, size_t n)
{
    s->out.len += n;
}

uint8_t server_number(const struct server *s)
{
    return s->number;
}

void server_packets(struct server *s, struct bytes packets, uint8_t next)
{
    buf_append(&s->out, packets.data, packets.len);
    s->number = next;
}

void server_stream(struct server *s, bool on)
{
    s->streams = on;
}

struct server_place server_mark(const struct server *s)
{
    return (struct server_place){ s->out.len, s->number };
}

void server_take_back(struct server *s, struct server_place place)
{
    s->out.failed = false;
    s->out.len = place.len;
    s->number = place.number;
    s->payload_left = 0;
}

bool server_take_back_overflow(struct server *s, struct server_place place)
{
    if (!s->out.failed)
        return false;
    server_take_back(s, place);
    return true;
}

void server_set_number(struct server *s, uint8_t number)
{
    s->number = number;
    s->packed_number = number;
}

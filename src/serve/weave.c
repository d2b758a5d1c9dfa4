/* weave.c - see the header. */
// SPDX-License-Identifier: Apache-2.0
#include "serve/weave.h"
#include <assert.h>
#include "wire/packet.h"

enum { MARK_EVENT = 0x00, MARK_SEMI_SYNC = 0xef };

void weave_init(struct weave *weave, bool semi_sync)
{
    *weave = (struct weave){ .sequence = 1, .semi_sync = semi_sync };
}

static size_t put_prefix(const struct weave *weave, uint8_t *out)
{
    out[0] = MARK_EVENT;
    if (!weave->semi_sync)
        return 1;
    out[1] = MARK_SEMI_SYNC;
    out[2] = weave->ack_wanted ? 1 : 0;
    return WEAVE_PREFIX_MAX;
}

static void put_header(struct weave *weave, size_t len, uint8_t *out)
{
    for (unsigned i = 0; i < 3; i++)
        out[i] = (uint8_t)(len >> (8 * i));
    out[3] = weave->sequence++;
}

/* The next packet of the event's payload. */
static void open_packet(struct weave *weave, struct feed_room *room)
{
    size_t len = weave->payload_left < PACKET_FULL ? weave->payload_left : PACKET_FULL;
    put_header(weave, len, room->data + room->len);
    room->len += WEAVE_HEADER;
    weave->payload_left -= len;
    weave->packet_left = len;
    weave->is_full = len == PACKET_FULL;
}

/* With the last byte of the last packet the event is ended. */
static void end_packet(struct weave *weave)
{
    if (weave->packet_left > 0 || weave->is_full)
        return;
    weave->is_open = false;
    if (weave->ack_wanted)
        weave->sequence = 1;
}

void weave_begin(struct weave *weave, size_t event_size, bool ack_wanted, struct feed_room *room)
{
    uint8_t prefix[WEAVE_PREFIX_MAX];
    assert(!weave->is_open && room->size - room->len >= WEAVE_HEADER + WEAVE_PREFIX_MAX);
    weave->ack_wanted = ack_wanted;
    size_t n = put_prefix(weave, prefix);
    weave->payload_left = n + event_size;
    weave->is_open = true;
    open_packet(weave, room);
    memcpy(room->data + room->len, prefix, n);
    room->len += n;
    weave->packet_left -= n;
}

size_t weave_pass(struct weave *weave, const uint8_t *data, size_t n, struct feed_room *room)
{
    size_t passed = 0;
    while (weave->is_open) {
        size_t space = room->size - room->len;
        if (weave->packet_left == 0) {
            if (space < WEAVE_HEADER)
                break;
            open_packet(weave, room);
            space -= WEAVE_HEADER;
        }
        size_t part = n - passed < space ? n - passed : space;
        if (part > weave->packet_left)
            part = weave->packet_left;
        memcpy(room->data + room->len, data + passed, part);
        room->len += part;
        passed += part;
        weave->packet_left -= part;
        end_packet(weave);
        if (part == 0 && weave->is_open)
            break;
    }
    return passed;
}

void weave_small(struct weave *weave, struct bytes event, struct buf *out)
{
    uint8_t head[WEAVE_HEADER + WEAVE_PREFIX_MAX];
    weave->ack_wanted = false;
    size_t n = put_prefix(weave, head + WEAVE_HEADER);
    if (event.len + n >= PACKET_FULL) {
        out->failed = true;
        return;
    }
    put_header(weave, n + event.len, head);
    buf_append(out, head, WEAVE_HEADER + n);
    buf_append(out, event.data, event.len);
}

void weave_word(struct weave *weave, struct bytes payload, struct buf *out)
{
    packet_encode(payload, &weave->sequence, out);
}

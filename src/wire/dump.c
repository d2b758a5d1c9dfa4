/* dump.c - the hot path of following a source: a few compares per event. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/dump.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/reader.h"
#include "wire/packet.h"
#include "wire/result.h"

enum {
    EVENT_HEADER_SIZE = 19,
    EVENT_LEN_AT = 9,
    MARK_EVENT = 0x00,
    MARK_ERROR = 0xff,
    MARK_SEMI_SYNC = 0xef,
    PREFIX_MAX = 3,
};

void dump_init(struct dump *dump, size_t size, bool semi_sync)
{
    assert(size >= DUMP_BUFFER_MIN);
    *dump = (struct dump){ .size = size, .semi_sync = semi_sync, .sequence = 1 };
    dump->data = memory_new(size);
}

void dump_clear(struct dump *dump)
{
    free(dump->data);
    *dump = (struct dump){ 0 };
}

uint8_t *dump_room(struct dump *dump, size_t *size)
{
    size_t left = dump->end - dump->start;
    if (dump->start > 0 && left > 0)
        memmove(dump->data, dump->data + dump->start, left);
    dump->start = 0;
    dump->end = left;
    assert(left < dump->size); /* dump_next gives pieces out before the buffer is full */
    *size = dump->size - left;
    return dump->data + left;
}

void dump_received(struct dump *dump, size_t n)
{
    dump->end += n;
}

static size_t dump_prefix(const struct dump *dump)
{
    return dump->semi_sync ? PREFIX_MAX : 1;
}

/* Bytes from a packet header on that must be here before anything is given out: the packet when
 * it fits the buffer, else as much as the event's header takes. */
static size_t dump_need(const struct dump *dump, size_t len)
{
    if (dump->event_open)
        return PACKET_HEADER_SIZE;
    if (len <= dump->size - PACKET_HEADER_SIZE)
        return PACKET_HEADER_SIZE + len;
    return PACKET_HEADER_SIZE + dump_prefix(dump) + EVENT_HEADER_SIZE;
}

bool dump_has_next(const struct dump *dump)
{
    size_t got = dump->end - dump->start;
    if (dump->packet_left > 0)
        return got > 0;
    if (got < PACKET_HEADER_SIZE)
        return false;
    struct packet_header header = packet_header_decode(dump->data + dump->start);
    return got >= dump_need(dump, header.len) &&
           (!dump->event_open || header.len == 0 || got > PACKET_HEADER_SIZE);
}

static bool dump_check_sequence(struct dump *dump, uint8_t sequence, struct err *err)
{
    if (sequence != dump->sequence && !(dump->renumbered && sequence == 1))
        return err_set(err, ERR_PROTOCOL,
                       "packet number %u came where number %u was due in the stream of events",
                       sequence, dump->sequence);
    dump->renumbered = false;
    dump->sequence = (uint8_t)(sequence + 1);
    return true;
}

/* A packet that is no event: how the server ends a dump. */
static bool dump_other_packet(struct bytes payload, enum dump_status *status, struct err *err)
{
    if (is_end_packet(payload, false)) {
        *status = DUMP_END;
        return true;
    }
    if (payload.len > 0 && payload.data[0] == MARK_ERROR)
        return error_packet_report(payload, err);
    return err_set(err, ERR_PROTOCOL,
                   "a packet of %zu bytes that starts with %02x came where an event was due",
                   payload.len, payload.len > 0 ? payload.data[0] : 0U);
}

static bool dump_start_event(struct dump *dump, struct bytes payload, size_t len, struct err *err)
{
    size_t prefix = dump_prefix(dump);
    if (dump->semi_sync && (payload.len < PREFIX_MAX || payload.data[1] != MARK_SEMI_SYNC))
        return err_set(err, ERR_PROTOCOL,
                       "semi-sync was agreed on, but an event came without its mark");
    if (len < prefix + EVENT_HEADER_SIZE)
        return err_set(err, ERR_PROTOCOL, "an event packet of %zu bytes has no event header", len);
    struct reader r = reader_of(payload);
    reader_take(&r, prefix + EVENT_LEN_AT);
    dump->event_left = reader_u32(&r);
    dump->ack_wanted = dump->semi_sync && payload.data[2] == 1;
    dump->event_open = true;
    dump->start += prefix;
    dump->packet_left = len - prefix;
    return true;
}

/* The sizes of packet and event must agree as soon as that can be told. */
static bool dump_check_size(const struct dump *dump, struct err *err)
{
    bool right = dump->packet_full ? dump->event_left >= dump->packet_left
                                   : dump->event_left == dump->packet_left;
    return right ||
           err_set(err, ERR_PROTOCOL, "an event says it has %llu bytes more, its packet has %zu%s",
                   (unsigned long long)dump->event_left, dump->packet_left,
                   dump->packet_full ? " and is continued" : "");
}

static void dump_take(struct dump *dump, struct dump_piece *piece, bool first)
{
    size_t got = dump->end - dump->start;
    size_t len = got < dump->packet_left ? got : dump->packet_left;
    piece->bytes = bytes_of(dump->data + dump->start, len);
    piece->first = first;
    dump->start += len;
    dump->packet_left -= len;
    dump->event_left -= len;
    piece->last = dump->packet_left == 0 && !dump->packet_full;
    piece->ack_wanted = dump->ack_wanted;
    if (piece->last) {
        dump->event_open = false;
        dump->renumbered = dump->ack_wanted;
    }
}

/* Reads the header of a packet of which dump_has_next said that enough is here. */
static bool dump_open_packet(struct dump *dump, enum dump_status *status, struct err *err)
{
    const uint8_t *at = dump->data + dump->start;
    struct packet_header header = packet_header_decode(at);
    size_t got = dump->end - dump->start - PACKET_HEADER_SIZE;
    struct bytes payload = { at + PACKET_HEADER_SIZE, got < header.len ? got : header.len };
    if (!dump_check_sequence(dump, header.sequence, err))
        return false;
    dump->start += PACKET_HEADER_SIZE;
    dump->packet_full = header.len == PACKET_FULL;
    if (dump->event_open) {
        dump->packet_left = header.len;
        return dump_check_size(dump, err);
    }
    if (payload.len == 0 || payload.data[0] != MARK_EVENT) {
        dump->start += payload.len;
        return dump_other_packet(payload, status, err);
    }
    return dump_start_event(dump, payload, header.len, err) && dump_check_size(dump, err);
}

static uint32_t read_le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* What nearly every event is: one packet, all of it here, and nothing to be said about it. */
static bool dump_take_whole(struct dump *dump, struct dump_piece *piece)
{
    enum { LEAST = PACKET_HEADER_SIZE + 1 + EVENT_HEADER_SIZE };
    const uint8_t *at = dump->data + dump->start;
    size_t got = dump->end - dump->start;
    if (dump->semi_sync || dump->event_open || got < LEAST)
        return false;
    uint32_t head = read_le32(at);
    uint32_t size = (head & PACKET_FULL) - 1; /* of the event */
    if (size < EVENT_HEADER_SIZE || size >= PACKET_FULL - 1 ||
        size > got - PACKET_HEADER_SIZE - 1 || head >> 24 != dump->sequence ||
        at[PACKET_HEADER_SIZE] != MARK_EVENT ||
        read_le32(at + PACKET_HEADER_SIZE + 1 + EVENT_LEN_AT) != size)
        return false;
    *piece = (struct dump_piece){ .bytes = bytes_of(at + PACKET_HEADER_SIZE + 1, size),
                                  .first = true,
                                  .last = true };
    dump->sequence++;
    dump->start += PACKET_HEADER_SIZE + 1 + size;
    return true;
}

bool dump_next(struct dump *dump, struct dump_piece *piece, enum dump_status *status,
               struct err *err)
{
    *status = DUMP_PIECE;
    if (dump_take_whole(dump, piece))
        return true;
    if (!dump_has_next(dump)) {
        *status = DUMP_NEEDS_BYTES;
        return true;
    }
    bool first = !dump->event_open;
    if (dump->packet_left == 0 && !dump_open_packet(dump, status, err))
        return false;
    if (*status == DUMP_PIECE)
        dump_take(dump, piece, first);
    return true;
}

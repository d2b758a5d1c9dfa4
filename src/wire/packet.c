/* packet.c - framing. The buffer of an input holds [start, end): at most one payload being put
 * together, then what came behind it. A byte is moved at most once to the front and once over each
 * continuation header. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/packet.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum {
    INPUT_FIRST = 16 * 1024, /* enough for a login and for short answers */
    INPUT_BULK = 256 * 1024, /* grown to while rows stream in */
    INPUT_KEEP = 1024 * 1024 /* more than this is given back when the input is empty */
};

void packet_encode(struct bytes payload, uint8_t *sequence, struct buf *out)
{
    size_t done = 0;
    size_t len;
    do {
        len = payload.len - done;
        if (len > PACKET_FULL)
            len = PACKET_FULL;
        buf_le(out, len, 3);
        buf_u8(out, (*sequence)++);
        buf_append(out, payload.data + done, len);
        done += len;
    } while (len == PACKET_FULL); /* a full last packet is followed by an empty one */
}

size_t packet_open(struct buf *out)
{
    buf_le(out, 0, PACKET_HEADER_SIZE);
    return out->len - (out->failed ? 0 : PACKET_HEADER_SIZE);
}

static void put_header(uint8_t *at, size_t len, uint8_t sequence)
{
    for (unsigned i = 0; i < 3; i++)
        at[i] = (uint8_t)(len >> 8 * i);
    at[3] = sequence;
}

/* A payload of more than one packet makes room for the headers between, from its end on. */
void packet_close(struct buf *out, size_t place, uint8_t *sequence)
{
    if (out->failed)
        return;
    size_t len = out->len - place - PACKET_HEADER_SIZE;
    size_t further = len / PACKET_FULL;
    if (buf_reserve(out, further * PACKET_HEADER_SIZE) == NULL && further > 0)
        return;
    out->len += further * PACKET_HEADER_SIZE;
    for (size_t i = further; i > 0; i--) {
        uint8_t *from = out->data + place + PACKET_HEADER_SIZE + i * PACKET_FULL;
        uint8_t *to = from + i * PACKET_HEADER_SIZE;
        size_t part = i == further ? len - further * PACKET_FULL : PACKET_FULL;
        memmove(to, from, part);
        put_header(to - PACKET_HEADER_SIZE, part, (uint8_t)(*sequence + i));
    }
    put_header(out->data + place, further > 0 ? PACKET_FULL : len, *sequence);
    *sequence = (uint8_t)(*sequence + 1 + further);
}

void packet_input_init(struct packet_input *in)
{
    *in = (struct packet_input){ 0 };
}

void packet_input_clear(struct packet_input *in)
{
    free(in->data);
    packet_input_init(in);
}

static void input_drop_taken(struct packet_input *in)
{
    in->start += in->taken;
    in->taken = 0;
}

static void input_grow(struct packet_input *in)
{
    size_t want = in->cap < INPUT_FIRST ? INPUT_FIRST : in->cap;
    if (in->filled && want < INPUT_BULK)
        want *= 2;
    if (want < in->need)
        want = in->need;
    if (in->end == want)
        want += INPUT_FIRST;
    if (want > in->cap) {
        in->data = memory_resize(in->data, want);
        in->cap = want;
    }
    in->filled = false;
}

uint8_t *packet_input_room(struct packet_input *in, size_t *size)
{
    input_drop_taken(in);
    if (in->start == in->end && in->cap > INPUT_KEEP) {
        free(in->data);
        in->data = NULL;
        in->cap = 0;
    } else if (in->start > 0 && in->start < in->end) {
        memmove(in->data, in->data + in->start, in->end - in->start);
    }
    in->end -= in->start;
    in->start = 0;
    input_grow(in);
    *size = in->cap - in->end;
    return in->data + in->end;
}

void packet_input_received(struct packet_input *in, size_t n)
{
    in->end += n;
    in->filled = in->end == in->cap;
}

size_t packet_input_pending(const struct packet_input *in)
{
    return in->end - in->start - in->taken;
}

/* *known false: the first byte of the payload must be seen before one can say. */
static bool input_check_sequence(const struct packet_input *in, size_t at, bool *known,
                                 struct err *err)
{
    struct packet_header header = packet_header_decode(in->data + at);
    *known = true;
    if (header.sequence == in->sequence || in->any_number)
        return true;
    if (!in->open && header.len > 0) {
        *known = in->end - at > PACKET_HEADER_SIZE;
        if (!*known || in->data[at + PACKET_HEADER_SIZE] == 0xff)
            return true;
    }
    return err_set(err, ERR_PROTOCOL, "packet number %u came where number %u was due",
                   header.sequence, in->sequence);
}

/* The packet's own header is behind what is gathered of the ones before it. */
bool packet_input_is_larger(const struct packet_input *in, size_t max)
{
    size_t at = in->start + (in->open ? PACKET_HEADER_SIZE + in->gathered : 0);
    size_t len = in->end - at < PACKET_HEADER_SIZE ? 0 : packet_header_decode(in->data + at).len;
    return len > max || in->gathered > max - len;
}

bool packet_input_next(struct packet_input *in, size_t max, struct bytes *payload, bool *found,
                       struct err *err)
{
    input_drop_taken(in);
    for (;;) {
        size_t at = in->start + (in->open ? PACKET_HEADER_SIZE + in->gathered : 0);
        in->need = at + PACKET_HEADER_SIZE - in->start;
        *found = false;
        if (in->end - at < PACKET_HEADER_SIZE)
            return true;
        struct packet_header header = packet_header_decode(in->data + at);
        if (header.len > max || in->gathered > max - header.len)
            return err_set(err, ERR_PROTOCOL,
                           "a packet of %zu bytes came where at most %zu may stand",
                           in->gathered + header.len, max);
        bool known;
        if (!input_check_sequence(in, at, &known, err))
            return false;
        in->need += header.len;
        if (!known || in->end - at - PACKET_HEADER_SIZE < header.len)
            return true;
        if (in->open) { /* close the gap that this header makes in the payload */
            memmove(in->data + at, in->data + at + PACKET_HEADER_SIZE,
                    in->end - at - PACKET_HEADER_SIZE);
            in->end -= PACKET_HEADER_SIZE;
        }
        in->gathered += header.len;
        in->sequence = (uint8_t)(header.sequence + 1);
        in->open = header.len == PACKET_FULL;
        if (in->open)
            continue;
        *payload = bytes_of(in->data + in->start + PACKET_HEADER_SIZE, in->gathered);
        in->taken = PACKET_HEADER_SIZE + in->gathered;
        in->gathered = 0;
        in->need = 0;
        *found = true;
        return true;
    }
}

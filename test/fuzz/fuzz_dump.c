/* fuzz_dump.c - the stream of a dump: the events that come out must not depend on how the bytes
 * were cut up nor on the buffer's size, and each has the length that its header says. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "wire/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct way {
    size_t buffer;
    size_t chunk;
    bool semi_sync;
};

static void take_event(const struct buf *event, struct buf *out)
{
    uint32_t len;
    memcpy(&len, event->data + 9, 4);
    if (len != event->len)
        abort();
    buf_append(out, event->data, event->len);
}

/* Whole events in out. How it ended may differ: a larger buffer waits for more of a packet. */
static void digest(struct bytes bytes, const struct way *way, struct buf *out)
{
    struct dump dump;
    struct dump_piece piece;
    enum dump_status status = DUMP_PIECE;
    struct err err;
    struct buf event;
    bool going = true;
    buf_init(&event, bytes.len + 100);
    dump_init(&dump, way->buffer, way->semi_sync);
    while (going && status != DUMP_END) {
        going = dump_next(&dump, &piece, &status, &err);
        if (going && status == DUMP_PIECE) {
            if (piece.first != (event.len == 0) || (piece.first && piece.bytes.len < 19))
                abort();
            buf_append(&event, piece.bytes.data, piece.bytes.len);
            if (piece.last) {
                take_event(&event, out);
                buf_reset(&event);
            }
        }
        if (going && status == DUMP_NEEDS_BYTES) {
            size_t room_size;
            uint8_t *room = dump_room(&dump, &room_size);
            size_t n = bytes.len < room_size ? bytes.len : room_size;
            n = n < way->chunk ? n : way->chunk;
            if (n == 0)
                break;
            memcpy(room, bytes.data, n);
            dump_received(&dump, n);
            bytes = bytes_of(bytes.data + n, bytes.len - n);
        }
    }
    dump_clear(&dump);
    buf_clear(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, cut;
    if (size < 1)
        return 0;
    bool semi_sync = (data[0] & 1) != 0;
    struct way ways[2] = { { DUMP_BUFFER_MIN, SIZE_MAX, semi_sync },
                           { DUMP_BUFFER_MIN * 4, (size_t)data[0] / 2 + 1, semi_sync } };
    buf_init(&whole, size + 1000);
    buf_init(&cut, size + 1000);
    digest(bytes_of(data + 1, size - 1), &ways[0], &whole);
    digest(bytes_of(data + 1, size - 1), &ways[1], &cut);
    if (!bytes_equal(buf_bytes(&whole), buf_bytes(&cut)))
        abort();
    buf_clear(&whole);
    buf_clear(&cut);
    return 0;
}

/* fuzz_packet.c - framing: what comes out must not depend on how the bytes were cut up. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAYLOAD_MAX = 1 << 20 };

/* Payloads, a mark before each, and whether it failed, in out. */
static void digest(struct bytes bytes, size_t chunk, struct buf *out)
{
    struct packet_input in;
    bool failed = false;
    packet_input_init(&in);
    while (!failed) {
        struct bytes payload;
        struct err err;
        bool found = false;
        failed = !packet_input_next(&in, PAYLOAD_MAX, &payload, &found, &err);
        if (failed)
            break;
        if (found) {
            buf_le(out, payload.len, 4);
            buf_append(out, payload.data, payload.len);
            continue;
        }
        if (bytes.len == 0)
            break;
        size_t room_size;
        uint8_t *room = packet_input_room(&in, &room_size);
        size_t n = bytes.len < room_size ? bytes.len : room_size;
        n = n < chunk ? n : chunk;
        memcpy(room, bytes.data, n);
        packet_input_received(&in, n);
        bytes.data += n;
        bytes.len -= n;
    }
    buf_u8(out, failed);
    packet_input_clear(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, cut;
    if (size < 1)
        return 0;
    buf_init(&whole, 4 * size + 1000);
    buf_init(&cut, 4 * size + 1000);
    digest(bytes_of(data + 1, size - 1), SIZE_MAX, &whole);
    digest(bytes_of(data + 1, size - 1), (size_t)data[0] + 1, &cut);
    if (!bytes_equal(buf_bytes(&whole), buf_bytes(&cut)))
        abort();
    buf_clear(&whole);
    buf_clear(&cut);
    return 0;
}

/* fuzz_payload.c - the body of a TRANSACTION_PAYLOAD event. What it gives must be as much as it
 * declares; and its events, packed again both ways, must be the same ones. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/payload.h"
#include "payload_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Appends the payload's events to out, up to 1 MiB: what does not fit is only read. */
static bool unpack(struct bytes body, struct buf *out)
{
    AUTO(payload_reader) reader = payload_reader_new();
    struct event event = { .header.type = EVENT_TRANSACTION_PAYLOAD, .body = body };
    struct payload_event payload;
    struct err err;
    uint64_t total = 0;
    bool more = true;
    if (!payload_decode(&event, &payload, &err) || !payload_reader_start(reader, &payload, &err))
        return false;
    for (;;) {
        if (!payload_reader_next(reader, &event, &more, &err))
            return false;
        if (!more)
            break;
        total += event.raw.len;
        buf_append(out, event.raw.data, event.raw.len);
    }
    must(total == payload.uncompressed_size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum payload_compression kinds[] = { PAYLOAD_ZSTD, PAYLOAD_NONE };
    struct buf events, packed, again;
    buf_init(&events, 1 << 20);
    buf_init(&packed, 2 << 20);
    buf_init(&again, 1 << 20);
    if (unpack(bytes_of(data, size), &events) && !events.failed) {
        for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
            buf_reset(&packed);
            buf_reset(&again);
            payload_body(&packed, kinds[i], buf_bytes(&events));
            must(unpack(buf_bytes(&packed), &again));
            must(bytes_equal(buf_bytes(&events), buf_bytes(&again)));
        }
    }
    buf_clear(&events);
    buf_clear(&packed);
    buf_clear(&again);
    return 0;
}

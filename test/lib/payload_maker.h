/* payload_maker.h - TRANSACTION_PAYLOAD bodies for tests, of events without checksums. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdlib.h>
#include <zstd.h>
#include "base/buf.h"
#include "binlog/transaction_event.h"

static inline void payload_field(struct buf *body, uint8_t type, uint64_t number)
{
    struct buf value;
    buf_init(&value, 16);
    buf_lenenc(&value, number);
    buf_lenenc(body, type);
    buf_lenenc_bytes(body, buf_bytes(&value));
    buf_clear(&value);
}

/* The body around bytes that are the payload already. */
static inline void payload_wrap(struct buf *body, enum payload_compression compression,
                                uint64_t uncompressed_size, struct bytes payload)
{
    payload_field(body, 2, compression);
    if (compression == PAYLOAD_ZSTD)
        payload_field(body, 3, uncompressed_size);
    payload_field(body, 1, payload.len);
    buf_lenenc(body, 0);
    buf_append(body, payload.data, payload.len);
}

static inline void payload_body(struct buf *body, enum payload_compression compression,
                                struct bytes events)
{
    if (compression == PAYLOAD_NONE) {
        payload_wrap(body, compression, 0, events);
        return;
    }
    size_t room = ZSTD_compressBound(events.len);
    uint8_t *packed = malloc(room);
    size_t len = ZSTD_compress(packed, room, events.data, events.len, 3);
    payload_wrap(body, compression, events.len, (struct bytes){ packed, len });
    free(packed);
}

/* tracked.c - see tracked.h. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/tracked.h"

void tracked_encode(enum tracked kind, struct bytes name, struct bytes value, struct buf *out)
{
    enum { AS_TEXT = 0 };
    struct buf entry;
    buf_init(&entry, name.len + value.len + TRACKED_OVERHEAD_MAX);
    if (kind == TRACKED_VARIABLE)
        buf_lenenc_bytes(&entry, name);
    if (kind == TRACKED_GTIDS)
        buf_u8(&entry, AS_TEXT);
    if (kind == TRACKED_STATE)
        buf_append(&entry, value.data, value.len);
    else
        buf_lenenc_bytes(&entry, value);
    buf_u8(out, (uint8_t)kind);
    buf_lenenc_bytes(out, buf_bytes(&entry));
    buf_clear(&entry);
}

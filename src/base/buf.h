/* buf.h - a growable byte buffer that is born with a maximum.
 *
 * Appending past the maximum sets `failed` and appends nothing more; whoever hands the buffer on
 * asks once. Running out of memory below the maximum aborts: restart is the tested path. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/macros.h"

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

/* AUTO_BUF name: released at the end of its scope; initialize it there. */
#define AUTO_BUF __attribute__((cleanup(buf_clear))) struct buf

void buf_init(struct buf *buf, size_t max);
void buf_clear(struct buf *buf); /* frees; ready for use again with the same maximum */
void buf_reset(struct buf *buf); /* len = 0, memory kept, failed forgotten */
/* Room for n more bytes at data + len, or NULL (and failed). The caller adds to len what it wrote.
 */
uint8_t *buf_reserve(struct buf *buf, size_t n);
void buf_append(struct buf *buf, const void *data, size_t n);
void buf_le(struct buf *buf, uint64_t value, size_t n); /* n bytes, little-endian */
void buf_lenenc(struct buf *buf, uint64_t value);
void buf_lenenc_bytes(struct buf *buf, struct bytes bytes);
void buf_str(struct buf *buf, const char *text); /* without its NUL */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* The text so far with a NUL after it; "" when failed and empty. Lives until the next change. */
const char *buf_cstr(struct buf *buf);

static inline void buf_u8(struct buf *buf, uint8_t value)
{
    buf_append(buf, &value, 1);
}

static inline struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){ buf->data, buf->len };
}

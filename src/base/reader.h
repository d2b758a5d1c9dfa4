/* reader.h - reads wire bytes with bounds checks: past the end it gives zeroes and stays failed,
 * so a decoder asks `failed` once, at its end. Little-endian unless the name says be. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"

struct reader {
    const uint8_t *pos;
    const uint8_t *end;
    bool failed;
};

static inline struct reader reader_of(struct bytes bytes)
{
    const uint8_t *end = bytes.len == 0 ? bytes.data : bytes.data + bytes.len; /* NULL + 0 is UB */
    return (struct reader){ bytes.data, end, false };
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->pos);
}

/* The next n bytes, or NULL: the only place where a length becomes a pointer move. */
static inline const uint8_t *reader_take(struct reader *r, size_t n)
{
    if (n > (size_t)(r->end - r->pos)) {
        r->failed = true;
        r->pos = r->end;
        return NULL;
    }
    r->pos += n;
    return r->pos - n;
}

static inline struct bytes reader_bytes(struct reader *r, size_t n)
{
    const uint8_t *p = reader_take(r, n);
    return (struct bytes){ p, p == NULL ? 0 : n };
}

static inline struct bytes reader_rest(struct reader *r)
{
    return reader_bytes(r, reader_left(r));
}

static inline void reader_copy(struct reader *r, void *out, size_t n)
{
    const uint8_t *p = reader_take(r, n);
    if (p == NULL)
        memset(out, 0, n);
    else
        memcpy(out, p, n);
}

/* n is 1 to 8 */
static inline uint64_t reader_le(struct reader *r, size_t n)
{
    const uint8_t *p = reader_take(r, n);
    uint64_t v = 0;
    if (p != NULL)
        memcpy(&v, p, n);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline uint64_t reader_be(struct reader *r, size_t n)
{
    const uint8_t *p = reader_take(r, n);
    uint64_t v = 0;
    if (p != NULL)
        for (size_t i = 0; i < n; i++)
            v = v << 8 | p[i];
    return v;
}

static inline uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)reader_le(r, 1);
}
static inline uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)reader_le(r, 2);
}
static inline uint32_t reader_u24(struct reader *r)
{
    return (uint32_t)reader_le(r, 3);
}
static inline uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)reader_le(r, 4);
}
static inline uint64_t reader_u48(struct reader *r)
{
    return reader_le(r, 6);
}
static inline uint64_t reader_u64(struct reader *r)
{
    return reader_le(r, 8);
}

/* MySQL's length-encoded integer. 0xfb (NULL in result rows) and 0xff are failures here. */
static inline uint64_t reader_lenenc(struct reader *r)
{
    uint8_t first = reader_u8(r);
    if (first < 0xfb)
        return first;
    if (first == 0xfc)
        return reader_le(r, 2);
    if (first == 0xfd)
        return reader_le(r, 3);
    if (first == 0xfe)
        return reader_le(r, 8);
    r->failed = true;
    r->pos = r->end;
    return 0;
}

static inline struct bytes reader_lenenc_bytes(struct reader *r)
{
    uint64_t n = reader_lenenc(r);
    if (n > reader_left(r)) {
        r->failed = true;
        r->pos = r->end;
        return (struct bytes){ NULL, 0 };
    }
    return reader_bytes(r, (size_t)n);
}

/* Up to, not with, the next NUL; the NUL is consumed. */
static inline struct bytes reader_cstring(struct reader *r)
{
    const uint8_t *nul = reader_left(r) > 0 ? memchr(r->pos, 0, reader_left(r)) : NULL;
    if (nul == NULL) {
        r->failed = true;
        r->pos = r->end;
        return (struct bytes){ NULL, 0 };
    }
    struct bytes text = { r->pos, (size_t)(nul - r->pos) };
    r->pos = nul + 1;
    return text;
}

/* varint.h - MySQL's variable-length integers (mysql::serialization), as tagged GTIDs use them.
 *
 * The count of trailing one bits in the first byte is the count of bytes that follow; the value is
 * all of them, little-endian, above those bits and the zero that ends them. A first byte of ff is
 * followed by 8 bytes of value. Signed values: bit 0 is the sign, negatives are complemented. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/reader.h"

static inline uint64_t reader_varint(struct reader *r)
{
    uint8_t first = reader_u8(r);
    if (first == 0xff)
        return reader_u64(r);
    unsigned extra = (unsigned)__builtin_ctz(~(unsigned)first);
    uint64_t value = (uint64_t)first >> (extra + 1);
    if (extra > 0)
        value |= reader_le(r, extra) << (7 - extra);
    return value;
}

static inline int64_t reader_varint_signed(struct reader *r)
{
    uint64_t v = reader_varint(r);
    return (int64_t)((v & 1) != 0 ? ~(v >> 1) : v >> 1);
}

static inline void buf_varint(struct buf *buf, uint64_t value)
{
    unsigned extra = 0;
    while (extra < 8 && value >> (7 * (extra + 1)) != 0)
        extra++;
    if (extra == 8) {
        buf_le(buf, 0xff, 1);
        buf_le(buf, value, 8);
        return;
    }
    buf_le(buf, value << (extra + 1) | ((1u << extra) - 1), extra + 1);
}

static inline void buf_varint_signed(struct buf *buf, int64_t value)
{
    buf_varint(buf, value < 0 ? ~(uint64_t)value << 1 | 1 : (uint64_t)value << 1);
}

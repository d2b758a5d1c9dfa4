/* compressed.c - the length is compared with what zlib can give at most (about 1032 times its
 * input) before any memory is taken for it. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/compressed.h"
#include "base/reader.h"
#include "binlog/inflate.h"

enum { COMPRESSED_MARK = 0x80, ZLIB_RATIO_MAX = 1100 };

bool compressed_decode(struct bytes blob, struct buf *out, struct err *err)
{
    struct reader r = reader_of(blob);
    uint8_t head = reader_u8(&r);
    uint8_t algorithm = head >> 4 & 7;
    unsigned size_bytes = head & 7;
    if ((head & COMPRESSED_MARK) == 0 || size_bytes == 0 || size_bytes > 4)
        return err_set(err, ERR_CORRUPT, "compressed part of an event: it starts with byte %02x",
                       head);
    if (algorithm != 0)
        return err_set(err, ERR_UNSUPPORTED, "compressed part of an event: algorithm %u",
                       algorithm);
    uint64_t len = reader_be(&r, size_bytes);
    if (r.failed || len > ZLIB_RATIO_MAX * (uint64_t)reader_left(&r))
        return err_set(err, ERR_CORRUPT,
                       "compressed part of an event: %zu bytes cannot give the %llu promised",
                       blob.len, (unsigned long long)len);
    uint8_t *room = buf_reserve(out, (size_t)len + 1); /* + 1: never NULL for nothing */
    if (room == NULL)
        return err_set(err, ERR_CORRUPT, "compressed part of an event: %llu bytes are too many",
                       (unsigned long long)len);
    if (!inflate_into(reader_rest(&r), INFLATE_ZLIB, room, (size_t)len))
        return err_set(err, ERR_CORRUPT, "compressed part of an event: its zlib stream is broken");
    out->len += (size_t)len;
    return true;
}

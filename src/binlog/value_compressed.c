/* value_compressed.c - content of MariaDB's COMPRESSED columns.
 *
 *   offset size
 *        0    1  0: the rest is the content as it is; else 0x80 (zlib) + flags + n
 *                bit 3: raw deflate, clear: with zlib's header; bits 0-2: n, 1 to 4
 *        1    n  size of the content, big-endian
 *      1+n       deflated content
 *
 * No bytes at all are an empty content. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/inflate.h"
#include "binlog/value.h"

enum {
    METHOD_MASK = 0xf0,
    METHOD_ZLIB = 0x80,
    FLAG_RAW_DEFLATE = 0x08,
    SIZE_BYTES_MASK = 0x07,
    SIZE_BYTES_MAX = 4,
    DEFLATE_RATIO_MAX = 1032, /* no deflate stream grows more */
};

bool value_decompress(struct bytes stored, struct buf *out, struct err *err)
{
    struct reader r = reader_of(stored);
    if (stored.len == 0)
        return true;
    uint8_t head = reader_u8(&r);
    if (head == 0) {
        buf_append(out, r.pos, reader_left(&r));
        return !out->failed ||
               err_set(err, ERR_CORRUPT, "a compressed column holds %zu bytes", stored.len - 1);
    }
    unsigned size_bytes = head & SIZE_BYTES_MASK;
    if ((head & METHOD_MASK) != METHOD_ZLIB)
        return err_set(err, ERR_UNSUPPORTED,
                       "a compressed column uses method %u, which is not known here", head >> 4);
    if (size_bytes == 0 || size_bytes > SIZE_BYTES_MAX)
        return err_set(err, ERR_CORRUPT, "a compressed column begins with 0x%02x", head);
    size_t size = reader_be(&r, size_bytes);
    struct bytes deflated = reader_rest(&r);
    if (r.failed || size / DEFLATE_RATIO_MAX > deflated.len)
        return err_set(err, ERR_CORRUPT, "a compressed column claims %zu bytes in %zu", size,
                       deflated.len);
    uint8_t *content = buf_reserve(out, size);
    if (content == NULL)
        return err_set(err, ERR_CORRUPT, "a compressed column holds %zu bytes; at most %zu fit",
                       size, out->max - out->len);
    enum inflate_form form = (head & FLAG_RAW_DEFLATE) != 0 ? INFLATE_RAW : INFLATE_ZLIB;
    if (!inflate_into(deflated, form, content, size))
        return err_set(err, ERR_CORRUPT, "a compressed column cannot be inflated to %zu bytes",
                       size);
    out->len += size;
    return true;
}

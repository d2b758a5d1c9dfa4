/* compress.h - the protocol's compression: packets travel inside compressed ones.
 *
 *   compressed length u24, number u8, length before u24 (0: not compressed), content
 *
 * A compressed packet holds any part of any number of packets. zlib (a zlib stream each) or zstd (a
 * frame each). The codec's memory, more than a megabyte with zstd, is shared by the connections of
 * one thread.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression.html
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"

enum compression { COMPRESSION_NONE, COMPRESSION_ZLIB, COMPRESSION_ZSTD };

enum {
    COMPRESS_HEADER_SIZE = 7,
    COMPRESS_ZSTD_LEVEL = 3, /* where the client names none */
    COMPRESS_ZSTD_LEVEL_MAX = 22,
};

struct codec;
struct codec *codec_new(void);
void codec_free(struct codec *codec); /* NULL is allowed */
AUTO_DEFINE(codec);

struct compress_settings {
    enum compression kind;
    int level; /* zstd's */
};

/* Appends plain as compressed packets; *number is the first one's and becomes that of the packet
 * after the last. Only out->failed tells that there was no room. */
void compress_packets(struct codec *codec, const struct compress_settings *settings,
                      struct bytes plain, uint8_t *number, struct buf *out);

/* The first compressed packet of `received`: *size bytes of it, which hold *plain_len bytes.
 * *found false: receive more. ERR_PROTOCOL when it holds more than max. */
bool compress_packet_find(struct bytes received, size_t max, bool *found, size_t *size,
                          size_t *plain_len, struct err *err) MUST_CHECK;
/* Unpacks it: plain has room for plain_len bytes. */
bool decompress_packet(struct codec *codec, const struct compress_settings *settings,
                       struct bytes packet, uint8_t *plain, size_t plain_len,
                       struct err *err) MUST_CHECK;

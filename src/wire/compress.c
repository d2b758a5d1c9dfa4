/* compress.c - zlib by libdeflate, zstd by libzstd. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/compress.h"
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>
#include "base/memory.h"
#include "base/reader.h"

enum {
    CHUNK = 256 * 1024, /* of plain bytes in one compressed packet */
    WORTH_IT = 50,      /* shorter content goes as it is, like the servers do it */
    ZLIB_LEVEL = 6,
};

struct codec { /* each made when it is first needed */
    struct libdeflate_compressor *deflate;
    struct libdeflate_decompressor *inflate;
    ZSTD_CCtx *zstd;
    ZSTD_DCtx *unzstd;
};

struct codec *codec_new(void)
{
    return memory_new(sizeof(struct codec));
}

void codec_free(struct codec *codec)
{
    if (codec == NULL)
        return;
    libdeflate_free_compressor(codec->deflate);
    libdeflate_free_decompressor(codec->inflate);
    ZSTD_freeCCtx(codec->zstd);
    ZSTD_freeDCtx(codec->unzstd);
    free(codec);
}

static void must_have(const void *context)
{
    if (context == NULL)
        memory_exhausted("a compression context");
}

static void codec_prepare(struct codec *codec, enum compression kind)
{
    if (kind == COMPRESSION_ZLIB && codec->deflate == NULL) {
        codec->deflate = libdeflate_alloc_compressor(ZLIB_LEVEL);
        codec->inflate = libdeflate_alloc_decompressor();
        must_have(codec->deflate);
        must_have(codec->inflate);
    }
    if (kind == COMPRESSION_ZSTD && codec->zstd == NULL) {
        codec->zstd = ZSTD_createCCtx();
        codec->unzstd = ZSTD_createDCtx();
        must_have(codec->zstd);
        must_have(codec->unzstd);
    }
}

/* The compressed size, or 0 when it is not smaller. */
static size_t pack(struct codec *codec, const struct compress_settings *settings,
                   struct bytes plain, uint8_t *room)
{
    size_t max = plain.len - 1;
    if (plain.len < WORTH_IT)
        return 0;
    if (settings->kind == COMPRESSION_ZLIB)
        return libdeflate_zlib_compress(codec->deflate, plain.data, plain.len, room, max);
    size_t n = ZSTD_compressCCtx(codec->zstd, room, max, plain.data, plain.len, settings->level);
    return ZSTD_isError(n) ? 0 : n;
}

static void compress_chunk(struct codec *codec, const struct compress_settings *settings,
                           struct bytes plain, uint8_t *number, struct buf *out)
{
    uint8_t *room = buf_reserve(out, COMPRESS_HEADER_SIZE + plain.len);
    if (room == NULL)
        return;
    size_t packed = pack(codec, settings, plain, room + COMPRESS_HEADER_SIZE);
    buf_le(out, packed > 0 ? packed : plain.len, 3);
    buf_u8(out, (*number)++);
    buf_le(out, packed > 0 ? plain.len : 0, 3);
    if (packed > 0)
        out->len += packed;
    else
        buf_append(out, plain.data, plain.len);
}

void compress_packets(struct codec *codec, const struct compress_settings *settings,
                      struct bytes plain, uint8_t *number, struct buf *out)
{
    codec_prepare(codec, settings->kind);
    for (size_t done = 0; done < plain.len;) {
        size_t n = plain.len - done < CHUNK ? plain.len - done : CHUNK;
        compress_chunk(codec, settings, bytes_of(plain.data + done, n), number, out);
        done += n;
    }
}

bool compress_packet_find(struct bytes received, size_t max, bool *found, size_t *size,
                          size_t *plain_len, struct err *err)
{
    struct reader r = reader_of(received);
    size_t packed = reader_u24(&r);
    reader_take(&r, 1); /* its number: a lost packet shows in what is inside */
    size_t plain = reader_u24(&r);
    *found = false;
    if (r.failed)
        return true;
    if (plain == 0)
        plain = packed;
    if (packed > max || plain > max)
        return err_set(err, ERR_PROTOCOL,
                       "a compressed packet of %zu bytes that holds %zu, where at most %zu may "
                       "stand",
                       packed, plain, max);
    *found = reader_left(&r) >= packed;
    *size = COMPRESS_HEADER_SIZE + packed;
    *plain_len = plain;
    return true;
}

static bool unpack(struct codec *codec, enum compression kind, struct bytes packed, uint8_t *plain,
                   size_t plain_len)
{
    size_t got = 0;
    codec_prepare(codec, kind);
    if (kind == COMPRESSION_ZLIB)
        return libdeflate_zlib_decompress(codec->inflate, packed.data, packed.len, plain, plain_len,
                                          &got) == LIBDEFLATE_SUCCESS &&
               got == plain_len;
    return ZSTD_decompressDCtx(codec->unzstd, plain, plain_len, packed.data, packed.len) ==
           plain_len;
}

bool decompress_packet(struct codec *codec, const struct compress_settings *settings,
                       struct bytes packet, uint8_t *plain, size_t plain_len, struct err *err)
{
    struct reader r = reader_of(packet);
    reader_take(&r, 4);
    bool is_packed = reader_u24(&r) != 0;
    struct bytes content = reader_rest(&r);
    if (!r.failed && !is_packed && content.len == plain_len) {
        if (content.data != NULL)
            memcpy(plain, content.data, plain_len);
        return true;
    }
    return (!r.failed && is_packed && unpack(codec, settings->kind, content, plain, plain_len)) ||
           err_set(err, ERR_PROTOCOL, "a compressed packet of %zu bytes that cannot be unpacked",
                   packet.len);
}

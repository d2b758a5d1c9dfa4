/* test_compress.c - compressed packets there and back, and what is none. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/compress.h"
#include "unit.h"

enum { PLAIN = 600 * 1000 };

static const struct compress_settings kinds[] = { { COMPRESSION_ZLIB, 0 },
                                                  { COMPRESSION_ZSTD, 3 } };

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i / 40);
}

/* False: something does not come out as it went in. */
static bool there_and_back(struct codec *codec, const struct compress_settings *kind, size_t len)
{
    static uint8_t plain[PLAIN];
    static uint8_t back[PLAIN];
    struct buf packed;
    struct err err;
    uint8_t number = 254;
    size_t got = 0;
    bool ok = true;
    fill(plain, len);
    buf_init(&packed, 2 * PLAIN);
    compress_packets(codec, kind, bytes_of(plain, len), &number, &packed);
    for (size_t at = 0; ok && at < packed.len;) {
        bool found = false;
        size_t size = 0;
        size_t plain_len = 0;
        struct bytes rest = bytes_of(packed.data + at, packed.len - at);
        ok = compress_packet_find(rest, PLAIN, &found, &size, &plain_len, &err) && found &&
             decompress_packet(codec, kind, bytes_of(rest.data, size), back + got, plain_len, &err);
        got += plain_len;
        at += size;
    }
    buf_clear(&packed);
    return ok && got == len && memcmp(plain, back, len) == 0;
}

TEST(compress, packets_come_out_as_they_went_in)
{
    const size_t sizes[] = { 1, 49, 50, 1000, 256 * 1024, 256 * 1024 + 1, PLAIN };
    struct codec *codec = codec_new();
    for (size_t k = 0; k < ARRAY_COUNT(kinds); k++)
        for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
            CHECK(there_and_back(codec, &kinds[k], sizes[i]));
    codec_free(codec);
}

TEST(compress, a_damaged_packet_is_refused)
{
    uint8_t plain[2000];
    uint8_t back[2000];
    struct codec *codec = codec_new();
    fill(plain, sizeof plain);
    for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
        struct buf packed;
        struct err err;
        uint8_t number = 0;
        bool found;
        size_t size;
        size_t len;
        buf_init(&packed, 10000);
        compress_packets(codec, &kinds[k], bytes_of(plain, sizeof plain), &number, &packed);
        for (size_t cut = 0; cut < packed.len; cut++) {
            CHECK_OK(
                compress_packet_find(bytes_of(packed.data, cut), 4000, &found, &size, &len, &err),
                err);
            CHECK(!found);
        }
        packed.data[COMPRESS_HEADER_SIZE] ^= 0xff;
        CHECK(!decompress_packet(codec, &kinds[k], buf_bytes(&packed), back, sizeof back, &err));
        CHECK(!compress_packet_find(buf_bytes(&packed), 1000, &found, &size, &len, &err));
        buf_clear(&packed);
    }
    codec_free(codec);
}

UNIT_MAIN(RUN(compress, packets_come_out_as_they_went_in),
          RUN(compress, a_damaged_packet_is_refused))

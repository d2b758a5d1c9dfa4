/* call_bytes.c - functions of the bytes of texts: hexadecimal, hashes, base64, UUID. */
// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>
#include <strings.h>
#include "engine/sqlite/query/function.h"
#include "wire/digest.h"

static const char digits[] = "0123456789ABCDEF";

static void give_hex(struct evaluation *e, struct bytes bytes, const char *alphabet,
                     struct datum *out)
{
    char *made = arena_alloc_raw(e->arena, 2 * bytes.len + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        made[2 * i] = alphabet[bytes.data[i] >> 4];
        made[2 * i + 1] = alphabet[bytes.data[i] & 15];
    }
    give_text(e, bytes_of(made, 2 * bytes.len), out);
}

/* In that base, without zeros in front. */
static void give_digits(struct evaluation *e, uint64_t number, unsigned base, struct datum *out)
{
    char room[65];
    size_t at = sizeof room;
    do {
        room[--at] = digits[number % base];
        number /= base;
    } while (number > 0);
    give_text(e, arena_copy(e->arena, bytes_of(room + at, sizeof room - at)), out);
}

/* HEX of a text: its bytes; of a number: the integer */
bool eval_hex(struct evaluation *e, struct datum *out)
{
    bool negative;
    uint64_t number;
    if (datum_has_bytes(&e->args[0]) || datum_is_temporal(&e->args[0])) {
        give_hex(e, arg_text(e, 0), digits, out);
        return true;
    }
    if (!datum_to_integer(e, &e->args[0], &negative, &number))
        return false;
    give_digits(e, negative ? 0 - number : number, 16, out);
    return true;
}

static bool give_based(struct evaluation *e, unsigned base, struct datum *out)
{
    bool negative;
    uint64_t number;
    if (!datum_to_integer(e, &e->args[0], &negative, &number))
        return false;
    give_digits(e, negative ? 0 - number : number, base, out);
    return true;
}

bool eval_bin(struct evaluation *e, struct datum *out)
{
    return give_based(e, 2, out);
}

bool eval_oct(struct evaluation *e, struct datum *out)
{
    return give_based(e, 8, out);
}

static int hex_value(uint8_t c)
{
    const char *at = c != 0 ? strchr(digits, c >= 'a' && c <= 'f' ? c - 32 : c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

bool eval_unhex(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    uint8_t *made = arena_alloc(e->arena, text.len / 2 + 2);
    size_t len = (text.len + 1) / 2;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.data[i]);
        size_t place = i + text.len % 2; /* an odd first digit stands alone */
        if (value < 0)
            return true;
        made[place / 2] = (uint8_t)(made[place / 2] | (place % 2 == 0 ? value << 4 : value));
    }
    *out = (struct datum){ .rep = REP_BYTES, .bytes = bytes_of(made, len) };
    return true;
}

static bool give_digest(struct evaluation *e, enum digest_kind kind, struct datum *out)
{
    static const uint8_t sizes[] = {
        [DIGEST_SHA1] = 20,   [DIGEST_SHA256] = 32, [DIGEST_MD5] = 16,
        [DIGEST_SHA224] = 28, [DIGEST_SHA384] = 48, [DIGEST_SHA512] = 64
    };
    uint8_t hash[DIGEST_MAX];
    struct err err = { 0 };
    struct bytes parts[DIGEST_PARTS] = { arg_text(e, 0) };
    if (!digest(kind, parts, hash, &err))
        return evaluation_refuse(e, err.text);
    give_hex(e, bytes_of(hash, sizes[kind]), "0123456789abcdef", out);
    return true;
}

bool eval_md5(struct evaluation *e, struct datum *out)
{
    return give_digest(e, DIGEST_MD5, out);
}

bool eval_sha1(struct evaluation *e, struct datum *out)
{
    return give_digest(e, DIGEST_SHA1, out);
}

bool eval_sha2(struct evaluation *e, struct datum *out)
{
    static const struct {
        int64_t bits;
        enum digest_kind kind;
    } rows[] = { { 224, DIGEST_SHA224 },
                 { 256, DIGEST_SHA256 },
                 { 0, DIGEST_SHA256 },
                 { 384, DIGEST_SHA384 },
                 { 512, DIGEST_SHA512 } };
    int64_t bits;
    if (!datum_to_int64(e, &e->args[1], &bits))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].bits == bits)
            return give_digest(e, rows[i].kind, out);
    return true;
}

bool eval_crc32(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    *out = datum_uint(libdeflate_crc32(0, text.data, text.len));
    return true;
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool eval_to_base64(struct evaluation *e, struct datum *out)
{
    enum { LINE = 76 };
    struct bytes in = arg_text(e, 0);
    char *made = arena_alloc_raw(e->arena, in.len / 3 * 4 + in.len / 40 + 16);
    size_t len = 0, column = 0;
    for (size_t i = 0; i < in.len; i += 3, column += 4) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < in.len ? in.data[i + k] : 0);
        if (column == LINE) {
            made[len++] = '\n';
            column = 0;
        }
        for (size_t k = 0; k < 4; k++)
            made[len++] = i + k <= in.len ? base64[group >> (18 - 6 * k) & 63] : '=';
    }
    give_text(e, bytes_of(made, len), out);
    return true;
}

bool eval_from_base64(struct evaluation *e, struct datum *out)
{
    struct bytes in = arg_text(e, 0);
    uint8_t *made = arena_alloc_raw(e->arena, in.len + 1);
    size_t len = 0, digits_seen = 0, pads = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.data[i];
        const char *at = c != 0 ? strchr(base64, c) : NULL;
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        if (c == '=' ? digits_seen % 4 < 2 : at == NULL || pads > 0)
            return true;
        pads += c == '=';
        group = group << 6 | (c == '=' ? 0 : (uint32_t)(at - base64));
        if (++digits_seen % 4 != 0)
            continue;
        for (size_t k = 0; k < 3 - pads; k++)
            made[len++] = (uint8_t)(group >> (16 - 8 * k));
        group = 0;
    }
    if (digits_seen % 4 != 0)
        return true;
    *out = (struct datum){ .rep = REP_BYTES, .bytes = bytes_of(made, len) };
    return true;
}

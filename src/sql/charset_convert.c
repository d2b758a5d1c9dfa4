/* charset_convert.c - text to UTF-8. Runs of ASCII, most of all text, are found a word at a time
 * and copied whole; text that is UTF-8 already is only looked at. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include "binlog/text.h"
#include "sql/charset.h"
#include "sql/charset_internal.h"

enum { GROWTH_MAX = 3 }; /* bytes of UTF-8 for one byte of any set */

static const uint16_t upper_halves[CHARSET_COUNT][128] = {
#define SINGLE(charset, ...) [CHARSET_##charset] = { __VA_ARGS__ },
#define LOWER(charset, byte, character)
#include "sql/charset_tables.def"
#undef SINGLE
#undef LOWER
};

size_t ascii_prefix(struct bytes text)
{
    const uint64_t high_bits = 0x8080808080808080u;
    size_t at = 0;
    for (; text.len - at >= 32; at += 32) {
        uint64_t words[4];
        memcpy(words, text.data + at, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0)
            break;
    }
    for (; text.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, sizeof word);
        if ((word & high_bits) != 0)
            break;
    }
    while (at < text.len && text.data[at] < 0x80)
        at++;
    return at;
}

size_t utf8_put(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

bool charset_corrupt(const struct charset *charset, struct bytes text, size_t at, struct err *err)
{
    char bytes[4 * 3 + 1] = "";
    static const char digits[] = "0123456789abcdef";
    size_t n = text.len - at < 4 ? text.len - at : 4;
    for (size_t i = 0; i < n; i++) {
        bytes[3 * i] = ' ';
        bytes[3 * i + 1] = digits[text.data[at + i] >> 4];
        bytes[3 * i + 2] = digits[text.data[at + i] & 15];
    }
    return err_set(err, ERR_CORRUPT, "%s text of %zu bytes: at offset %zu,%s is no character",
                   charset->name, text.len, at, bytes);
}

/* utf8mb3 and utf8mb4: where the first character that is none stands, or the length. */
static size_t utf8_prefix(struct bytes text, size_t max_bytes)
{
    size_t at = 0;
    for (;;) {
        at += ascii_prefix(bytes_of(text.data + at, text.len - at));
        while (at < text.len && text.data[at] >= 0x80) {
            size_t size = text_utf8_size(bytes_of(text.data + at, text.len - at));
            if (size == 0 || size > max_bytes)
                return at;
            at += size;
        }
        if (at == text.len)
            return at;
    }
}

static bool append_single(const struct charset *charset, struct bytes text, struct buf *out,
                          struct err *err)
{
    const uint16_t *upper = upper_halves[charset->id];
    for (size_t at = 0; at < text.len;) {
        size_t ascii = ascii_prefix(bytes_of(text.data + at, text.len - at));
        buf_append(out, text.data + at, ascii);
        at += ascii;
        uint8_t *to = out->data + out->len;
        for (; at < text.len && text.data[at] >= 0x80; at++) {
            uint16_t character = upper[text.data[at] - 0x80];
            if (character == 0)
                return charset_corrupt(charset, text, at, err);
            to += utf8_put(to, character);
        }
        out->len = (size_t)(to - out->data);
    }
    return true;
}

/* swe7: the only set whose lower half is not ASCII; it has no upper half. */
static bool append_swe7(const struct charset *charset, struct bytes text, struct buf *out,
                        struct err *err)
{
    static const struct {
        uint8_t byte;
        uint16_t character;
    } others[] = {
#define SINGLE(charset, ...)
#define LOWER(charset, byte, character) { byte, character },
#include "sql/charset_tables.def"
#undef SINGLE
#undef LOWER
    };
    for (size_t at = 0; at < text.len; at++) {
        uint16_t character = text.data[at] < 0x80 ? text.data[at] : 0;
        bool is_nul = text.data[at] == 0;
        for (size_t i = 0; i < ARRAY_COUNT(others); i++)
            if (others[i].byte == text.data[at])
                character = others[i].character;
        if (character == 0 && !is_nul)
            return charset_corrupt(charset, text, at, err);
        out->len += utf8_put(out->data + out->len, character);
    }
    return true;
}

static uint32_t unit16(const uint8_t *p, bool little)
{
    return little ? (uint32_t)p[0] | (uint32_t)p[1] << 8 : (uint32_t)p[0] << 8 | p[1];
}

/* ucs2, utf16, utf16le */
static bool append_units16(const struct charset *charset, struct bytes text, struct buf *out,
                           struct err *err)
{
    bool little = charset->form == FORM_UTF16LE;
    for (size_t at = 0; at < text.len;) {
        size_t left = text.len - at;
        uint32_t c = left >= 2 ? unit16(text.data + at, little) : 0xd800;
        size_t size = 2;
        if (c >= 0xd800 && c < 0xdc00 && left >= 4 && charset->form != FORM_UCS2) {
            uint32_t low = unit16(text.data + at + 2, little);
            if (low >= 0xdc00 && low < 0xe000)
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            size = 4;
        }
        if (c >= 0xd800 && c < 0xe000)
            return charset_corrupt(charset, text, at, err);
        out->len += utf8_put(out->data + out->len, c);
        at += size;
    }
    return true;
}

static bool append_utf32(const struct charset *charset, struct bytes text, struct buf *out,
                         struct err *err)
{
    for (size_t at = 0; at < text.len; at += 4) {
        if (text.len - at < 4)
            return charset_corrupt(charset, text, at, err);
        const uint8_t *p = text.data + at;
        uint32_t c = unit16(p, false) << 16 | unit16(p + 2, false);
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return charset_corrupt(charset, text, at, err);
        out->len += utf8_put(out->data + out->len, c);
    }
    return true;
}

static bool append(const struct charset *charset, struct bytes text, struct buf *out,
                   struct err *err)
{
    switch (charset->form) {
    case FORM_SINGLE:
        return append_single(charset, text, out, err);
    case FORM_SINGLE_NO_ASCII:
        return append_swe7(charset, text, out, err);
    case FORM_UCS2:
    case FORM_UTF16:
    case FORM_UTF16LE:
        return append_units16(charset, text, out, err);
    case FORM_UTF32:
        return append_utf32(charset, text, out, err);
    case FORM_ICONV:
        return charset_iconv_append(charset, text, out, err);
    case FORM_BINARY:
    case FORM_UTF8:
        break;
    }
    assert(false); /* UTF-8 text is not converted */
    return false;
}

static bool is_above_ascii(enum charset_form form)
{
    return form == FORM_SINGLE || form == FORM_ICONV;
}

bool charset_to_utf8(const struct charset *charset, struct bytes text, struct buf *scratch,
                     struct bytes *out, struct err *err)
{
    if (text.len == 0) {
        *out = text;
        return true;
    }
    if (charset->form == FORM_UTF8 || charset->form == FORM_BINARY) {
        size_t good = utf8_prefix(text, charset->form == FORM_BINARY ? 4 : charset->max_bytes);
        if (good < text.len)
            return charset_corrupt(charset, text, good, err);
        *out = text;
        return true;
    }
    if (is_above_ascii(charset->form) && ascii_prefix(text) == text.len) {
        *out = text;
        return true;
    }
    buf_reset(scratch);
    if (text.len > scratch->max / GROWTH_MAX || buf_reserve(scratch, text.len * GROWTH_MAX) == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "%s text of %zu bytes is too long to be converted to UTF-8", charset->name,
                       text.len);
    if (!append(charset, text, scratch, err))
        return false;
    *out = buf_bytes(scratch);
    return true;
}

/* The next character; utf8 is whole, or ends in a replacement that no set has. */
static uint32_t utf8_take(struct bytes utf8, size_t *at)
{
    static const uint8_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    size_t size = text_utf8_size(bytes_of(utf8.data + *at, utf8.len - *at));
    if (size == 0) {
        ++*at;
        return UINT32_MAX;
    }
    uint32_t character = utf8.data[*at] & masks[size];
    for (size_t i = 1; i < size; i++)
        character = character << 6 | (utf8.data[*at + i] & 0x3f);
    *at += size;
    return character;
}

static bool put_single(const struct charset *charset, uint32_t character, struct buf *out)
{
    const uint16_t *upper = upper_halves[charset->id];
    if (character < 0x80) {
        buf_u8(out, (uint8_t)character);
        return true;
    }
    for (unsigned i = 0; i < 128; i++) {
        if (upper[i] == character) {
            buf_u8(out, (uint8_t)(0x80 + i));
            return true;
        }
    }
    return false;
}

bool charset_from_utf8(const struct charset *charset, struct bytes utf8, struct buf *scratch,
                       struct bytes *out, struct err *err)
{
    bool is_utf8 = charset->form == FORM_UTF8 || charset->form == FORM_BINARY;
    if (is_utf8 || utf8.len == 0 ||
        (is_above_ascii(charset->form) && ascii_prefix(utf8) == utf8.len)) {
        *out = utf8;
        return true;
    }
    if (charset->form != FORM_SINGLE)
        return err_set(err, ERR_UNSUPPORTED, "text of character set %s cannot be written here",
                       charset->name);
    buf_reset(scratch);
    for (size_t at = 0; at < utf8.len;)
        if (!put_single(charset, utf8_take(utf8, &at), scratch))
            return err_set(err, ERR_CONFLICT, "a character before byte %zu is not in %s", at,
                           charset->name);
    *out = buf_bytes(scratch);
    return true;
}

/* quote.c - SQL literals. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/quote.h"

enum text_kind { TEXT_PLAIN, TEXT_UTF8, TEXT_BINARY };

/* Bytes of the well-formed UTF-8 character that starts at p (RFC 3629), or 0. */
static size_t utf8_char(const uint8_t *p, size_t left)
{
    size_t len = p[0] < 0x80                   ? 1
                 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                               : 0;
    if (len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && p[1] > 0x9f;
    bool too_big = p[0] == 0xf4 && p[1] > 0x8f;
    return overlong || surrogate || too_big ? 0 : len;
}

static enum text_kind text_kind(struct bytes text)
{
    enum text_kind kind = TEXT_PLAIN;
    for (size_t i = 0; i < text.len;) {
        size_t len = utf8_char(text.data + i, text.len - i);
        if (len == 0)
            return TEXT_BINARY;
        if (text.data[i] < 0x20 || text.data[i] == '\\' || text.data[i] == 0x7f)
            kind = TEXT_UTF8;
        i += len;
    }
    return kind;
}

static void quote_hex(struct bytes text, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    buf_str(out, "X'");
    for (size_t i = 0; i < text.len; i++) {
        buf_u8(out, (uint8_t)digits[text.data[i] >> 4]);
        buf_u8(out, (uint8_t)digits[text.data[i] & 15]);
    }
    buf_u8(out, '\'');
}

void quote_literal(struct bytes text, struct buf *out)
{
    enum text_kind kind = text_kind(text);
    if (kind != TEXT_PLAIN) {
        if (kind == TEXT_UTF8)
            buf_str(out, "_utf8mb4 ");
        quote_hex(text, out);
        return;
    }
    buf_u8(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buf_u8(out, '\'');
        buf_u8(out, text.data[i]);
    }
    buf_u8(out, '\'');
}

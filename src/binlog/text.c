/* text.c - UTF-8 as of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/text.h"

static bool is_continuation(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

size_t text_utf8_size(struct bytes text)
{
    uint8_t first = text.data[0];
    size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size < 2)
        return size;
    if (first > 0xf4 || text.len < size)
        return 0;
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (!is_continuation(text.data[1], low, high))
        return 0;
    for (size_t i = 2; i < size; i++)
        if (!is_continuation(text.data[i], 0x80, 0xbf))
            return 0;
    return size;
}

static void escape_byte(uint8_t byte, enum text_escape_form form, struct buf *out)
{
    switch (byte) {
    case '\n':
        buf_str(out, "\\n");
        break;
    case '\r':
        buf_str(out, "\\r");
        break;
    case '\t':
        buf_str(out, "\\t");
        break;
    case '\\':
        buf_str(out, "\\\\");
        break;
    case '"':
        buf_str(out, form == TEXT_JSON ? "\\\"" : "\"");
        break;
    default:
        if (form == TEXT_LINE)
            buf_printf(out, "\\x%02x", byte);
        else if (byte >= 0x80)
            buf_str(out, "\\ufffd");
        else
            buf_printf(out, "\\u%04x", byte);
    }
}

void text_escape(struct bytes text, enum text_escape_form form, struct buf *out)
{
    if (text.len == 0)
        return;
    size_t start = 0; /* of the run that needs no escape */
    size_t at = 0;
    while (at < text.len) {
        uint8_t byte = text.data[at];
        size_t size = text_utf8_size(bytes_of(text.data + at, text.len - at));
        bool is_c1 = size == 2 && byte == 0xc2 && text.data[at + 1] < 0xa0;
        bool plain =
            size > 0 && !is_c1 && byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\';
        if (plain) {
            at += size;
            continue;
        }
        buf_append(out, text.data + start, at - start);
        escape_byte(byte, form, out);
        if (is_c1)
            escape_byte(text.data[at + 1], form, out);
        at += is_c1 ? 2 : 1;
        start = at;
    }
    buf_append(out, text.data + start, at - start);
}

/* json_scan.c - see json_scan.h. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json_scan.h"
#include "base/macros.h"

static bool scan_string(struct bytes text, size_t at, size_t *end)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.data[i] == '"') {
            *end = i + 1;
            return true;
        }
        if (text.data[i] == '\\')
            i++;
    }
    return false;
}

static bool scan_container(struct bytes text, size_t at, size_t *end)
{
    size_t depth = 0;
    for (size_t i = at; i < text.len;) {
        uint8_t byte = text.data[i];
        if (byte == '"') {
            if (!scan_string(text, i, &i))
                return false;
            continue;
        }
        i++;
        depth += byte == '{' || byte == '[';
        if ((byte == '}' || byte == ']') && --depth == 0) {
            *end = i;
            return true;
        }
    }
    return false;
}

bool json_scan_value(struct bytes text, size_t at, size_t *end)
{
    size_t i = at;
    if (at >= text.len)
        return false;
    if (text.data[at] == '"')
        return scan_string(text, at, end);
    if (text.data[at] == '{' || text.data[at] == '[')
        return scan_container(text, at, end);
    while (i < text.len && strchr(",]} :\"", text.data[i]) == NULL)
        i++;
    *end = i;
    return i > at;
}

bool json_items_open(struct bytes text, size_t at, struct json_items *out)
{
    if (at >= text.len || (text.data[at] != '{' && text.data[at] != '['))
        return false;
    *out = (struct json_items){ .text = text, .at = at + 1, .is_object = text.data[at] == '{' };
    return true;
}

static bool take(struct json_items *items, const char *two)
{
    if (items->text.len - items->at < 2 || memcmp(items->text.data + items->at, two, 2) != 0)
        return false;
    items->at += 2;
    return true;
}

bool json_items_separator(struct json_items *items)
{
    return take(items, ", ");
}

bool json_items_next(struct json_items *items, struct json_item *item, bool *more)
{
    const struct bytes text = items->text;
    struct json_item found = { 0 };
    if (items->at >= text.len)
        return false;
    if (text.data[items->at] == (items->is_object ? '}' : ']')) {
        *more = false;
        return true;
    }
    if (items->is_begun && !json_items_separator(items))
        return false;
    items->is_begun = true;
    found.start = items->at;
    if (items->is_object) {
        size_t end;
        if (items->at >= text.len || text.data[items->at] != '"' ||
            !scan_string(text, items->at, &end))
            return false;
        found.key = bytes_of(text.data + items->at, end - items->at);
        items->at = end;
        if (!take(items, ": "))
            return false;
    }
    found.value_start = items->at;
    if (!json_scan_value(text, items->at, &found.value_end))
        return false;
    items->at = found.value_end;
    *item = found;
    *more = true;
    return true;
}

bool json_items_count(struct json_items *items, uint64_t *count)
{
    struct json_item item;
    bool more = true;
    *count = 0;
    for (;;) {
        if (!json_items_next(items, &item, &more))
            return false;
        if (!more)
            return true;
        ++*count;
    }
}

/* ---- strings ---- */

static bool hex_digit(uint8_t byte, unsigned *out)
{
    if (byte >= '0' && byte <= '9')
        *out = byte - '0';
    else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
        *out = (byte | 0x20) - 'a' + 10u;
    else
        return false;
    return true;
}

/* MySQL escapes control characters only: \u00XX. */
static bool unescape_code(struct bytes rest, uint8_t *out)
{
    unsigned high, low;
    if (rest.len < 4 || rest.data[0] != '0' || rest.data[1] != '0' ||
        !hex_digit(rest.data[2], &high) || !hex_digit(rest.data[3], &low) || high > 7)
        return false;
    *out = (uint8_t)(high << 4 | low);
    return true;
}

/* The escape whose letter is at *at; leaves *at on its last byte. */
static bool unescape(struct bytes text, size_t *at, uint8_t *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t letter = text.data[*at];
    if (letter == 'u') {
        if (!unescape_code(bytes_of(text.data + *at + 1, text.len - *at - 1), out))
            return false;
        *at += 4;
        return true;
    }
    const char *found = letter != 0 ? strchr(letters, letter) : NULL;
    if (found == NULL)
        return false;
    *out = (uint8_t)meanings[found - letters];
    return true;
}

bool json_unquote(struct bytes quoted, struct buf *out)
{
    if (quoted.len < 2 || quoted.data[0] != '"' || quoted.data[quoted.len - 1] != '"')
        return false;
    struct bytes text = bytes_of(quoted.data, quoted.len - 1);
    for (size_t i = 1; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte == '\\' && (++i >= text.len || !unescape(text, &i, &byte)))
            return false;
        buf_u8(out, byte);
    }
    return !out->failed;
}

/* put.c - see put.h. Numbers two digits a step, text sixteen bytes a step. */
// SPDX-License-Identifier: Apache-2.0
#include "print/put.h"
#include "binlog/value_number.h"

enum { DIGITS_MAX = 20 };

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

static void put_magnitude(uint64_t number, bool negative, struct buf *out)
{
    char text[DIGITS_MAX + 1];
    char *at = text + sizeof text;
    while (number >= 100) {
        at -= 2;
        memcpy(at, &pairs[2 * (number % 100)], 2);
        number /= 100;
    }
    if (number >= 10) {
        at -= 2;
        memcpy(at, &pairs[2 * number], 2);
    } else {
        *--at = (char)('0' + number);
    }
    if (negative)
        *--at = '-';
    put(out, at, (size_t)(text + sizeof text - at));
}

void put_unsigned(uint64_t number, struct buf *out)
{
    put_magnitude(number, false, out);
}

void put_str_number(const char *words, uint64_t number, struct buf *out)
{
    put_str(words, out);
    put_magnitude(number, false, out);
}

void put_signed(int64_t number, struct buf *out)
{
    put_magnitude(number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, out);
}

void put_real(double number, struct buf *out)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = double_text(number, text);
    put(out, text, len);
}

void put_hex(struct bytes bytes, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *room = buf_reserve(out, 2 * bytes.len);
    if (room == NULL)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        room[2 * i] = (uint8_t)digits[bytes.data[i] >> 4];
        room[2 * i + 1] = (uint8_t)digits[bytes.data[i] & 15];
    }
    out->len += 2 * bytes.len;
}

/* Sixteen bytes at a time, in whatever registers the machine has for that. */
enum { LANES = 16, PLAIN_COUNT = 0x7f - 0x20 };
typedef uint8_t lanes __attribute__((vector_size(LANES)));

static bool all_plain(const uint8_t *bytes)
{
    lanes text;
    uint64_t halves[2];
    memcpy(&text, bytes, sizeof text);
    lanes special = (lanes)(text - 0x20 >= PLAIN_COUNT) | (lanes)(text == '\'') |
                    (lanes)(text == '"') | (lanes)(text == '\\');
    memcpy(halves, &special, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '\'' && byte != '"' && byte != '\\';
}

size_t plain_prefix(struct bytes text)
{
    size_t at = 0;
    while (text.len - at >= LANES && all_plain(text.data + at))
        at += LANES;
    while (at < text.len && is_plain(text.data[at]))
        at++;
    return at;
}

size_t moment_text(const struct value *value, unsigned scale, char text[TEMPORAL_TEXT_MAX])
{
    scale = scale > 6 ? 6 : scale;
    if (value->kind == VALUE_DATE)
        return temporal_date_text(&value->time, text);
    if (value->kind == VALUE_TIME)
        return temporal_time_text(&value->time, scale, text);
    if (value->kind == VALUE_DATETIME)
        return temporal_datetime_text(&value->time, scale, text);
    return temporal_timestamp_text(value->u, scale, text);
}

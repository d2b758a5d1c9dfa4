/* put.c - see put.h. Numbers two digits a step, text sixteen bytes a step. */
// SPDX-License-Identifier: Apache-2.0
#include "print/put.h"
#include "binlog/value_number.h"

enum { DIGITS_MAX = 20 };

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* From the number of bits, which is right or one too many. */
static unsigned count_digits(uint64_t number)
{
    static const uint64_t powers[DIGITS_MAX] = { 1,
                                                 10,
                                                 100,
                                                 1000,
                                                 10000,
                                                 100000,
                                                 1000000,
                                                 10000000,
                                                 100000000,
                                                 1000000000,
                                                 10000000000,
                                                 100000000000,
                                                 1000000000000,
                                                 10000000000000,
                                                 100000000000000,
                                                 1000000000000000,
                                                 10000000000000000,
                                                 100000000000000000,
                                                 1000000000000000000,
                                                 10000000000000000000u };
    unsigned bits = 64 - (unsigned)__builtin_clzll(number | 1);
    unsigned power = bits * 1233 >> 12; /* 1233 / 4096 is log10(2) */
    return power + (number >= powers[power] || power == 0);
}

static void put_magnitude(uint64_t number, bool negative, struct buf *out)
{
    uint8_t *room = put_room(out, DIGITS_MAX + 1);
    if (room == NULL)
        return;
    if (negative)
        *room++ = '-';
    unsigned count = count_digits(number);
    uint8_t *at = room + count;
    for (; number >= 100; number /= 100) {
        at -= 2;
        memcpy(at, &pairs[2 * (number % 100)], 2);
    }
    if (number >= 10)
        memcpy(at - 2, &pairs[2 * number], 2);
    else
        at[-1] = (uint8_t)('0' + number);
    out->len += count + negative;
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
    uint8_t *room = put_room(out, 2 * bytes.len);
    if (room == NULL)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        room[2 * i] = (uint8_t)digits[bytes.data[i] >> 4];
        room[2 * i + 1] = (uint8_t)digits[bytes.data[i] & 15];
    }
    out->len += 2 * bytes.len;
}

/* ---- sixteen bytes at a time, in whatever registers the machine has for that ---- */

enum { LANES = 16, PLAIN_COUNT = 0x7f - 0x20 };
typedef uint8_t lanes __attribute__((vector_size(LANES)));

static inline lanes load(const uint8_t *bytes)
{
    lanes text;
    memcpy(&text, bytes, sizeof text);
    return text;
}

/* What ends a prefix: of a byte, and as all bits of each such byte of sixteen. */
struct ending {
    bool (*one)(uint8_t byte);
    lanes (*each)(lanes text);
};

static inline bool not_plain(uint8_t byte)
{
    return byte < 0x20 || byte >= 0x7f || byte == '\'' || byte == '"' || byte == '\\';
}

static inline lanes none_plain(lanes text)
{
    return (lanes)(text - 0x20 >= PLAIN_COUNT) | (lanes)(text == '\'') | (lanes)(text == '"') |
           (lanes)(text == '\\');
}

static inline bool not_printed(uint8_t byte)
{
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

static inline lanes none_printed(lanes text)
{
    return ((lanes)(text < 0x20) & (lanes)(text != '\t')) | (lanes)(text == 0x7f);
}

static inline bool is_none(lanes found)
{
    uint64_t halves[2];
    memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

static const struct ending plain = { not_plain, none_plain };
static const struct ending printed = { not_printed, none_printed };

/* How long the prefix is; it is copied to room, if that is not NULL. */
static inline size_t prefix(struct bytes text, struct ending ending, uint8_t *room)
{
    size_t at = 0;
    for (; text.len - at >= LANES; at += LANES) {
        lanes piece = load(text.data + at);
        if (!is_none(ending.each(piece)))
            break;
        if (room != NULL)
            memcpy(room + at, &piece, sizeof piece);
    }
    size_t back = text.len - LANES; /* the last ones, some of them again */
    if (at > 0 && at < text.len && at > back && is_none(ending.each(load(text.data + back)))) {
        if (room != NULL)
            memcpy(room + back, text.data + back, LANES);
        return text.len;
    }
    for (; at < text.len && !ending.one(text.data[at]); at++)
        if (room != NULL)
            room[at] = text.data[at];
    return at;
}

static inline size_t put_prefix(struct bytes text, struct ending ending, struct buf *out)
{
    uint8_t *room = put_room(out, text.len);
    if (room == NULL)
        return text.len;
    size_t len = prefix(text, ending, room);
    out->len += len;
    return len;
}

size_t plain_prefix(struct bytes text)
{
    return prefix(text, plain, NULL);
}

size_t put_plain_prefix(struct bytes text, struct buf *out)
{
    return put_prefix(text, plain, out);
}

size_t put_printed_prefix(struct bytes text, struct buf *out)
{
    return put_prefix(text, printed, out);
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

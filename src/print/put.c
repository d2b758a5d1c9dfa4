/* put.c - see put.h. Numbers eight digits a step, text sixteen bytes a step. */
// SPDX-License-Identifier: Apache-2.0
#include "print/put.h"
#include "binlog/value_number.h"

enum { DIGITS_MAX = 20, STEP = 8 };
static const uint64_t step_limit = 100000000; /* 10 to the power of STEP */

/* The STEP digits of a number below step_limit, a byte each, the first in the lowest one: halves,
 * quarters and eighths are parted at once. */
static inline uint64_t digits_of(uint64_t number)
{
    uint64_t halves = number / 10000 | number % 10000 << 32;
    uint64_t hundreds = (halves * 10486 >> 20) & 0x0000007f0000007f; /* / 100, below 10^4 */
    uint64_t quarters = hundreds | (halves - 100 * hundreds) << 16;
    uint64_t tens = (quarters * 103 >> 10) & 0x000f000f000f000f; /* / 10, below 100 */
    return tens | (quarters - 10 * tens) << 8;
}

static inline void store_digits(uint64_t digits, uint8_t *room)
{
    digits |= 0x3030303030303030;
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    digits = __builtin_bswap64(digits);
#endif
    memcpy(room, &digits, sizeof digits);
}

/* Without zeros before it; the number of digits. Writes STEP bytes. */
static inline unsigned put_first(uint64_t number, uint8_t *room)
{
    uint64_t digits = digits_of(number);
    unsigned zeros = number == 0 ? STEP - 1 : (unsigned)__builtin_ctzll(digits) / 8;
    store_digits(digits >> 8 * zeros, room);
    return STEP - zeros;
}

/* All STEP digits of what is below its first ones; where they end. */
static uint8_t *put_long(uint64_t number, uint8_t *room)
{
    uint64_t first = number / step_limit;
    uint8_t *at = first < step_limit ? room + put_first(first, room) : put_long(first, room);
    store_digits(digits_of(number % step_limit), at);
    return at + STEP;
}

static void put_magnitude(uint64_t number, bool negative, struct buf *out)
{
    uint8_t *room = put_room(out, DIGITS_MAX + 1 + STEP);
    if (room == NULL)
        return;
    if (negative)
        *room = '-';
    uint8_t *at = room + negative;
    at = number < step_limit ? at + put_first(number, at) : put_long(number, at);
    out->len += (size_t)(at - room);
}

void put_unsigned(uint64_t number, struct buf *out)
{
    put_magnitude(number, false, out);
}

void put_signed(int64_t number, struct buf *out)
{
    put_magnitude(number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, out);
}

void digits_make(struct digits *digits, uint64_t number)
{
    struct buf text = { .data = digits->text, .cap = DIGITS_ROOM, .max = DIGITS_ROOM };
    put_unsigned(number, &text);
    digits->number = number;
    digits->len = text.len;
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

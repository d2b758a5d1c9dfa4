/* decimal.c - packed DECIMAL <-> text, group by group.
 *
 * Each side of the point is cut into groups of nine digits counted from the point, so the odd group
 * is the first of the integer side and the last of the fraction. Both directions walk the same list
 * of groups (group_next), which is the only place that knows the layout. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/decimal.h"
#include <assert.h>
#include <stdio.h>

enum { GROUP_DIGITS = 9, GROUP_BYTES = 4 };
static const uint8_t digits_to_bytes[GROUP_DIGITS + 1] = { 0, 1, 1, 2, 2, 3, 3, 4, 4, 4 };
static const uint32_t powers_of_ten[GROUP_DIGITS + 1] = { 1,         10,        100,     1000,
                                                          10000,     100000,    1000000, 10000000,
                                                          100000000, 1000000000 };

/* What is left of both sides; the integer side comes first, its odd group first. */
struct groups {
    unsigned integer;
    unsigned fraction;
};

static unsigned group_next(struct groups *groups)
{
    unsigned *side = groups->integer > 0 ? &groups->integer : &groups->fraction;
    unsigned odd = groups->integer > 0 ? *side % GROUP_DIGITS : 0;
    unsigned digits = *side < GROUP_DIGITS ? *side : GROUP_DIGITS;
    if (odd > 0)
        digits = odd;
    *side -= digits;
    return digits; /* 0: no more */
}

bool decimal_type_valid(struct decimal_type type)
{
    return type.precision >= 1 && type.precision <= DECIMAL_PRECISION_MAX &&
           type.scale <= DECIMAL_SCALE_MAX && type.scale <= type.precision;
}

static size_t side_size(unsigned digits)
{
    return digits / GROUP_DIGITS * GROUP_BYTES + digits_to_bytes[digits % GROUP_DIGITS];
}

size_t decimal_packed_size(struct decimal_type type)
{
    assert(decimal_type_valid(type));
    return side_size(type.precision - (unsigned)type.scale) + side_size(type.scale);
}

/* One group: `size` bytes big-endian, the first byte's sign bit already right, inverted by mask. */
static uint32_t group_read(const uint8_t *bytes, size_t size, uint8_t mask)
{
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | (uint8_t)(bytes[i] ^ mask);
    return number;
}

static void digits_write(char *at, unsigned digits, uint32_t number)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* All digits of both sides, without a point. */
static bool digits_unpack(struct decimal_type type, struct bytes packed,
                          char digits[DECIMAL_PRECISION_MAX], struct err *err)
{
    uint8_t raw[DECIMAL_PACKED_MAX];
    uint8_t mask = (packed.data[0] & 0x80) != 0 ? 0 : 0xff;
    memcpy(raw, packed.data, packed.len);
    raw[0] ^= 0x80;
    struct groups groups = { type.precision - (unsigned)type.scale, type.scale };
    const uint8_t *at = raw;
    for (unsigned n; (n = group_next(&groups)) > 0;) {
        uint32_t number = group_read(at, digits_to_bytes[n], mask);
        if (number >= powers_of_ten[n])
            return err_set(err, ERR_CORRUPT, "decimal(%u,%u): %u where at most %u digits stand",
                           type.precision, type.scale, number, n);
        digits_write(digits, n, number);
        digits += n;
        at += digits_to_bytes[n];
    }
    return true;
}

/* Puts sign and point in and leaves the zeros in front out. */
static size_t digits_print(struct decimal_type type, const char *digits, bool negative, char *text)
{
    unsigned integer = type.precision - (unsigned)type.scale;
    unsigned first = 0;
    char *at = text;
    while (first < integer && digits[first] == '0')
        first++;
    if (negative)
        *at++ = '-';
    if (first == integer)
        *at++ = '0';
    memcpy(at, digits + first, integer - first);
    at += integer - first;
    if (type.scale > 0) {
        *at++ = '.';
        memcpy(at, digits + integer, type.scale);
        at += type.scale;
    }
    *at = 0;
    return (size_t)(at - text);
}

bool decimal_text(struct decimal_type type, struct bytes packed, char text[DECIMAL_TEXT_MAX],
                  size_t *len, struct err *err)
{
    char digits[DECIMAL_PRECISION_MAX];
    if (!decimal_type_valid(type))
        return err_set(err, ERR_CORRUPT, "decimal(%u,%u) is no type", type.precision, type.scale);
    if (packed.len != decimal_packed_size(type))
        return err_set(err, ERR_CORRUPT, "decimal(%u,%u) in %zu bytes", type.precision, type.scale,
                       packed.len);
    if (!digits_unpack(type, packed, digits, err))
        return false;
    bool zero = true;
    for (unsigned i = 0; i < type.precision; i++)
        zero = zero && digits[i] == '0';
    size_t n = digits_print(type, digits, !zero && (packed.data[0] & 0x80) == 0, text);
    if (len != NULL)
        *len = n;
    return true;
}

struct number_text {
    bool negative;
    struct bytes integer; /* without zeros in front */
    struct bytes fraction;
};

static struct bytes digits_take(struct bytes *text)
{
    struct bytes run = { text->data, 0 };
    while (run.len < text->len && text->data[run.len] >= '0' && text->data[run.len] <= '9')
        run.len++;
    *text = (struct bytes){ text->data + run.len, text->len - run.len };
    return run;
}

static bool number_parse(struct bytes text, struct number_text *out)
{
    *out = (struct number_text){ 0 };
    if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        out->negative = text.data[0] == '-';
        text = (struct bytes){ text.data + 1, text.len - 1 };
    }
    out->integer = digits_take(&text);
    size_t seen = out->integer.len;
    if (text.len > 0 && text.data[0] == '.') {
        text = (struct bytes){ text.data + 1, text.len - 1 };
        out->fraction = digits_take(&text);
        seen += out->fraction.len;
    }
    while (out->integer.len > 0 && out->integer.data[0] == '0')
        out->integer = (struct bytes){ out->integer.data + 1, out->integer.len - 1 };
    return seen > 0 && text.len == 0;
}

/* Digits as the type has them: zeros in front of the integer side and behind the fraction. */
static bool digits_place(struct decimal_type type, const struct number_text *number, char *digits)
{
    size_t integer = (size_t)(type.precision - type.scale);
    if (number->integer.len > integer || number->fraction.len > type.scale)
        return false;
    memset(digits, '0', type.precision);
    if (number->integer.len > 0)
        memcpy(digits + integer - number->integer.len, number->integer.data, number->integer.len);
    if (number->fraction.len > 0)
        memcpy(digits + integer, number->fraction.data, number->fraction.len);
    return true;
}

static uint32_t digits_read(const char *digits, unsigned n)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < n; i++)
        number = number * 10 + (uint32_t)(digits[i] - '0');
    return number;
}

bool decimal_pack(struct decimal_type type, struct bytes text, uint8_t packed[DECIMAL_PACKED_MAX],
                  struct err *err)
{
    struct number_text number;
    char digits[DECIMAL_PRECISION_MAX];
    if (!decimal_type_valid(type))
        return err_set(err, ERR_CORRUPT, "decimal(%u,%u) is no type", type.precision, type.scale);
    int shown = text.len < DECIMAL_TEXT_MAX ? (int)text.len : DECIMAL_TEXT_MAX;
    if (!number_parse(text, &number))
        return err_set(err, ERR_CORRUPT, "\"%.*s\" is not a decimal number", shown,
                       (const char *)text.data);
    if (!digits_place(type, &number, digits))
        return err_set(err, ERR_CORRUPT, "\"%.*s\" does not fit decimal(%u,%u)", shown,
                       (const char *)text.data, type.precision, type.scale);
    bool zero = true;
    struct groups groups = { type.precision - (unsigned)type.scale, type.scale };
    const char *from = digits;
    uint8_t *at = packed;
    for (unsigned n; (n = group_next(&groups)) > 0; from += n) {
        uint32_t group = digits_read(from, n);
        zero = zero && group == 0;
        for (size_t i = digits_to_bytes[n]; i > 0; i--)
            *at++ = (uint8_t)(group >> (8 * (i - 1)));
    }
    uint8_t mask = number.negative && !zero ? 0xff : 0;
    for (uint8_t *byte = packed; byte < at; byte++)
        *byte ^= mask;
    packed[0] ^= 0x80;
    return true;
}

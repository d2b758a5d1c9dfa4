/* call_digits.c - numbers as digits in other forms: CONV, FORMAT, bits counted, INET addresses. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "engine/sqlite/query/function.h"

enum { BASE_MIN = 2, BASE_MAX = 36 };

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : BASE_MAX;
}

/* The digits in front, in 64 bits; what is larger becomes the largest. */
static uint64_t read_digits(struct bytes text, unsigned base, bool is_signed)
{
    size_t i = 0;
    uint64_t value = 0, most = UINT64_MAX;
    bool is_large = false;
    while (i < text.len && (text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r')))
        i++;
    bool negative = i < text.len && text.data[i] == '-';
    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
        i++;
    if (is_signed)
        most = (uint64_t)INT64_MAX + negative;
    for (; i < text.len && digit_of(text.data[i]) < (int)base; i++) {
        uint64_t digit = (uint64_t)digit_of(text.data[i]);
        is_large = is_large || value > (most - digit) / base;
        value = value * base + digit;
    }
    value = is_large ? most : value;
    return negative && !(is_large && !is_signed) ? 0 - value : value;
}

/* CONV(number, from, to): a base below zero: with a sign. */
bool eval_conv(struct evaluation *e, struct datum *out)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char room[66];
    size_t at = sizeof room;
    int64_t from, to;
    struct bytes text = arg_text(e, 0);
    if (!datum_to_int64(e, &e->args[1], &from) || !datum_to_int64(e, &e->args[2], &to))
        return false;
    if (llabs(from) < BASE_MIN || llabs(from) > BASE_MAX || llabs(to) < BASE_MIN ||
        llabs(to) > BASE_MAX || text.len == 0)
        return true;
    uint64_t value = read_digits(text, (unsigned)llabs(from), from < 0);
    bool negative = to < 0 && value > INT64_MAX;
    value = negative ? 0 - value : value;
    do {
        room[--at] = letters[value % (unsigned)llabs(to)];
        value /= (unsigned)llabs(to);
    } while (value > 0);
    if (negative)
        room[--at] = '-';
    give_text(e, arena_copy(e->arena, bytes_of(room + at, sizeof room - at)), out);
    return true;
}

bool eval_bit_count(struct evaluation *e, struct datum *out)
{
    bool negative;
    uint64_t bits;
    if (!datum_to_integer(e, &e->args[0], &negative, &bits))
        return false;
    *out = datum_int(__builtin_popcountll(negative ? 0 - bits : bits));
    return true;
}

/* 1.2.3.4; also with parts left out, as the servers read it: 1.4 is 1.0.0.4 */
bool eval_inet_aton(struct evaluation *e, struct datum *out)
{
    enum { PARTS = 4, PART_MAX = 255, BYTE_BITS = 8 };
    struct bytes text = arg_text(e, 0);
    uint64_t address = 0, part = 0;
    unsigned dots = 0;
    bool has_digit = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '.' && ++dots < PARTS) {
            address = address << BYTE_BITS | part;
            part = 0;
            has_digit = false;
            continue;
        }
        if (c < '0' || c > '9' || (part = part * 10 + (uint64_t)(c - '0')) > PART_MAX)
            return true;
        has_digit = true;
    }
    if (!has_digit)
        return true;
    unsigned missing = dots == 1 ? 2 : dots == 2 ? 1 : 0;
    *out = datum_uint((address << BYTE_BITS * missing) << BYTE_BITS | part);
    return true;
}

bool eval_inet_ntoa(struct evaluation *e, struct datum *out)
{
    char text[16];
    bool negative;
    uint64_t address;
    if (!datum_to_integer(e, &e->args[0], &negative, &address))
        return false;
    if (negative || address > UINT32_MAX)
        return true;
    int len = snprintf(text, sizeof text, "%u.%u.%u.%u", (unsigned)(address >> 24),
                       (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
                       (unsigned)(address & 255));
    give_text(e, arena_copy(e->arena, bytes_of(text, (size_t)len)), out);
    return true;
}

/* Doubles are rounded as such, half to even. */
static bool rounded(struct evaluation *e, int64_t places, struct number *out)
{
    const double exact = 1e15;
    struct datum in = e->args[0];
    if (datum_has_bytes(&in)) {
        double real;
        if (!datum_to_real(e, &in, &real))
            return false;
        in = datum_real(real);
    }
    if (in.rep == REP_REAL) {
        double unit = pow(10, (double)places);
        if (fabs(in.d) >= exact)
            return evaluation_refuse(e, "FORMAT of a DOUBLE with more than 15 digits");
        if (fabs(in.d * unit) < exact)
            in.d = rint(in.d * unit) / unit;
    }
    if (!datum_to_number(e, &in, out))
        return false;
    *out = number_round(out, (int)places, ROUND_HALF_UP);
    return true;
}

/* FORMAT(number, digits): 1,234,567.89 */
bool eval_format(struct evaluation *e, struct datum *out)
{
    enum { THOUSAND = 3 };
    char text[NUMBER_ROOM], room[2 * NUMBER_ROOM];
    struct number number;
    int64_t places;
    size_t at = 0;
    if (!datum_to_int64(e, &e->args[1], &places))
        return false;
    places = places < 0 ? 0 : places > NUMBER_SCALE_MAX ? NUMBER_SCALE_MAX : places;
    if (!rounded(e, places, &number))
        return false;
    size_t len = number_text(&number, text);
    const char *point = memchr(text, '.', len);
    size_t whole = point != NULL ? (size_t)(point - text) : len;
    for (size_t i = 0; i < len; i++) {
        size_t left = whole - i;
        room[at++] = text[i];
        if (i < whole && text[i] != '-' && left > 1 && (left - 1) % THOUSAND == 0)
            room[at++] = ',';
    }
    size_t digits = point != NULL ? len - whole - 1 : 0;
    if (digits == 0 && places > 0)
        room[at++] = '.';
    for (; digits < (size_t)places; digits++)
        room[at++] = '0';
    give_text(e, arena_copy(e->arena, bytes_of(room, at)), out);
    return true;
}

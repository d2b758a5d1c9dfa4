/* number.c - see number.h. A number is an integer of limbs below 10^9, over 10^scale. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/number.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define BASE 1000000000u
enum { LIMB_DIGITS = 9 };

static void trim(struct number *n)
{
    while (n->count > 0 && n->limbs[n->count - 1] == 0)
        n->count--;
    n->negative = n->negative && n->count > 0;
}

/* n = n * factor + addend */
static void scale_up(struct number *n, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (unsigned i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limbs[i] * factor;
        n->limbs[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    if (carry > 0) {
        assert(n->count < NUMBER_LIMBS);
        n->limbs[n->count++] = (uint32_t)carry;
    }
}

/* n = n / divisor; what is left */
static uint32_t scale_down(struct number *n, uint32_t divisor)
{
    uint64_t left = 0;
    for (unsigned i = n->count; i-- > 0;) {
        left = left * BASE + n->limbs[i];
        n->limbs[i] = (uint32_t)(left / divisor);
        left %= divisor;
    }
    trim(n);
    return (uint32_t)left;
}

static uint32_t power_of_ten(unsigned n)
{
    uint32_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

/* The same value with more digits behind the point. */
static void widen(struct number *n, unsigned scale)
{
    while (n->scale < scale) {
        unsigned step = scale - n->scale < LIMB_DIGITS ? scale - n->scale : LIMB_DIGITS;
        scale_up(n, step == LIMB_DIGITS ? BASE : power_of_ten(step), 0);
        n->scale = (uint8_t)(n->scale + step);
    }
}

unsigned number_digits(const struct number *number)
{
    unsigned digits = 0;
    if (number->count > 0) {
        digits = (number->count - 1u) * LIMB_DIGITS;
        for (uint32_t top = number->limbs[number->count - 1]; top > 0; top /= 10)
            digits++;
    }
    return digits > number->scale ? digits : number->scale;
}

enum { EXPONENT_MAX = 99 };

/* e[-+]digits; false: something else. */
static bool parse_exponent(struct bytes text, int *out)
{
    size_t i = 1;
    int value = 0;
    bool is_negative = i < text.len && text.data[i] == '-';
    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
        i++;
    size_t start = i;
    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        value = value < EXPONENT_MAX ? value * 10 + (text.data[i] - '0') : EXPONENT_MAX;
    *out = is_negative ? -value : value;
    return i == text.len && i > start;
}

/* Moves the point; false: too far. */
static bool shift(struct number *n, int exponent)
{
    int scale = n->scale - exponent;
    if (scale > NUMBER_DIGITS_MAX || scale < -NUMBER_DIGITS_MAX ||
        (int)number_digits(n) - (scale < 0 ? scale : 0) > NUMBER_DIGITS_MAX + NUMBER_SCALE_MAX)
        return number_is_zero(n);
    for (; scale < 0; scale++)
        scale_up(n, 10, 0);
    n->scale = (uint8_t)scale;
    return true;
}

bool number_read(struct bytes text, struct number *out)
{
    struct number n = { 0 };
    size_t i = 0, digits = 0, significant = 0;
    bool has_point = false, is_negative = text.len > 0 && text.data[0] == '-';
    int exponent = 0;
    if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
        i++;
    for (; i < text.len && (text.data[i] | 0x20) != 'e'; i++) {
        uint8_t c = text.data[i];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        digits++;
        significant += significant > 0 || c != '0' || has_point;
        if (significant > NUMBER_DIGITS_MAX + NUMBER_SCALE_MAX)
            return false;
        scale_up(&n, 10, (uint32_t)(c - '0'));
        n.scale = (uint8_t)(n.scale + has_point);
    }
    if (i < text.len &&
        (digits == 0 || !parse_exponent(bytes_of(text.data + i, text.len - i), &exponent) ||
         !shift(&n, exponent)))
        return false;
    n.negative = is_negative;
    trim(&n);
    *out = n;
    return digits > 0;
}

struct number number_of(bool negative, uint64_t magnitude)
{
    struct number n = { 0 };
    for (; magnitude > 0; magnitude /= BASE)
        n.limbs[n.count++] = (uint32_t)(magnitude % BASE);
    n.negative = negative && n.count > 0;
    return n;
}

size_t number_text(const struct number *number, char text[NUMBER_ROOM])
{
    char digits[NUMBER_LIMBS * LIMB_DIGITS + 1];
    size_t len = 0, out = 0;
    for (unsigned i = number->count; i-- > 0;)
        len += (size_t)snprintf(digits + len, sizeof digits - len, len == 0 ? "%u" : "%09u",
                                number->limbs[i]);
    if (number->negative)
        text[out++] = '-';
    size_t whole = len > number->scale ? len - number->scale : 0;
    if (whole == 0)
        text[out++] = '0';
    memcpy(text + out, digits, whole);
    out += whole;
    if (number->scale > 0)
        text[out++] = '.';
    for (size_t zeros = number->scale; zeros > len; zeros--)
        text[out++] = '0';
    memcpy(text + out, digits + whole, len - whole);
    out += len - whole;
    text[out] = '\0';
    return out;
}

double number_double(const struct number *number)
{
    char text[NUMBER_ROOM];
    number_text(number, text);
    return strtod(text, NULL);
}

bool number_fits(const struct number *number)
{
    return number->scale <= NUMBER_SCALE_MAX && number_digits(number) <= NUMBER_DIGITS_MAX;
}

static int compare_magnitude(const struct number *a, const struct number *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (unsigned i = a->count; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

int number_compare(const struct number *a, const struct number *b)
{
    struct number x = *a, y = *b;
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    widen(&x, y.scale);
    widen(&y, x.scale);
    int order = compare_magnitude(&x, &y);
    return x.negative ? -order : order;
}

struct number number_negate(struct number number)
{
    number.negative = !number.negative && number.count > 0;
    return number;
}

static void add_magnitude(struct number *a, const struct number *b)
{
    uint32_t carry = 0;
    for (unsigned i = 0; i < b->count || carry > 0; i++) {
        assert(i < NUMBER_LIMBS);
        uint32_t sum = carry + (i < a->count ? a->limbs[i] : 0) + (i < b->count ? b->limbs[i] : 0);
        a->limbs[i] = sum % BASE;
        carry = sum / BASE;
        if (i >= a->count)
            a->count = (uint8_t)(i + 1);
    }
}

/* a is the larger. */
static void subtract_magnitude(struct number *a, const struct number *b)
{
    uint32_t borrow = 0;
    for (unsigned i = 0; i < a->count; i++) {
        uint32_t take = borrow + (i < b->count ? b->limbs[i] : 0);
        borrow = a->limbs[i] < take;
        a->limbs[i] = a->limbs[i] + (borrow ? BASE : 0) - take;
    }
    trim(a);
}

struct number number_add(const struct number *a, const struct number *b)
{
    struct number x = *a, y = *b;
    widen(&x, y.scale);
    widen(&y, x.scale);
    if (x.negative == y.negative) {
        add_magnitude(&x, &y);
        return x;
    }
    if (compare_magnitude(&x, &y) < 0) {
        struct number larger = y;
        y = x;
        x = larger;
    }
    subtract_magnitude(&x, &y);
    return x;
}

struct number number_multiply(const struct number *a, const struct number *b)
{
    struct number n = { .negative = a->negative != b->negative,
                        .scale = (uint8_t)(a->scale + b->scale) };
    assert(a->count + b->count <= NUMBER_LIMBS);
    n.count = (uint8_t)(a->count + b->count);
    for (unsigned i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (unsigned k = 0; k < b->count || carry > 0; k++) {
            carry += n.limbs[i + k] + (uint64_t)a->limbs[i] * (k < b->count ? b->limbs[k] : 0);
            n.limbs[i + k] = (uint32_t)(carry % BASE);
            carry /= BASE;
        }
    }
    trim(&n);
    return n;
}

/* The largest limb q with divisor * q <= left; left becomes what is left then. */
static uint32_t one_limb(struct number *left, const struct number *divisor)
{
    uint32_t low = 0, high = BASE - 1;
    struct number product = { 0 };
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        product = *divisor;
        scale_up(&product, middle, 0);
        if (compare_magnitude(&product, left) <= 0)
            low = middle;
        else
            high = middle - 1;
    }
    product = *divisor;
    scale_up(&product, low, 0);
    trim(&product);
    subtract_magnitude(left, &product);
    return low;
}

/* Both as integers, whatever their scales say; signs are left alone. */
static struct number divide_magnitude(const struct number *a, const struct number *b,
                                      struct number *left)
{
    struct number quotient = *a;
    *left = (struct number){ 0 };
    if (b->count == 1) {
        *left = number_of(false, scale_down(&quotient, b->limbs[0]));
        return quotient;
    }
    for (unsigned i = a->count; i-- > 0;) {
        scale_up(left, BASE, 0);
        if (left->count == 0 && a->limbs[i] > 0)
            left->count = 1;
        left->limbs[0] = left->count > 0 ? a->limbs[i] : 0;
        quotient.limbs[i] = one_limb(left, b);
    }
    trim(&quotient);
    return quotient;
}

static unsigned whole_groups(unsigned digits)
{
    return (digits + LIMB_DIGITS - 1) / LIMB_DIGITS * LIMB_DIGITS;
}

/* Digits that a quotient has behind its point ("do_div_mod"). */
static unsigned quotient_scale(const struct number *a, const struct number *b, unsigned more)
{
    unsigned left = whole_groups(a->scale), right = whole_groups(b->scale);
    unsigned spare = left - a->scale + right - b->scale;
    return whole_groups(left + right + (more > spare ? more - spare : 0));
}

struct number number_divide(const struct number *a, const struct number *b, unsigned more,
                            unsigned scale)
{
    struct number x = *a, y = *b, left;
    x.negative = y.negative = false;
    unsigned wanted = quotient_scale(a, b, more) + y.scale;
    widen(&x, wanted);
    unsigned got = x.scale - y.scale; /* digits behind the quotient's point */
    struct number quotient = divide_magnitude(&x, &y, &left);
    quotient.scale = (uint8_t)got;
    quotient.negative = a->negative != b->negative && quotient.count > 0;
    return number_round(&quotient, (int)scale, ROUND_HALF_UP);
}

struct number number_quotient(const struct number *a, const struct number *b)
{
    struct number x = *a, y = *b, left;
    widen(&x, y.scale);
    widen(&y, x.scale);
    struct number quotient = divide_magnitude(&x, &y, &left);
    quotient.scale = 0;
    quotient.negative = a->negative != b->negative && quotient.count > 0;
    return quotient;
}

struct number number_modulo(const struct number *a, const struct number *b)
{
    struct number x = *a, y = *b, left;
    widen(&x, y.scale);
    widen(&y, x.scale);
    (void)divide_magnitude(&x, &y, &left);
    left.scale = x.scale;
    left.negative = a->negative && left.count > 0;
    return left;
}

static bool goes_up(bool negative, uint32_t first, bool any, enum rounding rounding)
{
    switch (rounding) {
    case ROUND_HALF_UP:
        return first >= 5;
    case ROUND_FLOOR:
        return negative && any;
    case ROUND_CEILING:
        return !negative && any;
    case ROUND_DOWN:
        return false;
    }
    return false;
}

struct number number_round(const struct number *number, int scale, enum rounding rounding)
{
    static const struct number one = { .count = 1, .limbs = { 1 } };
    struct number n = *number;
    if (scale >= 0 && (unsigned)scale >= n.scale) {
        widen(&n, (unsigned)scale);
        return n;
    }
    uint32_t digit = 0;
    bool any = false, negative = n.negative;
    int drop = n.scale - scale;
    if (drop > NUMBER_LIMBS * LIMB_DIGITS)
        drop = NUMBER_LIMBS * LIMB_DIGITS;
    for (int i = 0; i < drop; i++) {
        digit = scale_down(&n, 10);
        any = any || digit > 0;
    }
    if (goes_up(negative, digit, any, rounding))
        add_magnitude(&n, &one);
    for (int i = scale; i < 0 && n.count > 0 && i > -NUMBER_DIGITS_MAX - 1; i++)
        scale_up(&n, 10, 0);
    n.negative = negative && n.count > 0;
    n.scale = (uint8_t)(scale > 0 ? scale : 0);
    return n;
}

bool number_integer(const struct number *number, bool *negative, uint64_t *magnitude)
{
    struct number n = number_round(number, 0, ROUND_HALF_UP);
    uint64_t value = 0;
    *negative = n.negative;
    for (unsigned i = n.count; i-- > 0;) {
        if (value > (UINT64_MAX - n.limbs[i]) / BASE)
            return false;
        value = value * BASE + n.limbs[i];
    }
    *magnitude = value;
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t digits_at(struct bytes text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && text.data[at + n] >= '0' && text.data[at + n] <= '9')
        n++;
    return n;
}

struct bytes number_prefix(struct bytes text, bool has_exponent, bool *whole)
{
    size_t start = 0, i;
    while (start < text.len && is_space(text.data[start]))
        start++;
    i = start;
    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
        i++;
    size_t before = digits_at(text, i), behind = 0;
    i += before;
    if (i < text.len && text.data[i] == '.') {
        behind = digits_at(text, i + 1);
        i += behind + 1;
    }
    if (before + behind == 0)
        i = start;
    if (has_exponent && before + behind > 0 && i < text.len && (text.data[i] | 0x20) == 'e') {
        size_t sign = i + 1 < text.len && (text.data[i + 1] == '-' || text.data[i + 1] == '+');
        size_t digits = digits_at(text, i + 1 + sign);
        i += digits > 0 ? 1 + sign + digits : 0;
    }
    size_t rest = i;
    while (rest < text.len && is_space(text.data[rest]))
        rest++;
    *whole = before + behind > 0 && rest == text.len;
    return bytes_of(text.data + start, i - start);
}

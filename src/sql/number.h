/* number.h - exact decimal arithmetic, as DECIMAL values are reckoned: a sign, digits, a scale.
 *
 * Results keep every digit; whoever stores or shows one rounds it. A number that is given has at
 * most NUMBER_DIGITS_MAX digits (number_read and number_fits tell); sums, products and quotients
 * of two such always have room. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/macros.h"

enum {
    NUMBER_DIGITS_MAX = 65, /* of a DECIMAL */
    NUMBER_SCALE_MAX = 30,
    NUMBER_LIMBS = 20, /* of nine digits each */
    NUMBER_ROOM = NUMBER_LIMBS * 9 + 4,
};

struct number {
    bool negative;                /* never of zero */
    uint8_t scale;                /* digits behind the point */
    uint8_t count;                /* of limbs; 0: zero */
    uint32_t limbs[NUMBER_LIMBS]; /* the least first */
};

enum rounding { ROUND_HALF_UP, ROUND_DOWN, ROUND_FLOOR, ROUND_CEILING };

/* [-+]digits[.digits][e[-+]digits]; false: anything else, or more digits than a number has room
 * for. */
bool number_read(struct bytes text, struct number *out) MUST_CHECK;
struct number number_of(bool negative, uint64_t magnitude);
/* All digits of the scale, no zeros in front but the one before the point. The length. */
size_t number_text(const struct number *number, char text[NUMBER_ROOM]);
double number_double(const struct number *number);
/* Rounded half away from zero; false: more than 64 bits. */
bool number_integer(const struct number *number, bool *negative, uint64_t *magnitude) MUST_CHECK;
/* Without zeros in front: those before the point and the scale. */
unsigned number_digits(const struct number *number);
bool number_fits(const struct number *number); /* NUMBER_DIGITS_MAX, NUMBER_SCALE_MAX */
static inline bool number_is_zero(const struct number *number)
{
    return number->count == 0;
}
int number_compare(const struct number *a, const struct number *b);
struct number number_negate(struct number number);
struct number number_add(const struct number *a, const struct number *b);
struct number number_multiply(const struct number *a, const struct number *b);
/* As the servers divide: to whole groups of nine digits, of which `more` at least are behind those
 * of the operands, and what is behind them is cut off; then rounded to `scale`. b is not zero. */
struct number number_divide(const struct number *a, const struct number *b, unsigned more,
                            unsigned scale);
/* The quotient's whole digits, and what is left; b is not zero. */
struct number number_quotient(const struct number *a, const struct number *b);
struct number number_modulo(const struct number *a, const struct number *b);
/* To so many digits behind the point; below zero: before it. The scale is then 0 at least. */
struct number number_round(const struct number *number, int scale, enum rounding rounding);
/* The number that text begins with: [spaces][-+]digits[.digits][e[-+]digits], without the spaces;
 * no bytes: there is none. *whole: nothing but spaces is behind it. */
struct bytes number_prefix(struct bytes text, bool has_exponent, bool *whole);

/* value_number.c - shortest digits by asking the C library for more until they read back, then the
 * servers' own choice between plain digits and an exponent. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_number.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINT_MIN = -14, POINT_MAX = 15, DIGITS_MAX = 17 };

/* 0.DIGITS times ten to the power of point */
struct digits {
    char text[DIGITS_MAX + 1];
    int count;
    int point;
};

static bool reads_back(const char *text, double number, bool as_float)
{
    return as_float ? (double)strtof(text, NULL) == number : strtod(text, NULL) == number;
}

/* number: finite, not negative */
static void digits_find(double number, bool as_float, struct digits *out)
{
    char text[NUMBER_TEXT_MAX];
    int most = as_float ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    double normal = as_float ? (double)FLT_MIN : DBL_MIN;
    /* FLT_DIG and DBL_DIG digits are never too many, except for denormals */
    int least = number < normal ? 1 : (as_float ? FLT_DIG : DBL_DIG);
    for (int n = least; n <= most; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, number);
        if (reads_back(text, number, as_float))
            break;
    }
    const char *exponent = strchr(text, 'e');
    assert(exponent != NULL);
    out->count = 0;
    for (const char *at = text; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            out->text[out->count++] = *at;
    while (out->count > 1 && out->text[out->count - 1] == '0')
        out->count--;
    out->point = number == 0 ? 1 : atoi(exponent + 1) + 1;
}

static char *zeros(char *at, int count)
{
    for (; count > 0; count--)
        *at++ = '0';
    return at;
}

static char *copy(char *at, const char *from, int count)
{
    memcpy(at, from, (size_t)count);
    return at + count;
}

static char *print_plain(char *at, const struct digits *d)
{
    if (d->point <= 0) {
        at = zeros(copy(at, "0.", 2), -d->point);
        return copy(at, d->text, d->count);
    }
    if (d->point >= d->count)
        return zeros(copy(at, d->text, d->count), d->point - d->count);
    at = copy(at, d->text, d->point);
    *at++ = '.';
    return copy(at, d->text + d->point, d->count - d->point);
}

static char *print_exponent(char *at, const struct digits *d)
{
    *at++ = d->text[0];
    if (d->count > 1) {
        *at++ = '.';
        at = copy(at, d->text + 1, d->count - 1);
    }
    char exponent[8];
    int size = snprintf(exponent, sizeof exponent, "e%d", d->point - 1);
    return copy(at, exponent, size);
}

static size_t number_text(double number, bool as_float, char *text)
{
    struct digits digits;
    char *at = text;
    if (isnan(number))
        return (size_t)snprintf(text, NUMBER_TEXT_MAX, "nan");
    if (signbit(number))
        *at++ = '-';
    if (isinf(number))
        return (size_t)(copy(at, "inf", 4) - text - 1);
    digits_find(fabs(number), as_float, &digits);
    bool plain = digits.point >= POINT_MIN && digits.point <= POINT_MAX;
    at = plain ? print_plain(at, &digits) : print_exponent(at, &digits);
    *at = 0;
    assert(at - text < NUMBER_TEXT_MAX);
    return (size_t)(at - text);
}

size_t double_text(double number, char text[NUMBER_TEXT_MAX])
{
    return number_text(number, false, text);
}

size_t float_text(float number, char text[NUMBER_TEXT_MAX])
{
    return number_text((double)number, true, text);
}

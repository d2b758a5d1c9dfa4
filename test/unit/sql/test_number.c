/* Exact decimals: against 64-bit integers and 128-bit ones, and by what must hold of any. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/number.h"
#include <stdlib.h>
#include "unit.h"

static uint64_t state = 88172645463325252u;

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static struct number number(const char *text)
{
    struct number out;
    if (!number_read(bytes_of_str(text), &out))
        abort();
    return out;
}

static const char *shown(struct number n)
{
    static char text[NUMBER_ROOM];
    number_text(&n, text);
    return text;
}

/* Up to 18 digits, some behind the point. */
static struct number random_number(int64_t *value, unsigned scale)
{
    uint64_t magnitude = any() % 1000000000000000000u >> any() % 50;
    bool negative = any() % 2 == 0;
    struct number n = number_of(negative, magnitude);
    n.scale = (uint8_t)scale;
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return n;
}

TEST(number, text_goes_in_and_out)
{
    CHECK_STR(shown(number("-0012.50")), "-12.50");
    CHECK_STR(shown(number("-0.0")), "0.0");
    CHECK_STR(shown(number("+.5")), "0.5");
    CHECK_STR(shown(number("1e3")), "1000");
    CHECK_STR(shown(number("1.25e-2")), "0.0125");
    CHECK_STR(shown(number("99999999999999999999999999999999999999.99")),
              "99999999999999999999999999999999999999.99");
    struct number out;
    const char *const wrong[] = { "", "-", ".", "1.2.3", "1e", "e5", "1x", " 1", "1e999" };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        CHECK(!number_read(bytes_of_str(wrong[i]), &out));
}

TEST(number, sums_products_and_order_are_those_of_integers)
{
    for (unsigned i = 0; i < 20000; i++) {
        int64_t x, y;
        bool negative;
        uint64_t magnitude;
        struct number a = random_number(&x, 0), b = random_number(&y, 0);
        struct number sum = number_add(&a, &b), product = number_multiply(&a, &b);
        CHECK(number_integer(&sum, &negative, &magnitude));
        CHECK((negative ? -(int64_t)magnitude : (int64_t)magnitude) == x + y);
        CHECK(number_compare(&a, &b) == (x < y ? -1 : x > y));
        if (y == 0)
            continue;
        struct number quotient = number_quotient(&product, &b), rest = number_modulo(&a, &b);
        CHECK(number_compare(&quotient, &a) == 0);
        CHECK(number_integer(&rest, &negative, &magnitude));
        CHECK((negative ? -(int64_t)magnitude : (int64_t)magnitude) == x % y);
    }
}

/* |a/b - q| is at most half of the last digit's unit, but for what the groups cut off. */
TEST(number, quotients_come_back)
{
    for (unsigned i = 0; i < 20000; i++) {
        int64_t x, y;
        struct number a = random_number(&x, (unsigned)(any() % 10));
        struct number b = random_number(&y, (unsigned)(any() % 10));
        if (y == 0)
            continue;
        unsigned scale = a.scale + 4u;
        struct number q = number_divide(&a, &b, 4, scale), back = number_multiply(&q, &b);
        struct number error = number_negate(back);
        error = number_add(&error, &a);
        error.negative = false;
        struct number most = b;
        most.negative = false;
        most.scale = (uint8_t)(most.scale + scale);
        CHECK(number_compare(&error, &most) <= 0);
    }
}

TEST(number, rounding_is_half_away_from_zero)
{
    struct number n = number("2.5");
    CHECK_STR(shown(number_round(&n, 0, ROUND_HALF_UP)), "3");
    n = number("-2.5");
    CHECK_STR(shown(number_round(&n, 0, ROUND_HALF_UP)), "-3");
    CHECK_STR(shown(number_round(&n, 0, ROUND_DOWN)), "-2");
    CHECK_STR(shown(number_round(&n, 0, ROUND_FLOOR)), "-3");
    CHECK_STR(shown(number_round(&n, 0, ROUND_CEILING)), "-2");
    n = number("1254.996");
    CHECK_STR(shown(number_round(&n, -2, ROUND_HALF_UP)), "1300");
    CHECK_STR(shown(number_round(&n, -4, ROUND_HALF_UP)), "0");
    CHECK_STR(shown(number_round(&n, 2, ROUND_HALF_UP)), "1255.00");
    CHECK_STR(shown(number_round(&n, 5, ROUND_HALF_UP)), "1254.99600");
}

TEST(number, quotients_are_cut_off_behind_whole_groups_of_nine)
{
    struct number a = number("3.14159"), b = number("9");
    CHECK_STR(shown(number_divide(&a, &b, 4, 9)), "0.349065555");
    a = number("2");
    b = number("3");
    CHECK_STR(shown(number_divide(&a, &b, 4, 4)), "0.6667");
}

UNIT_MAIN(RUN(number, text_goes_in_and_out),
          RUN(number, sums_products_and_order_are_those_of_integers),
          RUN(number, quotients_come_back), RUN(number, rounding_is_half_away_from_zero),
          RUN(number, quotients_are_cut_off_behind_whole_groups_of_nine))

/* test_decimal.c - decimal against a naive model, for every type there is: text packs, unpacks to
 * the same text, and packed values compare as the numbers do. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/decimal.h"

enum { NUMBERS_OF_EACH_TYPE = 12 };

static uint64_t random_state = 20240229;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

/* The model: a sign and all digits of the type, most significant first. */
struct number {
    bool negative;
    char digits[DECIMAL_PRECISION_MAX + 1];
};

static struct number number_random(struct decimal_type type)
{
    struct number number = { .negative = random_below(2) == 1 };
    unsigned kind = random_below(4); /* all nines, few digits, any, any */
    for (unsigned i = 0; i < type.precision; i++) {
        bool zero = kind == 1 && random_below(8) != 0;
        number.digits[i] = (char)(kind == 0 ? '9' : zero ? '0' : '0' + (int)random_below(10));
    }
    if (strspn(number.digits, "0") == type.precision)
        number.negative = false;
    return number;
}

/* Canonical text, written the slow way. */
static void number_text(const struct number *number, struct decimal_type type, char *text)
{
    unsigned integer = type.precision - (unsigned)type.scale;
    char *at = text;
    bool started = false;
    if (number->negative)
        *at++ = '-';
    for (unsigned i = 0; i < integer; i++) {
        started = started || number->digits[i] != '0';
        if (started)
            *at++ = number->digits[i];
    }
    if (!started)
        *at++ = '0';
    if (type.scale > 0)
        *at++ = '.';
    for (unsigned i = integer; i < type.precision; i++)
        *at++ = number->digits[i];
    *at = 0;
}

static int number_compare(const struct number *a, const struct number *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = strcmp(a->digits, b->digits);
    return a->negative ? -order : order;
}

static int sign_of(int n)
{
    return (n > 0) - (n < 0);
}

static void check_number(const struct number *number, struct decimal_type type, uint8_t *packed)
{
    char want[DECIMAL_TEXT_MAX];
    char got[DECIMAL_TEXT_MAX];
    struct err err;
    void **unit_state = NULL;
    size_t size = decimal_packed_size(type);
    number_text(number, type, want);
    CHECK(size <= DECIMAL_PACKED_MAX);
    CHECK_OK(decimal_pack(type, bytes_of_str(want), packed, &err), err);
    CHECK_OK(decimal_text(type, bytes_of(packed, size), got, NULL, &err), err);
    CHECK_STR(got, want);
}

static void check_type(struct decimal_type type)
{
    struct number numbers[NUMBERS_OF_EACH_TYPE];
    uint8_t packed[NUMBERS_OF_EACH_TYPE][DECIMAL_PACKED_MAX];
    void **unit_state = NULL;
    for (unsigned i = 0; i < NUMBERS_OF_EACH_TYPE; i++) {
        numbers[i] = number_random(type);
        check_number(&numbers[i], type, packed[i]);
        int order = sign_of(number_compare(&numbers[i], &numbers[i / 2]));
        CHECK(sign_of(memcmp(packed[i], packed[i / 2], decimal_packed_size(type))) == order);
    }
}

TEST(decimal, packs_unpacks_and_compares_like_the_model_for_every_type)
{
    unsigned types = 0;
    for (uint8_t precision = 1; precision <= DECIMAL_PRECISION_MAX; precision++) {
        for (uint8_t scale = 0; scale <= precision && scale <= DECIMAL_SCALE_MAX; scale++) {
            check_type((struct decimal_type){ precision, scale });
            types++;
        }
    }
    CHECK(types > 2000);
}

UNIT_MAIN(RUN(decimal, packs_unpacks_and_compares_like_the_model_for_every_type))

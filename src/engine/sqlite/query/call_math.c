/* call_math.c - functions of numbers. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include "engine/sqlite/query/function.h"

static bool give_real(double value, struct datum *out)
{
    *out = isfinite(value) ? datum_real(value) : datum_null();
    return true;
}

static bool is_integer(const struct evaluation *e)
{
    return e->call->type.rep == REP_INT && e->args[0].rep == REP_INT;
}

static bool integer_range(struct evaluation *e)
{
    return evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "BIGINT value is out of range");
}

bool eval_abs(struct evaluation *e, struct datum *out)
{
    struct number number;
    double real;
    if (is_integer(e)) {
        *out = e->args[0];
        if (!out->is_unsigned && out->i == INT64_MIN)
            return integer_range(e);
        if (!out->is_unsigned && out->i < 0)
            out->i = -out->i;
        return true;
    }
    if (e->call->type.rep == REP_REAL) {
        if (!datum_to_real(e, &e->args[0], &real))
            return false;
        return give_real(fabs(real), out);
    }
    if (!datum_to_number(e, &e->args[0], &number))
        return false;
    number.negative = false;
    *out = datum_number(number);
    return true;
}

static bool give_number(struct evaluation *e, const struct number *number, struct datum *out)
{
    bool negative;
    uint64_t magnitude;
    *out = datum_number(*number);
    if (e->call->type.rep != REP_INT)
        return true;
    if (!number_integer(number, &negative, &magnitude) || magnitude > INT64_MAX)
        return integer_range(e);
    *out = datum_int((int64_t)(negative ? 0 - magnitude : magnitude));
    return true;
}

/* CEIL, FLOOR: number is the rounding. */
bool eval_whole(struct evaluation *e, struct datum *out)
{
    struct number number;
    double real;
    bool is_ceiling = e->call->number == ROUND_CEILING;
    if (is_integer(e)) {
        *out = e->args[0];
        return true;
    }
    if (e->call->type.rep == REP_REAL) {
        if (!datum_to_real(e, &e->args[0], &real))
            return false;
        return give_real(is_ceiling ? ceil(real) : floor(real), out);
    }
    if (!datum_to_number(e, &e->args[0], &number))
        return false;
    number = number_round(&number, 0, (enum rounding)e->call->number);
    return give_number(e, &number, out);
}

static bool round_integer(struct evaluation *e, int64_t places, struct datum *out)
{
    uint64_t unit = 1;
    const struct datum *in = &e->args[0];
    bool negative = !in->is_unsigned && in->i < 0;
    uint64_t magnitude = negative ? 0 - in->u : in->u;
    *out = *in;
    if (places >= 0)
        return true;
    for (int64_t i = places; i < 0 && unit < UINT64_MAX / 10; i++)
        unit *= 10;
    if (places < -19)
        unit = 0;
    uint64_t rest = unit > 0 ? magnitude % unit : magnitude, whole = magnitude - rest;
    if (e->call->number == ROUND_HALF_UP && unit > 0 && rest >= unit - rest) {
        if (whole > UINT64_MAX - unit)
            return integer_range(e);
        whole += unit;
    }
    if (whole > (in->is_unsigned ? UINT64_MAX : (uint64_t)INT64_MAX + negative))
        return integer_range(e);
    out->u = negative ? 0 - whole : whole;
    return true;
}

/* "my_double_round": through a power of ten. */
static double round_real(double value, int64_t places, bool truncate)
{
    double power = pow(10.0, (double)(places < 0 ? -places : places));
    double scaled = places < 0 ? value / power : value * power;
    if (isinf(power))
        return places < 0 ? 0.0 : value;
    if (places >= 0 && isinf(scaled))
        return value;
    double whole = !truncate ? rint(scaled) : value >= 0 ? floor(scaled) : ceil(scaled);
    return places < 0 ? whole * power : whole / power;
}

/* ROUND, TRUNCATE: number is the rounding. */
bool eval_round(struct evaluation *e, struct datum *out)
{
    int64_t places = 0;
    struct number number;
    double real;
    if (e->call->count > 1 && !datum_to_int64(e, &e->args[1], &places))
        return false;
    if (is_integer(e))
        return round_integer(e, places, out);
    if (e->call->type.rep == REP_REAL) {
        if (!datum_to_real(e, &e->args[0], &real))
            return false;
        return give_real(round_real(real, places, e->call->number == ROUND_DOWN), out);
    }
    if (!datum_to_number(e, &e->args[0], &number))
        return false;
    int scale = places > e->call->type.scale  ? e->call->type.scale
                : places < -NUMBER_DIGITS_MAX ? -NUMBER_DIGITS_MAX
                                              : (int)places;
    number = number_round(&number, scale, (enum rounding)e->call->number);
    return give_number(e, &number, out);
}

bool eval_sign(struct evaluation *e, struct datum *out)
{
    double real;
    if (!datum_to_real(e, &e->args[0], &real))
        return false;
    *out = datum_int(real < 0 ? -1 : real > 0);
    return true;
}

static bool real_argument(struct evaluation *e, unsigned i, double *out)
{
    return datum_to_real(e, &e->args[i], out);
}

bool eval_pow(struct evaluation *e, struct datum *out)
{
    double a, b;
    if (!real_argument(e, 0, &a) || !real_argument(e, 1, &b))
        return false;
    double power = pow(a, b);
    if (!isfinite(power))
        return evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "DOUBLE value is out of range");
    return give_real(power, out);
}

enum {
    REAL_SQRT,
    REAL_EXP,
    REAL_LN,
    REAL_LOG2,
    REAL_LOG10,
    REAL_SIN,
    REAL_COS,
    REAL_TAN,
    REAL_COT,
    REAL_ASIN,
    REAL_ACOS,
    REAL_ATAN,
    REAL_DEGREES,
    REAL_RADIANS
};

/* Functions of one double: number says which. */
bool eval_real_function(struct evaluation *e, struct datum *out)
{
    double x, y;
    if (!real_argument(e, 0, &x))
        return false;
    switch (e->call->number) {
    case REAL_SQRT:
        y = x < 0 ? NAN : sqrt(x);
        break;
    case REAL_EXP:
        y = exp(x);
        break;
    case REAL_LN:
        y = x <= 0 ? NAN : log(x);
        break;
    case REAL_LOG2:
        y = x <= 0 ? NAN : log(x) / M_LN2;
        break;
    case REAL_LOG10:
        y = x <= 0 ? NAN : log10(x);
        break;
    case REAL_SIN:
        y = sin(x);
        break;
    case REAL_COS:
        y = cos(x);
        break;
    case REAL_TAN:
        y = tan(x);
        break;
    case REAL_COT:
        y = 1.0 / tan(x);
        break;
    case REAL_ASIN:
        y = x < -1 || x > 1 ? NAN : asin(x);
        break;
    case REAL_ACOS:
        y = x < -1 || x > 1 ? NAN : acos(x);
        break;
    case REAL_ATAN:
        y = atan(x);
        break;
    case REAL_DEGREES:
        y = x * (180 / M_PI);
        break;
    default:
        y = x * (M_PI / 180);
        break;
    }
    if (isinf(y))
        return evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "DOUBLE value is out of range");
    return give_real(y, out);
}

/* LOG(x), LOG(base, x) */
bool eval_log(struct evaluation *e, struct datum *out)
{
    double a, b;
    if (!real_argument(e, 0, &a))
        return false;
    if (e->call->count == 1)
        return give_real(a <= 0 ? NAN : log(a), out);
    if (!real_argument(e, 1, &b))
        return false;
    return give_real(a <= 0 || a == 1 || b <= 0 ? NAN : log(b) / log(a), out);
}

bool eval_atan2(struct evaluation *e, struct datum *out)
{
    double a, b;
    return real_argument(e, 0, &a) && real_argument(e, 1, &b) && give_real(atan2(a, b), out);
}

/* Not MySQL's own series: any number from 0 to below 1. */
bool eval_rand(struct evaluation *e, struct datum *out)
{
    uint64_t random;
    if (e->call->count > 0)
        return evaluation_refuse(e, "RAND with a seed");
    sqlite3_randomness(sizeof random, &random);
    return give_real((double)(random >> 11) / 9007199254740992.0, out);
}

/* MOD(a, b) is a % b. */
bool call_modulo(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed args[2];
    return compile_expr(c, e->args, &args[0]) && compile_expr(c, e->args->next, &args[1]) &&
           arithmetic_of(c, OPERATOR_PERCENT, args, out);
}

/* A random UUID (version 4: MySQL's tells the time and the machine, which nobody may rely on). */
bool eval_uuid(struct evaluation *e, struct datum *out)
{
    uint8_t r[16];
    sqlite3_randomness(sizeof r, r);
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    give_text(e,
              bytes_of_str(arena_printf(e->arena,
                                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                                        "%02x%02x%02x%02x%02x%02x",
                                        r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9],
                                        r[10], r[11], r[12], r[13], r[14], r[15])),
              out);
    return true;
}

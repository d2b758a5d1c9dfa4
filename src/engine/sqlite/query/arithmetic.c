/* arithmetic.c - + - * / DIV % and the sign: integers in 64 bits, DECIMAL exactly, else doubles.
 *
 * Which of them: all integers: integers (but / is DECIMAL); a double or a text: doubles; else
 * DECIMAL. What does not fit is 1690, as in MySQL. Division rounds to its four digits more at once,
 * as MySQL 8 does (MariaDB keeps more within an expression). */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include "engine/sqlite/query/call.h"

enum { DIVISION_DIGITS = 4, BIGINT_DIGITS = 20 };

static bool too_large(struct evaluation *e, const char *type)
{
    return evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "%s value is out of range", type);
}

static bool division_by_zero(struct evaluation *e, struct datum *out)
{
    *out = datum_null();
    if ((e->call->query->session->sql_mode & SQL_MODE_ERROR_FOR_DIVISION_BY_ZERO) == 0)
        return true;
    return evaluation_warn(e, PROBLEM_DIVISION_BY_ZERO, "Division by 0");
}

/* ---- integers ---- */

struct wide {
    bool negative;
    uint64_t magnitude;
};

static struct wide wide_of(const struct datum *d)
{
    bool negative = !d->is_unsigned && d->i < 0;
    return (struct wide){ negative, negative ? 0 - d->u : d->u };
}

static bool narrow(struct evaluation *e, struct wide w, struct datum *out)
{
    bool is_unsigned = e->call->type.is_unsigned;
    uint64_t most = (uint64_t)INT64_MAX + w.negative;
    if (is_unsigned ? w.negative && w.magnitude > 0 : w.magnitude > most)
        return too_large(e, is_unsigned ? "BIGINT UNSIGNED" : "BIGINT");
    *out = (struct datum){ .rep = REP_INT,
                           .is_unsigned = is_unsigned,
                           .u = w.negative ? 0 - w.magnitude : w.magnitude };
    return true;
}

static bool eval_int_sum(struct evaluation *e, struct datum *out)
{
    struct wide a = wide_of(&e->args[0]), b = wide_of(&e->args[1]), sum = a;
    if (e->call->number == OPERATOR_MINUS)
        b.negative = !b.negative;
    if (a.negative == b.negative) {
        if (__builtin_add_overflow(a.magnitude, b.magnitude, &sum.magnitude))
            return too_large(e, "BIGINT");
    } else {
        sum = a.magnitude >= b.magnitude ? a : b;
        sum.magnitude =
            a.magnitude >= b.magnitude ? a.magnitude - b.magnitude : b.magnitude - a.magnitude;
    }
    return narrow(e, sum, out);
}

static bool eval_int_product(struct evaluation *e, struct datum *out)
{
    struct wide a = wide_of(&e->args[0]), b = wide_of(&e->args[1]);
    struct wide product = { a.negative != b.negative, 0 };
    if (__builtin_mul_overflow(a.magnitude, b.magnitude, &product.magnitude))
        return too_large(e, "BIGINT");
    return narrow(e, product, out);
}

static bool eval_int_division(struct evaluation *e, struct datum *out)
{
    struct wide a = wide_of(&e->args[0]), b = wide_of(&e->args[1]);
    if (b.magnitude == 0)
        return division_by_zero(e, out);
    struct wide quotient = { a.negative != b.negative, a.magnitude / b.magnitude };
    return narrow(e, quotient, out);
}

static bool eval_int_modulo(struct evaluation *e, struct datum *out)
{
    struct wide a = wide_of(&e->args[0]), b = wide_of(&e->args[1]);
    if (b.magnitude == 0)
        return division_by_zero(e, out);
    struct wide rest = { a.negative, a.magnitude % b.magnitude };
    return narrow(e, rest, out);
}

/* ---- DECIMAL ---- */

static bool both_numbers(struct evaluation *e, struct number *a, struct number *b)
{
    return datum_to_number(e, &e->args[0], a) && datum_to_number(e, &e->args[1], b);
}

static bool number_result(struct evaluation *e, const struct number *number, struct datum *out)
{
    struct number rounded = *number;
    if (number_digits(&rounded) - rounded.scale > (unsigned)NUMBER_DIGITS_MAX - e->call->type.scale)
        return too_large(e, "DECIMAL");
    rounded = number_round(&rounded, e->call->type.scale, ROUND_HALF_UP);
    *out = datum_number(rounded);
    return true;
}

static bool eval_number_operation(struct evaluation *e, struct datum *out)
{
    struct number a, b, result;
    if (!both_numbers(e, &a, &b))
        return false;
    if (e->call->number == OPERATOR_MINUS)
        b = number_negate(b);
    result = e->call->number == OPERATOR_TIMES ? number_multiply(&a, &b) : number_add(&a, &b);
    return number_result(e, &result, out);
}

static bool eval_number_division(struct evaluation *e, struct datum *out)
{
    struct number a, b, result;
    if (!both_numbers(e, &a, &b))
        return false;
    if (number_is_zero(&b))
        return division_by_zero(e, out);
    result = e->call->number == OPERATOR_PERCENT
                 ? number_modulo(&a, &b)
                 : number_divide(&a, &b, DIVISION_DIGITS, e->call->type.scale);
    return number_result(e, &result, out);
}

/* DIV of what is no integer: through DECIMAL, to an integer. */
static bool eval_whole_division(struct evaluation *e, struct datum *out)
{
    struct number a, b;
    struct wide whole;
    if (!both_numbers(e, &a, &b))
        return false;
    if (number_is_zero(&b))
        return division_by_zero(e, out);
    struct number quotient = number_quotient(&a, &b);
    if (!number_integer(&quotient, &whole.negative, &whole.magnitude))
        return too_large(e, "BIGINT");
    return narrow(e, whole, out);
}

/* ---- doubles ---- */

static bool eval_real_operation(struct evaluation *e, struct datum *out)
{
    double a, b, result = 0;
    if (!datum_to_real(e, &e->args[0], &a) || !datum_to_real(e, &e->args[1], &b))
        return false;
    if ((e->call->number == OPERATOR_DIVIDE || e->call->number == OPERATOR_PERCENT) && b == 0)
        return division_by_zero(e, out);
    switch (e->call->number) {
    case OPERATOR_PLUS:
        result = a + b;
        break;
    case OPERATOR_MINUS:
        result = a - b;
        break;
    case OPERATOR_TIMES:
        result = a * b;
        break;
    case OPERATOR_DIVIDE:
        result = a / b;
        break;
    default:
        result = fmod(a, b);
        break;
    }
    if (!isfinite(result))
        return too_large(e, "DOUBLE");
    *out = datum_real(result);
    return true;
}

/* ---- types ---- */

static bool decimal_shape(struct compiler *c, int op, const struct typed *a, const struct typed *b,
                          struct typed *out)
{
    unsigned a_digits, a_scale, b_digits, b_scale;
    number_shape(a, &a_digits, &a_scale);
    number_shape(b, &b_digits, &b_scale);
    unsigned whole =
        a_digits - a_scale > b_digits - b_scale ? a_digits - a_scale : b_digits - b_scale;
    unsigned scale = a_scale > b_scale ? a_scale : b_scale;
    unsigned digits = whole + scale + 1;
    if (op == OPERATOR_TIMES) {
        scale = a_scale + b_scale;
        digits = a_digits + b_digits;
    } else if (op == OPERATOR_DIVIDE) {
        scale = a_scale + DIVISION_DIGITS;
        digits = a_digits + b_scale + DIVISION_DIGITS;
    } else if (op == OPERATOR_PERCENT) {
        digits = a_digits > b_digits ? a_digits : b_digits;
    }
    if (scale > NUMBER_SCALE_MAX)
        return compile_refuse(c, "a DECIMAL of more than 30 digits behind the point");
    *out = typed_decimal(digits, scale);
    return true;
}

static const struct {
    enum operator_name op;
    call_fn *integer, *number, *real;
} operations[] = {
    { OPERATOR_PLUS, eval_int_sum, eval_number_operation, eval_real_operation },
    { OPERATOR_MINUS, eval_int_sum, eval_number_operation, eval_real_operation },
    { OPERATOR_TIMES, eval_int_product, eval_number_operation, eval_real_operation },
    { OPERATOR_DIVIDE, NULL, eval_number_division, eval_real_operation },
    { OPERATOR_DIV, eval_int_division, eval_whole_division, eval_whole_division },
    { OPERATOR_PERCENT, eval_int_modulo, eval_number_division, eval_real_operation },
};

static enum rep operation_rep(int op, enum rep a, enum rep b)
{
    if (a == REP_REAL || b == REP_REAL)
        return REP_REAL;
    if (a == REP_INT && b == REP_INT && op != OPERATOR_DIVIDE)
        return REP_INT;
    return REP_DECIMAL;
}

static bool result_type(struct compiler *c, int op, enum rep rep, const struct typed args[2],
                        struct typed *out)
{
    const struct typed *a = &args[0], *b = &args[1];
    bool can_divide = op == OPERATOR_DIVIDE || op == OPERATOR_DIV || op == OPERATOR_PERCENT;
    if (rep == REP_REAL && op != OPERATOR_DIV) {
        *out = typed_real();
        return true;
    }
    if (rep == REP_DECIMAL && op != OPERATOR_DIV) {
        if (!decimal_shape(c, op, a, b, out))
            return false;
    } else {
        unsigned digits = a->digits > b->digits ? a->digits + 1u : b->digits + 1u;
        if (op == OPERATOR_TIMES)
            digits = a->digits + b->digits;
        if (can_divide)
            digits = a->digits;
        if (digits > BIGINT_DIGITS || digits == 0)
            digits = BIGINT_DIGITS;
        *out = typed_int(digits, true);
    }
    out->is_unsigned = a->is_unsigned || b->is_unsigned;
    if (op == OPERATOR_PERCENT)
        out->is_unsigned = a->is_unsigned;
    if (op == OPERATOR_MINUS && (c->session->sql_mode & SQL_MODE_NO_UNSIGNED_SUBTRACTION) != 0)
        out->is_unsigned = false;
    out->is_nullable = a->is_nullable || b->is_nullable || can_divide;
    if (out->rep == REP_DECIMAL)
        out->is_unsigned = false;
    return true;
}

bool arithmetic_of(struct compiler *c, int op, const struct typed args[2], struct typed *out)
{
    enum rep a, b;
    struct typed both[2] = { args[0], args[1] };
    if (!number_rep(c, &both[0], &a) || !number_rep(c, &both[1], &b))
        return false;
    struct call call = { .args = both, .count = 2, .number = op };
    enum rep rep = operation_rep(op, a, b);
    if (!result_type(c, op, rep, both, &call.type))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(operations); i++)
        if ((int)operations[i].op == op)
            call.eval = rep == REP_REAL      ? operations[i].real
                        : rep == REP_DECIMAL ? operations[i].number
                                             : operations[i].integer;
    /* temporals without a fraction are integers */
    if (rep == REP_INT && (both[0].rep != REP_INT || both[1].rep != REP_INT) &&
        !is_null(&both[0]) && !is_null(&both[1])) {
        if (op == OPERATOR_PLUS || op == OPERATOR_MINUS || op == OPERATOR_TIMES ||
            op == OPERATOR_PERCENT || op == OPERATOR_DIV)
            return compile_refuse(c, "integer arithmetic on dates and times");
    }
    return compile_call(c, &call, out);
}

bool compile_arithmetic(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed args[2];
    if (expr->args->next->kind == EXPR_INTERVAL)
        return compile_interval_sum(c, expr, out);
    if (!compile_expr(c, expr->args, &args[0]) || !compile_expr(c, expr->args->next, &args[1]))
        return false;
    return arithmetic_of(c, (int)expr->op, args, out);
}

/* ---- the sign ---- */

static bool eval_negate(struct evaluation *e, struct datum *out)
{
    const struct datum *in = &e->args[0];
    struct number number;
    double real;
    if (e->call->type.rep == REP_INT) {
        struct wide w = wide_of(in);
        w.negative = !w.negative && w.magnitude > 0;
        return narrow(e, w, out);
    }
    if (e->call->type.rep == REP_DECIMAL) {
        if (!datum_to_number(e, in, &number))
            return false;
        *out = datum_number(number_negate(number));
        return true;
    }
    if (!datum_to_real(e, in, &real))
        return false;
    *out = datum_real(-real);
    return true;
}

bool compile_negate(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a, type;
    enum rep rep;
    if (!compile_expr(c, expr->args, &a) || !number_rep(c, &a, &rep))
        return false;
    if (rep == REP_INT && a.rep != REP_INT && !is_null(&a))
        return compile_refuse(c, "the negative of a date or time");
    type = rep == REP_REAL ? typed_real() : rep == REP_INT ? typed_int(a.digits, a.is_nullable) : a;
    /* -9223372036854775808 is an integer, larger ones are DECIMAL */
    bool is_larger =
        a.is_constant && a.value.kind == VALUE_UINT && a.value.u > (uint64_t)INT64_MAX + 1;
    if (rep == REP_INT && is_larger)
        type = typed_decimal(20, 0);
    type.column = NULL;
    type.is_constant = false;
    return compile_call_1(c, eval_negate, &a, type, out);
}

/* ---- bits ---- */

static bool bits_of(struct evaluation *e, const struct datum *in, uint64_t *out)
{
    bool negative;
    if (!datum_to_integer(e, in, &negative, out))
        return false;
    if (negative)
        *out = 0 - *out;
    return true;
}

static bool eval_bits(struct evaluation *e, struct datum *out)
{
    uint64_t a, b = 0;
    if (!bits_of(e, &e->args[0], &a) || (e->call->count > 1 && !bits_of(e, &e->args[1], &b)))
        return false;
    switch (e->call->number) {
    case OPERATOR_BIT_OR:
        a |= b;
        break;
    case OPERATOR_BIT_AND:
        a &= b;
        break;
    case OPERATOR_BIT_XOR:
        a ^= b;
        break;
    case OPERATOR_SHIFT_LEFT:
        a = b < 64 ? a << b : 0;
        break;
    case OPERATOR_SHIFT_RIGHT:
        a = b < 64 ? a >> b : 0;
        break;
    default:
        a = ~a;
        break;
    }
    *out = datum_uint(a);
    return true;
}

bool compile_bits(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed args[2];
    unsigned count = 0;
    enum rep rep;
    for (const struct expr *a = expr->args; a != NULL; a = a->next)
        if (!compile_expr(c, a, &args[count]) || !number_rep(c, &args[count++], &rep))
            return false;
    struct call call = { .eval = eval_bits,
                         .args = args,
                         .count = count,
                         .number = (int)expr->op,
                         .type = typed_int(BIGINT_DIGITS, true) };
    call.type.is_unsigned = true;
    return compile_call(c, &call, out);
}

/* ---- truth ---- */

static bool eval_truth(struct evaluation *e, struct datum *out)
{
    bool truth;
    if (!datum_truth(e, &e->args[0], &truth))
        return false;
    *out = datum_int(truth);
    return true;
}

const char *truth_sql(struct compiler *c, const struct typed *typed)
{
    struct typed truth;
    enum rep rep;
    bool is_plain = typed->rep == REP_NULL || typed->rep == REP_REAL ||
                    (typed->rep == REP_INT && !typed->is_unsigned);
    if (is_plain)
        return typed->is_constant ? compile_bound(c, NULL, &typed->value) : typed->sql;
    if (!number_rep(c, typed, &rep) || !compile_call_1(c, eval_truth, typed, typed_bool(), &truth))
        return "NULL";
    return truth.is_constant ? compile_bound(c, NULL, &truth.value) : truth.sql;
}

static bool eval_xor(struct evaluation *e, struct datum *out)
{
    bool a, b;
    if (!datum_truth(e, &e->args[0], &a) || !datum_truth(e, &e->args[1], &b))
        return false;
    *out = datum_int(a != b);
    return true;
}

bool compile_xor(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed a, b;
    enum rep rep;
    return compile_expr(c, expr->args, &a) && compile_expr(c, expr->args->next, &b) &&
           number_rep(c, &a, &rep) && number_rep(c, &b, &rep) &&
           compile_call_2(c, eval_xor, &a, &b, typed_bool(), out);
}

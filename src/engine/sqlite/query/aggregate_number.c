/* aggregate_number.c - aggregates that are numbers of their own: bits, variances. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <strings.h>
#include "engine/sqlite/query/aggregate.h"
#include "engine/sqlite/query/function.h"

/* ---- BIT_AND, BIT_OR, BIT_XOR ---- */

enum { BITS_AND, BITS_OR, BITS_XOR };

static bool bits_step(struct evaluation *e, struct group *group, const struct datum *value)
{
    bool negative;
    uint64_t bits;
    if (!datum_to_integer(e, value, &negative, &bits))
        return false;
    bits = negative ? 0 - bits : bits;
    if (group->count++ == 0)
        group->bits = bits;
    else if (e->call->number == BITS_AND)
        group->bits &= bits;
    else if (e->call->number == BITS_OR)
        group->bits |= bits;
    else
        group->bits ^= bits;
    return true;
}

static bool bits_final(struct evaluation *e, struct group *group, struct datum *out)
{
    bool is_none = group->count == 0;
    *out = datum_uint(is_none && e->call->number == BITS_AND ? UINT64_MAX : group->bits);
    return true;
}

bool call_bit_aggregate(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg;
    enum rep rep;
    struct aggregate aggregate = { .step = bits_step, .final = bits_final };
    if (e->distinct)
        return compile_refuse(c, "DISTINCT inside this aggregate");
    if (!compile_argument(c, e, &arg) || !number_rep(c, &arg, &rep))
        return false;
    aggregate.call.number = strcasecmp(e->name, "bit_and") == 0  ? BITS_AND
                            : strcasecmp(e->name, "bit_or") == 0 ? BITS_OR
                                                                 : BITS_XOR;
    aggregate.call.type = typed_int(20, false);
    aggregate.call.type.is_unsigned = true;
    if (!compile_aggregate(c, &aggregate, &arg, out))
        return false;
    out->sql = arena_printf(c->arena, "ifnull(%s,%s)", out->sql,
                            aggregate.call.number == BITS_AND ? "'18446744073709551615'" : "0");
    return true;
}

/* ---- STDDEV, VARIANCE and their like, in one pass, as the servers reckon them ---- */

enum { OF_SAMPLE = 1, IS_ROOT = 2 };

static bool deviation_step(struct evaluation *e, struct group *group, const struct datum *value)
{
    double real;
    if (!datum_to_real(e, value, &real))
        return false;
    double before = group->mean;
    group->count++;
    group->mean += (real - before) / (double)group->count;
    group->real += (real - before) * (real - group->mean);
    return true;
}

static bool deviation_final(struct evaluation *e, struct group *group, struct datum *out)
{
    uint64_t less = (e->call->number & OF_SAMPLE) != 0 ? 1 : 0;
    if (group->count <= less)
        return true;
    double variance = group->real / (double)(group->count - less);
    *out = datum_real((e->call->number & IS_ROOT) != 0 ? sqrt(variance) : variance);
    return true;
}

bool call_deviation(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg;
    enum rep rep;
    struct aggregate aggregate = { .step = deviation_step, .final = deviation_final };
    if (e->distinct)
        return compile_refuse(c, "DISTINCT inside this aggregate");
    if (!compile_argument(c, e, &arg) || !number_rep(c, &arg, &rep))
        return false;
    bool is_sample =
        strcasecmp(e->name, "stddev_samp") == 0 || strcasecmp(e->name, "var_samp") == 0;
    bool is_root = strncasecmp(e->name, "std", 3) == 0;
    aggregate.call.number = (is_sample ? OF_SAMPLE : 0) | (is_root ? IS_ROOT : 0);
    aggregate.call.type = typed_real();
    aggregate.call.type.is_nullable = true;
    return compile_aggregate(c, &aggregate, &arg, out);
}

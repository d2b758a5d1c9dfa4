/* call_time_sum.c - sums and differences of times, periods of months. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/time_argument.h"

enum { MONTHS = 12 };
#define TIME_MICROS_MAX (3020399ll * 1000000) /* 838:59:59 */

/* Text that begins as a date does: a minus sign that is not the first. */
static bool is_dated(const struct datum *d)
{
    return datum_has_bytes(d) && d->bytes.len > 1 &&
           memchr(d->bytes.data + 1, '-', d->bytes.len - 1) != NULL;
}

static bool time_of_micros(struct evaluation *e, int64_t micros, unsigned scale, struct datum *out)
{
    if (micros > TIME_MICROS_MAX || micros < -TIME_MICROS_MAX)
        return evaluation_refuse(e, "a TIME beyond 838:59:59");
    *out = (struct datum){ .rep = REP_TIME, .scale = (uint8_t)scale };
    out->time.negative = micros < 0;
    set_clock(&out->time, (uint64_t)(micros < 0 ? -micros : micros));
    return true;
}

static enum rep rep_of(const struct datum *d)
{
    return d->rep == REP_DATETIME || d->rep == REP_DATE || is_dated(d) ? REP_DATETIME : REP_TIME;
}

bool eval_timediff(struct evaluation *e, struct datum *out)
{
    struct datum a, b;
    enum rep rep = rep_of(&e->args[0]);
    if (rep != rep_of(&e->args[1]))
        return true; /* NULL */
    if (!time_argument(e, 0, rep, &a) || !time_argument(e, 1, rep, &b))
        return false;
    if (a.rep == REP_NULL || b.rep == REP_NULL)
        return true;
    int64_t micros = rep == REP_TIME ? clock_micros(&a.time) - clock_micros(&b.time)
                                     : total_micros(&a.time) - total_micros(&b.time);
    return time_of_micros(e, micros, e->call->type.scale, out);
}

/* ADDTIME, SUBTIME, TIMESTAMP(a, b): number is the sign. */
bool eval_addtime(struct evaluation *e, struct datum *out)
{
    struct datum a, b;
    bool is_time = e->call->type.rep == REP_TIME;
    if (is_dated(&e->args[1]))
        return evaluation_refuse(e, "adding a date to a time");
    if (!time_argument(e, 0, is_time ? REP_TIME : REP_DATETIME, &a) ||
        !time_argument(e, 1, REP_TIME, &b))
        return false;
    if (a.rep == REP_NULL || b.rep == REP_NULL)
        return true;
    int64_t added = clock_micros(&b.time) * e->call->number;
    if (is_time)
        return time_of_micros(e, clock_micros(&a.time) + added, e->call->type.scale, out);
    *out = (struct datum){ .rep = REP_DATETIME, .scale = e->call->type.scale };
    return datetime_of_micros(total_micros(&a.time) + added, &out->time) ||
           evaluation_refuse(e, "a date outside the years 1 to 9999");
}

bool eval_maketime(struct evaluation *e, struct datum *out)
{
    int64_t parts[3];
    enum { HOURS_MAX = 838, SIXTY = 60 };
    for (unsigned i = 0; i < 3; i++)
        if (!datum_to_int64(e, &e->args[i], &parts[i]))
            return false;
    if (parts[1] < 0 || parts[1] >= SIXTY || parts[2] < 0 || parts[2] >= SIXTY)
        return true; /* NULL */
    if (parts[0] > HOURS_MAX || parts[0] < -HOURS_MAX)
        return evaluation_refuse(e, "a TIME beyond 838:59:59");
    uint64_t hours = (uint64_t)(parts[0] < 0 ? -parts[0] : parts[0]);
    *out = (struct datum){ .rep = REP_TIME };
    set_clock(&out->time,
              ((hours * SIXTY + (uint64_t)parts[1]) * SIXTY + (uint64_t)parts[2]) * 1000000);
    out->time.negative = parts[0] < 0;
    return true;
}

bool eval_to_seconds(struct evaluation *e, struct datum *out)
{
    struct datum t;
    if (!time_argument(e, 0, REP_DATETIME, &t))
        return false;
    if (t.rep != REP_NULL)
        *out = datum_int(total_micros(&t.time) / 1000000);
    return true;
}

/* ---- periods: 202402, 2402 ---- */

static bool months_of(struct evaluation *e, unsigned i, int64_t *out)
{
    int64_t period;
    if (!datum_to_int64(e, &e->args[i], &period))
        return false;
    int64_t year = period / 100, month = period % 100;
    if (period <= 0 || month < 1 || month > MONTHS || year > 9999)
        return evaluation_refuse(e, "such a period");
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    *out = year * MONTHS + month - 1;
    return true;
}

bool eval_period_add(struct evaluation *e, struct datum *out)
{
    int64_t months, added;
    if (!months_of(e, 0, &months) || !datum_to_int64(e, &e->args[1], &added))
        return false;
    if (added > 100000 || added < -months + MONTHS * 100)
        return evaluation_refuse(e, "such a period");
    months += added;
    *out = datum_int(months / MONTHS * 100 + months % MONTHS + 1);
    return true;
}

bool eval_period_diff(struct evaluation *e, struct datum *out)
{
    int64_t a, b;
    if (!months_of(e, 0, &a) || !months_of(e, 1, &b))
        return false;
    *out = datum_int(a - b);
    return true;
}

/* ---- types ---- */

/* Texts may have a fraction or none, which only a constant tells. */
static bool is_whole_text(const struct typed *t)
{
    return t->is_constant && t->value.kind == VALUE_TEXT &&
           memchr(t->value.bytes.data, '.', t->value.bytes.len) == NULL;
}

static bool scale_of(struct compiler *c, const struct call *call, uint8_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct typed *t = &call->args[i];
        bool is_temporal = t->rep >= REP_DATE && t->rep < REP_COUNT;
        if (!is_temporal && !is_null(t) && !(t->rep == REP_TEXT && is_whole_text(t)))
            return compile_refuse(c, "times that are no times, nor texts without fractions");
        if (is_temporal && t->scale > *out)
            *out = t->scale;
    }
    return true;
}

bool type_timediff(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_TIME, .is_nullable = true };
    return scale_of(c, call, &call->type.scale);
}

/* As the first: a text is one or the other, and the result a text in MySQL. */
bool type_addtime(struct compiler *c, struct call *call)
{
    const struct typed *t = &call->args[0];
    struct datum first = { .rep = t->rep };
    if (is_null(t) || t->rep == REP_DATE || call->args[1].rep > REP_TIME ||
        call->args[1].rep == REP_DATE)
        return compile_refuse(c, "ADDTIME and SUBTIME of these");
    if (t->rep == REP_TEXT && t->is_constant)
        first.bytes = t->value.bytes;
    call->type = (struct typed){ .rep = rep_of(&first), .is_nullable = true };
    return scale_of(c, call, &call->type.scale);
}

bool type_timestamp_sum(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_DATETIME, .is_nullable = true };
    if (call->args[0].rep == REP_TIME || call->args[1].rep > REP_TIME ||
        call->args[1].rep == REP_DATE)
        return compile_refuse(c, "TIMESTAMP of these");
    return scale_of(c, call, &call->type.scale);
}

bool type_maketime(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_TIME, .is_nullable = true };
    for (unsigned i = 0; i < call->count; i++)
        if (call->args[i].rep != REP_INT && !is_null(&call->args[i]))
            return compile_refuse(c, "MAKETIME of what are no integers");
    return true;
}

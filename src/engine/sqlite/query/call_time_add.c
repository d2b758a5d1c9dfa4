/* call_time_add.c - a date plus an interval; the clock. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "binlog/temporal.h"
#include "engine/sqlite/query/time_argument.h"

enum { UNIT_MASK = 0xff, SUBTRACT = 0x100 };

static bool overflow(struct evaluation *e, struct datum *out)
{
    *out = datum_null();
    return evaluation_warn(e, PROBLEM_DATETIME_OVERFLOW,
                           "Datetime function: datetime field overflow");
}

/* Of a text the sum is a text again: a date where it was one and the unit has no clock. */
static void give_sum(struct evaluation *e, struct datum *sum, bool has_clock, struct datum *out)
{
    char text[TEMPORAL_TEXT_MAX];
    if (e->call->type.rep != REP_TEXT) {
        sum->rep = e->call->type.rep;
        sum->scale = e->call->type.scale;
        *out = *sum;
        return;
    }
    size_t len = has_clock ? temporal_datetime_text(&sum->time, sum->time.micro > 0 ? 6 : 0, text)
                           : temporal_date_text(&sum->time, text);
    give_text(e, arena_copy(e->arena, bytes_of(text, len)), out);
}

static bool eval_interval_sum(struct evaluation *e, struct datum *out)
{
    struct datum sum;
    struct interval interval;
    unsigned scale;
    struct time_parts ignored;
    bool has_clock = true;
    enum time_unit unit = (enum time_unit)(e->call->number & UNIT_MASK);
    if (!time_argument(e, 0, REP_DATETIME, &sum) || sum.rep == REP_NULL)
        return e->connection->problem.code == ERR_NONE;
    if (e->args[0].rep == REP_TEXT)
        (void)time_text_datetime(e->args[0].bytes, &ignored, &scale, &has_clock);
    if (!interval_of(e, &e->args[1], unit, &interval))
        return false;
    if (!interval_add(&sum.time, &interval, (e->call->number & SUBTRACT) != 0))
        return overflow(e, out);
    give_sum(e, &sum, has_clock || interval.has_clock, out);
    return true;
}

static bool sum_type(struct compiler *c, const struct typed *when, const struct typed *amount,
                     enum time_unit unit, struct typed *out)
{
    enum rep rep;
    uint8_t scale = when->rep == REP_DATETIME ? when->scale : 0;
    if (!number_rep(c, when, &rep) || !number_rep(c, amount, &rep))
        return false;
    if (when->rep == REP_TIME || when->rep == REP_INT || when->rep == REP_DECIMAL ||
        when->rep == REP_REAL)
        return compile_refuse(c, "an interval added to a TIME or a number");
    if (amount->rep >= REP_DATE)
        return compile_refuse(c, "an interval that is a date or time");
    if (unit_has_micros(unit) ||
        (unit == UNIT_SECOND && (amount->rep == REP_TEXT || amount->rep == REP_REAL)))
        scale = 6;
    else if (unit == UNIT_SECOND && amount->rep == REP_DECIMAL && amount->scale > scale)
        scale = amount->scale > 6 ? 6 : amount->scale;
    *out = (struct typed){ .rep = when->rep, .is_nullable = true, .scale = scale };
    if (when->rep == REP_DATE && unit_has_clock(unit))
        out->rep = REP_DATETIME;
    if (out->rep == REP_DATE)
        out->scale = 0;
    if (when->rep == REP_TEXT || is_null(when)) {
        out->rep = REP_TEXT;
        out->scale = 0;
        out->length = 29;
        out->collation = c->session->collation;
        out->coercion = COERCE_LITERAL;
    }
    return true;
}

static bool sum_of(struct compiler *c, const struct expr *when, const struct expr *amount,
                   int number, struct typed *out)
{
    struct typed args[2];
    struct call call = { .eval = eval_interval_sum, .args = args, .count = 2, .number = number };
    return compile_expr(c, when, &args[0]) && compile_expr(c, amount, &args[1]) &&
           sum_type(c, &args[0], &args[1], (enum time_unit)(number & UNIT_MASK), &call.type) &&
           compile_call(c, &call, out);
}

/* d + INTERVAL …, d - INTERVAL … */
bool compile_interval_sum(struct compiler *c, const struct expr *expr, struct typed *out)
{
    const struct expr *interval = expr->args->next;
    return sum_of(c, expr->args, interval->args,
                  (int)interval->unit | (expr->op == OPERATOR_MINUS ? SUBTRACT : 0), out);
}

/* DATE_ADD(d, INTERVAL …); ADDDATE(d, days) too */
bool call_date_add(struct compiler *c, const struct expr *e, struct typed *out)
{
    const struct expr *interval = e->args->next;
    bool subtract = strncasecmp(e->name, "date_sub", 8) == 0 || strncasecmp(e->name, "sub", 3) == 0;
    int number = subtract ? SUBTRACT : 0;
    if (interval->kind != EXPR_INTERVAL) {
        if (strncasecmp(e->name, "date", 4) == 0)
            return compile_fail(c, PROBLEM_SYNTAX, "%s takes an INTERVAL", e->name);
        return sum_of(c, e->args, interval, number | UNIT_DAY, out);
    }
    return sum_of(c, e->args, interval->args, number | (int)interval->unit, out);
}

/* TIMESTAMPADD(unit, amount, d) */
bool call_timestampadd(struct compiler *c, const struct expr *e, struct typed *out)
{
    return sum_of(c, e->args->next->next, e->args->next, (int)e->args->unit, out);
}

/* ---- the clock ---- */

static bool fraction_of(struct compiler *c, const struct expr *e, uint8_t *scale)
{
    *scale = 0;
    if (e->count == 0)
        return true;
    if (e->args->kind != EXPR_INTEGER || e->args->number > 6)
        return compile_refuse(c, "such a fraction of the time");
    *scale = (uint8_t)e->args->number;
    return true;
}

static bool now_as(struct compiler *c, const struct expr *e, enum rep rep, bool is_utc,
                   struct typed *out)
{
    static const enum value_kind kinds[] = {
        [REP_DATE] = VALUE_DATE, [REP_TIME] = VALUE_TIME, [REP_DATETIME] = VALUE_DATETIME
    };
    struct query_session utc = { .time_zone = "UTC" };
    uint64_t unit = 1000000;
    uint8_t scale = 0;
    *out = (struct typed){ .rep = rep, .is_constant = true };
    out->value.kind = kinds[rep];
    if (rep != REP_DATE && !fraction_of(c, e, &scale))
        return false;
    for (unsigned i = 0; i < scale; i++)
        unit /= 10;
    uint64_t now = c->session->now_us - c->session->now_us % unit;
    if (!zone_local(is_utc ? &utc : c->session, now, &out->value.time, c->err)) {
        c->failed = true;
        return false;
    }
    out->scale = scale;
    struct time_parts *t = &out->value.time;
    if (rep == REP_DATE)
        *t = (struct time_parts){ .year = t->year, .month = t->month, .day = t->day };
    else if (rep == REP_TIME)
        t->year = t->month = t->day = 0;
    return true;
}

bool call_now(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_DATETIME, false, out);
}

bool call_curdate(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_DATE, false, out);
}

bool call_curtime(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_TIME, false, out);
}

bool call_utc_timestamp(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_DATETIME, true, out);
}

bool call_utc_date(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_DATE, true, out);
}

bool call_utc_time(struct compiler *c, const struct expr *e, struct typed *out)
{
    return now_as(c, e, REP_TIME, true, out);
}

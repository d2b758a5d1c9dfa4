/* call_time.c - functions that take dates and times apart and measure between them. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/time_argument.h"

enum part {
    PART_YEAR,
    PART_QUARTER,
    PART_MONTH,
    PART_DAY,
    PART_HOUR,
    PART_MINUTE,
    PART_SECOND,
    PART_MICRO,
    PART_WEEKDAY,
    PART_DAY_OF_WEEK,
    PART_DAY_OF_YEAR,
    PART_DAYS,
    PART_WEEK_OF_YEAR,
    PART_WEEK
};

static bool is_clock_part(int part)
{
    return part >= PART_HOUR && part <= PART_MICRO;
}

static int64_t part_of(const struct time_parts *t, int part)
{
    unsigned year;
    switch (part) {
    case PART_YEAR:
        return t->year;
    case PART_QUARTER:
        return (t->month + 2) / 3;
    case PART_MONTH:
        return t->month;
    case PART_DAY:
        return t->day;
    case PART_HOUR:
        return t->hour;
    case PART_MINUTE:
        return t->minute;
    case PART_SECOND:
        return t->second;
    case PART_MICRO:
        return t->micro;
    case PART_WEEKDAY:
        return weekday_of(t);
    case PART_DAY_OF_WEEK:
        return (weekday_of(t) + 1) % 7 + 1;
    case PART_DAY_OF_YEAR:
        return day_of_year(t);
    case PART_DAYS:
        return calendar_days(t->year, t->month, t->day);
    case PART_WEEK_OF_YEAR:
        return week_of(t, 3, &year);
    default:
        return week_of(t, 0, &year);
    }
}

/* YEAR … MICROSECOND, WEEKDAY …: number is the part. */
bool eval_part(struct evaluation *e, struct datum *out)
{
    struct datum t;
    int part = e->call->number >> 8;
    if (!time_argument(e, 0, is_clock_part(part) ? REP_TIME : REP_DATETIME, &t))
        return false;
    if (t.rep != REP_NULL)
        *out = datum_int(part_of(&t.time, part));
    return true;
}

/* number: part << 8 | digits */
bool type_part(struct compiler *c, struct call *call)
{
    enum rep rep;
    if (call->args[0].rep == REP_TIME && !is_clock_part(call->number >> 8))
        return compile_refuse(c, "the date of a TIME");
    call->type = typed_int((unsigned)call->number & 0xff, true);
    return number_rep(c, &call->args[0], &rep);
}

bool type_week(struct compiler *c, struct call *call)
{
    enum rep rep;
    if (call->args[0].rep == REP_TIME)
        return compile_refuse(c, "the date of a TIME");
    call->type = typed_int(call->number == 1 ? 6 : 2, true);
    return number_rep(c, &call->args[0], &rep);
}

/* WEEK(d, mode), YEARWEEK(d[, mode]): number 1 = with the year */
bool eval_week(struct evaluation *e, struct datum *out)
{
    struct datum t;
    int64_t mode = 0;
    unsigned year;
    if (!time_argument(e, 0, REP_DATETIME, &t) ||
        (e->call->count > 1 && !datum_to_int64(e, &e->args[1], &mode)))
        return false;
    if (t.rep == REP_NULL)
        return true;
    unsigned bits = (unsigned)(mode & 7) | (e->call->number == 1 ? 2u : 0);
    unsigned week = week_of(&t.time, bits, &year);
    *out = datum_int(e->call->number == 1 ? (int64_t)year * 100 + week : week);
    return true;
}

bool eval_last_day(struct evaluation *e, struct datum *out)
{
    if (!time_argument(e, 0, REP_DATE, out))
        return false;
    if (out->rep != REP_NULL)
        out->time.day = (uint8_t)calendar_days_in(out->time.year, out->time.month);
    return true;
}

static bool give_name(struct evaluation *e, bool is_month, struct datum *out)
{
    struct datum t;
    if (!time_argument(e, 0, REP_DATE, &t))
        return false;
    if (t.rep != REP_NULL)
        give_text(
            e,
            bytes_of_str(is_month ? month_names[t.time.month - 1] : day_names[weekday_of(&t.time)]),
            out);
    return true;
}

bool eval_name(struct evaluation *e, struct datum *out)
{
    return give_name(e, false, out);
}

bool eval_month_name(struct evaluation *e, struct datum *out)
{
    return give_name(e, true, out);
}

bool eval_datediff(struct evaluation *e, struct datum *out)
{
    struct datum a, b;
    if (!time_argument(e, 0, REP_DATE, &a) || !time_argument(e, 1, REP_DATE, &b))
        return false;
    if (a.rep != REP_NULL && b.rep != REP_NULL)
        *out = datum_int(part_of(&a.time, PART_DAYS) - part_of(&b.time, PART_DAYS));
    return true;
}

static int64_t months_between(const struct time_parts *from, const struct time_parts *to)
{
    int64_t months = (to->year * 12ll + to->month) - (from->year * 12ll + from->month);
    /* is the day and clock of the last month reached? */
    int64_t day_from = from->day * DAY_MICROS + clock_micros(from);
    int64_t day_to = to->day * DAY_MICROS + clock_micros(to);
    return months - (day_to < day_from);
}

/* TIMESTAMPDIFF: number is the unit. */
static bool eval_timestampdiff(struct evaluation *e, struct datum *out)
{
    static const struct {
        enum time_unit unit;
        int64_t micros;
    } rows[] = {
        { UNIT_WEEK, 7 * DAY_MICROS }, { UNIT_DAY, DAY_MICROS },   { UNIT_HOUR, 3600000000ll },
        { UNIT_MINUTE, 60000000ll },   { UNIT_SECOND, 1000000ll }, { UNIT_MICROSECOND, 1 },
    };
    struct datum a, b;
    if (!time_argument(e, 0, REP_DATETIME, &a) || !time_argument(e, 1, REP_DATETIME, &b))
        return false;
    if (a.rep == REP_NULL || b.rep == REP_NULL)
        return true;
    int64_t micros = total_micros(&b.time) - total_micros(&a.time);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if ((int)rows[i].unit == e->call->number)
            *out = datum_int(micros / rows[i].micros);
    if (out->rep != REP_NULL)
        return true;
    int64_t months =
        micros < 0 ? -months_between(&b.time, &a.time) : months_between(&a.time, &b.time);
    int64_t divisor = e->call->number == UNIT_YEAR ? 12 : e->call->number == UNIT_QUARTER ? 3 : 1;
    *out = datum_int(months / divisor);
    return true;
}

bool call_timestampdiff(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed args[2];
    struct call call = { .eval = eval_timestampdiff,
                         .args = args,
                         .count = 2,
                         .number = (int)e->args->unit,
                         .type = typed_int(21, true) };
    enum rep rep;
    if (!compile_expr(c, e->args->next, &args[0]) ||
        !compile_expr(c, e->args->next->next, &args[1]) || !number_rep(c, &args[0], &rep) ||
        !number_rep(c, &args[1], &rep))
        return false;
    if (args[0].rep == REP_TIME || args[1].rep == REP_TIME)
        return compile_refuse(c, "the date of a TIME");
    return compile_call(c, &call, out);
}

/* EXTRACT(unit FROM x): number is the unit. */
static bool eval_extract(struct evaluation *e, struct datum *out)
{
    static const int parts[] = {
        [UNIT_YEAR] = PART_YEAR,     [UNIT_QUARTER] = PART_QUARTER, [UNIT_MONTH] = PART_MONTH,
        [UNIT_WEEK] = PART_WEEK,     [UNIT_DAY] = PART_DAY,         [UNIT_HOUR] = PART_HOUR,
        [UNIT_MINUTE] = PART_MINUTE, [UNIT_SECOND] = PART_SECOND,   [UNIT_MICROSECOND] = PART_MICRO,
    };
    int part = parts[e->call->number];
    struct datum t;
    if (!time_argument(e, 0, is_clock_part(part) ? REP_TIME : REP_DATETIME, &t))
        return false;
    if (t.rep != REP_NULL)
        *out = datum_int(t.time.negative ? -part_of(&t.time, part) : part_of(&t.time, part));
    return true;
}

bool call_extract(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg;
    enum time_unit unit = e->args->unit;
    struct call call = { .eval = eval_extract,
                         .args = &arg,
                         .count = 1,
                         .number = (int)unit,
                         .type = typed_int(unit == UNIT_MICROSECOND ? 6
                                           : unit == UNIT_YEAR      ? 4
                                                                    : 2,
                                           true) };
    enum rep rep;
    if (unit > UNIT_MICROSECOND)
        return compile_refuse(c, "EXTRACT of two units");
    return compile_expr(c, e->args->next, &arg) && number_rep(c, &arg, &rep) &&
           compile_call(c, &call, out);
}

/* DATE(x), TIME(x), TIMESTAMP(x): the type says which. */
bool eval_temporal(struct evaluation *e, struct datum *out)
{
    if (!time_argument(e, 0, e->call->type.rep, out))
        return false;
    if (out->rep != REP_NULL && e->call->type.rep != REP_DATE)
        out->scale = e->call->type.scale;
    return true;
}

/* number: enum rep */
bool type_temporal(struct compiler *c, struct call *call)
{
    const struct typed *arg = &call->args[0];
    enum rep rep;
    bool is_text = arg->rep == REP_TEXT;
    if (arg->rep == REP_TIME && call->number != REP_TIME)
        return compile_refuse(c, "the date of a TIME");
    if (is_text && !arg->is_constant && call->number != REP_DATE)
        return compile_refuse(c, "TIME and TIMESTAMP of a text that is no constant");
    call->type = (struct typed){ .rep = (enum rep)call->number, .is_nullable = true };
    if (call->number != REP_DATE && !is_text)
        call->type.scale = arg->rep == REP_DATE || arg->rep == REP_INT ? 0 : arg->scale;
    if (is_text && arg->value.kind == VALUE_TEXT &&
        memchr(arg->value.bytes.data, '.', arg->value.bytes.len) != NULL &&
        call->number != REP_DATE)
        call->type.scale = 6;
    return number_rep(c, arg, &rep);
}

bool eval_from_days(struct evaluation *e, struct datum *out)
{
    int64_t days;
    if (!datum_to_int64(e, &e->args[0], &days))
        return false;
    *out = (struct datum){ .rep = REP_DATE };
    if (days < 366 || days > 3652424)
        return evaluation_refuse(e, "FROM_DAYS outside the years 1 to 9999");
    calendar_date(days, &out->time);
    return true;
}

bool type_date(struct compiler *c, struct call *call)
{
    enum rep rep;
    call->type = (struct typed){ .rep = REP_DATE, .is_nullable = true };
    if (call->args[0].rep == REP_TIME)
        return compile_refuse(c, "the date of a TIME");
    return number_rep(c, &call->args[0], &rep);
}

bool eval_sec_to_time(struct evaluation *e, struct datum *out)
{
    int64_t seconds;
    enum { SECONDS_MAX = 3020399 };
    if (!datum_to_int64(e, &e->args[0], &seconds))
        return false;
    if (seconds > SECONDS_MAX || seconds < -SECONDS_MAX)
        return evaluation_refuse(e, "SEC_TO_TIME of more than 838:59:59");
    *out = (struct datum){ .rep = REP_TIME };
    out->time.negative = seconds < 0;
    set_clock(&out->time, (uint64_t)(seconds < 0 ? -seconds : seconds) * 1000000);
    return true;
}

bool type_sec_to_time(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_TIME, .is_nullable = true };
    return call->args[0].rep == REP_INT || is_null(&call->args[0]) ||
           compile_refuse(c, "SEC_TO_TIME of what is no integer");
}

bool eval_time_to_sec(struct evaluation *e, struct datum *out)
{
    struct datum t;
    if (!time_argument(e, 0, REP_TIME, &t))
        return false;
    if (t.rep != REP_NULL)
        *out = datum_int(clock_micros(&t.time) / 1000000);
    return true;
}

bool eval_makedate(struct evaluation *e, struct datum *out)
{
    int64_t year, day;
    if (!datum_to_int64(e, &e->args[0], &year) || !datum_to_int64(e, &e->args[1], &day))
        return false;
    if (year < 0 || year > 9999 || day <= 0 || day > 4000000)
        return true;
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    int64_t days = calendar_days((unsigned)year, 1, 1) + day - 1;
    if (days < 366 || days > 3652424)
        return true;
    *out = (struct datum){ .rep = REP_DATE };
    calendar_date(days, &out->time);
    return true;
}

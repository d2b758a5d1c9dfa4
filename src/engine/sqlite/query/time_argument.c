/* time_argument.c - calendar arithmetic for the functions of dates and times, and intervals. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/time_argument.h"

enum { DAYS_LEAST = 366, DAYS_MOST = 3652424, PARTS = 7 };

const char *const month_names[12] = { "January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December" };
const char *const day_names[7] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                   "Friday", "Saturday", "Sunday" };

bool time_argument(struct evaluation *e, unsigned i, enum rep rep, struct datum *out)
{
    const struct datum *in = &e->args[i];
    bool is_valid;
    if (in->rep == REP_NULL) {
        *out = datum_null();
        return true;
    }
    if (!datum_to_temporal(e, in, rep, out, &is_valid))
        return false;
    if (is_valid && (rep == REP_TIME || calendar_has(&out->time)))
        return true;
    if (is_valid && datum_is_temporal(in))
        return evaluation_refuse(e, "reckoning with a zero date");
    struct bytes text = datum_to_text(in, e->arena);
    *out = datum_null();
    return evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Incorrect %s value: '%.*s'",
                           rep == REP_TIME ? "time" : "datetime",
                           text.len > 100 ? 100 : (int)text.len, (const char *)text.data);
}

int64_t clock_micros(const struct time_parts *t)
{
    int64_t seconds = t->hour * 3600ll + t->minute * 60ll + t->second;
    int64_t micros = seconds * 1000000 + t->micro;
    return t->negative ? -micros : micros;
}

int64_t total_micros(const struct time_parts *t)
{
    return calendar_days(t->year, t->month, t->day) * DAY_MICROS + clock_micros(t);
}

void set_clock(struct time_parts *t, uint64_t micros)
{
    uint64_t seconds = micros / 1000000;
    t->micro = (uint32_t)(micros % 1000000);
    t->hour = (uint16_t)(seconds / 3600);
    t->minute = (uint8_t)(seconds / 60 % 60);
    t->second = (uint8_t)(seconds % 60);
}

bool datetime_of_micros(int64_t micros, struct time_parts *out)
{
    int64_t days = micros / DAY_MICROS, rest = micros % DAY_MICROS;
    if (rest < 0) {
        rest += DAY_MICROS;
        days--;
    }
    if (days < DAYS_LEAST || days > DAYS_MOST)
        return false;
    *out = (struct time_parts){ 0 };
    calendar_date(days, out);
    set_clock(out, (uint64_t)rest);
    return true;
}

unsigned weekday_of(const struct time_parts *t)
{
    return (unsigned)((calendar_days(t->year, t->month, t->day) + 5) % 7);
}

unsigned day_of_year(const struct time_parts *t)
{
    return (unsigned)(calendar_days(t->year, t->month, t->day) - calendar_days(t->year, 1, 1) + 1);
}

static unsigned days_in_year(unsigned year)
{
    return calendar_days_in(year, 2) == 29 ? 366 : 365;
}

/* The servers' own steps ("calc_week"). Bits of the mode: 1 weeks begin on Monday, 2 the year of
 * the week is asked for, 4 the first week holds the first such day. */
static unsigned calc_week(const struct time_parts *t, unsigned bits, unsigned *year)
{
    int64_t day = calendar_days(t->year, t->month, t->day);
    int64_t first = calendar_days(t->year, 1, 1), days;
    bool monday = (bits & 1) != 0, week_year = (bits & 2) != 0, first_weekday = (bits & 4) != 0;
    unsigned weekday = (unsigned)((first + 5 + (monday ? 0 : 1)) % 7);
    *year = t->year;
    if (t->month == 1 && t->day <= 7 - weekday) {
        if (!week_year && (first_weekday ? weekday != 0 : weekday >= 4))
            return 0;
        week_year = true;
        (*year)--;
        days = days_in_year(*year);
        first -= days;
        weekday = (unsigned)((weekday + 53 * 7 - (unsigned)days) % 7);
    }
    if (first_weekday ? weekday != 0 : weekday >= 4)
        days = day - (first + (7 - weekday));
    else
        days = day - (first - weekday);
    if (week_year && days >= 52 * 7) {
        weekday = (weekday + days_in_year(*year)) % 7;
        if (first_weekday ? weekday == 0 : weekday < 4) {
            (*year)++;
            return 1;
        }
    }
    return (unsigned)(days / 7 + 1);
}

unsigned week_of(const struct time_parts *t, unsigned mode, unsigned *year)
{
    unsigned bits = mode & 7;
    if ((bits & 1) == 0)
        bits ^= 4;
    return calc_week(t, bits, year);
}

/* ---- intervals ---- */

static const struct {
    uint8_t first, count;
} units[UNIT_COUNT] = {
#define TIME_UNIT(name, part, digits) { part, digits },
#include "sql/time_units.def"
#undef TIME_UNIT
};

bool unit_has_clock(enum time_unit unit)
{
    return units[unit].first + units[unit].count > 3;
}

bool unit_has_micros(enum time_unit unit)
{
    return units[unit].first + units[unit].count > 6;
}

static bool simple_interval(struct evaluation *e, const struct datum *amount, enum time_unit unit,
                            struct interval *out)
{
    int64_t value;
    struct number number, whole, micros;
    bool negative;
    uint64_t magnitude, fraction;
    if (unit != UNIT_SECOND) {
        if (!datum_to_int64(e, amount, &value))
            return false;
        out->negative = value < 0;
        out->parts[units[unit].first] = value < 0 ? (int64_t)(0 - (uint64_t)value) : value;
        if (unit == UNIT_WEEK)
            out->parts[2] =
                value > INT64_MAX / 7 || value < -(INT64_MAX / 7) ? INT64_MAX : 7 * out->parts[2];
        if (unit == UNIT_QUARTER)
            out->parts[1] = out->parts[1] > INT64_MAX / 3 ? INT64_MAX : 3 * out->parts[1];
        return out->parts[units[unit].first] >= 0 ||
               evaluation_refuse(e, "an interval as long as this");
    }
    if (!datum_to_number(e, amount, &number))
        return false;
    out->negative = number.negative;
    number.negative = false;
    whole = number_round(&number, 0, ROUND_DOWN);
    number = number_round(&number, 6, ROUND_HALF_UP);
    struct number million = number_of(false, 1000000);
    micros = number_multiply(&number, &million);
    if (!number_integer(&whole, &negative, &magnitude) ||
        !number_integer(&micros, &negative, &fraction) || magnitude > INT64_MAX / 1000001)
        return evaluation_refuse(e, "an interval as long as this");
    out->parts[5] = (int64_t)(fraction / 1000000);
    out->parts[6] = (int64_t)(fraction % 1000000);
    out->has_micros = out->parts[6] != 0;
    return true;
}

/* 'd h:m:s': the groups of digits, whatever stands between them; the last ones of the unit where
 * there are fewer. */
static bool compound_interval(struct evaluation *e, const struct datum *amount, enum time_unit unit,
                              struct interval *out)
{
    enum { DIGITS_MAX = 9 };
    struct bytes text = datum_to_text(amount, e->arena);
    int64_t groups[PARTS] = { 0 };
    unsigned count = 0, digits = 0, wanted = units[unit].count;
    size_t i = 0;
    while (i < text.len && text.data[i] == ' ')
        i++;
    out->negative = i < text.len && text.data[i] == '-';
    for (; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool is_digit = c >= '0' && c <= '9';
        if (is_digit && digits == 0 && count++ == wanted)
            return evaluation_refuse(e, "an interval with more parts than its unit");
        digits = is_digit ? digits + 1 : 0;
        if (digits > DIGITS_MAX)
            return evaluation_refuse(e, "an interval as long as this");
        if (is_digit)
            groups[count - 1] = groups[count - 1] * 10 + (c - '0');
    }
    for (unsigned k = 0; k < count; k++)
        out->parts[units[unit].first + wanted - count + k] = groups[k];
    if (unit_has_micros(unit)) /* the digits of a fraction: of six */
        for (; digits > 0 && digits < 6; digits++)
            out->parts[6] *= 10;
    out->has_micros = out->parts[6] != 0;
    return true;
}

bool interval_of(struct evaluation *e, const struct datum *amount, enum time_unit unit,
                 struct interval *out)
{
    *out = (struct interval){ .has_clock = unit_has_clock(unit) };
    return units[unit].count == 1 ? simple_interval(e, amount, unit, out)
                                  : compound_interval(e, amount, unit, out);
}

static bool add_months(struct time_parts *t, int64_t months)
{
    enum { MONTHS_MAX = 120000 };
    if (months > MONTHS_MAX || months < -MONTHS_MAX)
        return false;
    int64_t total = t->year * 12ll + t->month - 1 + months;
    if (total < 12 || total >= 10000 * 12)
        return false;
    t->year = (uint16_t)(total / 12);
    t->month = (uint8_t)(total % 12 + 1);
    unsigned last = calendar_days_in(t->year, t->month);
    if (t->day > last)
        t->day = (uint8_t)last;
    return true;
}

bool interval_add(struct time_parts *t, const struct interval *interval, bool subtract)
{
    const int64_t *p = interval->parts;
    int64_t sign = interval->negative != subtract ? -1 : 1;
    enum { DAYS_MAX = 3660000, MONTHS_MAX = 120000 };
    if (p[0] > MONTHS_MAX || p[1] > MONTHS_MAX || p[2] > DAYS_MAX || p[3] > DAYS_MAX * 24ll ||
        p[4] > DAYS_MAX * 1440ll || p[5] > DAYS_MAX * 86400ll || p[6] > DAYS_MAX * DAY_MICROS)
        return false;
    if ((p[0] != 0 || p[1] != 0) && !add_months(t, sign * (12 * p[0] + p[1])))
        return false;
    int64_t micros = p[2] * DAY_MICROS + ((p[3] * 60 + p[4]) * 60 + p[5]) * 1000000 + p[6];
    return micros == 0 || datetime_of_micros(total_micros(t) + sign * micros, t);
}

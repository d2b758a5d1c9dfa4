/* store_time.c - values for columns of dates and times: rounded to the column's fraction, as MySQL
 * does (MariaDB cuts). A zero date is an error with NO_ZERO_DATE, a zero part always. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/store.h"
#include "sql/time_text.h"

enum { MICROS = 1000000, SECONDS_OF_DAY = 86400, HOUR_MAX = 838 };

static bool incorrect(const struct storing *s)
{
    return store_incorrect(s, PROBLEM_TRUNCATED_WRONG_VALUE,
                           s->column->type == SQL_DATE   ? "date"
                           : s->column->type == SQL_TIME ? "time"
                                                         : "datetime");
}

static bool understood(const struct storing *s, enum time_text read)
{
    if (read == TIME_TEXT_UNSURE)
        return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                            "column '%s': a date or time written like this: not supported here",
                            s->column->name);
    return read == TIME_TEXT_OK || incorrect(s);
}

/* A whole number that is given for a date or time; false: something else. */
static bool whole_number(const struct value *in, bool *negative, uint64_t *out)
{
    if (in->kind != VALUE_INT && in->kind != VALUE_UINT)
        return false;
    *negative = in->kind == VALUE_INT && in->i < 0;
    *out = *negative ? 0 - in->u : in->u;
    return true;
}

/* A day that there is, or none at all: 0000-00-00 00:00:00 where the mode lets it be. */
static bool is_allowed(const struct storing *s, const struct time_parts *t)
{
    bool is_zero = t->year == 0 && t->month == 0 && t->day == 0 && t->hour == 0 && t->minute == 0 &&
                   t->second == 0 && t->micro == 0;
    bool may_be_zero = (s->c->session->sql_mode & SQL_MODE_NO_ZERO_DATE) == 0;
    return calendar_has(t) || (is_zero && may_be_zero) || incorrect(s);
}

/* Date and clock of what was given. */
static bool parts_of(const struct storing *s, struct time_parts *out)
{
    unsigned scale;
    bool has_clock, negative;
    uint64_t number;
    if (s->in->kind == VALUE_DATE || s->in->kind == VALUE_DATETIME) {
        *out = s->in->time;
        return is_allowed(s, out);
    }
    if (whole_number(s->in, &negative, &number))
        return !negative && time_number_datetime(number, out, &has_clock) ? is_allowed(s, out)
                                                                          : incorrect(s);
    if (s->in->kind != VALUE_TEXT)
        return store_cannot(s);
    return understood(s, time_text_datetime(s->in->bytes, out, &scale, &has_clock)) &&
           is_allowed(s, out);
}

/* To the column's fraction; *day: midnight was passed. */
static void round_clock(struct time_parts *t, unsigned scale, bool *carry)
{
    uint32_t unit = 1;
    for (unsigned i = scale; i < 6; i++)
        unit *= 10;
    uint32_t micro = (t->micro + unit / 2) / unit * unit;
    *carry = micro >= MICROS;
    t->micro = *carry ? micro - MICROS : micro;
}

static bool next_second(struct time_parts *t)
{
    uint32_t second = t->hour * 3600u + t->minute * 60u + t->second + 1;
    bool is_next_day = second == SECONDS_OF_DAY;
    t->hour = (uint16_t)(second / 3600);
    t->minute = (uint8_t)(second / 60 % 60);
    t->second = (uint8_t)(second % 60);
    return is_next_day;
}

static bool datetime_of(const struct storing *s, struct time_parts *t)
{
    bool carry;
    if (!parts_of(s, t))
        return false;
    round_clock(t, s->column->scale, &carry);
    if (carry && next_second(t)) {
        t->hour = 0;
        calendar_date(calendar_days(t->year, t->month, t->day) + 1, t);
    }
    return t->year <= 9999 || incorrect(s);
}

bool store_date(const struct storing *s, struct value *out)
{
    struct time_parts t;
    bool carry;
    if (!parts_of(s, &t))
        return false;
    round_clock(&t, 0, &carry);
    if (carry)
        return store_cannot(s);
    if (t.hour != 0 || t.minute != 0 || t.second != 0)
        store_note(s);
    *out = (struct value){ .kind = VALUE_DATE };
    out->time = (struct time_parts){ .year = t.year, .month = t.month, .day = t.day };
    return true;
}

bool store_datetime(const struct storing *s, struct value *out)
{
    *out = (struct value){ .kind = VALUE_DATETIME };
    return datetime_of(s, &out->time);
}

bool store_timestamp(const struct storing *s, struct value *out)
{
    struct time_parts t;
    *out = (struct value){ .kind = VALUE_TIMESTAMP };
    if (!datetime_of(s, &t))
        return false;
    if (!calendar_has(&t)) {
        out->u = 0;
        return true;
    }
    if (!zone_instant(s->c->session->time_zone, &t, &out->u))
        return store_cannot(s);
    uint64_t seconds = out->u / MICROS;
    return (seconds > 0 && seconds <= INT32_MAX) || incorrect(s);
}

static bool time_of(const struct storing *s, struct time_parts *t)
{
    unsigned scale;
    bool negative, has_clock;
    uint64_t number;
    if (s->in->kind == VALUE_TIME) {
        *t = s->in->time;
        return true;
    }
    if (s->in->kind == VALUE_DATETIME) {
        *t = s->in->time;
        t->year = 0;
        t->month = t->day = 0;
        return true;
    }
    if (whole_number(s->in, &negative, &number))
        return number < 10000000 ? time_number_time(negative, number, t) || incorrect(s)
                                 : store_cannot(s);
    if (s->in->kind != VALUE_TEXT)
        return store_cannot(s);
    if (time_text_datetime(s->in->bytes, t, &scale, &has_clock) == TIME_TEXT_OK && has_clock &&
        s->in->bytes.len > 14) {
        t->year = 0;
        t->month = t->day = 0;
        return true;
    }
    *t = (struct time_parts){ 0 };
    return understood(s, time_text_time(s->in->bytes, t, &scale));
}

bool store_time(const struct storing *s, struct value *out)
{
    bool carry;
    *out = (struct value){ .kind = VALUE_TIME };
    if (!time_of(s, &out->time))
        return false;
    round_clock(&out->time, s->column->scale, &carry);
    if (carry)
        (void)next_second(&out->time);
    return out->time.hour <= HOUR_MAX || incorrect(s);
}

/* datum_convert.c - a value of one type where another is asked for, as MySQL converts unasked. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "engine/sqlite/query/call.h"
#include "sql/time_text.h"

enum { TEXT_SHOWN = 128, REAL_TEXT_MAX = 400 };

bool evaluation_fail(struct evaluation *e, enum problem number, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return problem(&e->connection->problem, number, "%s", text);
}

bool evaluation_refuse(struct evaluation *e, const char *what)
{
    return evaluation_fail(e, PROBLEM_NOT_SUPPORTED, "%s: not supported here", what);
}

bool evaluation_warn(struct evaluation *e, enum problem number, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (e->call->is_strict)
        return problem(&e->connection->problem, number, "%s", text);
    if (!e->call->is_silent)
        query_session_warn(e->call->query->session, "Warning", (uint16_t)number, "%s", text);
    return true;
}

static bool truncated(struct evaluation *e, const char *type, struct bytes text)
{
    int len = text.len > TEXT_SHOWN ? TEXT_SHOWN : (int)text.len;
    return evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Truncated incorrect %s value: '%.*s'",
                           type, len, len > 0 ? (const char *)text.data : "");
}

static bool text_to_real(struct evaluation *e, struct bytes text, double *out)
{
    bool whole;
    struct bytes number = number_prefix(text, true, &whole);
    char *copy = arena_strn(e->arena, number.data, number.len);
    *out = number.len > 0 ? strtod(copy, NULL) : 0;
    if (!isfinite(*out)) {
        *out = *out < 0 ? -1.7976931348623157e308 : 1.7976931348623157e308;
        whole = false;
    }
    return whole || truncated(e, "DOUBLE", text);
}

static uint64_t date_number(const struct time_parts *t)
{
    return t->year * 10000u + t->month * 100u + t->day;
}

static uint64_t clock_number(const struct time_parts *t)
{
    return t->hour * 10000u + t->minute * 100u + t->second;
}

/* 20240229123456.5 */
static struct number temporal_number(const struct datum *in)
{
    const struct time_parts *t = &in->time;
    uint64_t whole = in->rep == REP_DATE   ? date_number(t)
                     : in->rep == REP_TIME ? clock_number(t)
                                           : date_number(t) * 1000000 + clock_number(t);
    struct number number = number_of(false, whole * 1000000 + t->micro);
    number.scale = 6;
    number = number_round(&number, in->scale, ROUND_DOWN);
    return t->negative ? number_negate(number) : number;
}

bool datum_to_real(struct evaluation *e, const struct datum *in, double *out)
{
    struct number number;
    switch (in->rep) {
    case REP_INT:
        *out = in->is_unsigned ? (double)in->u : (double)in->i;
        return true;
    case REP_REAL:
        *out = in->d;
        return true;
    case REP_DECIMAL:
        *out = number_double(&in->number);
        return true;
    case REP_TEXT:
    case REP_BYTES:
        return text_to_real(e, in->bytes, out);
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
    case REP_NULL:
    case REP_COUNT:
        break;
    }
    number = temporal_number(in);
    *out = number_double(&number);
    return true;
}

static bool real_to_number(struct evaluation *e, double real, struct number *out)
{
    char text[REAL_TEXT_MAX];
    struct bytes shown = datum_to_text(&(struct datum){ .rep = REP_REAL, .d = real }, e->arena);
    if (memchr(shown.data, 'e', shown.len) != NULL) {
        int len = snprintf(text, sizeof text, "%.30f", real);
        shown = arena_copy(e->arena, bytes_of(text, (size_t)len));
        while (shown.len > 0 && shown.data[shown.len - 1] == '0')
            shown.len--;
    }
    if (!number_read(shown, out) || number_digits(out) > NUMBER_DIGITS_MAX)
        return evaluation_refuse(e, "a DOUBLE of this size as a DECIMAL");
    return true;
}

bool datum_to_number(struct evaluation *e, const struct datum *in, struct number *out)
{
    bool whole;
    struct bytes text;
    switch (in->rep) {
    case REP_INT:
        *out = in->is_unsigned || in->i >= 0 ? number_of(false, in->u) : number_of(true, 0 - in->u);
        return true;
    case REP_REAL:
        return real_to_number(e, in->d, out);
    case REP_DECIMAL:
        *out = in->number;
        return true;
    case REP_TEXT:
    case REP_BYTES:
        text = number_prefix(in->bytes, true, &whole);
        if (text.len == 0)
            *out = (struct number){ 0 };
        else if (!number_read(text, out) || !number_fits(out))
            return evaluation_refuse(e, "a text of this kind as a DECIMAL");
        return whole || truncated(e, "DECIMAL", in->bytes);
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
    case REP_NULL:
    case REP_COUNT:
        break;
    }
    *out = temporal_number(in);
    return true;
}

static bool text_to_integer(struct evaluation *e, struct bytes text, bool *negative, uint64_t *out)
{
    bool whole;
    struct bytes number = number_prefix(text, false, &whole);
    size_t i = 0;
    uint64_t value = 0;
    *negative = number.len > 0 && number.data[0] == '-';
    if (number.len > 0 && (number.data[0] == '-' || number.data[0] == '+'))
        i++;
    for (; i < number.len && number.data[i] != '.'; i++) {
        uint64_t digit = (uint64_t)(number.data[i] - '0');
        bool fits = value <= (UINT64_MAX - digit) / 10;
        value = fits ? value * 10 + digit : UINT64_MAX;
        if (!fits) {
            whole = false;
            break;
        }
    }
    whole = whole && i == number.len;
    *out = value;
    return whole || truncated(e, "INTEGER", text);
}

bool datum_to_integer(struct evaluation *e, const struct datum *in, bool *negative, uint64_t *out)
{
    struct number number;
    if (in->rep == REP_INT) {
        *negative = !in->is_unsigned && in->i < 0;
        *out = *negative ? 0 - in->u : in->u;
        return true;
    }
    if (in->rep == REP_REAL) {
        double rounded = rint(in->d);
        *negative = rounded < 0;
        *out = fabs(rounded) < 18446744073709551615.0 ? (uint64_t)fabs(rounded) : UINT64_MAX;
        return true;
    }
    if (datum_has_bytes(in))
        return text_to_integer(e, in->bytes, negative, out);
    if (!datum_to_number(e, in, &number))
        return false;
    if (!number_integer(&number, negative, out)) {
        *negative = number.negative;
        *out = UINT64_MAX;
    }
    return true;
}

bool datum_to_int64(struct evaluation *e, const struct datum *in, int64_t *out)
{
    bool negative;
    uint64_t magnitude;
    if (!datum_to_integer(e, in, &negative, &magnitude))
        return false;
    uint64_t most = (uint64_t)INT64_MAX + negative;
    if (magnitude > most)
        magnitude = most;
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

bool datum_truth(struct evaluation *e, const struct datum *in, bool *out)
{
    double real;
    if (in->rep == REP_INT)
        *out = in->u != 0;
    else if (in->rep == REP_DECIMAL)
        *out = !number_is_zero(&in->number);
    else if (!datum_to_real(e, in, &real))
        return false;
    else
        *out = real != 0;
    return true;
}

/* ---- dates and times ---- */

static void cut_to(enum rep from, enum rep to, struct datum *d)
{
    if (to == REP_DATE) {
        d->time =
            (struct time_parts){ .year = d->time.year, .month = d->time.month, .day = d->time.day };
        d->scale = 0;
    } else if (to == REP_TIME && from == REP_DATETIME) {
        d->time.year = 0;
        d->time.month = d->time.day = 0;
    } else if (to == REP_TIME && from == REP_DATE) {
        d->time = (struct time_parts){ 0 };
    }
    d->rep = to;
}

static bool from_text(struct evaluation *e, struct bytes text, enum rep rep, struct datum *out,
                      bool *is_valid)
{
    unsigned scale = 0;
    bool has_clock = false;
    enum time_text read = TIME_TEXT_WRONG;
    bool is_time = rep == REP_TIME && memchr(text.data, '-', text.len) <= (const void *)text.data;
    *out = (struct datum){ .rep = rep };
    if (is_time)
        read = time_text_time(text, &out->time, &scale);
    else
        read = time_text_datetime(text, &out->time, &scale, &has_clock);
    out->scale = (uint8_t)scale;
    *is_valid = read == TIME_TEXT_OK;
    if (*is_valid && !is_time)
        cut_to(REP_DATETIME, rep, out);
    return read != TIME_TEXT_UNSURE || evaluation_refuse(e, "a date or time written like this");
}

static bool from_number(struct evaluation *e, const struct datum *in, enum rep rep,
                        struct datum *out, bool *is_valid)
{
    struct number number, whole;
    bool negative, has_clock = false;
    uint64_t magnitude;
    *out = (struct datum){ .rep = rep };
    *is_valid = false;
    if (!datum_to_number(e, in, &number))
        return false;
    whole = number_round(&number, 0, ROUND_DOWN);
    if (!number_integer(&whole, &negative, &magnitude))
        return true;
    if (number.scale > 0 && number_compare(&number, &whole) != 0)
        return evaluation_refuse(e, "a number with a fraction as a date or time");
    if (rep == REP_TIME && magnitude < 10000000) {
        *is_valid = time_number_time(number.negative, magnitude, &out->time);
        return true;
    }
    *is_valid = !number.negative && time_number_datetime(magnitude, &out->time, &has_clock);
    cut_to(REP_DATETIME, rep, out);
    return true;
}

bool datum_to_temporal(struct evaluation *e, const struct datum *in, enum rep rep,
                       struct datum *out, bool *is_valid)
{
    if (datum_has_bytes(in))
        return from_text(e, in->bytes, rep, out, is_valid);
    if (!datum_is_temporal(in))
        return from_number(e, in, rep, out, is_valid);
    if (in->rep == REP_TIME && rep != REP_TIME)
        return evaluation_refuse(e, "a TIME as a date");
    *out = *in;
    *is_valid = true;
    cut_to(in->rep, rep, out);
    return true;
}

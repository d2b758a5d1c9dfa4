/* call_time_format.c - DATE_FORMAT and STR_TO_DATE, in English. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "engine/sqlite/query/time_argument.h"

static void ordinal(struct buf *out, unsigned day)
{
    const char *end = day / 10 == 1   ? "th"
                      : day % 10 == 1 ? "st"
                      : day % 10 == 2 ? "nd"
                      : day % 10 == 3 ? "rd"
                                      : "th";
    buf_printf(out, "%u%s", day, end);
}

static unsigned twelve(const struct time_parts *t)
{
    return (t->hour % 24u + 11) % 12 + 1;
}

static const char *half(const struct time_parts *t)
{
    return t->hour % 24 < 12 ? "AM" : "PM";
}

static void format_week(struct buf *out, const struct time_parts *t, char c)
{
    static const struct {
        char c;
        uint8_t mode;
        bool is_year;
    } rows[] = { { 'U', 0, false }, { 'u', 1, false }, { 'V', 2, false },
                 { 'v', 3, false }, { 'X', 2, true },  { 'x', 3, true } };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        unsigned year, week;
        if (rows[i].c != c)
            continue;
        week = week_of(t, rows[i].mode, &year);
        buf_printf(out, rows[i].is_year ? "%04u" : "%02u", rows[i].is_year ? year : week);
    }
}

static void format_date(struct buf *out, const struct time_parts *t, char c)
{
    switch (c) {
    case 'Y':
        buf_printf(out, "%04u", t->year);
        return;
    case 'y':
        buf_printf(out, "%02u", t->year % 100);
        return;
    case 'm':
        buf_printf(out, "%02u", t->month);
        return;
    case 'c':
        buf_printf(out, "%u", t->month);
        return;
    case 'M':
        buf_str(out, month_names[t->month - 1]);
        return;
    case 'b':
        buf_append(out, month_names[t->month - 1], 3);
        return;
    case 'd':
        buf_printf(out, "%02u", t->day);
        return;
    case 'e':
        buf_printf(out, "%u", t->day);
        return;
    case 'D':
        ordinal(out, t->day);
        return;
    case 'j':
        buf_printf(out, "%03u", day_of_year(t));
        return;
    case 'W':
        buf_str(out, day_names[weekday_of(t)]);
        return;
    case 'a':
        buf_append(out, day_names[weekday_of(t)], 3);
        return;
    case 'w':
        buf_printf(out, "%u", (weekday_of(t) + 1) % 7);
        return;
    default:
        format_week(out, t, c);
        return;
    }
}

/* false: no letter of a clock */
static bool format_clock(struct buf *out, const struct time_parts *t, char c)
{
    switch (c) {
    case 'H':
        buf_printf(out, "%02u", t->hour);
        return true;
    case 'k':
        buf_printf(out, "%u", t->hour);
        return true;
    case 'h':
    case 'I':
        buf_printf(out, "%02u", twelve(t));
        return true;
    case 'l':
        buf_printf(out, "%u", twelve(t));
        return true;
    case 'i':
        buf_printf(out, "%02u", t->minute);
        return true;
    case 's':
    case 'S':
        buf_printf(out, "%02u", t->second);
        return true;
    case 'f':
        buf_printf(out, "%06u", t->micro);
        return true;
    case 'p':
        buf_str(out, half(t));
        return true;
    case 'T':
        buf_printf(out, "%02u:%02u:%02u", t->hour, t->minute, t->second);
        return true;
    case 'r':
        buf_printf(out, "%02u:%02u:%02u %s", twelve(t), t->minute, t->second, half(t));
        return true;
    default:
        return false;
    }
}

static bool eval_date_format(struct evaluation *e, struct datum *out)
{
    static const char letters[] = "YymcMbdeDjWawUuVvXx";
    struct datum t;
    struct bytes format = arg_text(e, 1);
    AUTO_BUF made;
    buf_init(&made, TEXT_RESULT_MAX);
    if (!time_argument(e, 0, REP_DATETIME, &t))
        return false;
    if (t.rep == REP_NULL || format.len == 0)
        return true;
    for (size_t i = 0; i < format.len; i++) {
        char c = (char)format.data[i];
        if (c != '%' || i + 1 == format.len) {
            buf_u8(&made, (uint8_t)c);
            continue;
        }
        c = (char)format.data[++i];
        if (format_clock(&made, &t.time, c))
            continue;
        if (c != '\0' && strchr(letters, c) != NULL)
            format_date(&made, &t.time, c);
        else
            buf_u8(&made, (uint8_t)c);
    }
    if (made.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&made)), out);
    return true;
}

bool compile_date_format(struct compiler *c, const struct typed *when, const struct typed *format,
                         struct typed *out)
{
    struct typed args[2] = { *when, *format };
    struct call call = { .eval = eval_date_format, .args = args, .count = 2 };
    enum rep rep;
    if (when->rep == REP_TIME)
        return compile_refuse(c, "DATE_FORMAT of a TIME");
    call.type = (struct typed){ .rep = REP_TEXT,
                                .is_nullable = true,
                                .length = 10 * text_length(format),
                                .coercion = COERCE_LITERAL,
                                .collation = c->session->collation };
    return number_rep(c, when, &rep) && compile_call(c, &call, out);
}

bool call_date_format(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed when, format;
    return compile_expr(c, e->args, &when) && compile_expr(c, e->args->next, &format) &&
           compile_date_format(c, &when, &format, out);
}

/* ---- STR_TO_DATE ---- */

struct parsing {
    struct bytes text;
    struct time_parts time;
    bool is_half_day, is_afternoon;
};

static bool take_number(struct parsing *p, unsigned digits, unsigned *out)
{
    unsigned value = 0, count = 0;
    while (count < digits && p->text.len > 0 && p->text.data[0] >= '0' && p->text.data[0] <= '9') {
        value = value * 10 + (unsigned)(p->text.data[0] - '0');
        p->text = bytes_of(p->text.data + 1, p->text.len - 1);
        count++;
    }
    *out = value;
    if (digits == 6)
        for (; count > 0 && count < 6; count++)
            *out *= 10;
    return count > 0;
}

static bool take_name(struct parsing *p, size_t least, bool is_whole)
{
    for (unsigned i = 0; i < 12; i++) {
        size_t len = is_whole ? strlen(month_names[i]) : least;
        if (p->text.len < len || strncasecmp((const char *)p->text.data, month_names[i], len) != 0)
            continue;
        p->time.month = (uint8_t)(i + 1);
        p->text = bytes_of(p->text.data + len, p->text.len - len);
        return true;
    }
    return false;
}

static bool take_half(struct parsing *p)
{
    if (p->text.len < 2 || (p->text.data[1] | 0x20) != 'm')
        return false;
    uint8_t c = p->text.data[0] | 0x20;
    p->is_afternoon = c == 'p';
    p->is_half_day = true;
    p->text = bytes_of(p->text.data + 2, p->text.len - 2);
    return c == 'a' || c == 'p';
}

static bool parse_one(struct parsing *p, char c)
{
    static const struct {
        char letter;
        uint8_t digits;
    } rows[] = { { 'Y', 4 }, { 'm', 2 }, { 'c', 2 }, { 'd', 2 }, { 'e', 2 },
                 { 'H', 2 }, { 'k', 2 }, { 'h', 2 }, { 'I', 2 }, { 'l', 2 },
                 { 'i', 2 }, { 's', 2 }, { 'S', 2 }, { 'f', 6 }, { 'y', 2 } };
    unsigned value = 0, digits = 0;
    if (c == 'M' || c == 'b')
        return take_name(p, 3, c == 'M');
    if (c == 'p')
        return take_half(p);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].letter == c)
            digits = rows[i].digits;
    if (!take_number(p, digits, &value))
        return false;
    if (c == 'Y')
        p->time.year = (uint16_t)value;
    else if (c == 'y')
        p->time.year = (uint16_t)(value < 70 ? 2000 + value : 1900 + value);
    else if (c == 'm' || c == 'c')
        p->time.month = (uint8_t)value;
    else if (c == 'd' || c == 'e')
        p->time.day = (uint8_t)value;
    else if (c == 'i')
        p->time.minute = (uint8_t)value;
    else if (c == 's' || c == 'S')
        p->time.second = (uint8_t)value;
    else if (c == 'f')
        p->time.micro = value;
    else
        p->time.hour = (uint16_t)value;
    if (c == 'h' || c == 'I' || c == 'l') {
        p->is_half_day = true;
        return value >= 1 && value <= 12;
    }
    return true;
}

static bool parse_all(struct parsing *p, struct bytes format)
{
    for (size_t i = 0; i < format.len; i++) {
        uint8_t c = format.data[i];
        while (p->text.len > 0 && p->text.data[0] == ' ')
            p->text = bytes_of(p->text.data + 1, p->text.len - 1);
        if (c == ' ')
            continue;
        if (c == '%' && i + 1 < format.len) {
            if (!parse_one(p, (char)format.data[++i]))
                return false;
            continue;
        }
        if (p->text.len == 0 || p->text.data[0] != c)
            return false;
        p->text = bytes_of(p->text.data + 1, p->text.len - 1);
    }
    if (p->is_half_day)
        p->time.hour = (uint16_t)(p->time.hour % 12 + (p->is_afternoon ? 12 : 0));
    return true;
}

static bool eval_str_to_date(struct evaluation *e, struct datum *out)
{
    struct parsing p = { .text = arg_text(e, 0) };
    struct bytes text = p.text;
    enum rep rep = e->call->type.rep;
    bool ok = parse_all(&p, arg_text(e, 1)) && p.time.hour < 24 && p.time.minute < 60 &&
              p.time.second < 60 && (rep == REP_TIME || calendar_has(&p.time));
    if (!ok)
        return evaluation_warn(e, PROBLEM_WRONG_VALUE_FOR_TYPE,
                               "Incorrect datetime value: '%.*s' for function str_to_date",
                               text.len > 100 ? 100 : (int)text.len, (const char *)text.data);
    for (size_t i = 0; i < p.text.len; i++)
        if (p.text.data[i] != ' ')
            return evaluation_refuse(e, "STR_TO_DATE with a text longer than its format");
    *out = (struct datum){ .rep = rep, .scale = e->call->type.scale, .time = p.time };
    return true;
}

bool call_str_to_date(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed args[2];
    struct call call = { .eval = eval_str_to_date,
                         .args = args,
                         .count = 2,
                         .type = { .rep = REP_DATETIME, .is_nullable = true } };
    bool has_date = false, has_clock = false;
    if (!compile_expr(c, e->args, &args[0]) || !compile_expr(c, e->args->next, &args[1]))
        return false;
    if (args[0].rep != REP_TEXT && !is_null(&args[0]))
        return compile_refuse(c, "STR_TO_DATE of what is no text");
    if (!args[1].is_constant || args[1].value.kind != VALUE_TEXT)
        return is_null(&args[1])
                   ? compile_call(c, &call, out)
                   : compile_refuse(c, "STR_TO_DATE with a format that is no constant");
    struct bytes format = args[1].value.bytes;
    for (size_t i = 0; i + 1 < format.len; i++) {
        char letter = (char)format.data[i + 1];
        if (format.data[i] != '%')
            continue;
        i++;
        if (letter == '\0' || strchr("YymcMbdeHkhIlisSfp", letter) == NULL)
            return compile_refuse(c, "this letter in the format of STR_TO_DATE");
        has_date = has_date || strchr("YymcMbde", letter) != NULL;
        has_clock = has_clock || strchr("HkhIlisSfp", letter) != NULL;
        call.type.scale = letter == 'f' ? 6 : call.type.scale;
    }
    call.type.rep = !has_clock ? REP_DATE : has_date ? REP_DATETIME : REP_TIME;
    return compile_call(c, &call, out);
}

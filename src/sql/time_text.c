/* time_text.c - see time_text.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/time_text.h"

enum { HOUR_MAX = 838, MICROS = 1000000, DIGITS_MAX = 19 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    while (text.len > 0 && text.data[0] == ' ')
        text = bytes_of(text.data + 1, text.len - 1);
    return text;
}

unsigned calendar_days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool calendar_has(const struct time_parts *parts)
{
    return parts->day >= 1 && parts->day <= calendar_days_in(parts->year, parts->month);
}

/* The servers' own count ("calc_daynr"): 1970-01-01 is 719528. */
int64_t calendar_days(unsigned year, unsigned month, unsigned day)
{
    int64_t y = year;
    if (y == 0 && month == 0)
        return 0;
    int64_t days = 365 * y + 31 * ((int64_t)month - 1) + day;
    if (month <= 2)
        y--;
    else
        days -= ((int64_t)month * 4 + 23) / 10;
    int64_t centuries = (y / 100 + 1) * 3 / 4;
    return days + y / 4 - centuries;
}

void calendar_date(int64_t days, struct time_parts *out)
{
    int64_t year = days * 100 / 36525;
    while (calendar_days((unsigned)year + 1, 1, 1) <= days)
        year++;
    while (year > 0 && calendar_days((unsigned)year, 1, 1) > days)
        year--;
    unsigned month = 12;
    while (month > 1 && calendar_days((unsigned)year, month, 1) > days)
        month--;
    out->year = (uint16_t)year;
    out->month = (uint8_t)month;
    out->day = (uint8_t)(days - calendar_days((unsigned)year, month, 1) + 1);
}

/* One part of digits; 0 digits: none was there. */
struct part {
    uint64_t value;
    unsigned digits;
};

static struct part take_digits(struct bytes *text, unsigned most)
{
    struct part part = { 0 };
    while (text->len > 0 && is_digit(text->data[0]) && part.digits < most) {
        part.value = part.value * 10 + (uint64_t)(text->data[0] - '0');
        part.digits++;
        *text = bytes_of(text->data + 1, text->len - 1);
    }
    return part;
}

static bool take(struct bytes *text, uint8_t c)
{
    if (text->len == 0 || text->data[0] != c)
        return false;
    *text = bytes_of(text->data + 1, text->len - 1);
    return true;
}

/* .digits: microseconds, rounded. *carry: a second more. */
static void take_fraction(struct bytes *text, uint32_t *micro, unsigned *scale, bool *carry)
{
    unsigned digits = 0;
    *micro = 0;
    for (; text->len > 0 && is_digit(text->data[0]); take(text, text->data[0]), digits++) {
        unsigned digit = (unsigned)(text->data[0] - '0');
        if (digits < 6)
            *micro = *micro * 10 + digit;
        else if (digits == 6)
            *micro += digit >= 5;
    }
    *scale = digits < 6 ? digits : 6;
    for (; digits < 6; digits++)
        *micro *= 10;
    *carry = *micro >= MICROS;
    if (*carry)
        *micro -= MICROS;
}

static unsigned full_year(struct part year)
{
    if (year.digits > 2)
        return (unsigned)year.value;
    return (unsigned)(year.value < 70 ? 2000 + year.value : 1900 + year.value);
}

/* hh:mm[:ss[.f]]; hours are there already. */
static enum time_text take_clock(struct bytes *text, struct time_parts *out, unsigned *scale,
                                 bool *carry)
{
    struct part minute, second = { 0 };
    if (!take(text, ':'))
        return TIME_TEXT_UNSURE;
    minute = take_digits(text, 2);
    if (minute.digits == 0)
        return TIME_TEXT_UNSURE;
    if (take(text, ':')) {
        second = take_digits(text, 2);
        if (second.digits == 0)
            return TIME_TEXT_UNSURE;
        if (take(text, '.'))
            take_fraction(text, &out->micro, scale, carry);
    }
    out->minute = (uint8_t)minute.value;
    out->second = (uint8_t)second.value;
    return minute.value < 60 && second.value < 60 ? TIME_TEXT_OK : TIME_TEXT_WRONG;
}

static enum time_text leftover(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'z')
            return TIME_TEXT_WRONG;
    return text.len == 0 ? TIME_TEXT_OK : TIME_TEXT_UNSURE;
}

static bool is_zero_date(const struct time_parts *t)
{
    return t->year == 0 && t->month == 0 && t->day == 0;
}

static enum time_text delimited(struct bytes text, struct time_parts *out, unsigned *scale,
                                bool *has_clock)
{
    bool carry = false;
    struct part year = take_digits(&text, 4), month, day, hour;
    uint8_t delimiter = text.len > 0 ? text.data[0] : 0;
    if (strchr("-/.", delimiter) == NULL || delimiter == 0)
        return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
    if (year.digits != 2 && year.digits != 4)
        return TIME_TEXT_UNSURE;
    take(&text, delimiter);
    month = take_digits(&text, 2);
    if (month.digits == 0 || !take(&text, delimiter))
        return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
    day = take_digits(&text, 2);
    if (day.digits == 0)
        return TIME_TEXT_UNSURE;
    out->year = (uint16_t)full_year(year);
    out->month = (uint8_t)month.value;
    out->day = (uint8_t)day.value;
    *has_clock = text.len > 0;
    if (text.len > 0) {
        if (!take(&text, ' ') && !take(&text, 'T'))
            return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
        hour = take_digits(&text, 2);
        if (hour.digits == 0)
            return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
        out->hour = (uint16_t)hour.value;
        enum time_text clock = take_clock(&text, out, scale, &carry);
        if (clock != TIME_TEXT_OK)
            return clock;
        if (hour.value > 23)
            return TIME_TEXT_WRONG;
    }
    if (text.len > 0 || carry)
        return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
    return calendar_has(out) || is_zero_date(out) ? TIME_TEXT_OK : TIME_TEXT_WRONG;
}

bool time_number_datetime(uint64_t number, struct time_parts *out, bool *has_clock)
{
    struct time_parts t = { 0 };
    uint64_t date = number, clock = 0;
    bool is_long = number > 99991231;
    if (is_long) {
        date = number / 1000000;
        clock = number % 1000000;
    }
    if (date >= 101 && date <= 691231)
        date += 20000000;
    else if (date >= 700101 && date <= 991231)
        date += 19000000;
    if (number != 0 && (date < 10000101 || date > 99991231))
        return false;
    t.year = (uint16_t)(date / 10000);
    t.month = (uint8_t)(date / 100 % 100);
    t.day = (uint8_t)(date % 100);
    t.hour = (uint16_t)(clock / 10000);
    t.minute = (uint8_t)(clock / 100 % 100);
    t.second = (uint8_t)(clock % 100);
    *has_clock = is_long;
    *out = t;
    return (number == 0 || calendar_has(&t)) && t.hour < 24 && t.minute < 60 && t.second < 60;
}

enum time_text time_text_datetime(struct bytes text, struct time_parts *out, unsigned *scale,
                                  bool *has_clock)
{
    struct time_parts t = { 0 };
    text = trimmed(text);
    struct bytes rest = text;
    *scale = 0;
    *has_clock = false;
    if (text.len == 0)
        return TIME_TEXT_WRONG;
    if (!is_digit(text.data[0]))
        return leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
    struct part run = take_digits(&rest, DIGITS_MAX);
    enum time_text result;
    if (run.digits == 8 || run.digits == 14) {
        bool carry = false;
        if (rest.len > 0 && (run.digits == 8 || !take(&rest, '.')))
            return leftover(rest) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
        if (!time_number_datetime(run.value, &t, has_clock))
            return TIME_TEXT_WRONG;
        take_fraction(&rest, &t.micro, scale, &carry);
        result = rest.len > 0 || carry ? TIME_TEXT_UNSURE : TIME_TEXT_OK;
        *has_clock = run.digits == 14;
    } else {
        result = delimited(text, &t, scale, has_clock);
    }
    if (result == TIME_TEXT_OK)
        *out = t;
    return result;
}

bool time_number_time(bool negative, uint64_t number, struct time_parts *out)
{
    struct time_parts t = { .negative = negative && number > 0 };
    t.second = (uint8_t)(number % 100);
    t.minute = (uint8_t)(number / 100 % 100);
    if (number / 10000 > HOUR_MAX || t.minute > 59 || t.second > 59)
        return false;
    t.hour = (uint16_t)(number / 10000);
    *out = t;
    return true;
}

enum time_text time_text_time(struct bytes text, struct time_parts *out, unsigned *scale)
{
    struct time_parts t = { 0 };
    bool carry = false;
    uint64_t days = 0;
    enum time_text result = TIME_TEXT_OK;
    text = trimmed(text);
    *scale = 0;
    t.negative = take(&text, '-');
    struct part first = take_digits(&text, DIGITS_MAX);
    if (first.digits == 0)
        return leftover(text) == TIME_TEXT_OK ? TIME_TEXT_WRONG : leftover(text);
    if (take(&text, ' ')) {
        days = first.value;
        first = take_digits(&text, 2);
        if (first.digits == 0 || days > 34)
            return TIME_TEXT_UNSURE;
    } else if (text.len == 0 || text.data[0] == '.') {
        if (!time_number_time(t.negative, first.value, &t))
            return TIME_TEXT_WRONG;
        if (take(&text, '.'))
            take_fraction(&text, &t.micro, scale, &carry);
        first.digits = 0;
    }
    if (first.digits > 0) {
        if (first.value + days * 24 > HOUR_MAX)
            return TIME_TEXT_WRONG;
        t.hour = (uint16_t)(first.value + days * 24);
        result = take_clock(&text, &t, scale, &carry);
    }
    if (result == TIME_TEXT_OK && (text.len > 0 || carry))
        result = leftover(text) == TIME_TEXT_WRONG ? TIME_TEXT_WRONG : TIME_TEXT_UNSURE;
    if (result == TIME_TEXT_OK) {
        if (t.hour == 0 && t.minute == 0 && t.second == 0 && t.micro == 0)
            t.negative = false;
        *out = t;
    }
    return result;
}

/* default_canonical.c - see default_canonical.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/default_canonical.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "sql/names.h"
#include "sql/types.h"

enum { DIGITS_MAX = 400, FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* numbers: [sign] digits [. digits] [e exponent] as a sign, digits and the place of the point */

struct digits {
    bool negative;
    char digit[DIGITS_MAX + 2]; /* '0' to '9'; one place in front is kept for a carry */
    int count;
    int point; /* digits before it */
};

static bool read_digits(const char *text, struct digits *d)
{
    *d = (struct digits){ .negative = *text == '-', .point = -1 };
    text += *text == '-' || *text == '+';
    for (; is_digit(*text) || *text == '.'; text++) {
        if (*text == '.' && d->point >= 0)
            return false;
        if (d->count >= DIGITS_MAX)
            return false;
        if (*text == '.')
            d->point = d->count;
        else
            d->digit[d->count++] = *text;
    }
    if (d->count == 0)
        return false;
    if (d->point < 0)
        d->point = d->count;
    if (*text == 'e' || *text == 'E') {
        char *end;
        long exponent = strtol(text + 1, &end, 10);
        if (end == text + 1 || exponent < -DIGITS_MAX || exponent > DIGITS_MAX)
            return false;
        d->point += (int)exponent;
        text = end;
    }
    while (*text == ' ')
        text++;
    return *text == 0;
}

static char digit_at(const struct digits *d, int i)
{
    return i >= 0 && i < d->count ? d->digit[i] : '0';
}

/* Digits before and after the point, rounded half away from zero. */
static char *print_fixed(const struct digits *d, int scale, struct arena *arena)
{
    int whole = d->point > 0 ? d->point : 1;
    int total = whole + scale;
    int shift = d->point - whole; /* of the first printed digit */
    char *out = arena_alloc(arena, (size_t)total + 4);
    char *digits = out + 2; /* room for a sign and a carry */
    for (int i = 0; i < total; i++)
        digits[i] = digit_at(d, i + shift);
    bool carry = digit_at(d, total + shift) >= '5' && d->count > total + shift;
    for (int i = total - 1; i >= 0 && carry; i--) {
        carry = digits[i] == '9';
        digits[i] = carry ? '0' : (char)(digits[i] + 1);
    }
    if (carry) {
        *--digits = '1';
        whole++;
        total++;
    }
    while (whole > 1 && *digits == '0') {
        digits++;
        whole--;
        total--;
    }
    bool zero = strspn(digits, "0") == strlen(digits);
    return arena_printf(arena, "%s%.*s%s%.*s", d->negative && !zero ? "-" : "", whole, digits,
                        scale > 0 ? "." : "", scale, digits + whole);
}

static char *canonical_fixed(char *text, int scale, struct arena *arena)
{
    struct digits d;
    return read_digits(text, &d) ? print_fixed(&d, scale, arena) : text;
}

/* 1e+20 is 1e20 in the servers' hand. */
static void tidy_exponent(char *text)
{
    char *e = strchr(text, 'e');
    if (e == NULL)
        return;
    char *to = e + 1;
    const char *from = e + 1;
    if (*from == '-')
        *to++ = '-';
    from += *from == '-' || *from == '+';
    while (*from == '0')
        from++;
    memmove(to, from, strlen(from) + 1);
}

static bool reads_back(const char *text, double value, bool is_float)
{
    double again = strtod(text, NULL);
    return is_float ? (float)again == (float)value : again == value;
}

/* The shortest text that reads back as the same number. (Of a FLOAT the servers themselves show six
 * digits only, whatever they put into rows.) */
static char *canonical_real(const struct column_def *column, char *text, struct arena *arena)
{
    struct digits d;
    if (!read_digits(text, &d))
        return text;
    if (column->precision > 0)
        return print_fixed(&d, column->scale, arena);
    double value = strtod(text, NULL);
    bool is_float = column->type == SQL_FLOAT;
    int most = is_float ? FLOAT_DIGITS : DOUBLE_DIGITS;
    char shown[64];
    int precision = 1;
    do
        snprintf(shown, sizeof shown, "%.*g", precision, value);
    while (precision++ < most && !reads_back(shown, value, is_float));
    if (strchr(shown, 'e') != NULL && fabs(value) >= 1 && fabs(value) < 1e15)
        snprintf(shown, sizeof shown, "%.0f", value);
    tidy_exponent(shown);
    return arena_str(arena, shown);
}

/* dates and times */

struct parts {
    unsigned number[7]; /* groups of digits */
    unsigned width[7];  /* how many digits each has */
    char separator[7];  /* before each */
    unsigned count;
};

static bool read_parts(const char *text, struct parts *p)
{
    *p = (struct parts){ .count = 0 };
    char separator = 0;
    while (*text != 0) {
        if (p->count == ARRAY_COUNT(p->number) || !is_digit(*text))
            return false;
        unsigned value = 0;
        unsigned width = 0;
        for (; is_digit(*text); text++, width++) {
            if (value > 99999999)
                return false;
            value = value * 10 + (unsigned)(*text - '0');
        }
        p->number[p->count] = value;
        p->width[p->count] = width;
        p->separator[p->count++] = separator;
        separator = *text;
        text += *text != 0;
    }
    return p->count > 0;
}

static unsigned full_year(unsigned year, unsigned width)
{
    return width > 2 ? year : year < 70 ? 2000 + year : 1900 + year;
}

/* ".120" for a fraction of so many digits shown, from the group that was read, if any. */
static char *fraction(const struct parts *p, unsigned group, unsigned scale, struct arena *arena)
{
    char digits[16] = "000000";
    if (group < p->count) {
        char read[16];
        snprintf(read, sizeof read, "%0*u", (int)(p->width[group] < 9 ? p->width[group] : 9),
                 p->number[group]);
        size_t n = strlen(read);
        memcpy(digits, read, n < 6 ? n : 6);
    }
    return scale == 0 ? arena_str(arena, "") : arena_printf(arena, ".%.*s", (int)scale, digits);
}

/* 20200203 and 20200203040506 as groups. */
static void split_run(struct parts *p)
{
    if (p->count != 1 || p->width[0] != 8)
        return;
    unsigned run = p->number[0];
    *p = (struct parts){ .number = { run / 10000, run / 100 % 100, run % 100 },
                         .width = { 4, 2, 2 },
                         .count = 3 };
}

static char *canonical_date(const struct column_def *column, char *text, struct arena *arena)
{
    struct parts p;
    if (!read_parts(text, &p))
        return text;
    split_run(&p);
    if (p.count == 1 && p.number[0] == 0)
        p = (struct parts){ .width = { 4, 2, 2 }, .count = 3 };
    if (p.count < 3)
        return text;
    unsigned year = full_year(p.number[0], p.width[0]);
    if (column->type == SQL_DATE)
        return arena_printf(arena, "%04u-%02u-%02u", year, p.number[1], p.number[2]);
    return arena_printf(arena, "%04u-%02u-%02u %02u:%02u:%02u%s", year, p.number[1], p.number[2],
                        p.number[3], p.number[4], p.number[5],
                        fraction(&p, 6, column->scale, arena));
}

/* [-]hh:mm[:ss[.f]], and hhmmss as a number */
static char *canonical_time(const struct column_def *column, char *text, struct arena *arena)
{
    struct parts p;
    bool negative = *text == '-';
    if (!read_parts(text + (negative || *text == '+'), &p))
        return text;
    unsigned seconds = p.count > 2 && p.separator[2] == ':' ? p.number[2] : 0;
    unsigned hours = p.number[0];
    unsigned minutes = p.count > 1 && p.separator[1] == ':' ? p.number[1] : 0;
    unsigned group = p.count > 2 && p.separator[2] == ':' ? 3 : 2;
    if (p.count == 1 || p.separator[1] == '.') {
        seconds = hours % 100;
        minutes = hours / 100 % 100;
        hours = hours / 10000;
        group = 1;
    } else if (p.separator[1] != ':') {
        return text; /* days before the hours */
    }
    return arena_printf(arena, "%s%02u:%02u:%02u%s", negative ? "-" : "", hours, minutes, seconds,
                        fraction(&p, group, column->scale, arena));
}

static char *canonical_year(char *text, struct arena *arena)
{
    struct parts p;
    if (!read_parts(text, &p) || p.count != 1)
        return text;
    return arena_printf(arena, "%04u", p.number[0] == 0 ? 0 : full_year(p.number[0], p.width[0]));
}

/* labels */

static char *label_of(const struct column_def *column, const char *text, size_t n,
                      struct arena *arena)
{
    char *wanted = arena_strn(arena, text, n);
    for (unsigned i = 0; i < column->label_count; i++)
        if (sql_name_equal(column->labels[i], wanted))
            return column->labels[i];
    return NULL;
}

static bool set_has(const char *text, const char *label)
{
    while (*text != 0) {
        size_t n = strcspn(text, ",");
        if (n == strlen(label) && strncmp(text, label, n) == 0)
            return true;
        text += n;
        text += *text == ',';
    }
    return false;
}

/* Members in the order of the definition. */
static char *canonical_set(const struct column_def *column, char *text, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(text) + 2);
    size_t used = 0;
    for (unsigned i = 0; i < column->label_count; i++) {
        if (!set_has(text, column->labels[i]))
            continue;
        size_t n = strlen(column->labels[i]);
        if (used + n + 1 > strlen(text) + 1)
            return text; /* labels twice */
        if (used > 0)
            out[used++] = ',';
        memcpy(out + used, column->labels[i], n);
        used += n;
    }
    return used == strlen(text) ? out : text;
}

static char *canonical_label(const struct column_def *column, char *text, struct arena *arena)
{
    if (column->type == SQL_SET)
        return canonical_set(column, text, arena);
    char *label = label_of(column, text, strlen(text), arena);
    return label == NULL ? text : label;
}

/* CHAR does not keep spaces at its end. */
static char *canonical_text(const struct column_def *column, char *text)
{
    size_t n = strlen(text);
    while (column->type == SQL_CHAR && n > 0 && text[n - 1] == ' ')
        text[--n] = 0;
    return text;
}

char *default_canonical(const struct column_def *column, char *text, struct arena *arena)
{
    switch (sql_type_class(column->type)) {
    case TYPE_INTEGER:
    case TYPE_BIT:
        return canonical_fixed(text, 0, arena);
    case TYPE_DECIMAL:
        return canonical_fixed(text, column->scale, arena);
    case TYPE_REAL:
        return canonical_real(column, text, arena);
    case TYPE_YEAR:
        return canonical_year(text, arena);
    case TYPE_TEMPORAL:
        return column->type == SQL_TIME ? canonical_time(column, text, arena)
                                        : canonical_date(column, text, arena);
    case TYPE_LABELS:
        return canonical_label(column, text, arena);
    case TYPE_TEXT:
        return canonical_text(column, text);
    case TYPE_BINARY:
    case TYPE_OTHER:
        return text;
    }
    return text;
}

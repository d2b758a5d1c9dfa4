/* store.c - a value for a column by MySQL's rules: ranges, rounding, lengths, in strict mode
 * whatever sql_mode says. What is neither stored unchanged nor an error of MySQL's is refused. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "binlog/decimal.h"
#include "binlog/temporal.h"
#include "engine/sqlite/query/query_internal.h"
#include "sql/charset.h"
#include "sql/types.h"

struct storing {
    struct compiler *c;
    const struct column_def *column;
    const struct value *in;
};

static bool out_of_range(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_OUT_OF_RANGE, "Out of range value for column '%s' at row 1",
                        s->column->name);
}

static bool incorrect(const struct storing *s, enum problem number, const char *type)
{
    int len = s->in->kind == VALUE_TEXT || s->in->kind == VALUE_BLOB ? (int)s->in->bytes.len : 0;
    return compile_fail(s->c, number, "Incorrect %s value: '%.*s' for column '%s' at row 1", type,
                        len > 128 ? 128 : len, len > 0 ? (const char *)s->in->bytes.data : "",
                        s->column->name);
}

static bool cannot(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                        "storing this kind of value in column '%s': not supported here",
                        s->column->name);
}

/* The value as text: digits of numbers. */
static bool as_text(const struct storing *s, char room[32], struct bytes *out)
{
    int len;
    if (s->in->kind == VALUE_TEXT || s->in->kind == VALUE_BLOB) {
        *out = s->in->bytes;
        return true;
    }
    if (s->in->kind == VALUE_INT)
        len = snprintf(room, 32, "%lld", (long long)s->in->i);
    else if (s->in->kind == VALUE_UINT)
        len = snprintf(room, 32, "%llu", (unsigned long long)s->in->u);
    else
        return cannot(s);
    *out = bytes_of(room, (size_t)len);
    return true;
}

/* [-+]digits[.digits]: the digits before and behind the point. */
static bool split_number(struct bytes text, bool *negative, struct bytes *whole,
                         struct bytes *fraction)
{
    size_t i = 0;
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    while (i < text.len && text.data[i] == ' ')
        i++;
    *negative = i < text.len && text.data[i] == '-';
    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
        i++;
    size_t start = i;
    while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    *whole = bytes_of(text.data + start, i - start);
    *fraction = bytes_of(text.data, 0);
    if (i < text.len && text.data[i] == '.') {
        start = ++i;
        while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9')
            i++;
        *fraction = bytes_of(text.data + start, i - start);
    }
    return i == text.len && whole->len + fraction->len > 0;
}

/* Rounded half away from zero; false: more than 64 bits. */
static bool magnitude(struct bytes whole, struct bytes fraction, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < whole.len; i++) {
        uint64_t digit = (uint64_t)(whole.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    bool up = fraction.len > 0 && fraction.data[0] >= '5';
    *out = value + up;
    return !up || value < UINT64_MAX;
}

static bool integer_of(const struct storing *s, bool *negative, uint64_t *out)
{
    struct bytes whole, fraction, text;
    char room[32];
    if (s->in->kind == VALUE_DOUBLE || s->in->kind == VALUE_FLOAT) {
        double rounded = rint(s->in->d);
        *negative = rounded < 0;
        if (!(fabs(rounded) < 18446744073709551615.0))
            return out_of_range(s);
        *out = (uint64_t)fabs(rounded);
        return true;
    }
    if (!as_text(s, room, &text))
        return false;
    if (!split_number(text, negative, &whole, &fraction))
        return incorrect(s, PROBLEM_INCORRECT_VALUE, "integer");
    return magnitude(whole, fraction, out) || out_of_range(s);
}

static bool store_integer(const struct storing *s, struct value *out)
{
    static const uint8_t bits[] = { [SQL_TINYINT] = 8,
                                    [SQL_SMALLINT] = 16,
                                    [SQL_MEDIUMINT] = 24,
                                    [SQL_INT] = 32,
                                    [SQL_BIGINT] = 64 };
    bool negative;
    uint64_t value;
    if (!integer_of(s, &negative, &value))
        return false;
    uint64_t most = UINT64_MAX >> (64 - bits[s->column->type] + !s->column->is_unsigned);
    uint64_t least = s->column->is_unsigned ? 0 : most + 1;
    if (value > (negative ? least : most))
        return out_of_range(s);
    *out = (struct value){ .kind = s->column->is_unsigned ? VALUE_UINT : VALUE_INT };
    out->u = negative ? 0 - value : value;
    return true;
}

static bool store_year(const struct storing *s, struct value *out)
{
    bool negative;
    uint64_t value;
    if (!integer_of(s, &negative, &value))
        return false;
    if (value != 0 && (negative || value < 1901 || value > 2155))
        return value > 0 && value < 100 && !negative ? cannot(s) : out_of_range(s);
    *out = (struct value){ .kind = VALUE_INT, .u = value };
    return true;
}

static bool store_real(const struct storing *s, struct value *out)
{
    struct bytes text;
    char room[32];
    bool is_float = s->column->type == SQL_FLOAT;
    *out = (struct value){ .kind = is_float ? VALUE_FLOAT : VALUE_DOUBLE };
    if (s->column->precision > 0)
        return cannot(s);
    if (s->in->kind == VALUE_DOUBLE || s->in->kind == VALUE_FLOAT) {
        out->d = s->in->d;
    } else {
        char *end = NULL;
        if (!as_text(s, room, &text))
            return false;
        const char *copy = arena_strn(s->c->arena, text.data, text.len);
        if (strspn(copy, "0123456789+-.eE") != text.len)
            return incorrect(s, PROBLEM_DATA_TRUNCATED, "double");
        out->d = strtod(copy, &end);
        if (end == copy || *end != '\0')
            return incorrect(s, PROBLEM_DATA_TRUNCATED, "double");
    }
    if (is_float)
        out->d = (double)(float)out->d;
    if (!isfinite(out->d) || (s->column->is_unsigned && out->d < 0))
        return out_of_range(s);
    return true;
}

static bool store_decimal(const struct storing *s, struct value *out)
{
    struct bytes text, whole, fraction;
    char room[32];
    bool negative;
    struct decimal_type type = { s->column->precision, s->column->scale };
    if (!as_text(s, room, &text))
        return false;
    if (!split_number(text, &negative, &whole, &fraction))
        return incorrect(s, PROBLEM_INCORRECT_VALUE, "decimal");
    while (fraction.len > type.scale && fraction.data[fraction.len - 1] == '0')
        fraction.len--;
    if (fraction.len > type.scale)
        return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                            "column '%s': rounding to its %u digits: not supported here",
                            s->column->name, type.scale);
    while (whole.len > 0 && whole.data[0] == '0')
        whole = bytes_of(whole.data + 1, whole.len - 1);
    if (whole.len > (size_t)(type.precision - type.scale) ||
        (negative && s->column->is_unsigned && !bytes_all_zero(whole)))
        return out_of_range(s);
    uint8_t *packed = arena_alloc(s->c->arena, DECIMAL_PACKED_MAX);
    const char *plain = arena_printf(
        s->c->arena, "%s%.*s%s.%.*s", negative ? "-" : "", (int)whole.len, (const char *)whole.data,
        whole.len == 0 ? "0" : "", (int)fraction.len, (const char *)fraction.data);
    size_t len = strlen(plain) - (fraction.len == 0);
    struct err ignored;
    if (!decimal_pack(type, bytes_of(plain, len), packed, &ignored))
        return out_of_range(s);
    *out = (struct value){ .kind = VALUE_DECIMAL };
    out->bytes = bytes_of(packed, decimal_packed_size(type));
    return true;
}

static size_t characters(struct bytes text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static size_t bytes_limit(enum sql_type type)
{
    static const struct {
        enum sql_type type;
        size_t limit;
    } limits[] = {
        { SQL_TINYTEXT, 255 },        { SQL_TINYBLOB, 255 },        { SQL_TEXT, 65535 },
        { SQL_BLOB, 65535 },          { SQL_MEDIUMTEXT, 16777215 }, { SQL_MEDIUMBLOB, 16777215 },
        { SQL_LONGTEXT, 1000000000 }, { SQL_LONGBLOB, 1000000000 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++)
        if (limits[i].type == type)
            return limits[i].limit;
    return 0;
}

/* Do the bytes of an ASCII text mean the same in the charset? */
static bool keeps_ascii(const char *charset)
{
    static const char *const others[] = { "ucs2", "utf16", "utf32", "swe7" };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        if (strncmp(charset, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

static bool too_long(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_DATA_TOO_LONG, "Data too long for column '%s' at row 1",
                        s->column->name);
}

static bool store_text(const struct storing *s, struct value *out)
{
    char room[32];
    struct bytes text, utf8;
    struct buf scratch;
    struct err ignored;
    if (!as_text(s, room, &text))
        return false;
    text = arena_copy(s->c->arena, text);
    buf_init(&scratch, 1);
    bool is_valid = charset_to_utf8(charset_by_name("utf8mb4"), text, &scratch, &utf8, &ignored);
    buf_clear(&scratch);
    if (!is_valid)
        return incorrect(s, PROBLEM_INCORRECT_VALUE, "string");
    if (strncmp(s->column->charset, "utf8mb4", 7) != 0 &&
        (!is_ascii(text) || !keeps_ascii(s->column->charset)))
        return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                            "column '%s': texts beyond ASCII in the charset %s: not supported here",
                            s->column->name, s->column->charset);
    bool is_char = s->column->type == SQL_CHAR || s->column->type == SQL_VARCHAR;
    size_t most = bytes_limit(s->column->type);
    if (s->column->type == SQL_CHAR)
        while (text.len > 0 && text.data[text.len - 1] == ' ')
            text.len--;
    if (is_char ? characters(text) > s->column->length : text.len > most)
        return too_long(s);
    *out = (struct value){ .kind = VALUE_TEXT, .bytes = text };
    return true;
}

static bool store_bytes(const struct storing *s, struct value *out)
{
    char room[32];
    struct bytes text;
    size_t most = bytes_limit(s->column->type);
    if (!as_text(s, room, &text))
        return false;
    if (text.len > (most > 0 ? most : s->column->length))
        return too_long(s);
    *out = (struct value){ .kind = VALUE_BLOB, .bytes = arena_copy(s->c->arena, text) };
    return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static bool is_date(const struct time_parts *t)
{
    return t->month >= 1 && t->month <= 12 && t->day >= 1 && t->day <= days_in(t->year, t->month);
}

static bool fits_scale(const struct storing *s, const struct time_parts *t)
{
    uint32_t unit = 1;
    for (unsigned i = s->column->scale; i < 6; i++)
        unit *= 10;
    return t->micro % unit == 0;
}

static bool store_temporal(const struct storing *s, struct value *out)
{
    static const char *const names[] = {
        [SQL_DATE] = "date", [SQL_TIME] = "time", [SQL_DATETIME] = "datetime"
    };
    enum sql_type type = s->column->type;
    struct value made = { .kind = type == SQL_DATE   ? VALUE_DATE
                                  : type == SQL_TIME ? VALUE_TIME
                                                     : VALUE_DATETIME };
    struct err ignored;
    bool ok = s->in->kind == made.kind;
    if (ok || (type == SQL_DATETIME && s->in->kind == VALUE_DATE)) {
        made.time = s->in->time;
        ok = true;
    } else if (s->in->kind == VALUE_TEXT && type == SQL_DATE) {
        ok = temporal_parse_date(s->in->bytes, &made.time, &ignored);
    } else if (s->in->kind == VALUE_TEXT && type == SQL_TIME) {
        ok = temporal_parse_time(s->in->bytes, &made.time, &ignored);
    } else if (s->in->kind == VALUE_TEXT) {
        ok = temporal_parse_datetime(s->in->bytes, &made.time, &ignored) ||
             temporal_parse_date(s->in->bytes, &made.time, &ignored);
    } else {
        return cannot(s);
    }
    if (!ok || (type != SQL_TIME && !is_date(&made.time)))
        return incorrect(s, PROBLEM_TRUNCATED_WRONG_VALUE, names[type]);
    if (type != SQL_DATE && !fits_scale(s, &made.time))
        return cannot(s);
    *out = made;
    return true;
}

static bool store_enum(const struct storing *s, struct value *out)
{
    struct bytes text = s->in->bytes;
    if (s->in->kind != VALUE_TEXT)
        return cannot(s);
    for (unsigned i = 0; i < s->column->label_count; i++) {
        if (!bytes_equal_str(text, s->column->labels[i]))
            continue;
        *out = (struct value){ .kind = VALUE_UINT, .u = i + 1 };
        return true;
    }
    for (unsigned i = 0; i < s->column->label_count; i++)
        if (strlen(s->column->labels[i]) == text.len &&
            strncasecmp(s->column->labels[i], (const char *)text.data, text.len) == 0)
            return cannot(s);
    return compile_fail(s->c, PROBLEM_DATA_TRUNCATED, "Data truncated for column '%s' at row 1",
                        s->column->name);
}

static const struct {
    enum sql_type type;
    bool (*store)(const struct storing *, struct value *);
} stores[] = {
    { SQL_TINYINT, store_integer },   { SQL_SMALLINT, store_integer },
    { SQL_MEDIUMINT, store_integer }, { SQL_INT, store_integer },
    { SQL_BIGINT, store_integer },    { SQL_YEAR, store_year },
    { SQL_FLOAT, store_real },        { SQL_DOUBLE, store_real },
    { SQL_DECIMAL, store_decimal },   { SQL_CHAR, store_text },
    { SQL_VARCHAR, store_text },      { SQL_TINYTEXT, store_text },
    { SQL_TEXT, store_text },         { SQL_MEDIUMTEXT, store_text },
    { SQL_LONGTEXT, store_text },     { SQL_BINARY, store_bytes },
    { SQL_VARBINARY, store_bytes },   { SQL_TINYBLOB, store_bytes },
    { SQL_BLOB, store_bytes },        { SQL_MEDIUMBLOB, store_bytes },
    { SQL_LONGBLOB, store_bytes },    { SQL_DATE, store_temporal },
    { SQL_TIME, store_temporal },     { SQL_DATETIME, store_temporal },
    { SQL_ENUM, store_enum },
};

bool store_convert(struct compiler *c, const struct column_def *column, const struct value *in,
                   struct value *out)
{
    struct storing s = { c, column, in };
    if (in->kind == VALUE_NULL) {
        *out = *in;
        return column->nullable ||
               compile_fail(c, PROBLEM_NOT_NULL, "Column '%s' cannot be null", column->name);
    }
    for (size_t i = 0; i < ARRAY_COUNT(stores); i++)
        if (stores[i].type == column->type)
            return stores[i].store(&s, out);
    return cannot(&s);
}

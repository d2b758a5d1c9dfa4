/* value_text.c - see the header. Nothing here knows options: only texts and values. */
// SPDX-License-Identifier: Apache-2.0
#include "config/value_text.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/macros.h"

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {
    { "", 1 },
    { "K", (uint64_t)1 << 10 },
    { "M", (uint64_t)1 << 20 },
    { "G", (uint64_t)1 << 30 },
    { "T", (uint64_t)1 << 40 },
    { "P", (uint64_t)1 << 50 },
    { "E", (uint64_t)1 << 60 },
};

static const struct unit duration_units[] = {
    { "", 1000000 },
    { "us", 1 },
    { "ms", 1000 },
    { "s", 1000000 },
    { "m", (uint64_t)60 * 1000000 },
    { "h", (uint64_t)3600 * 1000000 },
    { "d", (uint64_t)86400 * 1000000 },
};

/* Digits from *text on; moves it past them. */
static bool digits_parse(const char **text, uint64_t *out)
{
    uint64_t value = 0;
    const char *p = *text;
    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++) {
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return false;
    }
    *text = p;
    *out = value;
    return true;
}

bool number_parse(const char *text, uint64_t *out)
{
    uint64_t value;
    if (!digits_parse(&text, &value) || *text != 0)
        return false;
    *out = value;
    return true;
}

static const struct unit *unit_find(const char *name, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, units[i].name) == 0)
            return &units[i];
    return NULL;
}

/* "12", "12K", "1.5s": the fraction has at most six digits and must give a whole number. */
static bool scaled_parse(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
    uint64_t whole;
    uint64_t fraction = 0;
    uint64_t divisor = 1;
    if (!digits_parse(&text, &whole))
        return false;
    if (*text == '.') {
        const char *start = ++text;
        if (!digits_parse(&text, &fraction) || text - start > 6)
            return false;
        for (const char *p = start; p < text; p++)
            divisor *= 10;
    }
    const struct unit *unit = unit_find(text, units, count);
    if (unit == NULL || __builtin_mul_overflow(whole, unit->factor, &whole) ||
        __builtin_mul_overflow(fraction, unit->factor, &fraction) || fraction % divisor != 0 ||
        __builtin_add_overflow(whole, fraction / divisor, &whole))
        return false;
    *out = whole;
    return true;
}

bool size_parse(const char *text, uint64_t *out)
{
    return scaled_parse(text, size_units, ARRAY_COUNT(size_units), out);
}

bool duration_parse(const char *text, uint64_t *out)
{
    return scaled_parse(text, duration_units, ARRAY_COUNT(duration_units), out);
}

bool flag_parse(const char *text, bool *out)
{
    static const char *const words[] = { "OFF", "ON", "FALSE", "TRUE", "NO", "YES", "0", "1" };
    for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

bool choice_parse(const char *text, const char *choices, unsigned *out)
{
    size_t len = strlen(text);
    unsigned index = 0;
    for (const char *word = choices; len > 0; index++) {
        size_t word_len = strcspn(word, "|");
        if (word_len == len && strncasecmp(word, text, len) == 0) {
            *out = index;
            return true;
        }
        if (word[word_len] == 0)
            break;
        word += word_len + 1;
    }
    return false;
}

/* Each unit is a multiple of the one before it, so the last that divides is the largest. */
static void scaled_print(uint64_t value, const struct unit *units, size_t count, struct buf *out)
{
    const struct unit *largest = &units[0];
    for (size_t i = 0; i < count; i++)
        if (value > 0 && value % units[i].factor == 0)
            largest = &units[i];
    buf_printf(out, "%llu%s", (unsigned long long)(value / largest->factor), largest->name);
}

void size_print(uint64_t bytes, struct buf *out)
{
    scaled_print(bytes, size_units, ARRAY_COUNT(size_units), out);
}

void duration_print(uint64_t us, struct buf *out)
{
    if (us == 0)
        buf_str(out, "0");
    else
        scaled_print(us, duration_units + 1, ARRAY_COUNT(duration_units) - 1, out);
}

void choice_print(unsigned index, const char *choices, struct buf *out)
{
    for (; index > 0; index--)
        choices += strcspn(choices, "|") + 1;
    buf_append(out, choices, strcspn(choices, "|"));
}

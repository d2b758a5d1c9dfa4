/* regexp_icu.c - which patterns mean the same to PCRE2 and to ICU, MySQL's: a list of what is known
 * to be, all else is not. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/regexp.h"
#include <string.h>
#include "base/memory.h"
#include "sql/weights.h"

struct reading {
    struct bytes rest;
    struct regexp_common *common;
    unsigned groups;
};

static int at(const struct reading *r, size_t i)
{
    return i < r->rest.len ? r->rest.data[i] : 0;
}

static void skip(struct reading *r, size_t count)
{
    r->rest = bytes_of(r->rest.data + count, r->rest.len - count);
}

static bool is_one_of(int character, const char *set)
{
    return character != 0 && strchr(set, character) != NULL;
}

static bool is_digit(int character)
{
    return character >= '0' && character <= '9';
}

/* \d and the like; a sign that means itself; \1 of a group in front. */
static bool read_escape(struct reading *r, bool in_set)
{
    int next = at(r, 1);
    bool is_word = is_one_of(next, in_set ? "wWsS" : "wWsSbB");
    bool is_group = !in_set && is_digit(next) && next > '0' &&
                    (unsigned)(next - '0') <= r->groups && !is_digit(at(r, 2));
    r->common->has_words = r->common->has_words || is_word;
    r->common->has_pairs = r->common->has_pairs || is_group;
    if (!is_word && !is_group && !is_one_of(next, "dDtnr") &&
        !is_one_of(next, ".^$*+?()[]{}|\\/-_:;,'\"!@%=<>~`#& "))
        return false;
    skip(r, 2);
    return true;
}

/* [:alpha:] */
static bool read_class(struct reading *r)
{
    static const char *const names[] = { "alpha", "digit", "alnum", "space" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (r->rest.len < len + 4 || memcmp(r->rest.data + 2, names[i], len) != 0 ||
            at(r, len + 2) != ':' || at(r, len + 3) != ']')
            continue;
        r->common->has_words = true;
        skip(r, len + 4);
        return true;
    }
    return false;
}

static bool read_set(struct reading *r)
{
    skip(r, at(r, 1) == '^' ? 2 : 1);
    if (at(r, 0) == ']')
        return false;
    while (r->rest.len > 0 && at(r, 0) != ']') {
        if (at(r, 0) == '\\'  ? !read_escape(r, true)
            : at(r, 0) == '[' ? at(r, 1) != ':' || !read_class(r)
                              : false)
            return false;
        bool is_operator = is_one_of(at(r, 0), "&-") && at(r, 0) == at(r, 1);
        if (is_operator || (at(r, 0) == '-' && at(r, 1) == '['))
            return false;
        if (r->rest.len > 0 && !is_one_of(at(r, 0), "\\[]"))
            skip(r, 1);
    }
    if (r->rest.len == 0)
        return false;
    skip(r, 1);
    return true;
}

/* {2}, {2,}, {2,5} */
static bool read_count(struct reading *r)
{
    size_t i = 1;
    while (is_digit(at(r, i)))
        i++;
    bool has_digits = i > 1;
    if (at(r, i) == ',')
        i++;
    while (is_digit(at(r, i)))
        i++;
    if (!has_digits || at(r, i) != '}')
        return false;
    skip(r, i + 1);
    return true;
}

static bool read_group(struct reading *r)
{
    bool is_plain = at(r, 1) != '?';
    bool is_known = is_one_of(at(r, 2), ":=!") || (at(r, 2) == '<' && is_one_of(at(r, 3), "=!"));
    if (at(r, 1) == '*' || (!is_plain && !is_known))
        return false;
    r->groups += is_plain;
    skip(r, is_plain ? 1 : at(r, 2) == '<' ? 4 : 3);
    return true;
}

/* ff, fi, fl, ss, st, and anything beyond ASCII */
static bool has_pairs(struct bytes pattern)
{
    bool found = false;
    for (size_t i = 0; i < pattern.len; i++) {
        int c = pattern.data[i] | 0x20, next = i + 1 < pattern.len ? pattern.data[i + 1] | 0x20 : 0;
        found = found || pattern.data[i] >= 0x80 || (c == 'f' && is_one_of(next, "fil")) ||
                (c == 's' && is_one_of(next, "st"));
    }
    return found;
}

bool regexp_is_common(struct bytes pattern, struct regexp_common *out)
{
    struct reading r = { .rest = pattern, .common = out };
    *out = (struct regexp_common){ .has_pairs = has_pairs(pattern) };
    if (pattern.len == 0)
        return false;
    while (r.rest.len > 0) {
        bool ok = true;
        int c = at(&r, 0);
        if (c == '\\')
            ok = read_escape(&r, false);
        else if (c == '[')
            ok = read_set(&r);
        else if (c == '{')
            ok = read_count(&r);
        else if (c == '(')
            ok = read_group(&r);
        else if (c == ']' || c == '}' || c == 0)
            ok = false;
        else
            skip(&r, 1);
        if (!ok)
            return false;
    }
    return true;
}

bool regexp_has_long_fold(struct bytes text)
{
    static const uint32_t ranges[][2] = {
        { 0xdf, 0xdf },     { 0x130, 0x131 },   { 0x149, 0x149 },   { 0x1f0, 0x1f0 },
        { 0x390, 0x390 },   { 0x3b0, 0x3b0 },   { 0x587, 0x587 },   { 0x13a0, 0x13ff },
        { 0x1c80, 0x1c8f }, { 0x1e96, 0x1e9e }, { 0x1f00, 0x1fff }, { 0xab70, 0xabbf },
        { 0xfb00, 0xfb17 },
    };
    while (text.len > 0) {
        if (text.data[0] < 0x80) {
            text = bytes_of(text.data + 1, text.len - 1);
            continue;
        }
        uint32_t character = utf8_next(&text);
        for (size_t i = 0; i < ARRAY_COUNT(ranges); i++)
            if (character >= ranges[i][0] && character <= ranges[i][1])
                return true;
    }
    return false;
}

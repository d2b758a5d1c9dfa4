/* regexp.c - see regexp.h; PCRE2, by its interpreter: a unit may forbid memory that is written and
 * run. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/regexp.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum {
    PATTERN_BYTES_MAX = 64 << 10,
    STEPS_MAX = 1000000, /* some 50 ms */
    HEAP_KIB_MAX = 16 << 10,
    VERTICAL_TAB = 0x0b,
};

struct regexp {
    uint8_t *pattern;
    size_t pattern_len;
    unsigned flags;
    struct regexp_common common;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static uint32_t options_of(unsigned flags)
{
    return PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
           ((flags & REGEXP_CASELESS) != 0 ? PCRE2_CASELESS : 0) |
           ((flags & REGEXP_LINES) != 0 ? PCRE2_MULTILINE : 0) |
           ((flags & REGEXP_DOT_ALL) != 0 ? PCRE2_DOTALL : 0);
}

static bool compile(struct regexp *regexp, struct err *err)
{
    int number = 0;
    PCRE2_SIZE offset = 0;
    PCRE2_UCHAR text[128] = "";
    bool is_any = (regexp->flags & (REGEXP_ICU | REGEXP_UNIX)) == REGEXP_ICU;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context != NULL)
        pcre2_set_newline(context, is_any ? PCRE2_NEWLINE_ANY : PCRE2_NEWLINE_LF);
    regexp->code = pcre2_compile(regexp->pattern, regexp->pattern_len, options_of(regexp->flags),
                                 &number, &offset, context);
    pcre2_compile_context_free(context);
    if (regexp->code == NULL) {
        pcre2_get_error_message(number, text, sizeof text);
        return err_set(err, ERR_CORRUPT, "Regex error '%s at offset %zu'", (const char *)text,
                       offset);
    }
    regexp->data = pcre2_match_data_create_from_pattern(regexp->code, NULL);
    regexp->limits = pcre2_match_context_create(NULL);
    if (regexp->data == NULL || regexp->limits == NULL)
        return err_set(err, ERR_UNSUPPORTED, "no memory for a regular expression");
    pcre2_set_match_limit(regexp->limits, STEPS_MAX);
    pcre2_set_heap_limit(regexp->limits, HEAP_KIB_MAX);
    return true;
}

static bool check_common(struct regexp *regexp, struct err *err)
{
    struct bytes pattern = bytes_of(regexp->pattern, regexp->pattern_len);
    bool folds = (regexp->flags & REGEXP_CASELESS) != 0 && regexp_has_long_fold(pattern);
    if ((regexp->flags & REGEXP_ICU) == 0 || (regexp_is_common(pattern, &regexp->common) && !folds))
        return true;
    return err_set(err, ERR_UNSUPPORTED,
                   "this regular expression, which may mean something else to MySQL");
}

bool regexp_new(struct bytes pattern, unsigned flags, struct regexp **out, struct err *err)
{
    if (pattern.len > PATTERN_BYTES_MAX)
        return err_set(err, ERR_UNSUPPORTED, "a regular expression as long as this");
    struct regexp *regexp = memory_new(sizeof *regexp);
    *regexp = (struct regexp){ .pattern = memory_new(pattern.len + 1),
                               .pattern_len = pattern.len,
                               .flags = flags };
    if (pattern.len > 0)
        memcpy(regexp->pattern, pattern.data, pattern.len);
    if (!check_common(regexp, err) || !compile(regexp, err)) {
        regexp_free(regexp);
        return false;
    }
    *out = regexp;
    return true;
}

void regexp_free(struct regexp *regexp)
{
    if (regexp == NULL)
        return;
    pcre2_match_context_free(regexp->limits);
    pcre2_match_data_free(regexp->data);
    pcre2_code_free(regexp->code);
    free(regexp->pattern);
    free(regexp);
}

bool regexp_is(const struct regexp *regexp, struct bytes pattern, unsigned flags)
{
    return regexp->flags == flags &&
           bytes_equal(bytes_of(regexp->pattern, regexp->pattern_len), pattern);
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80 || text.data[i] == VERTICAL_TAB)
            return false;
    return true;
}

/* What is a letter, and which letters are the same, is another thing to ICU beyond ASCII. */
static bool is_seen_alike(const struct regexp *regexp, struct bytes text)
{
    if ((regexp->flags & REGEXP_ICU) == 0)
        return true;
    if (regexp->common.has_words && !is_ascii(text))
        return false;
    return (regexp->flags & REGEXP_CASELESS) == 0 || !regexp->common.has_pairs ||
           !regexp_has_long_fold(text);
}

bool regexp_match(struct regexp *regexp, struct bytes text, size_t start, struct regexp_match *out,
                  struct err *err)
{
    static const uint8_t empty[1];
    if (!is_seen_alike(regexp, text))
        return err_set(err, ERR_UNSUPPORTED, "this regular expression of such a text");
    int count = pcre2_match(regexp->code, text.len > 0 ? text.data : empty, text.len, start, 0,
                            regexp->data, regexp->limits);
    *out = (struct regexp_match){ .found = count > 0 };
    if (count == PCRE2_ERROR_NOMATCH)
        return true;
    if (count < 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "a regular expression that takes this long, or a text that is no UTF-8");
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regexp->data);
    out->count = pcre2_get_ovector_count(regexp->data);
    for (unsigned i = 0; i < (unsigned)count && i < REGEXP_GROUPS_MAX; i++)
        if (places[2 * i] != PCRE2_UNSET)
            out->groups[i] = (struct regexp_group){ true, places[2 * i], places[2 * i + 1] };
    return out->groups[0].begin <= out->groups[0].end ||
           err_set(err, ERR_UNSUPPORTED, "a regular expression that ends before it begins");
}

/* regexp.h - a regular expression, compiled once and matched within bounds.
 *
 * Patterns are PCRE2's, which MariaDB has, too. MySQL has ICU's: there only patterns are taken that
 * mean the same to both (regexp_icu.c), and texts that both see alike. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum regexp_flags {
    REGEXP_CASELESS = 1,
    REGEXP_LINES = 2,   /* ^ and $ at each line */
    REGEXP_DOT_ALL = 4, /* . is a line's end, too */
    REGEXP_UNIX = 8,    /* only a newline ends a line */
    REGEXP_ICU = 16,
};

struct regexp;
struct regexp_group {
    bool is_set;
    size_t begin, end; /* bytes of the text */
};
enum { REGEXP_GROUPS_MAX = 10 };
struct regexp_match {
    bool found;
    unsigned count; /* of groups in the pattern; the whole is the first */
    struct regexp_group groups[REGEXP_GROUPS_MAX];
};

/* ERR_CORRUPT: no pattern, and why; ERR_UNSUPPORTED: one that is not taken. */
bool regexp_new(struct bytes pattern, unsigned flags, struct regexp **out,
                struct err *err) MUST_CHECK;
void regexp_free(struct regexp *regexp);
bool regexp_is(const struct regexp *regexp, struct bytes pattern, unsigned flags);
/* The first match at `start` (a byte) or behind it. ERR_UNSUPPORTED: it takes too long, or the text
 * is one that ICU sees otherwise. */
bool regexp_match(struct regexp *regexp, struct bytes text, size_t start, struct regexp_match *out,
                  struct err *err) MUST_CHECK;

/* regexp_icu.c: does the pattern mean the same to ICU? */
struct regexp_common {
    bool has_words; /* only of ASCII texts */
    bool has_pairs; /* letters that ICU takes for one such as ß, without regard to case */
};
bool regexp_is_common(struct bytes pattern, struct regexp_common *out);
/* A character that ICU takes for several, without regard to case. */
bool regexp_has_long_fold(struct bytes text);

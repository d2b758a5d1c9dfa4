/* value_text.h - numbers, sizes, durations, switches and words as users write them. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/macros.h"

/* False when the text is not such a value or does not fit 64 bits; *out is then untouched. */
bool number_parse(const char *text, uint64_t *out) MUST_CHECK;   /* "3306" */
bool size_parse(const char *text, uint64_t *out) MUST_CHECK;     /* "64M": K M G T P E, by 1024 */
bool duration_parse(const char *text, uint64_t *out) MUST_CHECK; /* microseconds; us ms s m h d;
                                                                    a bare number is seconds;
                                                                    "1.5s" is welcome */
bool flag_parse(const char *text,
                bool *out) MUST_CHECK; /* ON OFF TRUE FALSE YES NO 1 0, any case */
/* The index of text among the words of "a|b|c", without regard to case. */
bool choice_parse(const char *text, const char *choices, unsigned *out) MUST_CHECK;

/* The shortest text that parses back to the value. */
void size_print(uint64_t bytes, struct buf *out);
void duration_print(uint64_t us, struct buf *out);
void choice_print(unsigned index, const char *choices, struct buf *out);

/* expression.h - the little that is read inside expressions: which columns they name, and whether
 * two are the same.
 *
 * Text is canonical (token_print's): default sql_mode. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"

/* Does the expression name that column? Words before a parenthesis are functions. */
bool expression_names(const char *text, const char *column);
/* The same tokens, quoting of names and parentheses around the whole aside? NULL: no expression. */
bool expression_equal(const char *a, const char *b);
/* The text with the column's name replaced, quoted. */
const char *expression_rename(const char *text, const char *from, const char *to,
                              struct arena *arena);

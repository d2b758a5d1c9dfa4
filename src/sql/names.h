/* names.h - how the servers compare names of columns, keys and constraints: without case. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>

/* ASCII, Latin, Greek and Cyrillic letters fold; MySQL forbids twins that need more. */
bool sql_name_equal(const char *a, const char *b);
/* strcmp, but NULL is equal to NULL only. */
bool sql_text_equal(const char *a, const char *b);

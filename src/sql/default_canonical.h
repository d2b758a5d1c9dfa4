/* default_canonical.h - a literal default as a column of its type stores and shows it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

/* 1.6 for an INT is "2", 1.5 for DECIMAL(8,2) "1.50", '20200203' for a DATE "2020-02-03". What is
 * not understood stays as it is: the server has accepted it. The result lives in the arena, or is
 * `text` itself. */
char *default_canonical(const struct column_def *column, char *text, struct arena *arena);

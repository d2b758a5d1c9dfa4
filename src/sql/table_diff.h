/* table_diff.h - what an ALTER means for the rows. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

/* May stored values differ afterwards, or need to be computed or checked anew? */
bool table_rewrites_rows(const struct table_def *before, const struct table_def *after,
                         const int *column_from);
/* Nothing differs, not even the definition. */
bool table_unchanged(const struct table_def *before, const struct table_def *after,
                     const int *column_from);

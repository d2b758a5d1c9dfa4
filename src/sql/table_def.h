/* table_def.h - parts of definitions, for those in src/sql that build them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

/* Deep copies into an arena. */
void column_def_copy(struct column_def *to, const struct column_def *from, struct arena *arena);
void key_def_copy(struct key_def *to, const struct key_def *from, struct arena *arena);
void fk_def_copy(struct fk_def *to, const struct fk_def *from, struct arena *arena);
void check_def_copy(struct check_def *to, const struct check_def *from, struct arena *arena);

bool column_def_equal(const struct column_def *a, const struct column_def *b);
bool key_def_equal(const struct key_def *a, const struct key_def *b);

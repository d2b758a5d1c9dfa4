/* resume.h - what an unfinished copy left in the engine, and whether going on would be exact. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/copy.h"

/* Plans of tables that have progress; *found false: nothing was committed yet. `first` is then the
 * point that changes are to be replayed from.
 * ERR_CONFLICT: the copy must start over, and why. */
bool resume_read(struct engine *engine, const struct source_facts *facts,
                 const struct plan_point *now, struct copy_table *tables, unsigned table_count,
                 bool *found, struct plan_point *first, struct err *err) MUST_CHECK;

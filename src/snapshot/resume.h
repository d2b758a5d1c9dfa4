/* resume.h - what an unfinished copy left in the engine, and whether going on would be exact. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/copy.h"

/* *found false: nothing was begun yet. `first` is then the point that changes are to be replayed
 * from. ERR_CONFLICT: the copy must start over, and why. */
bool resume_read(struct engine *engine, const struct source_facts *facts,
                 const struct plan_point *now, bool *found, struct plan_point *first,
                 struct err *err) MUST_CHECK;
/* Plans of tables that have progress; the others' are left without slices. */
bool resume_plans(struct engine *engine, struct copy_table *tables, unsigned table_count,
                  struct err *err) MUST_CHECK;
/* Makes the point the copy's; before its first row. */
bool resume_note(struct engine *engine, const struct plan_point *first, struct err *err) MUST_CHECK;

/* suggest.h - "did you mean": the nearest known name to one that is not known. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once

/* The candidate (of names[0 … count-1]) with the fewest edits to name, or NULL when none is near.
 * Dashes and underscores are equal, case counts for nothing. */
const char *suggest_nearest(const char *name, const char *const *names, unsigned count);

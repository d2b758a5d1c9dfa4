/* continuity.h - the GTIDs of a log's files, file after file: nothing is missing between two of
 * them. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "verify/log_check.h"

/* Adds what is wrong to each file's faults. */
void continuity_check(struct log_check *log);

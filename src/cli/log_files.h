/* log_files.h - which log files an argument means: itself, or all of a directory, oldest first. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/options.h"

/* Adds to *out. A directory: a node's data directory, the log in one, or any other that holds the
 * files of one log, a server's too. ERR_CONFIG: it holds none, or several. */
bool log_files_add(const char *argument, struct arena *arena, struct text_list *out,
                   struct err *err) MUST_CHECK;

/* secret.h - where a password comes from besides options: a file, a terminal. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* The file's first line, without its end; it may be empty. *readable_by_all: worth a warning. */
bool secret_read_file(const char *path, struct arena *arena, const char **out,
                      bool *readable_by_all, struct err *err) MUST_CHECK;
/* Asks on the terminal, without echo. ERR_CONFIG when standard input is none. */
bool secret_prompt(const char *question, struct arena *arena, const char **out,
                   struct err *err) MUST_CHECK;

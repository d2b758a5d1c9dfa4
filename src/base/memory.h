/* memory.h - allocation that does not fail: sizes are bounded before they get here, and a process
 * without memory aborts, because restart is the tested path. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

void *memory_new(size_t size); /* zeroed */
void *memory_resize(void *old, size_t size);
char *memory_str(const char *text);            /* a copy; NULL gives NULL */
char *memory_strn(const void *text, size_t n); /* a copy of n bytes and a NUL */
/* For libraries that have said so: names whose memory it is on standard error, and aborts. */
_Noreturn void memory_exhausted(const char *what);

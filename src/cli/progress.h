/* progress.h - a line on standard error that says how far a long command is. Nothing is shown in
 * the first two seconds; on a terminal the line is rewritten, elsewhere a new one comes every ten.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/macros.h"

struct progress_line {
    uint64_t started_us;
    uint64_t shown_us; /* 0: nothing was shown yet */
    bool on_terminal;
};
void progress_start(struct progress_line *line);
/* Call it as often as there is something new. */
void progress_show(struct progress_line *line, const char *format, ...) PRINTF_LIKE(2, 3);
void progress_end(struct progress_line *line);             /* wipes the line */
double progress_seconds(const struct progress_line *line); /* since the start */

/* "1.2 GiB". Returns text. */
enum { SIZE_TEXT_MAX = 32 };
const char *size_text(double bytes, char text[SIZE_TEXT_MAX]);
/* "1h 02m", "3m 05s", "7s". Returns text. */
const char *duration_text(double seconds, char text[SIZE_TEXT_MAX]);

/* progress.c - see progress.h. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"

enum { QUIET_US = 2000000, TERMINAL_US = 250000, FILE_US = 10000000 };

void progress_start(struct progress_line *line)
{
    *line = (struct progress_line){ .started_us = clock_monotonic_us(),
                                    .on_terminal = isatty(STDERR_FILENO) };
}

double progress_seconds(const struct progress_line *line)
{
    return (double)(clock_monotonic_us() - line->started_us) / 1e6;
}

void progress_show(struct progress_line *line, const char *format, ...)
{
    uint64_t now = clock_monotonic_us();
    uint64_t every = line->on_terminal ? TERMINAL_US : FILE_US;
    char text[512];
    va_list args;
    if (now - line->started_us < QUIET_US || (line->shown_us != 0 && now - line->shown_us < every))
        return;
    line->shown_us = now;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, line->on_terminal ? "\r%s\033[K" : "%s\n", text);
    fflush(stderr);
}

void progress_end(struct progress_line *line)
{
    if (line->on_terminal && line->shown_us != 0)
        fputs("\r\033[K", stderr);
    line->shown_us = 0;
}

const char *size_text(double bytes, char text[SIZE_TEXT_MAX])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    unsigned unit = 0;
    for (; bytes >= 1024 && unit + 1 < ARRAY_COUNT(units); unit++)
        bytes /= 1024;
    snprintf(text, SIZE_TEXT_MAX, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

const char *duration_text(double seconds, char text[SIZE_TEXT_MAX])
{
    unsigned long s = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, SIZE_TEXT_MAX, "%luh %02lum", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, SIZE_TEXT_MAX, "%lum %02lus", s / 60, s % 60);
    else
        snprintf(text, SIZE_TEXT_MAX, "%lus", s);
    return text;
}

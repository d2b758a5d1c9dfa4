/* log.c - formats a line whole and writes it with one write(2), so that lines never mix. A failing
 * write (a full disk behind standard error) is ignored: the daemon goes on. */
// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"

enum { MESSAGE_MAX = 4096, LINE_MAX_BYTES = 4 * MESSAGE_MAX + 256 };

static enum log_level least_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;

void log_setup(enum log_level least, enum log_format format)
{
    least_level = least;
    line_format = format;
}

static const char *const level_names[] = { "Debug", "Note", "Warning", "ERROR" };
static const char *const level_keys[] = { "debug", "info", "warning", "error" };

static void format_time(char out[40])
{
    uint64_t now = clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, 40 - n, ".%06uZ", (unsigned)(now % 1000000));
}

/* Control characters become \xNN, or \u00NN in JSON, where quote and backslash are escaped too. */
static size_t escape(const char *text, char *out, bool json)
{
    char *p = out;
    for (; *text != 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            p += snprintf(p, 7, json ? "\\u%04x" : "\\x%02x", c);
        else if (json && (c == '"' || c == '\\'))
            p += snprintf(p, 3, "\\%c", c);
        else
            *p++ = (char)c;
    }
    *p = 0;
    return (size_t)(p - out);
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    if (level < least_level)
        return;
    char message[MESSAGE_MAX];
    char line[LINE_MAX_BYTES + MESSAGE_MAX * 2];
    char when[40];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    format_time(when);
    bool json = line_format == LOG_JSON;
    int n = json ? snprintf(line, 256,
                            "{\"time\":\"%s\",\"level\":\"%s\",\"area\":\"%s\",\"message\":\"",
                            when, level_keys[level], area)
                 : snprintf(line, 256, "%s [%s] [%s] ", when, level_names[level], area);
    size_t used = (size_t)n;
    used += escape(message, line + used, json);
    used += (size_t)snprintf(line + used, 4, json ? "\"}\n" : "\n");
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}

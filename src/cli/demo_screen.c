/* demo_screen.c - see demo_screen.h. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_screen.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"

enum { TEXT_MAX = 32 };

static const char bold[] = "\033[1m";
static const char dim[] = "\033[2m";
static const char red[] = "\033[31m";
static const char plain[] = "\033[0m";

void demo_screen_start(struct demo_screen *screen)
{
    *screen = (struct demo_screen){ .is_terminal = isatty(STDOUT_FILENO) == 1,
                                    .started_us = clock_monotonic_us() };
}

static double seconds(const struct demo_screen *screen)
{
    return (double)(clock_monotonic_us() - screen->started_us) / 1e6;
}

static void take_back(struct demo_screen *screen)
{
    if (screen->drawn > 0)
        printf("\033[%uA\033[J", screen->drawn);
    screen->drawn = 0;
}

void demo_screen_say(struct demo_screen *screen, const char *format, ...)
{
    va_list args;
    take_back(screen);
    printf("%5.1f s  ", seconds(screen));
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

static const char *lag_text(const struct demo_line *line, char text[TEXT_MAX])
{
    if (!line->answers)
        return "down";
    if (line->follows[0] == 0)
        return "-";
    if (line->lag_us < 1000000)
        snprintf(text, TEXT_MAX, "%.1f ms", (double)line->lag_us / 1e3);
    else
        snprintf(text, TEXT_MAX, "%.1f s", (double)line->lag_us / 1e6);
    return text;
}

static void draw(struct demo_screen *screen, const struct demo_line *lines, unsigned count)
{
    char text[TEXT_MAX];
    take_back(screen);
    printf("\n%s  %-10s %-11s %5s %10s %10s %10s   %s%s\n", bold, "node", "follows", "port",
           "orders", "orders/s", "lag", "its log", plain);
    for (unsigned i = 0; i < count; i++) {
        const struct demo_line *line = &lines[i];
        printf("%s  %-10s %-11s %5u %10" PRIu64 " %10.0f %10s   %s%s\n", line->answers ? "" : red,
               line->name, line->follows, line->port, line->orders, line->orders_per_s,
               lag_text(line, text), line->place, plain);
    }
    printf("%s  %.0f s%s\n", dim, seconds(screen), plain);
    screen->drawn = count + 3;
    fflush(stdout);
}

static void print_line(const struct demo_line *line)
{
    char text[TEXT_MAX];
    if (!line->answers)
        printf("%s down", line->name);
    else if (line->follows[0] == 0)
        printf("%s %" PRIu64 " orders (%.0f/s)", line->name, line->orders, line->orders_per_s);
    else
        printf("%s %" PRIu64 " orders (%s)", line->name, line->orders, lag_text(line, text));
}

static void print(const struct demo_screen *screen, const struct demo_line *lines, unsigned count)
{
    printf("%5.1f s ", seconds(screen));
    for (unsigned i = 0; i < count; i++) {
        printf(i == 0 ? " " : " | ");
        print_line(&lines[i]);
    }
    putchar('\n');
    fflush(stdout);
}

void demo_screen_show(struct demo_screen *screen, const struct demo_line *lines, unsigned count)
{
    if (screen->is_terminal)
        draw(screen, lines, count);
    else
        print(screen, lines, count);
}

void demo_screen_end(struct demo_screen *screen)
{
    screen->drawn = 0;
}

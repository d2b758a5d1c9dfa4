/* timeline.c - see timeline.h. Time that goes back a little (clocks, several sources) counts in the
 * first step. */
// SPDX-License-Identifier: Apache-2.0
#include "print/timeline.h"
#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { BAR_WIDTH = 50 };

static void halve(struct timeline *timeline)
{
    for (unsigned i = 0; i < TIMELINE_STEPS / 2; i++)
        timeline->counts[i] = timeline->counts[2 * i] + timeline->counts[2 * i + 1];
    memset(&timeline->counts[TIMELINE_STEPS / 2], 0,
           sizeof timeline->counts - TIMELINE_STEPS / 2 * sizeof timeline->counts[0]);
    timeline->step_s *= 2;
}

void timeline_add(struct timeline *timeline, uint32_t seconds)
{
    if (timeline->step_s == 0) {
        timeline->step_s = 1;
        timeline->start = seconds;
    }
    uint64_t after = seconds > timeline->start ? seconds - timeline->start : 0;
    while (after / timeline->step_s >= TIMELINE_STEPS)
        halve(timeline);
    timeline->counts[after / timeline->step_s]++;
    timeline->count++;
}

static unsigned used(const struct timeline *timeline)
{
    unsigned steps = TIMELINE_STEPS;
    while (steps > 0 && timeline->counts[steps - 1] == 0)
        steps--;
    return steps;
}

void timeline_print(const struct timeline *timeline, struct buf *out)
{
    uint64_t most = 1;
    unsigned steps = used(timeline);
    for (unsigned i = 0; i < steps; i++)
        most = timeline->counts[i] > most ? timeline->counts[i] : most;
    for (unsigned i = 0; i < steps; i++) {
        char when[32] = "";
        time_t seconds = (time_t)(timeline->start + i * timeline->step_s);
        struct tm tm;
        if (gmtime_r(&seconds, &tm) != NULL)
            strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
        unsigned bar = (unsigned)((double)timeline->counts[i] * BAR_WIDTH / (double)most + 0.5);
        buf_printf(out, "%s %.*s%*s %" PRIu64 "\n", when, (int)bar,
                   "##################################################", (int)(BAR_WIDTH - bar), "",
                   timeline->counts[i]);
    }
}

void timeline_print_json(const struct timeline *timeline, struct buf *out)
{
    unsigned steps = used(timeline);
    buf_printf(out, ",\"timeline\":{\"start\":%" PRIu64 ",\"step_s\":%" PRIu64 ",\"counts\":[",
               timeline->start, timeline->step_s);
    for (unsigned i = 0; i < steps; i++)
        buf_printf(out, "%s%" PRIu64, i > 0 ? "," : "", timeline->counts[i]);
    buf_str(out, "]}");
}

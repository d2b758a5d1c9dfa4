/* snapshot/plan.c - cutting a table's key into slices, and the progress text. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/plan.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

void plan_point_clear(struct plan_point *point)
{
    free(point->gtids);
    memset(point, 0, sizeof *point);
}

void plan_clear(struct plan *plan)
{
    for (unsigned i = 0; i < plan->slice_count; i++)
        free(plan->slices[i].after);
    memset(plan, 0, sizeof *plan);
}

bool plan_is_done(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->slice_count; i++)
        if (!plan->slices[i].done)
            return false;
    return true;
}

void plan_whole(struct plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->slice_count = 1;
}

/* Signed keys are shifted by 2^63, so that order and distance are those of unsigned numbers. */
static bool parse_bound(const char *text, bool is_unsigned, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    uint64_t value = is_unsigned ? strtoull(text, &end, 10) : (uint64_t)strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || (is_unsigned && text[0] == '-'))
        return false;
    *out = is_unsigned ? value : value ^ (UINT64_C(1) << 63);
    return true;
}

static void print_bound(uint64_t value, bool is_unsigned, char out[PLAN_BOUND_MAX])
{
    if (is_unsigned)
        snprintf(out, PLAN_BOUND_MAX, "%" PRIu64, value);
    else
        snprintf(out, PLAN_BOUND_MAX, "%" PRId64, (int64_t)(value ^ (UINT64_C(1) << 63)));
}

void plan_split(struct plan *plan, const char *smallest, const char *largest, bool is_unsigned,
                unsigned parts)
{
    plan_whole(plan);
    uint64_t low = 0;
    uint64_t high = 0;
    if (!parse_bound(smallest, is_unsigned, &low) || !parse_bound(largest, is_unsigned, &high))
        return;
    parts = parts > PLAN_SLICES_MAX ? PLAN_SLICES_MAX : parts;
    if (high < low || parts < 2 || high - low < parts)
        return;
    uint64_t width = (high - low) / parts;
    plan->slice_count = parts;
    for (unsigned i = 1; i < parts; i++) {
        print_bound(low + i * width - 1, is_unsigned, plan->slices[i - 1].to);
        print_bound(low + i * width, is_unsigned, plan->slices[i].from);
    }
}

void plan_point_print(const struct plan_point *point, struct buf *out)
{
    buf_printf(out, "point 1\t%s\t%" PRIu64 "\t%s\t%s\n", point->file, point->offset,
               point->source_uuid, point->gtids);
}

void plan_print(const struct plan *plan, struct buf *out)
{
    buf_str(out, "plan 1\n");
    for (unsigned i = 0; i < plan->slice_count; i++) {
        const struct slice *slice = &plan->slices[i];
        buf_printf(out, "slice\t%s\t%s\t%s", slice->from, slice->to, slice->done ? "done" : "open");
        if (slice->after != NULL && !slice->done) {
            buf_u8(out, '\t');
            buf_str(out, slice->after);
        }
        buf_u8(out, '\n');
    }
}

/* The text up to `stop`, which is consumed; false when it does not fit or there is no stop. */
static bool take(const char **text, char stop, char *out, size_t size)
{
    const char *end = strchr(*text, stop);
    const char *line = strchr(*text, '\n');
    if (end == NULL || (line != NULL && line < end) || (size_t)(end - *text) >= size)
        return false;
    memcpy(out, *text, (size_t)(end - *text));
    out[end - *text] = '\0';
    *text = end + 1;
    return true;
}

static bool parse_point(const char **text, struct plan_point *point)
{
    char word[24];
    char *end = NULL;
    if (!take(text, '\t', word, sizeof word) || strcmp(word, "point 1") != 0 ||
        !take(text, '\t', point->file, sizeof point->file) || !take(text, '\t', word, sizeof word))
        return false;
    point->offset = strtoull(word, &end, 10);
    if (end == word || *end != '\0' ||
        !take(text, '\t', point->source_uuid, sizeof point->source_uuid))
        return false;
    const char *line = strchr(*text, '\n');
    if (line == NULL)
        return false;
    point->gtids = memory_strn(*text, (size_t)(line - *text));
    *text = line + 1;
    return true;
}

static unsigned count_fields(const char *text)
{
    unsigned count = 1;
    for (; *text != '\0'; text++)
        count += *text == '\t';
    return count;
}

static bool parse_slice(const char **text, unsigned key_columns, struct slice *slice)
{
    char word[8];
    if (!take(text, '\t', word, sizeof word) || strcmp(word, "slice") != 0 ||
        !take(text, '\t', slice->from, sizeof slice->from) ||
        !take(text, '\t', slice->to, sizeof slice->to))
        return false;
    const char *line = strchr(*text, '\n');
    if (line == NULL)
        return false;
    size_t len = (size_t)(line - *text);
    slice->done = len == 4 && memcmp(*text, "done", 4) == 0;
    bool open = len >= 4 && memcmp(*text, "open", 4) == 0;
    if (open && len > 5 && (*text)[4] == '\t')
        slice->after = memory_strn(*text + 5, len - 5);
    else if (!slice->done && !(open && len == 4))
        return false;
    *text = line + 1;
    return slice->after == NULL || (key_columns > 0 && count_fields(slice->after) == key_columns);
}

static bool parse_all(const char *text, unsigned key_columns, struct plan *plan)
{
    if (strncmp(text, "plan 1\n", 7) != 0)
        return false;
    text += 7;
    while (*text != '\0') {
        if (plan->slice_count == PLAN_SLICES_MAX)
            return false;
        struct slice *slice = &plan->slices[plan->slice_count++];
        if (!parse_slice(&text, key_columns, slice))
            return false;
    }
    return plan->slice_count > 0;
}

static bool unreadable(const char *text, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the progress of the copy is not readable: \"%.60s\"", text);
}

bool plan_parse(const char *text, unsigned key_columns, struct plan *plan, struct err *err)
{
    struct plan found = { .slice_count = 0 };
    if (!parse_all(text, key_columns, &found)) {
        plan_clear(&found);
        return unreadable(text, err);
    }
    *plan = found;
    return true;
}

bool plan_point_parse(const char *text, struct plan_point *point, struct err *err)
{
    struct plan_point found = { .offset = 0 };
    const char *rest = text;
    if (!parse_point(&rest, &found) || *rest != '\0') {
        plan_point_clear(&found);
        return unreadable(text, err);
    }
    *point = found;
    return true;
}

/* fault.c - see fault.h; the words are rows of faults.def. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/fault.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"

static const struct {
    const char *id;
    enum fault_level level;
    const char *remedy;
} kinds[] = {
#define FAULT(name, id, level, remedy) { id, FAULT_##level, remedy },
#include "verify/faults.def"
#undef FAULT
};

const char *fault_id(enum fault_kind kind)
{
    return kinds[kind].id;
}

enum fault_level fault_level_of(enum fault_kind kind)
{
    return kinds[kind].level;
}

const char *fault_level_name(enum fault_level level)
{
    static const char *const names[] = { "note", "problem", "failed" };
    return names[level];
}

const char *fault_remedy(enum fault_kind kind)
{
    return kinds[kind].remedy;
}

void faults_add(struct faults *faults, enum fault_kind kind, const char *file, uint64_t offset,
                const char *event, const char *format, ...)
{
    char text[2048];
    va_list args;
    if (faults->count == FAULTS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t count = faults->count;
    if ((count & (count - 1)) == 0) /* full at each power of two */
        faults->items =
            memory_resize(faults->items, (count == 0 ? 1 : count * 2) * sizeof *faults->items);
    faults->items[faults->count++] = (struct fault){
        .kind = kind,
        .file = memory_str(file),
        .offset = offset,
        .has_offset = offset != FAULT_NOWHERE,
        .event = event,
        .sentence = memory_str(text),
    };
}

bool faults_have(const struct faults *faults, enum fault_level level)
{
    for (size_t i = 0; i < faults->count; i++)
        if (fault_level_of(faults->items[i].kind) == level)
            return true;
    return false;
}

void faults_clear(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->items[i].file);
        free(faults->items[i].sentence);
    }
    free(faults->items);
    *faults = (struct faults){ 0 };
}

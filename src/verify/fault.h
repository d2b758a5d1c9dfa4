/* fault.h - what a check found wrong, where, and what to do about it; and lists of such. One
 * thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/macros.h"

enum fault_level { FAULT_NOTE, FAULT_PROBLEM, FAULT_FAILED };
enum fault_kind {
#define FAULT(name, id, level, remedy) FAULT_KIND_##name,
#include "verify/faults.def"
#undef FAULT
};

struct fault {
    enum fault_kind kind;
    char *file;        /* as the user knows it */
    uint64_t offset;   /* of the first bad byte, or of the event that is wrong */
    bool has_offset;   /* false: it is about the file as a whole */
    const char *event; /* the type's name; "" where there is no event */
    char *sentence;
};
const char *fault_id(enum fault_kind kind);
enum fault_level fault_level_of(enum fault_kind kind);
const char *fault_level_name(enum fault_level level); /* "note", "problem", "failed" */
const char *fault_remedy(enum fault_kind kind);

struct faults {
    struct fault *items;
    size_t count;
};
enum { FAULTS_MAX = 1000 }; /* of one file; what comes after is not kept */
#define FAULT_NOWHERE UINT64_MAX
/* offset: FAULT_NOWHERE for the file as a whole. event: a static text. */
void faults_add(struct faults *faults, enum fault_kind kind, const char *file, uint64_t offset,
                const char *event, const char *format, ...) PRINTF_LIKE(6, 7);
bool faults_have(const struct faults *faults, enum fault_level level);
void faults_clear(struct faults *faults);

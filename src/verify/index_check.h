/* index_check.h - a file's GTID index against the file itself, while that is walked. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/gtid_index.h"
#include "verify/fault.h"

struct index_check {
    bool active; /* there is an index to compare with */
    char shown[512];
    struct gtid_index index;
    size_t next;           /* the point that comes next */
    struct gtid_runs runs; /* since the point before it */
};
/* Loads it; says what is wrong with it as a whole. */
void index_check_open(struct index_check *check, struct files *files, const char *dir,
                      const char *name, uint64_t number, struct faults *faults);
/* A transaction has ended; its boundary follows. */
void index_check_commit(struct index_check *check, const struct gtid *gtid);
/* No transaction is open at `end`. */
void index_check_boundary(struct index_check *check, uint64_t end, struct faults *faults);
/* Everything up to `end` was walked and is whole; the file may go on behind it (is_limit). */
void index_check_close(struct index_check *check, uint64_t end, bool is_limit,
                       struct faults *faults);
void index_check_clear(struct index_check *check);

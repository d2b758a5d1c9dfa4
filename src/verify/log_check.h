/* log_check.h - every file of a log, on all cores, and what holds between them: the index against
 * the directory, and the GTIDs of each file against those of the files before it.
 *
 * Goes on with the next file after one that is damaged. Works beside a running node: it is told how
 * far that node's log is durable, and reads no further. Changes nothing. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "verify/file_check.h"

/* How far to look while a node writes. */
struct log_check_end {
    const char *file; /* NULL: nobody writes, everything is looked at */
    uint64_t offset;
};

struct log_check_options {
    const char *dir;          /* a store's directory; NULL: the files below, each by itself */
    struct log_check_end end; /* of that store */
    const char *const *paths; /* without dir */
    size_t path_count;
    unsigned threads; /* 0: one a core */
    /* Called about twice a second on the caller's thread. */
    void (*progress)(uint64_t bytes_done, uint64_t bytes, void *arg);
    void *progress_arg;
};

struct log_check_file {
    char *name; /* as the user knows it */
    struct file_check check;
};
struct log_check {
    struct log_check_file *files; /* in the log's order */
    size_t count;
    struct faults faults; /* of the log as a whole */
    uint64_t bytes;
};
/* False: the directory itself could not be read, or holds no log. */
bool log_check_run(const struct log_check_options *options, struct log_check *out,
                   struct err *err) MUST_CHECK;
void log_check_clear(struct log_check *check);

/* file_check.h - one log file from its first byte to its last: every frame, checksum, position,
 * transaction, table map and GTID, and its GTID index beside it.
 *
 * Stops at the first thing that is wrong with an event: what follows cannot be told from what
 * should follow. Reads only, and no further than the limit: what lies there may still change. One
 * thread a file, and those that read ahead of it; several files at once do not disturb each other.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdatomic.h>
#include "base/files.h"
#include "binlog/gtid_set.h"
#include "verify/fault.h"

struct file_check_request {
    struct files *files;
    const char *path;
    const char *shown;    /* how the user knows it */
    const char *dir;      /* of the store, whose GTID index is checked too; NULL: a file alone */
    const char *name;     /* in that directory */
    uint64_t number;      /* in the store's list */
    uint64_t limit;       /* UINT64_MAX: the whole file */
    bool is_newest;       /* of a store: it may end in a torn tail */
    unsigned threads;     /* that read ahead, beside the caller's */
    atomic_ullong *bytes; /* counts on, for a progress line; NULL: nobody looks */
};

struct file_check {
    bool opened;      /* false: nothing is known of it */
    bool whole;       /* nothing is wrong with its events */
    uint64_t size;    /* bytes of it that were there to check */
    uint64_t checked; /* bytes up to which everything was right */
    uint64_t events;
    uint64_t transactions;
    uint32_t first_time, last_time; /* of its events, seconds since 1970; 0: none */
    char server_version[51];
    struct gtid_set *stated;         /* what its head says came before it; NULL: it does not say */
    struct gtid_set *gtids;          /* what is in it */
    struct gtid_set *indexed_before; /* what its GTID index says came before it; NULL: no index */
    struct faults faults;
};
void file_check_run(const struct file_check_request *request, struct file_check *out);
void file_check_clear(struct file_check *check);

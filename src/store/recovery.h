/* recovery.h - where the last file of the log really ends, and which GTIDs are in the log.
 *
 * The walk starts at the file's last GTID index point (the log was durable up to there) and feeds
 * every event to a stream: the end is the last transaction boundary. What follows it is a torn tail
 * when it is cut off, when a lost (all zero) sector begins it, or when nothing whole comes after
 * it. A damaged event with a whole transaction after it is no tail but corruption: the walk fails
 * and names the offset. Changes nothing on disk. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/gtid_index.h"
#include "store/scan.h"

struct recovery {
    uint64_t size;           /* of the file on disk */
    uint64_t end;            /* the last boundary: bytes from here on are a torn tail */
    bool is_torn;            /* what stopped the walk: of a complete file, damage */
    struct gtid_set *before; /* what came before the file */
    struct gtid_set *gtids;  /* that and what is in it, up to end */
    struct gtid_index index; /* as loaded; empty when there was no good one */
    struct gtid_writer tail; /* what was walked: transactions after the index's last point */
    bool index_whole;        /* the index on disk is right: go on writing it */
};

struct recovery_file {
    struct files *files;
    const char *dir;
    const char *name;
    uint64_t number;
    uint64_t limit; /* looks no further; 0: the whole file */
};

/* known_before: the set that came before the file; NULL: its GTID index says, else it is empty. */
bool recovery_run(const struct recovery_file *file, const struct gtid_set *known_before,
                  struct recovery *out, struct err *err) MUST_CHECK;
/* A part of the log that was durable ends where the walk says. False, ERR_CORRUPT: it is damaged.
 */
bool recovery_check_whole(const struct recovery *recovery, const struct recovery_file *file,
                          struct err *err) MUST_CHECK;
void recovery_clear(struct recovery *recovery);
/* Makes one GTID index of what was loaded and what was walked; takes it out of the recovery. */
void recovery_take_index(struct recovery *recovery, const struct recovery_file *file,
                         struct gtid_index *out);

/* The set that the file's head states (PREVIOUS_GTIDS, GTID_LIST); *out NULL when it does not. */
bool recovery_stated_set(const struct recovery_file *file, struct gtid_set **out,
                         struct err *err) MUST_CHECK;
/* The same for one event; *out is untouched for events that state nothing. */
bool recovery_head_set(const struct event *event, struct gtid_set **out,
                       struct err *err) MUST_CHECK;

/* followed.h - the source that is followed: the one that the program's options name, or the one
 * that CHANGE REPLICATION SOURCE TO has named since.
 *
 * The latter outlives the process in DATA/source.json (mode 0600, its password is in it; replaced
 * as a whole). The last word counts: when the options name another source than they did when it was
 * changed, the file is removed and they are followed. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "net/source_address.h"
#include "session/session.h"

enum { FOLLOWED_NAME_MAX = 600 };

struct followed {
    struct source_address address;
    unsigned heartbeat_ms;
    unsigned backoff_max_ms;            /* longest pause between attempts */
    unsigned delay_s;                   /* a transaction is applied when it is so old */
    bool is_changed;                    /* by CHANGE REPLICATION SOURCE TO */
    char instead_of[FOLLOWED_NAME_MAX]; /* what the options named then, by followed_name */
    struct arena texts;                 /* of the address; where it was changed */
};

/* "": it names nobody. */
void followed_name(const struct source_address *address, char out[FOLLOWED_NAME_MAX]);
/* options: what they name; its texts outlive *out. */
bool followed_load(const char *data_dir, const struct followed *options, struct followed *out,
                   struct err *err) MUST_CHECK;
/* *out: `now` with what `change` gives, saved: it counts also after a crash. ERR_CONFIG: it cannot
 * be followed so, and nothing was changed. */
bool followed_change(const char *data_dir, const struct followed *now,
                     const struct session_control *change, struct followed *out,
                     struct err *err) MUST_CHECK;
/* Anything beside SOURCE_DELAY: where and how to receive. */
bool followed_names_more_than_delay(const struct session_control *change);
/* RESET REPLICA ALL: nobody is followed from now on, also after a restart, until the options name
 * another source than they do. */
bool followed_forget(const char *data_dir, const struct followed *now, struct err *err) MUST_CHECK;
/* Was that said, and does it still count? options: what they name; NULL: nobody. */
bool followed_is_none(const char *data_dir, const struct source_address *options, bool *out,
                      struct err *err) MUST_CHECK;
/* Is a source kept in the file? */
bool followed_is_kept(const char *data_dir);
/* Nobody yet, for a CHANGE to begin with, instead of what the options name (NULL: nobody). */
void followed_begin(const struct source_address *options, struct followed *out);
void followed_clear(struct followed *followed);

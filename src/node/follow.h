/* follow.h - the source is followed: the stages receive and apply, which may be stopped, pointed at
 * another source and started again while the node runs.
 *
 * A stage that ends by itself ends the node, with the reason. Two exceptions, as a person is at the
 * port then and its replicas should not lose it: once anything was stopped, started or changed over
 * the port, and where the source was named there, the stage alone stays ended, and the status says
 * why. A log or a disk that failed ends the node always.
 *
 * Threads: the node's, but for follow_describe, follow_needed_from and follow_status: any. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "apply/apply.h"
#include "node/followed.h"
#include "node/identity.h"
#include "node/node.h"
#include "receive/receive.h"
#include "topology/topology.h"

struct follow_options {
    const struct node_options *node; /* outlives it, as all of these */
    struct store *store;
    struct engine *engine; /* NULL: a relay */
    struct topology *topology;
    struct identity *identity; /* a new source is recorded in it */
    bool is_blank;             /* a primary's: nobody is named yet */
    bool (*keep)(const char *db, const char *table, void *arg);
    /* A stage's thread, when it ended: ask follow_check. */
    void (*on_end)(bool ends_node, void *arg);
    void (*on_applied)(void *arg); /* apply's thread: a commit */
    void *arg;
};

struct follow;
bool follow_open(const struct follow_options *options, struct follow **out,
                 struct err *err) MUST_CHECK;
/* A primary's: what CHANGE says from now on is to be followed instead of nobody. */
void follow_begin_anew(struct follow *follow);
bool follow_is_named(const struct follow *follow); /* a source, since */
void follow_free(struct follow *follow);           /* NULL is allowed; stops both stages */
AUTO_DEFINE(follow);
const struct source_address *follow_address(const struct follow *follow); /* until a change */

/* first_file: where an empty log starts; "": the source's oldest. base: the GTIDs that data beside
 * an empty log holds; NULL. */
bool follow_start_receive(struct follow *follow, const char *first_file,
                          const struct gtid_set *base, struct err *err) MUST_CHECK;
bool follow_receives(const struct follow *follow); /* it was started */
bool follow_start_apply(struct follow *follow, struct err *err) MUST_CHECK;
/* After a stage's end: false when the node cannot go on. */
bool follow_check(struct follow *follow) MUST_CHECK;
/* START, STOP or CHANGE of the port; it is done when this returns. */
bool follow_control(struct follow *follow, const struct session_control *control,
                    struct err *err) MUST_CHECK;
/* RESET REPLICA ALL: the node is to follow nobody any more, which is recorded. ERR_CONFLICT: it is
 * not stopped; ERR_UNSUPPORTED: its log or data cannot be gone on with. */
bool follow_give_up(struct follow *follow, struct err *err) MUST_CHECK;
void follow_stop(struct follow *follow); /* both */
/* One of them failed, and the node with it: why. */
bool follow_failed(const struct follow *follow, struct err *err);

/* ---- how it is: copies ---- */
struct follow_status {
    char address[FOLLOWED_NAME_MAX]; /* "db1:3306" */
    struct receive_status receive;
    bool has_receive;
    struct apply_status apply; /* to clear */
    bool has_apply;
    unsigned delay_s;
    bool receive_is_stopped; /* over the port, or by itself while the node goes on */
    bool apply_is_stopped;
};
void follow_status(struct follow *follow, struct follow_status *out);
void follow_describe(struct session_source *out, struct follow *follow);
/* Up to where the engine's data would survive a power cut without the log. */
struct log_pos follow_needed_from(struct follow *follow);

/* demote.c - a primary becomes a replica, while clients and replicas stay connected.
 *
 * CHANGE names the source, in a file: a start from then on is a replica's. START ends the writing:
 * nobody begins to, and who is at it may end it; whoever keeps a transaction open is disconnected,
 * and so rolled back. What was acknowledged is in the log; the source is then compared with that as
 * any source is: if it lacks a transaction, nothing of it is stored, the transactions are named,
 * and all stays as it is. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "node/state.h"

enum {
    PATIENCE_MS = 5000, /* for statements at work; and for those who were disconnected */
    LOOK_MS = 5,
    NO_SOURCE = 1200,
};

/* ---- CHANGE ---- */

static bool change(struct node *node, const struct session_control *control, struct err *err)
{
    struct follow *follow = node->follow;
    if (node->front == NULL || node->executor == NULL)
        return err_set(err, ERR_UNSUPPORTED, "this node has no port");
    if (follow == NULL && !node_open_follow(node, true, &follow, err))
        return false;
    node->follow = follow;
    return follow_control(follow, control, err);
}

/* ---- START ---- */

static bool wait_until_quiet(struct node *node)
{
    uint64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (!executor_hold_writes(node->executor, true)) {
        if (clock_monotonic_ms() >= until_ms || cancel_fired(node->stop))
            return false;
        nudge_wait(node->tick, LOOK_MS);
    }
    return true;
}

static bool end_writing(struct node *node, struct err *err)
{
    bool is_quiet = wait_until_quiet(node);
    if (!is_quiet) {
        log_warning("clients with open transactions that write are disconnected: this node is to "
                    "be a replica");
        front_drop_writers(node->front);
        is_quiet = wait_until_quiet(node);
    }
    if (is_quiet) {
        executor_forbid_writes(node->executor);
        return true;
    }
    executor_hold_writes(node->executor, false);
    return err_set(err, ERR_CONFLICT,
                   "a statement still writes after %d seconds: this node stays a primary; ask "
                   "again, or KILL it",
                   2 * PATIENCE_MS / 1000);
}

void node_own_log(struct node *node)
{
    struct identity *identity = &node->identity;
    bool has_log = node->position.file[0] != 0 && store_write_name(node->store)[0] != 0;
    if (identity->source[0] == 0 && has_log)
        snprintf(identity->source, sizeof identity->source, "%s", identity->server_uuid);
}

static bool start_following(struct node *node, struct err *err)
{
    position_clear(&node->position);
    if (!node->engine->ops->position(node->engine, &node->position, err))
        return false;
    node_own_log(node);
    return follow_start_receive(node->follow, node->position.file, node->position.gtids, err) &&
           follow_start_apply(node->follow, err);
}

static bool demote(struct node *node, struct err *err)
{
    if (node->follow == NULL || !follow_is_named(node->follow)) {
        err_set(err, ERR_CONFIG,
                "The server is not configured as replica; fix it with CHANGE REPLICATION SOURCE "
                "TO");
        err->server_errno = NO_SOURCE;
        return false;
    }
    if (!end_writing(node, err))
        return false;
    node->lead = NULL;
    lead_stop(node->own_lead);
    log_info("this node is a replica now");
    if (start_following(node, err))
        return true;
    node_fail(node, err);
    return err_wrap(err, "this node ends: its next start is a replica's");
}

bool node_control_primary(struct node *node, const struct session_control *control, struct err *err)
{
    if (control->action == SESSION_CHANGE)
        return change(node, control, err);
    if (control->action == SESSION_STOP) /* as a server that has not started it */
        return true;
    if (control->parts != SESSION_ALL_PARTS)
        return err_set(err, ERR_UNSUPPORTED,
                       "a primary becomes a replica as a whole: START REPLICA without a thread's "
                       "name");
    return demote(node, err);
}

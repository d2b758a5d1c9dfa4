/* promote.c - a replica becomes a primary, while clients and replicas stay connected.
 *
 * First it is recorded that nobody is followed: a crash from then on is finished by the next start,
 * which opens the primary. Then the rest of the log is applied, and the primary goes on in a file
 * and in GTIDs of this node's own. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "base/log.h"
#include "node/filter.h"
#include "node/state.h"

struct lead_options node_lead_options(struct node *node)
{
    return (struct lead_options){ .data_dir = node->options.data_dir,
                                  .store = node->store,
                                  .engine = node->engine,
                                  .identity = &node->identity,
                                  .flavour = node->options.flavour,
                                  .cache_bytes = node->options.binlog_cache_bytes,
                                  .cache_bytes_max = node->options.binlog_cache_bytes_max,
                                  .acks = node->acks,
                                  .cancel = node->stop };
}

static bool open_lead(struct node *node, struct err *err)
{
    struct lead_options options = node_lead_options(node);
    options.flavour = NODE_FLAVOUR_KEPT;
    if (node->own_lead == NULL && !lead_open(&options, &node->own_lead, err))
        return false;
    if (node->acks != NULL)
        acks_listen(node->acks);
    if (!lead_start(node->own_lead, err) ||
        !executor_allow_writes(node->executor, lead_writer(node->own_lead), err))
        return false;
    node->lead = node->own_lead;
    return true;
}

/* RESET REPLICA ALL of a primary: what CHANGE has named is not to be followed. */
static bool forget_named(struct node *node, struct err *err)
{
    if (node->follow == NULL || !follow_is_named(node->follow))
        return true;
    if (!follow_give_up(node->follow, err))
        return false;
    follow_begin_anew(node->follow);
    return true;
}

bool node_promote(struct node *node, struct err *err)
{
    if (node->lead != NULL)
        return forget_named(node, err);
    if (!filter_is_whole(node->options.filter))
        return err_set(err, ERR_UNSUPPORTED,
                       "--include or --exclude leave tables out: what is in the log and not in the "
                       "data would be missing in a primary");
    if (!follow_give_up(node->follow, err))
        return false;
    if (!open_lead(node, err)) {
        node_fail(node, err);
        return err_wrap(err, "this node follows nobody any more, and ends: its next start is a "
                             "primary's");
    }
    follow_begin_anew(node->follow);
    log_info("this node is a primary now");
    return true;
}

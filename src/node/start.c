/* start.c - the start of a primary: what the log has and the data has not is applied, unless it is
 * still to be acknowledged.
 *
 * A primary that waits for its replicas (--ack-after) and was killed in that wait has transactions
 * in its log that nobody was told of, and that maybe no replica has. Nobody sees them, either,
 * until the replicas have come back and have them: meanwhile the port is open to replicas, and to
 * clients that read, and nothing is written. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "base/log.h"
#include "node/state.h"

enum { LOOK_MS = 1000 };

static bool wait_for_tail(struct node *node, struct err *err)
{
    struct log_pos end = store_durable_end(node->store);
    log_warning("the end of the log may be on this machine only: nothing is written, and it is not "
                "to be seen, before %u replicas have it",
                acks_wanted(node->acks));
    while (!acks_wait_for(node->acks, end, LOOK_MS)) {
        if (cancel_fired(node->stop))
            return err_set(err, ERR_CANCELLED, "asked to stop");
        node_report(node, false);
    }
    return true;
}

bool node_start_primary(struct node *node, bool (*start_port)(struct node *, struct err *),
                        struct err *err)
{
    bool is_held = false;
    if (node->acks != NULL) {
        acks_listen(node->acks);
        if (node->front != NULL && !lead_is_behind(node->lead, &is_held, err))
            return false;
    }
    if (is_held && (!start_port(node, err) || !wait_for_tail(node, err)))
        return false;
    return lead_start(node->lead, err) &&
           (node->executor == NULL ||
            executor_allow_writes(node->executor, lead_writer(node->lead), err)) &&
           (is_held || start_port(node, err));
}

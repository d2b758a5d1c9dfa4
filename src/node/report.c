/* report.c - how the node is, gathered from its stages once a second. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "node/state.h"

static void gather_applied(const struct node *node, const struct apply_status *applied,
                           struct node_facts *f)
{
    f->apply.running = true;
    snprintf(f->apply.file, sizeof f->apply.file, "%s", applied->file);
    f->apply.offset = applied->offset;
    f->apply.gtids = applied->gtids;
    f->apply.gtid_count = applied->gtid_count;
    f->apply.transactions = applied->transactions;
    f->apply.rows = applied->rows;
    f->apply.last_timestamp = applied->last_timestamp;
    f->apply.repairing = applied->repairing;
    f->apply.prepared = applied->prepared;
    f->apply.state = applied->state;
    f->apply.delayed_commit_us = applied->delayed_commit_us;
    if (applied->error.code != ERR_NONE)
        f->apply.error = applied->error.text;
    /* Under a steady load the newest microseconds are never applied yet: behind is who has not
     * reached where the log ended a tick ago. */
    f->behind = log_pos_compare(applied->log_end, node->durable_before) < 0;
}

/* A primary's data is where its log ends. */
static void gather_own(const struct node *node, struct node_facts *f)
{
    f->is_primary = true;
    f->address = "";
    f->receive = (struct receive_status){ 0 };
    if (node->acks != NULL) {
        f->acks_wanted = acks_wanted(node->acks);
        f->acks_waiting_ms = acks_waiting_ms(node->acks);
    }
    if (!lead_is_open(node->lead))
        return;
    f->apply.running = true;
    f->apply.state = "writing";
    snprintf(f->apply.file, sizeof f->apply.file, "%s", f->durable_file);
    f->apply.offset = f->durable_offset;
}

/* The texts are `following`'s. */
static void gather(struct node *node, struct node_facts *f, struct follow_status *following)
{
    memset(f, 0, sizeof *f);
    memset(following, 0, sizeof *following);
    if (node->follow != NULL)
        follow_status(node->follow, following);
    f->version = BINLOGD_VERSION;
    f->engine = node->engine == NULL ? "none" : node->engine->ops->name;
    f->address = following->address;
    f->now_us = clock_wall_us();
    f->now_ms = clock_monotonic_ms();
    f->started_us = node->started_us;
    f->server_id = node->identity.server_id;
    f->server_uuid = node->identity.server_uuid;
    f->error = node->error;
    f->copy = node->copy;
    f->listen = node->options.listen;
    f->connections = node->front == NULL ? 0 : front_connections(node->front);
    f->replicas = (unsigned)topology_count(node->topology);
    f->apply.state = "";
    f->apply.error = "";
    f->apply.wanted = node->engine != NULL;
    f->receive = following->receive;
    f->apply.delay_s = following->delay_s;
    f->receive_is_stopped = following->receive_is_stopped;
    f->apply_is_stopped = following->apply_is_stopped;
    struct log_pos durable = store_durable_end(node->store);
    store_file_name(node->store, durable.file, f->durable_file);
    store_file_name(node->store, store_first_file(node->store), f->oldest_file);
    f->durable_offset = durable.offset;
    f->log_size_bytes = store_size_bytes(node->store);
    if (following->has_apply)
        gather_applied(node, &following->apply, f);
    if (node->lead != NULL)
        gather_own(node, f);
}

static double rate_since_last(struct node *node, const struct node_facts *f)
{
    uint64_t count = node->engine != NULL ? f->apply.transactions : f->receive.transactions;
    uint64_t span_ms = f->now_ms - node->before_ms;
    double rate = node->before_ms == 0 || span_ms == 0
                      ? 0
                      : 1000.0 * (double)(count - node->transactions_before) / (double)span_ms;
    node->transactions_before = count;
    node->before_ms = f->now_ms;
    return rate;
}

void node_report(struct node *node, bool stopping)
{
    struct node_facts facts;
    struct follow_status following;
    struct err err;
    gather(node, &facts, &following);
    facts.stopping = stopping;
    double rate = rate_since_last(node, &facts);
    if (!status_write(node->options.data_dir, &facts, &err))
        log_warning("%s", err.text);
    if (node->options.on_line != NULL) {
        char line[1024];
        status_line(&facts, rate, line, sizeof line);
        node->options.on_line(line, node->options.on_line_arg);
    }
    node->durable_before = store_durable_end(node->store);
    apply_status_clear(&following.apply);
}

/* lead.h - a node without a source: its log is its own, and what changes its rows goes there first.
 *
 * lead_start brings the engine to where the log ends (a crash may have left it behind), then opens
 * the primary. From then on the writer's thread alone uses it, through lead_writer. lead_is_open,
 * lead_describe and lead_synced_end: any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "node/acks.h"
#include "node/identity.h"
#include "node/node.h"
#include "execute/execute.h"
#include "net/cancel.h"
#include "primary/primary.h"
#include "session/session.h"

/* What a primary calls itself, in greetings, VERSION() and its log. Replicas and clients go by the
 * number in front: MySQL's long-term release, whose log MySQL 9 and MariaDB both read; or the
 * MariaDB whose log all later ones read. */
#define LEAD_VERSION         "8.4.0-binlogd-" BINLOGD_VERSION
#define LEAD_VERSION_MARIADB "10.11.0-MariaDB-binlogd-" BINLOGD_VERSION

struct lead_options {
    const char *data_dir;
    struct store *store;
    struct engine *engine;
    const struct identity *identity;
    enum node_flavour flavour;
    uint64_t cache_bytes; /* of a transaction: primary.h */
    uint64_t cache_bytes_max;
    struct acks *acks;     /* commits wait for them; NULL: they do not */
    struct cancel *cancel; /* ends lead_start */
};

struct lead;
/* ERR_CONFIG: the directory is a replica's, or its data is of another flavour. */
bool lead_open(const struct lead_options *options, struct lead **out, struct err *err) MUST_CHECK;
void lead_free(struct lead *lead); /* NULL is allowed; when no other thread uses it any more */
AUTO_DEFINE(lead);
/* Before lead_start: the log has transactions that the data has not. */
bool lead_is_behind(struct lead *lead, bool *out, struct err *err) MUST_CHECK;
bool lead_start(struct lead *lead, struct err *err) MUST_CHECK;
/* Nothing is written any more, and no thread does; it may be started again. */
void lead_stop(struct lead *lead);
bool lead_is_open(const struct lead *lead); /* lead_start is through */
/* How the writer's thread changes rows; from lead_start on. Its `rest` makes what is in the engine
 * outlive a power cut, so that purge may go so far: at once when there is time, else every few
 * seconds. */
const struct execute_writer *lead_writer(const struct lead *lead);

void lead_describe(struct session_source *out, const struct lead *lead);
struct log_pos lead_synced_end(struct lead *lead);

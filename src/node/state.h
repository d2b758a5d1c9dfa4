/* state.h - what node.c, report.c and promote.c share: the node. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "execute/execute.h"
#include "net/cancel.h"
#include "net/nudge.h"
#include "node/acks.h"
#include "node/control.h"
#include "node/follow.h"
#include "node/front.h"
#include "node/identity.h"
#include "node/lead.h"
#include "node/node.h"
#include "node/stage.h"
#include "node/status.h"

struct node {
    struct node_options options;
    struct identity identity;
    struct cancel *stop; /* fired by node_stop or by a stage that failed */
    struct nudge *tick;  /* cuts the main thread's sleep short */
    struct store *store;
    struct engine *engine;       /* NULL: a relay */
    struct topology *topology;   /* who follows this node */
    struct acks *acks;           /* a primary's commits wait for them; NULL: they do not */
    struct follow *follow;       /* the stages receive and apply; NULL: no source, then: */
    _Atomic(struct lead *) lead; /* a primary: own_lead */
    struct lead *own_lead;       /* NULL: it was never one */
    struct control *control;     /* what is asked of them over the port */
    struct executor *executor;   /* SQL of the port's clients; NULL: no port, or no engine */
    struct front *front;         /* NULL: no port */
    struct stage front_stage;
    struct position position; /* the engine's, when the node started or its copy ended */
    uint64_t started_us;
    struct copy_facts copy;
    uint64_t copy_line_ms;
    struct log_pos durable_before; /* a tick ago */
    uint64_t transactions_before;
    uint64_t before_ms;
    pthread_mutex_t failure_lock;
    struct err failure; /* of what writes; guarded */
    char error[1024];
};

/* ---- report.c: the status file and the line for people ---- */
void node_report(struct node *node, bool stopping);

/* ---- start.c ---- */
bool node_start_primary(struct node *node, bool (*start_port)(struct node *, struct err *),
                        struct err *err) MUST_CHECK;

/* ---- promote.c ---- */
struct lead_options node_lead_options(struct node *node);
/* RESET REPLICA ALL: a replica that is stopped becomes a primary. */
bool node_promote(struct node *node, struct err *err) MUST_CHECK;
/* CHANGE, and START, of a primary: from START on it is a replica. */
bool node_control_primary(struct node *node, const struct session_control *control,
                          struct err *err) MUST_CHECK;
/* Data and log that came from no source are this node's own: whoever is followed is another server,
 * whose files have other contents, and is asked by GTID. */
void node_own_log(struct node *node);
bool node_open_follow(struct node *node, bool is_blank, struct follow **out,
                      struct err *err) MUST_CHECK;
/* The writer's thread, or who has failed half way: the node ends, and why. */
void node_fail(struct node *node, const struct err *err);

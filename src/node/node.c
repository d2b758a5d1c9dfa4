/* node.c - composes receive, store, apply and engine into one running node.
 *
 * Order of life: directory and identity, store (its lock), engine; then, if the engine has no data
 * yet, the first copy, with the receiver already following from the copy's point so that the source
 * may purge its log; then apply. Whichever stage fails first stops the others, and its sentence is
 * the node's. node_run's thread writes the status once a second, purges, and prints the line for
 * people. Without a source there is `lead` in place of `follow`. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/node.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/sqlite/sqlite.h"
#include "node/state.h"
#include "receive/decide.h"
#include "snapshot/snapshot.h"
#include "topology/topology.h"

#ifndef BINLOGD_VERSION
#define BINLOGD_VERSION "unknown"
#endif

enum { TICK_MS = 1000, TICKS_BETWEEN_PURGES = 30 };

/* ---- opening ---- */

static bool make_directory(const char *path, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_sys(err, "the data directory %s cannot be made", path);
    return true;
}

static bool open_store(struct node *node, struct err *err)
{
    char dir[PATH_MAX];
    snprintf(dir, sizeof dir, "%s/log", node->options.data_dir);
    struct store_options options = { .dir = dir, .sync_after_us = node->options.sync_after_us };
    return store_open(&options, &node->store, err);
}

/* A relay purges by age and size alone: data that stands still beside it would lose its log. */
static bool refuse_data(const char *path, struct err *err)
{
    return access(path, F_OK) != 0 ||
           err_set(err, ERR_CONFIG,
                   "%s is there, but --engine=none applies nothing to it, and would purge the log "
                   "that it goes on from: give the relay a --data directory of its own",
                   path);
}

static bool open_engine(struct node *node, struct err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/data.db", node->options.data_dir);
    if (node->options.engine == NODE_ENGINE_NONE)
        return refuse_data(path, err);
    struct sqlite_engine_options options = { .path = path,
                                             .page_cache_bytes = node->options.page_cache_bytes };
    return sqlite_engine_open(&options, &node->engine, err) &&
           node->engine->ops->position(node->engine, &node->position, err);
}

/* front's thread: how the source is followed, as sessions show it. */
static void describe_source(struct session_source *out, void *arg)
{
    struct node *node = arg;
    if (node->lead != NULL)
        lead_describe(out, node->lead);
    else
        follow_describe(out, node->follow);
}

/* Any thread. */
static struct log_pos needed_from(void *arg)
{
    struct node *node = arg;
    return node->lead != NULL ? lead_synced_end(node->lead) : follow_needed_from(node->follow);
}

/* One stage alone is no node. */
static void on_front_end(struct stage *stage)
{
    node_stop(stage->arg);
}

/* receive's or apply's thread. */
static void on_follow_end(bool ends_node, void *arg)
{
    struct node *node = arg;
    if (ends_node)
        node_stop(node);
    store_wake(node->store); /* whoever waits for the log */
    nudge_fire(node->tick);
}

/* apply's thread. */
static void on_applied(void *arg)
{
    struct node *node = arg;
    if (node->front != NULL)
        front_applied(node->front);
}

/* The port's thread: there is something to do. */
static void on_asked(void *arg)
{
    struct node *node = arg;
    nudge_fire(node->tick);
}

/* The node's: there is an answer. */
static void on_done(void *arg)
{
    struct node *node = arg;
    front_wake(node->front);
}

void node_fail(struct node *node, const struct err *err)
{
    pthread_mutex_lock(&node->failure_lock);
    if (node->failure.code == ERR_NONE)
        node->failure = *err;
    pthread_mutex_unlock(&node->failure_lock);
    node_stop(node);
}

/* The writer's thread. */
static void on_write_failure(const struct err *err, void *arg)
{
    if (err->code == ERR_CANCELLED)
        node_stop(arg);
    else
        node_fail(arg, err);
}

static void make_executor(struct node *node)
{
    struct executor_options options = {
        .engine = node->engine,
        .on_ready = on_done,
        .on_failure = on_write_failure,
        .arg = node,
    };
    if (node->engine != NULL)
        node->executor = executor_new(&options);
}

static bool open_front(struct node *node, struct err *err)
{
    const struct node_options *o = &node->options;
    if (o->listen == NULL)
        return true;
    make_executor(node);
    struct front_options options = {
        .data_dir = o->data_dir,
        .listen = o->listen,
        .cert_path = o->listen_cert,
        .key_path = o->listen_key,
        .allow_plaintext = o->allow_plaintext,
        .max_connections = o->max_connections,
        .send_timeout_ms = o->send_timeout_ms,
        .server_id = node->identity.server_id,
        .server_uuid = node->identity.server_uuid,
        .store = node->store,
        .topology = node->topology,
        .describe = describe_source,
        .needed_from = needed_from,
        .filter = o->engine == NODE_ENGINE_NONE ? NULL : o->filter,
        .executor = node->executor,
        .control = node->control,
        .arg = node,
    };
    return front_open(&options, &node->front, err);
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    const struct node *node = arg;
    return filter_keeps(node->options.filter, db, table);
}

bool node_open_follow(struct node *node, bool is_blank, struct follow **out, struct err *err)
{
    struct follow_options options = {
        .node = &node->options,
        .store = node->store,
        .engine = node->engine,
        .topology = node->topology,
        .identity = &node->identity,
        .is_blank = is_blank,
        .keep = keep_table,
        .on_end = on_follow_end,
        .on_applied = on_applied,
        .arg = node,
    };
    return follow_open(&options, out, err);
}

static bool open_lead(struct node *node, struct err *err)
{
    struct lead *lead = NULL;
    struct lead_options options = node_lead_options(node);
    if (node->engine == NULL)
        return err_set(err, ERR_CONFIG, "no source: a relay (--engine=none) has to follow one");
    if (!lead_open(&options, &lead, err))
        return false;
    node->lead = node->own_lead = lead;
    return true;
}

/* Whom the options name counts, but for RESET REPLICA ALL and CHANGE since. */
static bool open_role(struct node *node, struct err *err)
{
    bool is_none = false;
    if (!followed_is_none(node->options.data_dir, node->options.source, &is_none, err))
        return false;
    bool is_named = node->options.source != NULL || followed_is_kept(node->options.data_dir);
    if (is_named && !is_none)
        node_own_log(node);
    return is_named && !is_none ? node_open_follow(node, false, &node->follow, err)
                                : open_lead(node, err);
}

bool node_open(const struct node_options *options, struct node **out, struct err *err)
{
    AUTO(node) node = memory_new(sizeof *node);
    node->options = *options;
    node->started_us = clock_wall_us();
    pthread_mutex_init(&node->failure_lock, NULL);
    node->stop = cancel_new();
    node->tick = nudge_new();
    node->topology = topology_new();
    if (options->ack_after > 0)
        node->acks = acks_new(node->topology, options->ack_after, node->stop);
    node->control = control_new(&(struct control_wake){ on_asked, on_done, node });
    if (!make_directory(options->data_dir, err) || !open_store(node, err) ||
        !identity_load(options->data_dir, options->server_id, &node->identity, err) ||
        !open_engine(node, err) || !open_role(node, err) || !open_front(node, err))
        return false;
    *out = node;
    node = NULL;
    return true;
}

void node_free(struct node *node)
{
    if (node == NULL)
        return;
    front_free(node->front);
    executor_free(node->executor);
    control_free(node->control);
    follow_free(node->follow);
    lead_free(node->own_lead);
    engine_free(node->engine);
    store_free(node->store);
    acks_free(node->acks);
    topology_free(node->topology);
    position_clear(&node->position);
    cancel_free(node->stop);
    nudge_free(node->tick);
    pthread_mutex_destroy(&node->failure_lock);
    free(node);
}

void node_reload(struct node *node)
{
    if (node->front != NULL)
        front_reload(node->front);
}

void node_stop(struct node *node)
{
    cancel_fire(node->stop);
    nudge_fire(node->tick);
}

/* ---- stages on threads ---- */

static bool run_front(void *arg, struct err *err)
{
    struct node *node = arg;
    return front_run(node->front, err);
}

static bool start_front(struct node *node, struct err *err)
{
    node->front_stage =
        (struct stage){ .name = "listen", .run = run_front, .on_end = on_front_end, .arg = node };
    return node->front == NULL ||
           ((node->executor == NULL || executor_start(node->executor, err)) &&
            stage_start(&node->front_stage, err));
}

static bool start_receive(struct node *node, const char *first_file, struct err *err)
{
    return follow_start_receive(node->follow, first_file, node->position.gtids, err);
}

/* ---- purge ---- */

static void purge(struct node *node)
{
    const struct purge_limits *limits = &node->options.keep_log;
    if (limits->keep_bytes == 0 && limits->keep_seconds == 0)
        return;
    struct log_pos needed = needed_from(node);
    char held[256];
    unsigned dropped = 0;
    struct err err;
    if (!store_purge(node->store, limits, needed, &dropped, held, &err))
        log_warning("purge: %s", err.text);
    else if (dropped > 0)
        log_info("purged %u log files%s%s", dropped, held[0] == 0 ? "" : "; held back: ", held);
}

/* ---- running ---- */

static void on_copy_progress(const struct snapshot_progress *progress, void *arg)
{
    struct node *node = arg;
    node->copy = (struct copy_facts){
        .running = true,
        .phase = progress->phase,
        .rows_done = progress->rows_done,
        .rows_estimated = progress->rows_estimated,
        .rows_per_s = progress->rows_per_s,
        .eta_s = progress->eta_s,
        .tables_done = progress->tables_done,
        .table_count = progress->table_count,
    };
    if (clock_monotonic_ms() - node->copy_line_ms < TICK_MS)
        return;
    node->copy_line_ms = clock_monotonic_ms();
    node_report(node, false);
}

/* The copy's point is known: from here on the log must not be lost, so it is followed at once. */
static bool on_copy_point(const char *file, void *arg, struct err *err)
{
    struct node *node = arg;
    return follow_receives(node->follow) || start_receive(node, file, err);
}

static bool copy_source(struct node *node, struct err *err)
{
    const struct node_options *o = &node->options;
    struct snapshot_options options = {
        .address = follow_address(node->follow),
        .engine = node->engine,
        .cancel = node->stop,
        .connections = o->copy_connections,
        .chunk_rows = o->copy_chunk_rows,
        .max_bytes_per_s = o->copy_max_bytes_per_s,
        .keep = keep_table,
        .keep_arg = node,
        .on_point = on_copy_point,
        .on_point_arg = node,
        .progress = on_copy_progress,
        .progress_arg = node,
    };
    log_info("no data yet: copying the source");
    position_clear(&node->position);
    bool ok = snapshot_run(&options, &node->position, err);
    if (!ok && decide_is_account_error(err))
        err->code = ERR_CONFIG;
    node->copy.running = false;
    return ok;
}

static bool log_reaches(const struct node *node, const char *file, uint64_t offset)
{
    struct log_pos need = { .offset = offset };
    return store_find_file(node->store, file, &need.file) &&
           log_pos_compare(store_durable_end(node->store), need) >= 0;
}

/* After a first copy the file that it stands in is fetched from its first byte: apply begins when
 * the log has reached the copy's place. */
static bool wait_for_log(struct node *node, struct err *err)
{
    while (!log_reaches(node, node->position.file, node->position.offset)) {
        if (cancel_fired(node->stop))
            return err_set(err, ERR_CANCELLED, "asked to stop");
        if (!store_wait(node->store, store_durable_end(node->store), TICK_MS, err))
            return false;
    }
    return true;
}

static bool start_stages(struct node *node, struct err *err)
{
    if (node->lead != NULL)
        return node_start_primary(node, start_front, err);
    if (!start_front(node, err))
        return false;
    if (node->engine == NULL)
        return start_receive(node, node->options.first_file == NULL ? "" : node->options.first_file,
                             err);
    if (node->position.file[0] == 0 && !copy_source(node, err))
        return false;
    if (!follow_receives(node->follow) && !start_receive(node, node->position.file, err))
        return false;
    return wait_for_log(node, err) && follow_start_apply(node->follow, err);
}

/* The first failure is the node's: a stage that was only cancelled because of it has nothing to
 * say. */
static bool verdict(const struct node *node, bool ok, struct err *err)
{
    const struct stage *front = &node->front_stage;
    if (!ok && err->code != ERR_CANCELLED)
        return false;
    if (node->failure.code != ERR_NONE) { /* its thread has ended */
        *err = node->failure;
        return false;
    }
    if (node->follow != NULL && follow_failed(node->follow, err))
        return false;
    if (!stage_failed(front))
        return ok;
    *err = front->err;
    return false;
}

static bool answer_control(struct node *node, const struct session_control *control,
                           struct err *err)
{
    if (control->action == SESSION_RESET)
        return node_promote(node, err);
    if (node->lead == NULL)
        return follow_control(node->follow, control, err);
    return node_control_primary(node, control, err);
}

/* What was asked over the port, one by one. */
static void carry_out(struct node *node)
{
    struct control_call *call;
    while ((call = control_next(node->control)) != NULL) {
        struct err err = { 0 };
        bool ok = answer_control(node, control_request(call), &err);
        node_report(node, false);
        control_done(node->control, call, ok, &err);
    }
}

/* Until the node is asked to stop, or a stage ends it. */
static void look_after(struct node *node)
{
    uint64_t next_ms = 0;
    unsigned tick = 0;
    control_open(node->control);
    while (!cancel_fired(node->stop) && (node->follow == NULL || follow_check(node->follow))) {
        carry_out(node);
        uint64_t now_ms = clock_monotonic_ms();
        if (now_ms >= next_ms) {
            if (node->executor != NULL)
                executor_tick(node->executor);
            node_report(node, false);
            if (++tick % TICKS_BETWEEN_PURGES == 0)
                purge(node);
            next_ms = now_ms + TICK_MS;
        }
        nudge_wait(node->tick, (unsigned)(next_ms - now_ms));
    }
    control_close(node->control);
}

bool node_run(struct node *node, struct err *err)
{
    bool ok = start_stages(node, err);
    if (ok)
        look_after(node);
    bool asked = ok || (cancel_fired(node->stop) && err->code == ERR_CANCELLED);
    node_stop(node);
    if (node->follow != NULL)
        follow_stop(node->follow);
    if (node->front != NULL)
        front_stop(node->front);
    stage_join(&node->front_stage);
    if (node->executor != NULL)
        executor_stop(node->executor);
    ok = verdict(node, asked, err);
    if (!ok)
        snprintf(node->error, sizeof node->error, "%s", err->text);
    node_report(node, true);
    return ok;
}

/* node.c - composes receive, store, apply and engine into one running node.
 *
 * Order of life: directory and identity, store (its lock), engine; then, if the engine has no data
 * yet, the first copy, with the receiver already following from the copy's point so that the source
 * may purge its log; then apply. Whichever stage fails first stops the others, and its sentence is
 * the node's. node_run's thread writes the status once a second, purges, and prints the line for
 * people. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/node.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "apply/apply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/sqlite/sqlite.h"
#include "net/cancel.h"
#include "node/front.h"
#include "node/identity.h"
#include "node/source_view.h"
#include "node/status.h"
#include "receive/decide.h"
#include "receive/receive.h"
#include "snapshot/snapshot.h"
#include "topology/topology.h"

#ifndef BINLOGD_VERSION
#define BINLOGD_VERSION "unknown"
#endif

enum { TICK_MS = 1000, TICKS_BETWEEN_PURGES = 30, ADDRESS_MAX = 300 };

/* A stage on a thread of its own, and how it ended. */
struct stage {
    const char *name;
    bool (*run)(struct node *node, struct err *err);
    struct node *node;
    pthread_t thread;
    bool started;
    atomic_bool ended;
    bool ok;
    struct err err;
};

struct node {
    struct node_options options;
    char address[ADDRESS_MAX];
    struct identity identity;
    struct cancel *stop; /* fired by node_stop or by a stage that failed */
    struct cancel *tick; /* cuts the main thread's sleep short */
    struct store *store;
    struct engine *engine;           /* NULL: a relay */
    struct topology *topology;       /* who follows this node */
    struct receive *_Atomic receive; /* front's thread looks at them too */
    struct apply *_Atomic apply;
    struct front *front; /* NULL: no port */
    struct stage receive_stage;
    struct stage apply_stage;
    struct stage front_stage;
    struct position position; /* the engine's, when the node started or its copy ended */
    uint64_t started_us;
    struct copy_facts copy;
    uint64_t copy_line_ms;
    struct log_pos durable_before; /* a tick ago */
    uint64_t transactions_before;
    uint64_t before_ms;
    char error[1024];
};

/* ---- opening ---- */

static bool make_directory(const char *path, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_sys(err, "the data directory %s cannot be made", path);
    return true;
}

static void describe_address(const struct source_address *source, char out[ADDRESS_MAX])
{
    if (source->socket_path != NULL)
        snprintf(out, ADDRESS_MAX, "%s", source->socket_path);
    else
        snprintf(out, ADDRESS_MAX, "%s:%u", source->host, source->port);
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
    struct receive *receive = node->receive;
    struct apply *apply = node->apply;
    struct receive_status received = { 0 };
    struct apply_status applied = { .state = "starting" };
    char durable_file[LOG_NAME_MAX + 1];
    struct source_facts facts = { .address = node->options.source,
                                  .receive = &received,
                                  .apply = node->engine == NULL ? NULL : &applied,
                                  .durable_file = durable_file,
                                  .durable = store_durable_end(node->store),
                                  .now_s = clock_wall_us() / 1000000 };
    store_file_name(node->store, facts.durable.file, durable_file);
    if (receive != NULL)
        receive_status(receive, &received);
    if (apply != NULL)
        apply_status(apply, &applied);
    source_view_fill(out, &facts);
    apply_status_clear(&applied);
}

/* Any thread: up to where the engine's data would survive a power cut without the log. */
static struct log_pos needed_from(void *arg)
{
    struct node *node = arg;
    struct apply *apply = node->apply;
    if (apply != NULL)
        return apply_synced_end(apply);
    bool is_applied_later = node->engine != NULL; /* the first copy runs */
    return is_applied_later ? (struct log_pos){ 0, 0 } : store_durable_end(node->store);
}

static bool open_front(struct node *node, struct err *err)
{
    const struct node_options *o = &node->options;
    if (o->listen == NULL)
        return true;
    struct front_options options = {
        .data_dir = o->data_dir,
        .listen = o->listen,
        .cert_path = o->listen_cert,
        .key_path = o->listen_key,
        .allow_plaintext = o->allow_plaintext,
        .max_connections = o->max_connections,
        .server_id = node->identity.server_id,
        .server_uuid = node->identity.server_uuid,
        .store = node->store,
        .topology = node->topology,
        .describe = describe_source,
        .needed_from = needed_from,
        .arg = node,
    };
    return front_open(&options, &node->front, err);
}

bool node_open(const struct node_options *options, struct node **out, struct err *err)
{
    AUTO(node) node = memory_new(sizeof *node);
    node->options = *options;
    node->started_us = clock_wall_us();
    node->stop = cancel_new();
    node->tick = cancel_new();
    node->topology = topology_new();
    describe_address(options->source, node->address);
    if (!make_directory(options->data_dir, err) || !open_store(node, err) ||
        !identity_load(options->data_dir, options->server_id, &node->identity, err) ||
        !open_engine(node, err) || !open_front(node, err))
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
    apply_free(node->apply);
    receive_free(node->receive);
    engine_free(node->engine);
    store_free(node->store);
    topology_free(node->topology);
    position_clear(&node->position);
    cancel_free(node->stop);
    cancel_free(node->tick);
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
    cancel_fire(node->tick);
}

/* ---- stages on threads ---- */

static void *stage_main(void *arg)
{
    struct stage *stage = arg;
    stage->ok = stage->run(stage->node, &stage->err);
    atomic_store(&stage->ended, true);
    node_stop(stage->node); /* one stage alone is no node */
    store_wake(stage->node->store);
    return NULL;
}

static bool stage_start(struct node *node, struct stage *stage, const char *name,
                        bool (*run)(struct node *, struct err *), struct err *err)
{
    stage->name = name;
    stage->run = run;
    stage->node = node;
    int rc = pthread_create(&stage->thread, NULL, stage_main, stage);
    if (rc != 0) {
        errno = rc;
        return err_sys(err, "start the thread of %s", name);
    }
    stage->started = true;
    return true;
}

static void stage_join(struct stage *stage)
{
    if (!stage->started)
        return;
    pthread_join(stage->thread, NULL);
    stage->started = false;
}

static bool run_receive(struct node *node, struct err *err)
{
    return receive_run(node->receive, err);
}

static bool run_front(struct node *node, struct err *err)
{
    return front_run(node->front, err);
}

static bool run_apply(struct node *node, struct err *err)
{
    return apply_run(node->apply, err);
}

/* receive's thread: the source's name must outlive this process. */
static void remember_source(const char *identity, void *arg)
{
    struct node *node = arg;
    struct err err;
    snprintf(node->identity.source, sizeof node->identity.source, "%s", identity);
    if (!identity_save(node->options.data_dir, &node->identity, &err))
        log_warning("the source's identity is not saved: %s", err.text);
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    const struct node *node = arg;
    return filter_keeps(node->options.filter, db, table);
}

static void on_acknowledged(void *arg)
{
    receive_look_again(arg);
}

/* The place that k replicas of this node have acknowledged. */
static struct log_pos acked_below(unsigned k, void *arg)
{
    const struct node *node = arg;
    return topology_acked_by(node->topology, k);
}

/* first_file: where an empty store starts; "" = the source's oldest. */
static bool start_receive(struct node *node, const char *first_file, struct err *err)
{
    const struct node_options *o = &node->options;
    struct receive_options options = {
        .address = o->source,
        .store = node->store,
        .cancel = node->stop,
        .server_id = node->identity.server_id,
        .server_uuid = node->identity.server_uuid,
        .report_host = o->report_host,
        .report_port = o->report_port,
        .rows_only = o->engine != NODE_ENGINE_NONE,
        .semi_sync = o->semi_sync,
        .ack_after = o->ack_after,
        .acked_below = acked_below,
        .heartbeat_ms = o->heartbeat_ms,
        .backoff_max_ms = o->backoff_max_ms,
        .on_source = remember_source,
        .arg = node,
    };
    /* An empty log behind data that is here: the source is judged by what the data holds. */
    if (store_write_name(node->store)[0] == 0 && node->position.gtids != NULL)
        store_set_base(node->store, node->position.gtids);
    snprintf(options.first_file, sizeof options.first_file, "%s", first_file);
    snprintf(options.source_identity, sizeof options.source_identity, "%s", node->identity.source);
    struct receive *receive = receive_new(&options);
    topology_on_ack(node->topology, on_acknowledged, receive);
    node->receive = receive;
    return stage_start(node, &node->receive_stage, "receive", run_receive, err);
}

static bool start_apply(struct node *node, struct err *err)
{
    struct apply_options options = {
        .store = node->store,
        .engine = node->engine,
        .cancel = node->stop,
        .keep = keep_table,
        .keep_arg = node,
        .batch_bytes = node->options.batch_bytes,
        .batch_transactions = node->options.batch_transactions,
    };
    node->apply = apply_new(&options);
    return stage_start(node, &node->apply_stage, "apply", run_apply, err);
}

/* ---- status ---- */

static void gather(struct node *node, struct node_facts *f, struct apply_status *applied)
{
    memset(f, 0, sizeof *f);
    f->version = BINLOGD_VERSION;
    f->engine = node->engine == NULL ? "none" : node->engine->ops->name;
    f->address = node->address;
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
    f->apply.wanted = node->engine != NULL;
    if (node->receive != NULL)
        receive_status(node->receive, &f->receive);
    struct log_pos durable = store_durable_end(node->store);
    store_file_name(node->store, durable.file, f->durable_file);
    store_file_name(node->store, store_first_file(node->store), f->oldest_file);
    f->durable_offset = durable.offset;
    f->log_size_bytes = store_size_bytes(node->store);
    if (node->apply == NULL)
        return;
    apply_status(node->apply, applied);
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
    /* Under a steady load the newest microseconds are never applied yet: behind is who has not
     * reached where the log ended a tick ago. */
    f->behind = log_pos_compare(applied->log_end, node->durable_before) < 0;
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

static void report(struct node *node, bool stopping)
{
    struct node_facts facts;
    struct apply_status applied = { 0 };
    struct err err;
    gather(node, &facts, &applied);
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
    apply_status_clear(&applied);
}

/* ---- purge ---- */

/* Up to where the engine's data would survive a power cut without the log. Only apply's thread may
 * ask the engine to sync, so it is told how far it got. */
static void purge(struct node *node)
{
    const struct purge_limits *limits = &node->options.keep_log;
    if (limits->keep_bytes == 0 && limits->keep_seconds == 0)
        return;
    struct log_pos needed =
        node->apply != NULL ? apply_synced_end(node->apply) : store_durable_end(node->store);
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
    report(node, false);
}

/* The copy's point is known: from here on the log must not be lost, so it is followed at once. */
static bool on_copy_point(const char *file, void *arg, struct err *err)
{
    struct node *node = arg;
    return node->receive != NULL || start_receive(node, file, err);
}

static bool copy_source(struct node *node, struct err *err)
{
    const struct node_options *o = &node->options;
    struct snapshot_options options = {
        .address = o->source,
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
    log_info("no data yet: copying the source %s", node->address);
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
    if (node->front != NULL && !stage_start(node, &node->front_stage, "listen", run_front, err))
        return false;
    if (node->engine == NULL)
        return start_receive(node, node->options.first_file == NULL ? "" : node->options.first_file,
                             err);
    if (node->position.file[0] == 0 && !copy_source(node, err))
        return false;
    if (node->receive == NULL && !start_receive(node, node->position.file, err))
        return false;
    return wait_for_log(node, err) && start_apply(node, err);
}

/* The first failure is the node's: a stage that was only cancelled because of it has nothing to
 * say. */
static bool verdict(struct node *node, bool ok, struct err *err)
{
    struct stage *stages[] = { &node->receive_stage, &node->apply_stage, &node->front_stage };
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
        struct stage *stage = stages[i];
        if (stage->name == NULL || stage->ok || stage->err.code == ERR_NONE ||
            stage->err.code == ERR_CANCELLED)
            continue;
        if (ok || err->code == ERR_CANCELLED) {
            *err = stage->err;
            ok = false;
        }
    }
    return ok;
}

bool node_run(struct node *node, struct err *err)
{
    bool ok = start_stages(node, err);
    for (unsigned tick = 1; ok && !cancel_fired(node->stop); tick++) {
        report(node, false);
        if (tick % TICKS_BETWEEN_PURGES == 0)
            purge(node);
        if (cancel_sleep(node->tick, TICK_MS))
            break;
    }
    bool asked = ok || (cancel_fired(node->stop) && err->code == ERR_CANCELLED);
    node_stop(node);
    store_wake(node->store);
    if (node->front != NULL)
        front_stop(node->front);
    stage_join(&node->front_stage);
    stage_join(&node->receive_stage);
    stage_join(&node->apply_stage);
    ok = verdict(node, asked, err);
    if (!ok)
        snprintf(node->error, sizeof node->error, "%s", err->text);
    report(node, true);
    return ok;
}

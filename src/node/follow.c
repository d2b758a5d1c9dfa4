/* follow.c - two stages, the address they follow, and what a client of the port may do to them.
 *
 * `lock` guards what other threads look at: the pointers to the stages' objects and the address. An
 * object stays after its stage has ended, for its status, until the next start replaces it. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/follow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/memory.h"
#include "node/follow_state.h"
#include "node/until_read.h"

/* Errors of the servers, by their numbers. */
enum {
    MYSQL_MUST_STOP = 3021,
    MARIADB_MUST_STOP = 1198,
    MYSQL_SQL_MUST_STOP = 3029,
    THREADS_MUST_STOP = 3081,
    NOT_SUPPORTED = 1235,
};

static void drop_receive(struct follow *follow);
static void drop_apply(struct follow *follow);

/* ---- the stages ---- */

static bool run_receive(void *arg, struct err *err)
{
    struct follow *follow = arg;
    return receive_run(follow->receive, err);
}

static bool run_apply(void *arg, struct err *err)
{
    struct follow *follow = arg;
    return apply_run(follow->apply, err);
}

/* A store that failed says so to whoever asks it next; nothing goes on behind its back. */
static bool ends_node(const struct follow *follow, const struct stage *stage)
{
    struct err err;
    if (stage->ok)
        return false;
    bool is_disk = store_has_failed(follow->options.store, &err) ||
                   (stage == &follow->applying && stage->err.code == ERR_SYSTEM);
    return is_disk || !atomic_load(&follow->is_lenient);
}

static void on_end(struct stage *stage)
{
    struct follow *follow = stage->arg;
    follow->options.on_end(ends_node(follow, stage), follow->options.arg);
}

bool follow_open(const struct follow_options *options, struct follow **out, struct err *err)
{
    struct followed named = { .heartbeat_ms = options->node->heartbeat_ms,
                              .backoff_max_ms = options->node->backoff_max_ms };
    followed_begin(NULL, &named);
    if (options->node->source != NULL)
        named.address = *options->node->source;
    AUTO(follow) follow = memory_new(sizeof *follow);
    follow->options = *options;
    pthread_mutex_init(&follow->lock, NULL);
    arena_init(&follow->source.texts, 0);
    follow->receiving = (struct stage){ .name = "receive", .run = run_receive };
    follow->applying = (struct stage){ .name = "apply", .run = run_apply };
    follow->receiving.on_end = follow->applying.on_end = on_end;
    follow->receiving.arg = follow->applying.arg = follow;
    follow->source.heartbeat_ms = named.heartbeat_ms;
    follow->source.backoff_max_ms = named.backoff_max_ms;
    if (options->is_blank)
        followed_begin(options->node->source, &follow->source);
    else if (!followed_load(options->node->data_dir, &named, &follow->source, err))
        return false;
    atomic_store(&follow->is_lenient, follow->source.is_changed);
    *out = follow;
    follow = NULL;
    return true;
}

void follow_begin_anew(struct follow *follow)
{
    drop_receive(follow);
    drop_apply(follow);
    pthread_mutex_lock(&follow->lock);
    followed_clear(&follow->source);
    followed_begin(follow->options.node->source, &follow->source);
    pthread_mutex_unlock(&follow->lock);
}

bool follow_is_named(const struct follow *follow)
{
    return follow->source.address.host != NULL || follow->source.address.socket_path != NULL;
}

/* Whoever looks on another thread no longer finds them. */
static void drop_receive(struct follow *follow)
{
    struct receive_status status = { 0 };
    pthread_mutex_lock(&follow->lock);
    struct receive *receive = follow->receive;
    if (receive != NULL)
        receive_status(receive, &status);
    follow->totals.bytes += status.bytes;
    follow->totals.transactions += status.transactions;
    follow->totals.connects += status.connects;
    follow->totals.acknowledgements += status.acknowledgements;
    follow->receive = NULL;
    pthread_mutex_unlock(&follow->lock);
    receive_free(receive);
}

static void drop_apply(struct follow *follow)
{
    struct apply_status status = { 0 };
    pthread_mutex_lock(&follow->lock);
    struct apply *apply = follow->apply;
    if (apply != NULL)
        apply_status(apply, &status);
    follow->totals.applied_transactions += status.transactions;
    follow->totals.applied_rows += status.rows;
    follow->apply = NULL;
    pthread_mutex_unlock(&follow->lock);
    apply_free(apply);
    apply_status_clear(&status);
}

void follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    follow_stop(follow);
    topology_on_ack(follow->options.topology, NULL, NULL);
    drop_apply(follow);
    drop_receive(follow);
    stage_clear(&follow->receiving);
    stage_clear(&follow->applying);
    followed_clear(&follow->source);
    until_clear(&follow->until);
    pthread_mutex_destroy(&follow->lock);
    free(follow);
}

const struct source_address *follow_address(const struct follow *follow)
{
    return &follow->source.address;
}

/* ---- receive ---- */

/* receive's thread: the source's name must outlive this process. */
static bool remember_source(const char *name, struct err *err, void *arg)
{
    struct follow *follow = arg;
    struct identity named = *follow->options.identity;
    snprintf(named.source, sizeof named.source, "%s", name);
    if (!identity_save(follow->options.node->data_dir, &named, err))
        return err_wrap(err, "the source's name is not kept");
    snprintf(follow->options.identity->source, sizeof named.source, "%s", name);
    return true;
}

/* The same: what is in the log already may be applied before the source is met again. */
static void remember_time_zone(const char *name, void *arg)
{
    struct err err;
    struct follow *follow = arg;
    struct identity *identity = follow->options.identity;
    if (strcmp(identity->source_time_zone, name) == 0)
        return;
    pthread_mutex_lock(&follow->lock);
    snprintf(identity->source_time_zone, sizeof identity->source_time_zone, "%s", name);
    pthread_mutex_unlock(&follow->lock);
    if (!identity_save(follow->options.node->data_dir, identity, &err))
        log_warning("the source's time zone is not kept: %s", err.text);
}

/* The thread that brought an acknowledgement. */
static void on_acknowledged(void *arg)
{
    struct follow *follow = arg;
    pthread_mutex_lock(&follow->lock);
    if (follow->receive != NULL)
        receive_look_again(follow->receive);
    pthread_mutex_unlock(&follow->lock);
}

/* A MariaDB, and a node that writes its log, has no uuid: there its number tells. */
static bool is_same(const struct topology_replica *replica, const struct receive_peer *source)
{
    return source->flavour == FLAVOUR_MYSQL ? strcmp(replica->uuid, source->identity) == 0
                                            : replica->server_id == source->server_id;
}

/* Two that follow each other would send their copies of each other's files around for ever. */
static bool is_replica(const struct receive_peer *source, void *arg)
{
    const struct follow *follow = arg;
    size_t count;
    bool found = false;
    struct topology_replica *replicas = topology_list(follow->options.topology, &count);
    for (size_t i = 0; i < count; i++)
        found = found || is_same(&replicas[i], source);
    free(replicas);
    return found;
}

/* The place that k replicas of this node have acknowledged. */
static struct log_pos acked_below(unsigned k, void *arg)
{
    const struct follow *follow = arg;
    return topology_acked_by(follow->options.topology, k);
}

static bool start_receive(struct follow *follow, struct err *err)
{
    const struct node_options *o = follow->options.node;
    stage_prepare(&follow->receiving);
    struct receive_options options = {
        .address = &follow->source.address,
        .store = follow->options.store,
        .cancel = follow->receiving.cancel,
        .server_id = follow->options.identity->server_id,
        .server_uuid = follow->options.identity->server_uuid,
        .report_host = o->report_host,
        .report_port = o->report_port,
        .rows_only = follow->options.engine != NULL,
        .semi_sync = o->semi_sync,
        .ack_after = o->ack_after,
        .acked_below = acked_below,
        .heartbeat_ms = follow->source.heartbeat_ms,
        .backoff_max_ms = follow->source.backoff_max_ms,
        .on_source = remember_source,
        .is_replica = is_replica,
        .on_time_zone = remember_time_zone,
        .arg = follow,
    };
    snprintf(options.first_file, sizeof options.first_file, "%s", follow->first_file);
    snprintf(options.source_identity, sizeof options.source_identity, "%s",
             follow->options.identity->source);
    drop_receive(follow);
    struct receive *receive = receive_new(&options);
    pthread_mutex_lock(&follow->lock);
    follow->receive = receive;
    pthread_mutex_unlock(&follow->lock);
    topology_on_ack(follow->options.topology, on_acknowledged, follow);
    follow->receive_is_stopped = false;
    return stage_start(&follow->receiving, err);
}

bool follow_start_receive(struct follow *follow, const char *first_file,
                          const struct gtid_set *base, struct err *err)
{
    /* An empty log behind data that is here: the source is judged by what the data holds. */
    if (base != NULL)
        store_set_base(follow->options.store, base);
    snprintf(follow->first_file, sizeof follow->first_file, "%s", first_file);
    return start_receive(follow, err);
}

bool follow_receives(const struct follow *follow)
{
    return follow->receive != NULL;
}

/* What it has received becomes durable: a stopped replica's log stands still. */
static bool stop_receive(struct follow *follow, struct err *err)
{
    if (follow->receiving.cancel != NULL)
        cancel_fire(follow->receiving.cancel);
    stage_join(&follow->receiving);
    follow->receive_is_stopped = true;
    return store_sync(follow->options.store, err);
}

/* ---- apply ---- */

/* As its C library names the zone; other names of zones do not tell what they were at a time. */
static bool source_is_in_utc(void *arg)
{
    static const char *const names[] = { "UTC", "UCT", "GMT", "Universal", "Zulu" };
    struct follow *follow = arg;
    char zone[sizeof follow->options.identity->source_time_zone];
    pthread_mutex_lock(&follow->lock);
    snprintf(zone, sizeof zone, "%s", follow->options.identity->source_time_zone);
    pthread_mutex_unlock(&follow->lock);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcmp(zone, names[i]) == 0)
            return true;
    return false;
}

static void on_commit(const struct position *position, void *arg)
{
    struct follow *follow = arg;
    (void)position;
    follow->options.on_applied(follow->options.arg);
}

bool follow_start_apply(struct follow *follow, struct err *err)
{
    const struct node_options *o = follow->options.node;
    stage_prepare(&follow->applying);
    struct apply_options options = {
        .store = follow->options.store,
        .engine = follow->options.engine,
        .cancel = follow->applying.cancel,
        .keep = follow->options.keep,
        .keep_arg = follow->options.arg,
        .batch_bytes = o->batch_bytes,
        .batch_transactions = o->batch_transactions,
        .system_zone_is_utc = source_is_in_utc,
        .system_zone_arg = follow,
        .until = follow->until,
        .delay_s = follow->source.delay_s,
        .on_commit = on_commit,
        .on_commit_arg = follow,
    };
    drop_apply(follow);
    struct apply *apply = apply_new(&options);
    pthread_mutex_lock(&follow->lock);
    follow->apply = apply;
    pthread_mutex_unlock(&follow->lock);
    follow->apply_is_stopped = false;
    return stage_start(&follow->applying, err);
}

static void stop_apply(struct follow *follow)
{
    if (follow->applying.cancel != NULL)
        cancel_fire(follow->applying.cancel);
    store_wake(follow->options.store);
    stage_join(&follow->applying);
    follow->apply_is_stopped = true;
}

/* ---- both ---- */

void follow_stop(struct follow *follow)
{
    struct stage *stages[] = { &follow->receiving, &follow->applying };
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++)
        if (stages[i]->cancel != NULL)
            cancel_fire(stages[i]->cancel);
    store_wake(follow->options.store);
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++)
        stage_join(stages[i]);
}

bool follow_failed(const struct follow *follow, struct err *err)
{
    const struct stage *stages[] = { &follow->receiving, &follow->applying };
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
        if (!stage_failed(stages[i]))
            continue;
        *err = stages[i]->err;
        return true;
    }
    return false;
}

/* Ended by itself. True: the node goes on without it. */
static bool outlive(struct follow *follow, struct stage *stage)
{
    if (!stage_has_ended(stage))
        return true;
    stage_join(stage);
    if (ends_node(follow, stage))
        return false;
    if (!stage->ok)
        log_error("%s stopped, the node goes on: %s", stage->name, stage->err.text);
    stage->ok = true; /* told; its status keeps the reason */
    return true;
}

/* Where a MariaDB's GTIDs are the end, receiving stops too, as there. */
static bool end_at_position(struct follow *follow)
{
    struct apply_status status = { 0 };
    struct err err;
    apply_status(follow->apply, &status);
    bool is_reached = status.is_until_reached;
    apply_status_clear(&status);
    if (!is_reached)
        return true;
    log_info("applying has stopped where UNTIL says");
    const struct gtid_set *gtids = follow->until.gtids;
    if (gtids == NULL || gtid_set_kind(gtids) != GTID_MARIADB || !follow->receiving.started)
        return true;
    if (stop_receive(follow, &err))
        return true;
    log_error("receiving cannot be stopped: %s", err.text);
    return false;
}

bool follow_check(struct follow *follow)
{
    bool receive_ended = stage_has_ended(&follow->receiving);
    bool apply_ended = stage_has_ended(&follow->applying);
    follow->receive_is_stopped = follow->receive_is_stopped || receive_ended;
    follow->apply_is_stopped = follow->apply_is_stopped || apply_ended;
    bool ok = outlive(follow, &follow->receiving);
    ok = outlive(follow, &follow->applying) && ok;
    return apply_ended ? ok && end_at_position(follow) : ok;
}

/* ---- START, STOP, CHANGE ---- */

static bool is_mysql(const struct follow *follow)
{
    struct receive_status status = { 0 };
    if (follow->receive != NULL)
        receive_status(follow->receive, &status);
    return status.flavour == FLAVOUR_MYSQL;
}

static bool refuse_relay(struct follow *follow, unsigned parts, struct err *err)
{
    bool names_apply_alone = parts == SESSION_APPLY && follow->options.engine == NULL;
    return !names_apply_alone ||
           err_set(err, ERR_UNSUPPORTED,
                   "this node is a relay: nothing is applied here, so there is no SQL thread; the "
                   "IO thread can be started and stopped");
}

static bool must_stop(const struct follow *follow, const char *part, uint16_t mysql,
                      struct err *err)
{
    err_set(err, ERR_CONFLICT,
            "This operation cannot be performed with a running replica %s thread; run STOP "
            "REPLICA %s_THREAD first",
            part, part);
    err->server_errno = is_mysql(follow) ? mysql : MARIADB_MUST_STOP;
    return false;
}

static bool take_until(struct follow *follow, const struct session_until *asked, struct err *err)
{
    struct until until = { 0 };
    bool is_asked = asked->kind != SESSION_UNTIL_NOTHING;
    if (is_asked && follow->applying.started)
        return must_stop(follow, "SQL", MYSQL_SQL_MUST_STOP, err);
    if (is_asked && !until_read(asked, follow->options.engine, follow->options.store, &until, err))
        return false;
    pthread_mutex_lock(&follow->lock);
    until_clear(&follow->until);
    follow->until = until;
    follow->until_kind = asked->kind;
    pthread_mutex_unlock(&follow->lock);
    return true;
}

static bool start(struct follow *follow, const struct session_control *control, struct err *err)
{
    bool applies = (control->parts & SESSION_APPLY) != 0 && !follow->applying.started;
    bool receives = (control->parts & SESSION_RECEIVE) != 0 && !follow->receiving.started;
    bool is_until = control->until.kind != SESSION_UNTIL_NOTHING;
    if ((applies || is_until) && !take_until(follow, &control->until, err))
        return false;
    if (receives && !start_receive(follow, err))
        return false;
    return !applies || follow->options.engine == NULL || follow_start_apply(follow, err);
}

static bool stop(struct follow *follow, unsigned parts, struct err *err)
{
    bool ok = (parts & SESSION_RECEIVE) == 0 || stop_receive(follow, err);
    if ((parts & SESSION_APPLY) != 0 && follow->options.engine != NULL)
        stop_apply(follow);
    return ok;
}

/* The delay is applying's; everything else is receiving's. */
static bool check_is_stopped(const struct follow *follow, const struct session_control *control,
                             bool is_of_receive, struct err *err)
{
    bool is_of_apply = control->given[SESSION_CHANGE_delay];
    bool is_relay = follow->options.engine == NULL;
    if (is_of_apply && is_relay && control->number[SESSION_CHANGE_delay] != 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "this node is a relay: nothing is applied here that could be delayed; set "
                       "the delay on its replicas");
    if (is_of_receive && follow->receiving.started)
        return must_stop(follow, "IO", MYSQL_MUST_STOP, err);
    if (is_of_apply && follow->applying.started)
        return must_stop(follow, "SQL", MYSQL_SQL_MUST_STOP, err);
    return true;
}

/* Receiving may go on, and points into the address. */
static void take_delay(struct follow *follow, struct followed *changed)
{
    pthread_mutex_lock(&follow->lock);
    struct followed *source = &follow->source;
    source->delay_s = changed->delay_s;
    source->is_changed = true;
    memcpy(source->instead_of, changed->instead_of, sizeof source->instead_of);
    pthread_mutex_unlock(&follow->lock);
    followed_clear(changed);
    log_info("a transaction is applied when it is %u s old: changed over the port",
             follow->source.delay_s);
}

static bool change(struct follow *follow, const struct session_control *control, struct err *err)
{
    struct followed changed;
    char name[FOLLOWED_NAME_MAX];
    bool is_of_receive = followed_names_more_than_delay(control);
    if (!check_is_stopped(follow, control, is_of_receive, err) ||
        !followed_change(follow->options.node->data_dir, &follow->source, control, &changed, err))
        return false;
    if (!is_of_receive) {
        take_delay(follow, &changed);
        return true;
    }
    drop_receive(follow); /* it points into the old address; what it said was of the old source */
    pthread_mutex_lock(&follow->lock);
    followed_clear(&follow->source);
    follow->source = changed;
    pthread_mutex_unlock(&follow->lock);
    followed_name(&changed.address, name);
    log_info("the source to follow was changed over the port: %s", name);
    return true;
}

bool follow_control(struct follow *follow, const struct session_control *control, struct err *err)
{
    static const char *const words[] = { "START", "STOP", "CHANGE" };
    if (!follow_check(follow) || !refuse_relay(follow, control->parts, err))
        return false;
    atomic_store(&follow->is_lenient, true);
    log_info("%s of replication was asked for over the port", words[control->action]);
    if (control->action == SESSION_CHANGE)
        return change(follow, control, err);
    return control->action == SESSION_START ? start(follow, control, err)
                                            : stop(follow, control->parts, err);
}

/* ---- RESET REPLICA ALL ---- */

static bool check_may_lead(struct follow *follow, struct err *err)
{
    struct engine *engine = follow->options.engine;
    struct apply_status status = { 0 };
    if (follow->receiving.started || follow->applying.started) {
        err_set(err, ERR_CONFLICT,
                "This operation cannot be performed with running replication threads; run STOP "
                "REPLICA FOR CHANNEL '' first");
        err->server_errno = THREADS_MUST_STOP;
        return false;
    }
    if (engine == NULL)
        return err_set(
            err, ERR_UNSUPPORTED,
            "this node is a relay, and has no rows to write to: CHANGE REPLICATION SOURCE TO "
            "names another source for it");
    if (follow->apply != NULL)
        apply_status(follow->apply, &status);
    unsigned prepared = status.prepared.count;
    apply_status_clear(&status);
    return prepared == 0 || err_set(err, ERR_CONFLICT,
                                    "%u XA transactions are prepared here: they are the old "
                                    "source's to end",
                                    prepared);
}

bool follow_give_up(struct follow *follow, struct err *err)
{
    const char *data_dir = follow->options.node->data_dir;
    struct identity *identity = follow->options.identity;
    if (!check_may_lead(follow, err) || !followed_forget(data_dir, &follow->source, err))
        return false;
    identity->source[0] = 0;
    return identity_save(data_dir, identity, err);
}

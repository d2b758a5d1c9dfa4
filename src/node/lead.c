/* lead.c - see lead.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/lead.h"
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "apply/apply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
    SYNC_BUSY_MS = 10000, /* between syncs of the engine under load */
    UTF8MB4_GENERAL_CI = 45,
};

struct lead {
    struct lead_options options;
    enum flavour flavour;
    struct primary *primary;
    atomic_bool is_open;
    struct execute_writer writer;
    uint64_t synced_at_ms; /* the writer's */
    pthread_mutex_t lock;  /* guards what follows */
    struct log_pos synced;
};

struct log_pos lead_synced_end(struct lead *lead)
{
    pthread_mutex_lock(&lead->lock);
    struct log_pos synced = lead->synced;
    pthread_mutex_unlock(&lead->lock);
    return synced;
}

/* ---- the writer's thread ---- */

static void publish_synced(struct lead *lead, struct log_pos at)
{
    pthread_mutex_lock(&lead->lock);
    lead->synced = at;
    pthread_mutex_unlock(&lead->lock);
    lead->synced_at_ms = clock_monotonic_ms();
}

static bool on_begin(void *arg, struct err *err)
{
    struct lead *lead = arg;
    return primary_begin(lead->primary, err);
}

static void on_end_statement(void *arg)
{
    struct lead *lead = arg;
    primary_end_statement(lead->primary);
}

static uint64_t on_mark(void *arg)
{
    struct lead *lead = arg;
    return primary_mark(lead->primary);
}

static void on_go_back(void *arg, uint64_t mark)
{
    struct lead *lead = arg;
    primary_go_back(lead->primary, mark);
}

static bool on_log(void *arg, struct gtid *out, struct err *err)
{
    struct lead *lead = arg;
    return primary_log(lead->primary, out, err);
}

static bool on_flush(void *arg, struct err *err)
{
    struct lead *lead = arg;
    return primary_flush(lead->primary, err);
}

static void on_rollback(void *arg)
{
    struct lead *lead = arg;
    primary_rollback(lead->primary);
}

static bool on_change_schema(void *arg, const struct execute_schema_change *change,
                             struct gtid *out, struct err *err)
{
    struct lead *lead = arg;
    struct primary_statement statement = { .text = change->text,
                                           .ddl = change->ddl,
                                           .db = change->db,
                                           .time_zone = change->time_zone,
                                           .sql_mode = change->sql_mode,
                                           .now_us = change->now_us,
                                           .thread_id = change->thread_id,
                                           .ignores_foreign_keys = change->ignores_foreign_keys,
                                           .client_collation = UTF8MB4_GENERAL_CI,
                                           .connection_collation = UTF8MB4_GENERAL_CI,
                                           .server_collation = UTF8MB4_GENERAL_CI };
    return primary_ddl(lead->primary, &statement, out, err);
}

static bool on_rotate(void *arg, struct err *err)
{
    struct lead *lead = arg;
    return primary_rotate(lead->primary, err);
}

static bool on_has_failed(void *arg)
{
    const struct lead *lead = arg;
    return primary_has_failed(lead->primary);
}

static bool on_rest(void *arg, bool is_idle, struct err *err)
{
    struct lead *lead = arg;
    struct log_pos end = store_durable_end(lead->options.store);
    bool is_due = is_idle || clock_monotonic_ms() - lead->synced_at_ms >= SYNC_BUSY_MS;
    if (!is_due || log_pos_compare(lead_synced_end(lead), end) == 0)
        return true;
    struct engine *engine = lead->options.engine;
    if (!engine->ops->sync(engine, err))
        return false;
    publish_synced(lead, end);
    return true;
}

/* ---- its life ---- */

static const char *version_of(const struct lead *lead)
{
    return lead->flavour == FLAVOUR_MARIADB ? LEAD_VERSION_MARIADB : LEAD_VERSION;
}

static bool set_flavour(struct lead *lead, struct err *err)
{
    const struct lead_options *o = &lead->options;
    struct position position = { .offset = 0 };
    bool wants_mariadb = o->flavour == NODE_FLAVOUR_MARIADB;
    if (!o->engine->ops->position(o->engine, &position, err))
        return false;
    bool is_new = position.file[0] == 0;
    position_clear(&position);
    lead->flavour = is_new ? (wants_mariadb ? FLAVOUR_MARIADB : FLAVOUR_MYSQL)
                           : catalog_flavour(o->engine->ops->catalog(o->engine));
    bool is_mariadb = lead->flavour == FLAVOUR_MARIADB;
    return o->flavour == NODE_FLAVOUR_KEPT || is_mariadb == wants_mariadb ||
           err_set(err, ERR_CONFIG,
                   "%s holds the log of a %s: --flavour is chosen when the directory is made, and "
                   "stays; leave it out, or make a new primary",
                   o->data_dir, is_mariadb ? "MariaDB" : "MySQL");
}

bool lead_open(const struct lead_options *options, struct lead **out, struct err *err)
{
    if (options->identity->source[0] != 0)
        return err_set(err, ERR_CONFIG,
                       "%s is a replica's directory, its log is that of %s: say --source to go on "
                       "following, or give a primary a --data directory of its own",
                       options->data_dir, options->identity->source);
    AUTO(lead) lead = memory_new(sizeof *lead);
    pthread_mutex_init(&lead->lock, NULL);
    lead->options = *options;
    if (!set_flavour(lead, err))
        return false;
    lead->writer = (struct execute_writer){ .flavour = lead->flavour,
                                            .begin = on_begin,
                                            .end_statement = on_end_statement,
                                            .mark = on_mark,
                                            .go_back = on_go_back,
                                            .log = on_log,
                                            .flush = on_flush,
                                            .rollback = on_rollback,
                                            .change_schema = on_change_schema,
                                            .rotate = on_rotate,
                                            .has_failed = on_has_failed,
                                            .rest = on_rest,
                                            .arg = lead };
    *out = lead;
    lead = NULL;
    return true;
}

void lead_free(struct lead *lead)
{
    if (lead == NULL)
        return;
    primary_free(lead->primary);
    pthread_mutex_destroy(&lead->lock);
    free(lead);
}

/* ---- the start ---- */

/* The engine has no more than the log, and maybe less. */
static bool differs(const struct lead *lead, bool *out, struct err *err)
{
    struct position position = { .offset = 0 };
    if (!lead->options.engine->ops->position(lead->options.engine, &position, err))
        return false;
    const struct gtid_set *logged = store_gtids(lead->options.store);
    *out = position.file[0] != 0 &&
           (position.gtids == NULL || !gtid_set_reads_equal(position.gtids, logged));
    position_clear(&position);
    return true;
}

static bool catch_up(struct lead *lead, struct err *err)
{
    bool behind = false;
    if (!differs(lead, &behind, err))
        return false;
    if (!behind)
        return true;
    struct apply_options options = { .store = lead->options.store,
                                     .engine = lead->options.engine,
                                     .cancel = lead->options.cancel,
                                     .until_end = true };
    AUTO(apply) apply = apply_new(&options);
    log_info("applying what the log has and the data has not");
    if (!apply_run(apply, err))
        return false;
    return !cancel_fired(lead->options.cancel) || err_set(err, ERR_CANCELLED, "asked to stop");
}

/* What is no whole transaction is not in the log. */
bool lead_is_behind(struct lead *lead, bool *out, struct err *err)
{
    return store_rewind(lead->options.store, err) && differs(lead, out, err);
}

static bool on_durable(struct log_pos durable, void *arg, struct err *err)
{
    struct lead *lead = arg;
    return acks_wait(lead->options.acks, durable, err);
}

bool lead_start(struct lead *lead, struct err *err)
{
    char spill_path[PATH_MAX];
    snprintf(spill_path, sizeof spill_path, "%s/transaction.tmp", lead->options.data_dir);
    struct primary_options options = { .store = lead->options.store,
                                       .engine = lead->options.engine,
                                       .server_id = lead->options.identity->server_id,
                                       .server_uuid = lead->options.identity->server_uuid,
                                       .flavour = lead->flavour,
                                       .server_version = version_of(lead),
                                       .log_name = "binlog",
                                       .cache_bytes = lead->options.cache_bytes,
                                       .cache_bytes_max = lead->options.cache_bytes_max,
                                       .spill_path = spill_path,
                                       .before_commit =
                                           lead->options.acks == NULL ? NULL : on_durable,
                                       .before_commit_arg = lead };
    if (!store_rewind(lead->options.store, err) || !catch_up(lead, err) ||
        !primary_open(&options, &lead->primary, err))
        return false;
    atomic_store(&lead->is_open, true);
    return on_rest(lead, true, err);
}

void lead_stop(struct lead *lead)
{
    atomic_store(&lead->is_open, false);
    primary_free(lead->primary);
    lead->primary = NULL;
}

const struct execute_writer *lead_writer(const struct lead *lead)
{
    return &lead->writer;
}

/* ---- any thread ---- */

bool lead_is_open(const struct lead *lead)
{
    return atomic_load(&lead->is_open);
}

void lead_describe(struct session_source *out, const struct lead *lead)
{
    out->is_primary = true;
    out->flavour = lead->flavour;
    out->has_gtids = true;
    snprintf(out->binlog_format, sizeof out->binlog_format, "ROW");
    out->state = "";
    out->apply_state = "";
    snprintf(out->version, sizeof out->version, "%s", version_of(lead));
}

/* primary.c - see primary.h: the life of a transaction. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "primary"
#include "primary/primary.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "binlog/query.h"
#include "binlog/transaction_event.h"
#include "engine/load.h"
#include "engine/query.h"
#include "primary/state.h"

enum { UTF8MB4_GENERAL_CI = 45 };
static const char group_savepoint[] = "next of a group";
#define FILE_BYTES        ((uint64_t)128 << 20)
#define CACHE_BYTES       ((size_t)1 << 20)
#define CACHE_BYTES_MAX   ((uint64_t)4 << 30)
#define TABLE_ARENA_BYTES ((size_t)1 << 30)

/* ---- opening ---- */

/* Numbers of our uuid have no gaps: found by halving. */
static uint64_t last_number(const struct gtid_set *set, struct gtid gtid)
{
    uint64_t low = 0, high = (uint64_t)INT64_MAX;
    while (low < high) {
        gtid.seq = low + (high - low + 1) / 2;
        if (gtid_set_contains(set, &gtid))
            low = gtid.seq;
        else
            high = gtid.seq - 1;
    }
    return low;
}

/* MariaDB's go on in the domain that the log has, or in 0, whoever gave the last one. */
static void find_last_gtid(struct primary *primary)
{
    struct gtid last = { .domain = 0 };
    const struct gtid_set *set = store_gtids(primary->options.store);
    if (primary->gtid.kind == GTID_MYSQL) {
        primary->gtid.seq = last_number(set, primary->gtid);
        return;
    }
    (void)gtid_set_last_at(set, 0, &last);
    primary->gtid.domain = last.domain;
    primary->gtid.seq = last.seq;
}

static bool set_origin(struct primary *primary, struct err *err)
{
    const struct primary_options *o = &primary->options;
    bool is_mysql = o->flavour == FLAVOUR_MYSQL;
    primary->form = log_form_of(o->flavour);
    primary->gtid.kind = is_mysql ? GTID_MYSQL : GTID_MARIADB;
    primary->gtid.server = is_mysql ? 0 : o->server_id;
    return !is_mysql || uuid_parse(o->server_uuid, primary->gtid.uuid) ||
           err_set(err, ERR_CONFIG, "\"%s\" is no uuid", o->server_uuid);
}

/* A new log and a new engine. A crash in between leaves a log without transactions. */
static bool make_new(struct primary *primary, struct err *err)
{
    char name[LOG_NAME_MAX + 1];
    const struct primary_options *o = &primary->options;
    snprintf(name, sizeof name, "%s.000001", o->log_name);
    if (store_write_name(o->store)[0] == 0 && !logfile_start(primary, name, err))
        return false;
    AUTO(gtid_set) none = gtid_set_new();
    struct position start = { .offset = store_write_end(o->store).offset, .gtids = none };
    snprintf(start.file, sizeof start.file, "%s", store_write_name(o->store));
    if (o->flavour == FLAVOUR_MYSQL)
        snprintf(start.source_uuid, sizeof start.source_uuid, "%s", o->server_uuid);
    else
        snprintf(start.source_uuid, sizeof start.source_uuid, "server_id:%u", o->server_id);
    position_clear(&primary->position);
    return engine_load_begin(o->engine, o->flavour, true, err) &&
           engine_load_finish(o->engine, &start, err) &&
           o->engine->ops->position(o->engine, &primary->position, err);
}

static bool check_same_place(struct primary *primary, struct err *err)
{
    const struct gtid_set *logged = store_gtids(primary->options.store);
    struct gtid_set *applied = primary->position.gtids;
    if (applied == NULL)
        applied = primary->position.gtids = gtid_set_new();
    if (gtid_set_reads_equal(logged, applied))
        return true;
    return err_set(err, ERR_CONFLICT,
                   "the log and the data do not hold the same transactions (%llu and %llu): the "
                   "log must be applied before anything is written",
                   (unsigned long long)gtid_set_count(logged),
                   (unsigned long long)gtid_set_count(applied));
}

static bool on_change(struct engine_table *table, const struct row_change *change, void *arg,
                      struct err *err)
{
    struct primary *primary = arg;
    const struct table_def *def = primary->options.engine->ops->table_def(table);
    struct logged_table *logged = logged_table_get(primary, table, def, err);
    if (logged != NULL && transaction_add_change(primary, logged, change, err))
        return true;
    return err_wrap(err, "%s.%s", def->db, def->name);
}

/* Who wrote the newest file: its format description says. ERR_CONFLICT: a server of the other
 * flavour. */
static bool is_own_file(const struct primary *primary, bool *out, struct err *err)
{
    AUTO(cursor) cursor = NULL;
    struct event event;
    struct store *store = primary->options.store;
    struct log_pos at = { store_durable_end(store).file, BINLOG_MAGIC_SIZE };
    *out = true; /* nothing is in it yet: it is being begun */
    if (store_durable_end(store).offset <= BINLOG_MAGIC_SIZE)
        return true;
    if (!cursor_open(store, at, "primary", &cursor, err))
        return false;
    enum cursor_result result = cursor_next(cursor, &event, err);
    if (result != CURSOR_EVENT)
        return result != CURSOR_ERROR;
    *out = event.header.server_id == primary->options.server_id;
    return cursor_format(cursor)->flavour == primary->options.flavour ||
           err_set(err, ERR_CONFLICT, "the log is of the other flavour (MySQL or MariaDB)");
}

/* Files that an earlier process left are complete: a new one begins, with a clock of its own. */
static bool start(struct primary *primary, struct err *err)
{
    const struct primary_options *o = &primary->options;
    struct engine_capture capture = { on_change, primary };
    bool is_new = primary->position.file[0] == 0;
    if (is_new && !gtid_set_is_empty(store_gtids(o->store)))
        return err_set(err, ERR_CONFLICT,
                       "there is a log, but no data: restore data.db, or make a new node");
    bool is_own = false;
    if (!is_own_file(primary, &is_own, err) ||
        (store_write_name(o->store)[0] != 0 && !logfile_finish_head(primary, err)))
        return false;
    if (is_new && !make_new(primary, err))
        return false;
    if (!check_same_place(primary, err))
        return false;
    find_last_gtid(primary);
    o->engine->ops->capture(o->engine, &capture);
    if (is_new)
        return true;
    if (!is_own)
        return logfile_follow_on(primary, err);
    return logfile_rotate(primary, err);
}

bool primary_open(const struct primary_options *options, struct primary **out, struct err *err)
{
    AUTO(primary) primary = memory_new(sizeof *primary);
    primary->options = *options;
    if (options->file_bytes == 0)
        primary->options.file_bytes = FILE_BYTES;
    struct cache_options cache = {
        .files = options->files,
        .path = options->spill_path,
        .memory_max = options->cache_bytes == 0 ? CACHE_BYTES : options->cache_bytes,
        .max = options->cache_bytes_max == 0 ? CACHE_BYTES_MAX : options->cache_bytes_max,
    };
    write_set_init(&primary->writes, WRITE_HISTORY_MAX);
    buf_init(&primary->out, EVENT_SIZE_MAX);
    arena_init(&primary->table_arena, TABLE_ARENA_BYTES);
    primary->next_table_id = 1;
    if (!transaction_init(&primary->transaction, &cache, err) || !set_origin(primary, err) ||
        !options->engine->ops->position(options->engine, &primary->position, err) ||
        !start(primary, err))
        return false;
    *out = primary;
    primary = NULL;
    return true;
}

/* ---- transactions ---- */

bool primary_has_failed(const struct primary *primary)
{
    return primary->has_failed;
}

static bool check_writes(const struct primary *primary, struct err *err)
{
    return !primary->has_failed ||
           err_set(err, ERR_SYSTEM, "this node has stopped writing after a failure: restart it");
}

static bool open_engine(struct primary *primary, struct err *err)
{
    struct engine *engine = primary->options.engine;
    assert(!primary->is_open);
    if (!check_writes(primary, err))
        return false;
    if (primary->logged > 0 ? !engine->ops->savepoint(engine, group_savepoint, err)
                            : !engine->ops->begin(engine, err))
        return false;
    primary->is_open = true;
    transaction_start(&primary->transaction, clock_wall_us());
    write_set_begin(&primary->writes);
    return true;
}

static void session_of_rows(struct query_event *query)
{
    query->client_collation = query->connection_collation = UTF8MB4_GENERAL_CI;
    query->server_collation = UTF8MB4_GENERAL_CI;
    query->catalog = bytes_of_str("std");
    query->present_low = 1u << QUERY_STATUS_FLAGS2 | 1u << QUERY_STATUS_SQL_MODE |
                         1u << QUERY_STATUS_CATALOG_NZ | 1u << QUERY_STATUS_CHARSET;
}

bool primary_begin(struct primary *primary, struct err *err)
{
    struct query_event query = { .text = bytes_of_str("BEGIN") };
    if (!open_engine(primary, err))
        return false;
    if (!primary->form->has_begin)
        return true;
    session_of_rows(&query);
    query_encode(&query, &primary->transaction.body);
    if (!transaction_add(primary, EVENT_QUERY, EVENT_FLAG_SUPPRESS_USE, err))
        return false;
    primary->transaction.head = cache_end(&primary->transaction.events);
    return true;
}

void primary_end_statement(struct primary *primary)
{
    transaction_close_group(&primary->transaction);
}

uint64_t primary_mark(struct primary *primary)
{
    transaction_close_group(&primary->transaction);
    return cache_end(&primary->transaction.events);
}

void primary_go_back(struct primary *primary, uint64_t mark)
{
    transaction_close_group(&primary->transaction);
    cache_cut(&primary->transaction.events, mark);
}

bool primary_has_changes(const struct primary *primary)
{
    const struct transaction *t = &primary->transaction;
    return primary->is_open && cache_end(&t->events) > t->head;
}

/* All that is open, with what was logged and not flushed: the log has that, and the next start
 * brings the engine there. */
static void give_up(struct primary *primary)
{
    struct engine *engine = primary->options.engine;
    primary->has_failed = true;
    primary->is_open = false;
    primary->logged = 0;
    engine->ops->rollback(engine);
    transaction_start(&primary->transaction, 0);
    logged_tables_forget(primary);
}

static bool fail(struct primary *primary, struct err *err)
{
    give_up(primary);
    log_error("no more writes: %s", err->text);
    return false;
}

void primary_free(struct primary *primary)
{
    if (primary == NULL)
        return;
    if (primary->is_open || primary->logged > 0)
        give_up(primary);
    primary->options.engine->ops->capture(primary->options.engine, NULL);
    transaction_clear(&primary->transaction);
    write_set_clear(&primary->writes);
    buf_clear(&primary->out);
    arena_clear(&primary->table_arena);
    position_clear(&primary->position);
    free(primary);
}

void primary_rollback(struct primary *primary)
{
    struct engine *engine = primary->options.engine;
    struct err err;
    if (!primary->is_open)
        return;
    primary->is_open = false;
    if (primary->logged == 0)
        engine->ops->rollback(engine);
    else if (!engine->ops->rollback_to(engine, group_savepoint, &err))
        (void)fail(primary, &err);
    transaction_start(&primary->transaction, 0);
    logged_tables_forget(primary); /* a schema change may have been taken back */
}

static void place_after(struct primary *primary, bool is_ddl)
{
    struct position *p = &primary->position;
    struct store *store = primary->options.store;
    snprintf(p->file, sizeof p->file, "%s", store_write_name(store));
    p->offset = store_write_end(store).offset + logfile_size(primary, is_ddl);
    p->last_commit_us = clock_wall_us();
}

/* Prepared first: what the engine refuses is not in the log. */
static bool log_transaction(struct primary *primary, bool is_ddl, struct err *err)
{
    struct engine *engine = primary->options.engine;
    struct gtid next = primary->gtid;
    uint64_t offset_before = primary->position.offset;
    next.seq++;
    place_after(primary, is_ddl);
    if (!gtid_set_add(primary->position.gtids, &next, err))
        return fail(primary, err);
    if (!engine->ops->prepare(engine, &primary->position, err)) {
        struct err ignored;
        AUTO(gtid_set) one = gtid_set_new();
        if (!gtid_set_add(one, &next, &ignored))
            return fail(primary, err);
        gtid_set_subtract(primary->position.gtids, one);
        primary->position.offset = offset_before; /* flush may come, of those before it */
        primary_rollback(primary);
        return false;
    }
    if (!logfile_write(primary, is_ddl, err))
        return fail(primary, err);
    bool is_first = primary->logged++ == 0;
    primary->is_open = false;
    transaction_start(&primary->transaction, 0); /* its room is given back */
    return is_first || engine->ops->release(engine, group_savepoint, err) || fail(primary, err);
}

static bool may_commit(const struct primary *primary, struct err *err)
{
    const struct primary_options *o = &primary->options;
    return o->before_commit == NULL ||
           o->before_commit(store_durable_end(o->store), o->before_commit_arg, err);
}

/* First the log, durable; then the engine, whose failure now is made good by applying the log. */
bool primary_flush(struct primary *primary, struct err *err)
{
    struct engine *engine = primary->options.engine;
    assert(!primary->is_open);
    if (primary->logged == 0)
        return true;
    if (!store_sync(primary->options.store, err) || !may_commit(primary, err) ||
        !engine->ops->commit(engine, &primary->position, err))
        return fail(primary, err);
    primary->logged = 0;
    return logfile_rotate_if_full(primary, err) || fail(primary, err);
}

bool primary_rotate(struct primary *primary, struct err *err)
{
    assert(!primary->is_open);
    return check_writes(primary, err) && primary_flush(primary, err) &&
           (logfile_rotate(primary, err) || fail(primary, err));
}

/* Nothing was told; or its only changes could not be, which the engine knows. */
static bool end_without_changes(struct primary *primary, struct gtid *out, struct err *err)
{
    struct engine *engine = primary->options.engine;
    bool ok = engine->ops->prepare(engine, &primary->position, err);
    primary_rollback(primary);
    if (ok && out != NULL)
        *out = (struct gtid){ .kind = GTID_NONE };
    return ok;
}

bool primary_log(struct primary *primary, struct gtid *out, struct err *err)
{
    assert(primary->is_open);
    transaction_close_group(&primary->transaction);
    if (!primary_has_changes(primary))
        return end_without_changes(primary, out, err);
    xid_encode(primary->gtid.seq + 1, &primary->transaction.body);
    if (!transaction_add(primary, EVENT_XID, 0, err)) {
        primary_rollback(primary);
        return false;
    }
    if (!log_transaction(primary, false, err))
        return false;
    if (out != NULL)
        *out = primary->gtid;
    return true;
}

bool primary_commit(struct primary *primary, struct gtid *out, struct err *err)
{
    return primary_log(primary, out, err) && primary_flush(primary, err);
}

/* ---- schema changes ---- */

static void encode_statement(const struct log_form *form, const struct primary_statement *s,
                             uint64_t xid, struct buf *body)
{
    struct query_event query = {
        .thread_id = s->thread_id,
        .db = bytes_of_str(s->db),
        .text = s->text,
        .flags2 = s->ignores_foreign_keys ? QUERY_FLAGS2_NO_FOREIGN_KEY_CHECKS : 0,
        .sql_mode = s->sql_mode,
        .catalog = bytes_of_str("std"),
        .client_collation = s->client_collation,
        .connection_collation = s->connection_collation,
        .server_collation = s->server_collation,
        .time_zone = bytes_of_str(s->time_zone),
        .microseconds = (uint32_t)(s->now_us % 1000000),
        .present_low = 1u << QUERY_STATUS_FLAGS2 | 1u << QUERY_STATUS_SQL_MODE |
                       1u << QUERY_STATUS_CATALOG_NZ | 1u << QUERY_STATUS_CHARSET |
                       1u << QUERY_STATUS_TIME_ZONE,
    };
    form->fill_schema(xid, &query);
    query_encode(&query, body);
}

/* What a server would not have made is not made here, and what foreign keys hold does not go. */
static bool change_schema(struct engine *engine, const struct primary_statement *s, struct err *err)
{
    const struct engine_query_ops *ops = engine->ops->query;
    struct ddl_context context = { .now_us = s->now_us, .time_zone = s->time_zone };
    struct foreign_list *before = ops->foreign_keys(engine);
    bool ok = engine->ops->ddl(engine, s->ddl, &context, err) &&
              ddl_check_made(s->ddl, engine->ops->catalog(engine), err) &&
              (s->ignores_foreign_keys || ops->check_foreign_keys(engine, before, err));
    ops->foreign_keys_free(before);
    return ok;
}

static bool run_schema_change(struct primary *primary, const struct primary_statement *s,
                              struct err *err)
{
    struct engine *engine = primary->options.engine;
    transaction_start(&primary->transaction, s->now_us);
    logged_tables_forget(primary);
    write_set_alone(&primary->writes);
    encode_statement(primary->form, s, primary->gtid.seq + 1, &primary->transaction.body);
    return transaction_add(primary, EVENT_QUERY, 0, err) && change_schema(engine, s, err);
}

bool primary_ddl(struct primary *primary, const struct primary_statement *statement,
                 struct gtid *out, struct err *err)
{
    assert(ddl_kind(statement->ddl) == DDL_SCHEMA);
    if (!primary_flush(primary, err) || !open_engine(primary, err))
        return false;
    if (!run_schema_change(primary, statement, err)) {
        primary_rollback(primary);
        return false;
    }
    if (!log_transaction(primary, true, err) || !primary_flush(primary, err))
        return false;
    if (out != NULL)
        *out = primary->gtid;
    return true;
}

/* primary_probe.c - a primary behind a pipe: test_primary.py reads its log with the servers' tools,
 * replays it on a real server, and kills it.
 *
 * Usage: e2e_primary_probe DATA-DIRECTORY
 * As a node does: what the log has and the engine has not is applied, then the primary opens.
 * Standard input holds statements that end in a NUL byte; each is a transaction, and is answered by
 * a line: "OK <tab> GTID number" (0: nothing was logged) or "ERR <tab> number <tab> sentence". */
// SPDX-License-Identifier: Apache-2.0
#include "statement_pipe.h"
#include <sys/stat.h>
#include "apply/apply.h"
#include "base/clock.h"
#include "engine/query.h"
#include "engine/sqlite/sqlite.h"
#include "primary/primary.h"

enum { GENERAL_CI = 45 };

struct probe {
    struct store *store;
    struct engine *engine;
    struct primary *primary;
    struct query_connection *writer;
    struct query_session session;
    struct cancel *caught_up;
    struct log_pos end;
};

static void on_commit(const struct position *position, void *arg)
{
    struct probe *p = arg;
    struct log_pos at = { .offset = position->offset };
    if (store_find_file(p->store, position->file, &at.file) && log_pos_compare(at, p->end) >= 0)
        cancel_fire(p->caught_up);
}

static void catch_up(struct probe *p)
{
    struct position position = { .offset = 0 };
    struct err err = { 0 };
    p->end = store_durable_end(p->store);
    must(p->engine->ops->position(p->engine, &position, &err), &err);
    bool is_new = position.file[0] == 0;
    bool is_there = !is_new && gtid_set_equal(position.gtids, store_gtids(p->store));
    position_clear(&position);
    if (is_new || is_there)
        return;
    struct apply_options options = { .store = p->store,
                                     .engine = p->engine,
                                     .cancel = p->caught_up,
                                     .on_commit = on_commit,
                                     .on_commit_arg = p };
    AUTO(apply) apply = apply_new(&options);
    must(apply_run(apply, &err), &err);
    fprintf(stderr, "applied what a crash had left\n");
}

static void open_all(struct probe *p, const char *dir)
{
    char data[4096], log[4096];
    struct err err = { 0 };
    snprintf(data, sizeof data, "%s/data.db", dir);
    snprintf(log, sizeof log, "%s/log", dir);
    mkdir(dir, 0700);
    struct sqlite_engine_options engine = { .path = data };
    struct store_options store = { .dir = log };
    p->caught_up = cancel_new();
    must(store_open(&store, &p->store, &err), &err);
    must(sqlite_engine_open(&engine, &p->engine, &err), &err);
    catch_up(p);
    struct primary_options options = { .store = p->store,
                                       .engine = p->engine,
                                       .server_id = 7,
                                       .server_uuid = "11111111-2222-3333-4444-555555555555",
                                       .server_version = "8.4.0-binlogd-probe",
                                       .log_name = "binlog",
                                       .file_bytes = 200000 };
    must(primary_open(&options, &p->primary, &err), &err);
    must(p->engine->ops->query->open(p->engine, QUERY_WRITE, &p->writer, &err), &err);
    query_session_init(&p->session);
    p->session.db = "shop";
    p->session.version = options.server_version;
}

static bool run_ddl(struct probe *p, const char *text, struct gtid *gtid, struct err *err)
{
    struct ddl_session session = { .db = "shop", .explicit_defaults_for_timestamp = true };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(bytes_of_str(text), &session, &ddl, err))
        return false;
    struct primary_statement statement = { .text = bytes_of_str(text),
                                           .ddl = ddl,
                                           .db = strncasecmp(text, "CREATE DATABASE", 15) == 0
                                                     ? ""
                                                     : "shop",
                                           .time_zone = "+00:00",
                                           .now_us = clock_wall_us(),
                                           .client_collation = GENERAL_CI,
                                           .connection_collation = GENERAL_CI,
                                           .server_collation = GENERAL_CI };
    return primary_ddl(p->primary, &statement, gtid, err);
}

static bool run_query(struct probe *p, const char *text, struct gtid *gtid, struct err *err)
{
    const struct engine_query_ops *ops = p->engine->ops->query;
    struct query_outcome outcome = { 0 };
    struct query *query = NULL;
    p->session.now_us = clock_wall_us();
    if (!ops->prepare(p->writer, bytes_of_str(text), &p->session, &query, err))
        return false;
    bool ok = primary_begin(p->primary, err) && ops->run(query, NULL, &outcome, err);
    ops->free(query);
    if (ok)
        return primary_commit(p->primary, gtid, err);
    primary_rollback(p->primary);
    return false;
}

static void answer(const char *text, void *arg)
{
    struct probe *p = arg;
    struct gtid gtid = { 0 };
    struct err err = { 0 };
    if (is_schema_change(text) ? run_ddl(p, text, &gtid, &err) : run_query(p, text, &gtid, &err))
        printf("OK\t%llu\n", (unsigned long long)gtid.seq);
    else
        printf("ERR\t%u\t%s\n", err.server_errno, err.text);
    fflush(stdout);
}

static void close_all(struct probe *p)
{
    struct err err;
    primary_free(p->primary);
    p->engine->ops->query->close(p->writer);
    query_session_clear(&p->session);
    must(p->engine->ops->sync(p->engine, &err), &err);
    engine_free(p->engine);
    store_free(p->store);
    cancel_free(p->caught_up);
}

int main(int argc, char **argv)
{
    struct probe p = { 0 };
    if (argc != 2)
        return 2;
    open_all(&p, argv[1]);
    bool ok = each_statement(answer, &p);
    close_all(&p);
    return ok ? 0 : 2;
}

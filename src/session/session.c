/* session.c - one connection's commands. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "session"
#include "session/session.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "session/prepared.h"
#include "session/state.h"
#include "sql/charset.h"
#include "wire/result_encode.h"

void session_first_settings(const struct session *session, struct session_settings *out)
{
    settings_init(out);
    out->numbers[SETTING_net_write_timeout] = session->host->node->send_timeout_s;
}

void session_apply_settings(struct session *session)
{
    const struct session_settings *own = &session->own;
    bool is_utf8mb4 = strncmp(own->collation, "utf8mb4", 7) == 0; /* as literals are there */
    peer_set_patience(session->peer, own->numbers[SETTING_net_write_timeout] * 1000,
                      own->numbers[SETTING_wait_timeout] * 1000);
    session->settings->sql_mode = own->numbers[SETTING_sql_mode];
    session->settings->time_zone = own->time_zone;
    session->settings->collation = is_utf8mb4 ? own->collation : "utf8mb4_general_ci";
}

/* As the login told it; what a client cannot speak in, or is not known here, is utf8mb4. */
static void use_first_settings(struct session *session)
{
    struct err ignored;
    const char *collation = charset_collation_name(server_collation(session->server));
    const struct charset *charset = collation == NULL ? NULL : charset_by_collation(collation);
    session_first_settings(session, &session->own);
    if (charset != NULL &&
        !settings_set_names(&session->own, charset_name(charset), collation, &ignored))
        session_first_settings(session, &session->own);
    session_apply_settings(session);
}

struct session *session_new(const struct session_host *host, struct peer *peer,
                            struct query_session *settings)
{
    struct session *session = memory_new(sizeof *session);
    session->host = host;
    session->peer = peer;
    session->server = peer_server(peer);
    session->settings = settings;
    session->status = server_status(session->server);
    use_first_settings(session);
    replica_request_init(&session->request);
    session->prepared = prepared_list_new();
    return session;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    replica_request_clear(&session->request);
    prepared_list_free(session->prepared);
    free(session);
}

static void forget(struct session *session)
{
    replica_request_clear(&session->request);
    replica_request_init(&session->request);
    prepared_list_forget(session->prepared);
}

static void welcome(struct session *session)
{
    if (session->database[0] != 0)
        changes_note_schema(session, session->database);
    server_welcome(session->server);
}

void session_log_in(struct session *session)
{
    struct bytes database = server_database(session->server);
    forget(session);
    use_first_settings(session);
    if (session->host->run != NULL) {
        session_run(session, SESSION_RUN_LOGIN, database, true);
        return;
    }
    query_session_clear(session->settings);
    snprintf(session->database, sizeof session->database, "%.*s", (int)database.len,
             (const char *)database.data);
    welcome(session);
}

const struct replica_request *session_request(const struct session *session)
{
    return &session->request;
}

const char *session_doing(const struct session *session)
{
    if (session->runs)
        return "Query";
    if (!session->dumps)
        return "Sleep";
    return session->request.kind == DUMP_BY_GTID_SET ? "Binlog Dump GTID" : "Binlog Dump";
}

void session_end_dump(struct session *session)
{
    session->dumps = false;
}

/* ---- SQL on the rows ---- */

bool session_is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static void start(struct session *session, struct session_run *run)
{
    const struct session_settings *own = &session->own;
    bool is_utf8 = own->results == NULL || strncmp(charset_name(own->results), "utf8", 4) == 0;
    run->results = is_utf8 ? NULL : own->results;
    run->lock_wait_s = (unsigned)own->numbers[SETTING_innodb_lock_wait_timeout];
    run->limits_writes = own->numbers[SETTING_max_statement_time] != 0;
    run->time_limit_us = run->limits_writes ? own->numbers[SETTING_max_statement_time]
                                            : own->numbers[SETTING_max_execution_time] * 1000;
    settings_transaction(own, &run->isolation, &run->is_read_only);
    run->has_more = !session->is_last;
    run->changes = server_changes(session->server);
    run->tells_gtids = own->numbers[SETTING_session_track_gtids] != 0;
    session->runs = true;
    session->run_kind = run->kind;
    session->host->run(session->peer, run, session->host->arg);
}

void session_run(struct session *session, enum session_run_kind kind, struct bytes text, bool is_on)
{
    start(session,
          &(struct session_run){
              .kind = kind, .text = text, .charset = session->own.client, .is_on = is_on });
}

void session_run_fence(struct session *session, enum session_read_only read_only)
{
    start(session, &(struct session_run){ .kind = SESSION_RUN_FENCE,
                                          .text = bytes_of_str(""),
                                          .read_only = read_only });
}

void session_prepare(struct session *session, struct bytes text, uint32_t id)
{
    start(session, &(struct session_run){ .kind = SESSION_RUN_PREPARE,
                                          .text = text,
                                          .charset = session->own.client,
                                          .statement_id = id });
}

void session_execute(struct session *session, struct bytes text, const struct charset *charset,
                     const struct value *parameters, uint32_t cursor)
{
    status_count(session, text);
    start(session, &(struct session_run){ .kind = SESSION_RUN_EXECUTE,
                                          .text = text,
                                          .charset = charset,
                                          .parameters = parameters,
                                          .cursor = cursor });
}

void session_fetch(struct session *session, uint32_t cursor, uint32_t row_count)
{
    start(session, &(struct session_run){ .kind = SESSION_RUN_FETCH,
                                          .text = bytes_of_str(""),
                                          .cursor = cursor,
                                          .row_count = row_count });
}

bool session_done(struct session *session, const struct session_result *result)
{
    bool ok = result->ok;
    session->runs = false;
    if (session->run_kind == SESSION_RUN_PREPARE)
        prepared_done(session, ok, result->parameter_count);
    if (session->run_kind == SESSION_RUN_EXECUTE)
        prepared_end_execute(session);
    server_forget_changes(session->server);
    session->status = server_status(session->server);
    session->own.numbers[SETTING_autocommit] = (session->status & STATUS_AUTOCOMMIT) != 0;
    if ((session->status & STATUS_IN_TRANSACTION) == 0 &&
        (session->run_kind == SESSION_RUN_STATEMENT || session->run_kind == SESSION_RUN_EXECUTE))
        session->own.has_next = false;
    if (session->run_kind == SESSION_RUN_RESET || session->run_kind == SESSION_RUN_LOGIN)
        use_first_settings(session);
    if (session->host->run != NULL)
        snprintf(session->database, sizeof session->database, "%s", session->settings->db);
    if (session->run_kind == SESSION_RUN_LOGIN && ok)
        welcome(session);
    else if (session->run_kind == SESSION_RUN_LOGIN)
        server_end(session->server);
    if (ok && session->rest.len > 0)
        session_go_on(session);
    return session->runs;
}

/* ---- commands; one row each ---- */

static bool may_read_log(struct session *session)
{
    if ((server_role(session->server) & (ROLE_admin | ROLE_replication)) != 0)
        return true;
    server_error(session->server, &(struct server_problem){ 1227, "42000" },
                 "Access denied; you need the role replication for this operation");
    return false;
}

static void on_quit(struct session *session, struct bytes payload)
{
    (void)payload;
    peer_close(session->peer);
}

static void on_ok(struct session *session, struct bytes payload)
{
    (void)payload;
    server_ok(session->server);
}

static void on_reset(struct session *session, struct bytes payload)
{
    (void)payload;
    forget(session);
    if (session->host->run != NULL) {
        session_run(session, SESSION_RUN_RESET, bytes_of_str(""), true);
        return;
    }
    query_session_clear(session->settings);
    server_ok(session->server);
}

static void on_query(struct session *session, struct bytes payload)
{
    session->rest = payload;
    session_go_on(session);
}

static void on_init_db(struct session *session, struct bytes payload)
{
    session_use(session, payload);
}

/* The database's name, and a pattern behind a NUL. */
static void on_field_list(struct session *session, struct bytes payload)
{
    if (session->host->run != NULL)
        session_run(session, SESSION_RUN_FIELDS, payload, false);
    else
        server_error(session->server, &(struct server_problem){ 1046, "3D000" },
                     "No database selected: this node keeps a log, and has no tables");
}

void session_use(struct session *session, struct bytes name)
{
    char text[SESSION_NAME_MAX + 1];
    snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.data);
    changes_note_schema(session, text);
    if (session->host->run != NULL) {
        session_run(session, SESSION_RUN_USE, name, false);
        return;
    }
    memcpy(session->database, text, sizeof session->database);
    server_ok(session->server);
}

static void on_set_option(struct session *session, struct bytes payload)
{
    bool is_known = payload.len == 2 && payload.data[0] <= 1 && payload.data[1] == 0;
    if (!is_known) {
        server_error(session->server, &(struct server_problem){ 1047, "08S01" }, "Unknown command");
        return;
    }
    server_allow_multi_statements(session->server, payload.data[0] == 0);
    server_end_result(session->server);
}

/* FLUSH as a command: what MariaDB's tools send. */
static void on_refresh(struct session *session, struct bytes payload)
{
    static const struct {
        uint8_t what;
        const char *sql;
    } words[] = { { 0x01, "FLUSH PRIVILEGES" }, { 0x02, "FLUSH LOGS" }, { 0x04, "FLUSH TABLES" } };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (payload.len == 1 && payload.data[0] == words[i].what) {
            on_query(session, bytes_of_str(words[i].sql));
            return;
        }
    server_error(session->server, &(struct server_problem){ 1047, "08S01" }, "Unknown command");
}

static void on_statistics(struct session *session, struct bytes payload)
{
    char text[128];
    const struct session_host *host = session->host;
    (void)payload;
    snprintf(text, sizeof text, "Uptime: %llu  Threads: %u",
             (unsigned long long)(clock_monotonic_ms() - host->node->started_ms) / 1000,
             listener_count(host->listener));
    server_text(session->server, text);
}

static void refuse_malformed(struct session *session, const struct err *err)
{
    server_error(session->server, &(struct server_problem){ 1835, "HY000" },
                 "Malformed communication packet: %s", err->text);
}

static void on_register(struct session *session, struct bytes payload)
{
    struct err err;
    if (!may_read_log(session))
        return;
    if (!replica_request_register(&session->request, payload, &err)) {
        refuse_malformed(session, &err);
        return;
    }
    if (session->host->on_register != NULL)
        session->host->on_register(session->peer, &session->request, session->host->arg);
    server_ok(session->server);
}

static void start_dump(struct session *session)
{
    if (session->host->on_dump == NULL) {
        server_error(session->server, &(struct server_problem){ 1236, "HY000" },
                     "This node does not serve its log");
        return;
    }
    session->dumps = true;
    session->host->on_dump(session->peer, &session->request, session->host->arg);
}

static void on_dump(struct session *session, struct bytes payload)
{
    struct err err;
    if (!may_read_log(session))
        return;
    if (replica_request_dump(&session->request, payload, &err))
        start_dump(session);
    else
        refuse_malformed(session, &err);
}

static void on_dump_gtid(struct session *session, struct bytes payload)
{
    struct err err;
    if (!may_read_log(session))
        return;
    if (replica_request_dump_gtid(&session->request, payload, &err))
        start_dump(session);
    else
        refuse_malformed(session, &err);
}

static const struct command {
    uint8_t code;
    void (*run)(struct session *session, struct bytes payload);
} commands[] = {
    { 0x01, on_quit },
    { 0x02, on_init_db },
    { 0x03, on_query },
    { 0x04, on_field_list },
    { 0x07, on_refresh },
    { 0x09, on_statistics },
    { 0x0e, on_ok /* ping */ },
    { 0x12, on_dump },
    { 0x15, on_register },
    { 0x16, prepared_on_prepare },
    { 0x17, prepared_on_execute },
    { 0x18, prepared_on_long_data },
    { 0x19, prepared_on_close },
    { 0x1a, prepared_on_reset },
    { 0x1b, on_set_option },
    { 0x1c, prepared_on_fetch },
    { 0x1e, on_dump_gtid },
    { 0x1f, on_reset },
};

void session_command(struct session *session, uint8_t command, struct bytes payload)
{
    session->is_last = true;
    session->rest = (struct bytes){ NULL, 0 };
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (commands[i].code != command)
            continue;
        commands[i].run(session, payload);
        return;
    }
    log_debug("%s sent command %u, which is not understood here", peer_address(session->peer),
              command);
    server_error(session->server, &(struct server_problem){ 1047, "08S01" }, "Unknown command");
}

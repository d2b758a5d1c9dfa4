/* session.c - one connection's commands. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "session"
#include "session/session.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "session/state.h"
#include "sql/charset.h"

void session_use_charset(struct session *session, const struct charset *charset)
{
    bool is_utf8 = strncmp(charset_name(charset), "utf8mb", 6) == 0 || charset_is_binary(charset);
    session->charset = charset;
    session->results = is_utf8 ? NULL : charset;
}

/* As the login told it; what a client cannot speak in, or is not known here, is utf8mb4. */
static void use_login_collation(struct session *session)
{
    unsigned id = server_collation(session->server);
    const char *collation = charset_collation_name(id);
    const struct charset *charset = charset_by_collation_id(id);
    bool is_known = collation != NULL && charset != NULL && charset_keeps_ascii(charset);
    session_use_charset(session, is_known ? charset : charset_by_name("utf8mb4"));
    if (is_known && strncmp(collation, "utf8mb4", 7) == 0)
        session->settings->collation = collation;
}

struct session *session_new(const struct session_host *host, struct peer *peer,
                            struct query_session *settings)
{
    struct session *session = memory_new(sizeof *session);
    struct bytes database = server_database(peer_server(peer));
    session->host = host;
    session->peer = peer;
    session->server = peer_server(peer);
    session->settings = settings;
    session->lock_wait_s = LOCK_WAIT_S;
    session->status = server_status(session->server);
    use_login_collation(session);
    snprintf(session->database, sizeof session->database, "%.*s", (int)database.len,
             (const char *)database.data);
    replica_request_init(&session->request);
    return session;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    replica_request_clear(&session->request);
    free(session);
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

void session_run(struct session *session, enum session_run_kind kind, struct bytes text, bool is_on)
{
    struct session_run run = { .kind = kind,
                               .text = text,
                               .charset = session->charset,
                               .results = session->results,
                               .lock_wait_s = session->lock_wait_s,
                               .is_on = is_on,
                               .has_more = !session->is_last };
    session->runs = true;
    session->host->run(session->peer, &run, session->host->arg);
}

bool session_done(struct session *session, bool ok)
{
    session->runs = false;
    session->status = server_status(session->server);
    snprintf(session->database, sizeof session->database, "%s", session->settings->db);
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
    replica_request_clear(&session->request);
    replica_request_init(&session->request);
    session->lock_wait_s = LOCK_WAIT_S;
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
    if (session->host->run != NULL) {
        session_run(session, SESSION_RUN_USE, payload, false);
        return;
    }
    snprintf(session->database, sizeof session->database, "%.*s", (int)payload.len,
             (const char *)payload.data);
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
    server_eof(session->server);
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
    { 0x01, on_quit },       { 0x02, on_init_db },       { 0x03, on_query },
    { 0x09, on_statistics }, { 0x0e, on_ok /* ping */ }, { 0x12, on_dump },
    { 0x15, on_register },   { 0x1b, on_set_option },    { 0x1e, on_dump_gtid },
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

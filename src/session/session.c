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

struct session *session_new(const struct session_host *host, struct peer *peer)
{
    struct session *session = memory_new(sizeof *session);
    struct bytes database = server_database(peer_server(peer));
    session->host = host;
    session->peer = peer;
    session->server = peer_server(peer);
    snprintf(session->database, sizeof session->database, "%.*s", (int)database.len,
             (const char *)database.data);
    replica_request_init(&session->request);
    return session;
}

static void forget(struct session *session)
{
    for (unsigned i = 0; i < session->variable_count; i++) {
        free(session->variables[i].name);
        free(session->variables[i].value);
    }
    memset(session->variables, 0, sizeof session->variables);
    session->variable_count = 0;
    session->variable_bytes = 0;
    replica_request_clear(&session->request);
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    forget(session);
    free(session);
}

const struct replica_request *session_request(const struct session *session)
{
    return &session->request;
}

const char *session_doing(const struct session *session)
{
    if (!session->dumps)
        return "Sleep";
    return session->request.kind == DUMP_BY_GTID_SET ? "Binlog Dump GTID" : "Binlog Dump";
}

void session_end_dump(struct session *session)
{
    session->dumps = false;
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
    server_ok(session->server);
}

static void on_init_db(struct session *session, struct bytes payload)
{
    snprintf(session->database, sizeof session->database, "%.*s", (int)payload.len,
             (const char *)payload.data);
    server_ok(session->server);
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
    { 0x01, on_quit },       { 0x02, on_init_db },       { 0x03, session_query },
    { 0x09, on_statistics }, { 0x0e, on_ok /* ping */ }, { 0x12, on_dump },
    { 0x15, on_register },   { 0x1e, on_dump_gtid },     { 0x1f, on_reset },
};

void session_command(struct session *session, uint8_t command, struct bytes payload)
{
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

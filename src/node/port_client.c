/* port_client.c - see port_client.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/port_client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "wire/capability.h"

/* ---- its life ---- */

/* The thread that runs the client's statement; the session stands still meanwhile. */
static bool system_variable(const char *name, bool is_global, struct value *out,
                            struct arena *arena, void *arg)
{
    const struct port_client *client = arg;
    return session_system_variable(client->session, name, is_global, out, arena);
}

static void host_of(const struct peer *peer, char out[64])
{
    snprintf(out, 64, "%s", peer_address(peer));
    char *port = strrchr(out, ':');
    if (port != NULL)
        *port = 0;
}

static struct query_session *start_execution(struct port_client *client,
                                             const struct session_host *host,
                                             struct executor *executor)
{
    char address[64];
    struct session_source source;
    struct server *server = peer_server(client->peer);
    host->describe(&source, host->arg);
    host_of(client->peer, address);
    struct execute_client as = { .id = peer_id(client->peer),
                                 .user = server_user(server),
                                 .host = address,
                                 .version = source.version,
                                 .role = server_role(server),
                                 .databases = server_databases(server),
                                 .tag = client };
    free(source.applied_gtids);
    client->execution = execution_new(executor, &as);
    struct query_session *settings = execution_session(client->execution);
    settings->system_variable = system_variable;
    settings->arg = client;
    return settings;
}

struct port_client *port_client_new(struct peer *peer, const struct session_host *host,
                                    struct executor *executor)
{
    struct port_client *client = memory_new(sizeof *client);
    client->peer = peer;
    query_session_init(&client->settings);
    struct query_session *settings =
        executor != NULL ? start_execution(client, host, executor) : &client->settings;
    client->session = session_new(host, peer, settings);
    return client;
}

void port_client_change(struct port_client *client)
{
    char address[64];
    struct server *server = peer_server(client->peer);
    host_of(client->peer, address);
    struct execute_client as = { .user = server_user(server),
                                 .host = address,
                                 .role = server_role(server),
                                 .databases = server_databases(server) };
    if (client->execution != NULL)
        execution_become(client->execution, &as);
}

static void port_client_free(struct port_client *client)
{
    session_free(client->session);
    execution_free(client->execution);
    query_session_clear(&client->settings);
    free(client);
}

void port_client_leave(struct port_client *client)
{
    stream_free(client->stream);
    client->stream = NULL;
    client->peer = NULL;
    if (client->execution != NULL)
        execution_leave(client->execution);
    else
        port_client_free(client);
}

/* ---- SQL that runs elsewhere ---- */

void port_client_run(struct port_client *client, const struct session_run *run)
{
    static const enum execute_kind kinds[] = {
        [SESSION_RUN_STATEMENT] = EXECUTE_STATEMENT,   [SESSION_RUN_PREPARE] = EXECUTE_PREPARE,
        [SESSION_RUN_EXECUTE] = EXECUTE_STATEMENT,     [SESSION_RUN_USE] = EXECUTE_USE,
        [SESSION_RUN_AUTOCOMMIT] = EXECUTE_AUTOCOMMIT, [SESSION_RUN_RESET] = EXECUTE_RESET,
        [SESSION_RUN_LOGIN] = EXECUTE_LOGIN,           [SESSION_RUN_FIELDS] = EXECUTE_FIELDS,
        [SESSION_RUN_FETCH] = EXECUTE_FETCH,           [SESSION_RUN_FENCE] = EXECUTE_FENCE,
    };
    static const enum execute_isolation isolations[] = { [READ_UNCOMMITTED] = EXECUTE_NEWEST,
                                                         [READ_COMMITTED] = EXECUTE_NEWEST,
                                                         [REPEATABLE_READ] = EXECUTE_STABLE,
                                                         [SERIALIZABLE] = EXECUTE_SERIAL };
    static const enum execute_read_only fences[] = { [SESSION_WRITABLE] = EXECUTE_WRITABLE,
                                                     [SESSION_READ_ONLY] = EXECUTE_READ_ONLY,
                                                     [SESSION_SUPER_READ_ONLY] =
                                                         EXECUTE_SUPER_READ_ONLY };
    struct server *server = peer_server(client->peer);
    struct execute_request request = {
        .kind = kinds[run->kind],
        .text = run->text,
        .charset = run->charset,
        .results = run->results,
        .parameters = run->parameters,
        .statement_id = run->statement_id,
        .cursor = run->cursor,
        .row_count = run->row_count,
        .changes = run->changes,
        .tells_gtids = run->tells_gtids,
        .encode_row = run->kind == SESSION_RUN_EXECUTE ? result_row_binary : result_row_text,
        .number = server_number(server),
        .lock_wait_s = run->lock_wait_s,
        .time_limit_us = run->time_limit_us,
        .limits_writes = run->limits_writes,
        .isolation = isolations[run->isolation],
        .is_read_only = run->is_read_only,
        .is_on = run->is_on,
        .read_only = fences[run->read_only],
        .deprecates_eof = server_deprecates_eof(server),
        .counts_found = (server_capabilities(server) & CAPABILITY_FOUND_ROWS) != 0,
        .has_more = run->has_more,
    };
    client->has_answer = client->takes_command && execution_try(client->execution, &request);
    if (client->has_answer) /* port_client_command sends it */
        return;
    peer_hold(client->peer, true);
    if (!client->takes_command)
        execution_start(client->execution, &request);
}

void port_client_interrupt(struct port_client *client)
{
    execution_cancel(client->execution);
}

/* More of the answer, or the next statement, or the next command. */
void port_client_go_on(struct port_client *client)
{
    struct execute_output output;
    struct peer *peer = client->peer;
    execution_output(client->execution, &output);
    client->has_output = false;
    execution_go_on(client->execution);
    if (!output.is_whole)
        return;
    server_set_status(peer_server(peer), output.status);
    struct session_result result = { output.ok, output.parameter_count };
    if (session_done(client->session, &result))
        return;
    peer_hold(peer, false);
    peer_flush_soon(peer);
}

static void send_answer(struct port_client *client)
{
    struct execute_output output;
    struct server *server = peer_server(client->peer);
    execution_output(client->execution, &output);
    server_packets(server, output.packets, output.next_number);
    client->has_output = true;
    if (!output.is_whole) {
        peer_hold(client->peer, true);
        peer_flush(client->peer);
    }
    if (output.is_whole || server_output_size(server) < SERVER_OUTPUT_FULL)
        port_client_go_on(client);
    else
        peer_go_on(client->peer); /* port_client_go_on when all is sent */
}

void port_client_command(struct port_client *client, uint8_t command, struct bytes payload)
{
    client->takes_command = true;
    session_command(client->session, command, payload);
    while (client->has_answer) {
        client->has_answer = false;
        send_answer(client); /* its next statement may be answered by then, too */
    }
    client->takes_command = false;
}

void port_clients_collect(struct executor *executor)
{
    struct execution *execution;
    while ((execution = executor_next(executor)) != NULL) {
        struct port_client *client = execution_tag(execution);
        if (execution_is_gone(execution))
            port_client_free(client);
        else
            send_answer(client);
    }
}

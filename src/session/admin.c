/* admin.c - statements that change something: PURGE, KILL; and who is connected. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/glob.h"
#include "session/state.h"

/* ---- PURGE BINARY LOGS ---- */

static bool take_time(struct statement *statement, uint64_t *seconds)
{
    struct tm tm = { 0 };
    struct scalar value;
    if (!expression_evaluate(statement, &value))
        return false;
    const char *text =
        value.is_null ? "" : arena_strn(&statement->arena, value.text.data, value.text.len);
    const char *end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    if (end == NULL)
        end = strptime(text, "%Y-%m-%d", &tm);
    if (end == NULL || *end != 0) {
        server_error(statement->session->server, &(struct server_problem){ 1292, "22007" },
                     "Incorrect DATETIME value: '%s' (UTC, such as 2026-01-31 12:00:00)", text);
        return false;
    }
    *seconds = (uint64_t)timegm(&tm);
    return true;
}

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

static bool take_purge(struct statement *statement, struct session_purge *out)
{
    if (statement_take_word(statement, "TO")) {
        out->to_file = statement_take_text(statement);
        if (out->to_file == NULL)
            return syntax(statement);
    } else if (!statement_take_word(statement, "BEFORE")) {
        return syntax(statement);
    } else if (!take_time(statement, &out->before_s)) {
        return false;
    }
    return statement_at_end(statement) || syntax(statement);
}

void answer_purge(struct statement *statement)
{
    const struct session_host *host = statement->session->host;
    struct server *server = statement->session->server;
    struct session_purge purge = { 0 };
    struct err err;
    if (!take_purge(statement, &purge))
        return;
    uint64_t file;
    if (purge.to_file != NULL && !store_find_file(host->store, purge.to_file, &file))
        server_error(server, &(struct server_problem){ 1373, "HY000" },
                     "Target log not found in binlog index");
    else if (!host->purge(&purge, &err, host->arg))
        server_error(server, &(struct server_problem){ 1378, "HY000" }, "%s", err.text);
    else if (purge.held[0] != 0)
        server_error(server, &(struct server_problem){ 1378, "HY000" },
                     "%u log files were purged; then: %s", purge.dropped, purge.held);
    else
        server_ok(server);
}

/* ---- KILL ---- */

/* KILL [CONNECTION|QUERY] [HARD|SOFT] id; a statement is over before a KILL QUERY could come,
 * unless it is a dump. */
void answer_kill(struct statement *statement)
{
    struct session *session = statement->session;
    uint64_t id;
    if (!statement_take_word(statement, "HARD"))
        statement_take_word(statement, "SOFT");
    bool is_query =
        !statement_take_word(statement, "CONNECTION") && statement_take_word(statement, "QUERY");
    if (!statement_take_number(statement, &id) || !statement_at_end(statement)) {
        statement_syntax_error(statement);
        return;
    }
    struct peer *peer =
        id > UINT32_MAX ? NULL : listener_find(session->host->listener, (uint32_t)id);
    if (peer == NULL) {
        server_error(session->server, &(struct server_problem){ 1094, "HY000" },
                     "Unknown thread id: %llu", (unsigned long long)id);
        return;
    }
    bool is_own = strcmp(server_user(peer_server(peer)), server_user(session->server)) == 0;
    if (!is_own && server_role(session->server) != ROLE_admin) {
        server_error(session->server, &(struct server_problem){ 1095, "HY000" },
                     "You are not owner of thread %llu", (unsigned long long)id);
        return;
    }
    server_ok(session->server);
    const struct session_host *host = session->host;
    if (is_query && host->interrupt != NULL && !host->session_of(peer)->dumps)
        host->interrupt(peer, host->arg);
    else if (peer == session->peer)
        peer_close_when_sent(peer);
    else
        peer_close(peer);
}

/* ---- SHOW PROCESSLIST ---- */

/* MariaDB has a last column, Progress, and MySQL not. */
static unsigned process_columns(const struct statement *statement)
{
    return statement->source.flavour == FLAVOUR_MARIADB ? 9 : 8;
}

static void put_process(struct peer *peer, void *arg)
{
    struct statement *statement = arg;
    struct server *server = peer_server(peer);
    const struct session *session = statement->session->host->session_of(peer);
    bool may_see = server_role(statement->session->server) == ROLE_admin ||
                   strcmp(server_user(server), server_user(statement->session->server)) == 0;
    bool is_self = peer == statement->session->peer;
    if (!may_see)
        return;
    const char *doing = is_self ? "Query" : session_doing(session);
    const char *state = is_self          ? "starting"
                        : session->dumps ? "Sending binlog event to replica"
                                         : "";
    struct bytes values[] = {
        show_number(statement, peer_id(peer)),
        bytes_of_str(server_user(server)),
        bytes_of_str(peer_address(peer)),
        session->database[0] == 0 ? (struct bytes){ NULL, 0 } : bytes_of_str(session->database),
        bytes_of_str(doing),
        show_number(statement, (clock_monotonic_ms() - peer_since_ms(peer)) / 1000),
        bytes_of_str(state),
        is_self ? bytes_of_str("SHOW PROCESSLIST") : (struct bytes){ NULL, 0 },
        bytes_of_str("0.000"),
    };
    server_row(statement->session->server, values, process_columns(statement));
}

void answer_show_processlist(struct statement *statement)
{
    static const struct column columns[] = {
        { "Id", COLUMN_NUMBER },  { "User", COLUMN_TEXT },    { "Host", COLUMN_TEXT },
        { "db", COLUMN_TEXT },    { "Command", COLUMN_TEXT }, { "Time", COLUMN_NUMBER },
        { "State", COLUMN_TEXT }, { "Info", COLUMN_TEXT },    { "Progress", COLUMN_FRACTION }
    };
    struct server *server = statement->session->server;
    struct server_place place = server_mark(server);
    server_columns(server, columns, process_columns(statement));
    listener_each(statement->session->host->listener, put_process, statement);
    server_rows_end(server, place);
}

/* ---- SHOW GRANTS ---- */

static void put_grant(struct statement *statement, const char *privileges, const char *database)
{
    struct server *server = statement->session->server;
    const char *row = arena_printf(&statement->arena, "GRANT %s ON %s.* TO `%s`@`%%`", privileges,
                                   database, server_user(server));
    struct bytes value = bytes_of_str(row);
    server_row(server, &value, 1);
}

static void put_database_grant(struct statement *statement, const char *privileges,
                               struct bytes pattern)
{
    struct buf like, quoted;
    buf_init(&like, SESSION_VALUE_MAX);
    buf_init(&quoted, SESSION_VALUE_MAX);
    glob_print_like(pattern, &like);
    sql_quote_name(buf_cstr(&like), &quoted);
    put_grant(statement, privileges, buf_cstr(&quoted));
    buf_clear(&like);
    buf_clear(&quoted);
}

void answer_show_grants(struct statement *statement)
{
    static const char *const grants[] = {
        [ROLE_admin] = "ALL PRIVILEGES",
        [ROLE_replication] = "REPLICATION SLAVE, REPLICATION CLIENT, SELECT",
        [ROLE_write] = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX",
        [ROLE_read] = "SELECT",
    };
    struct server *server = statement->session->server;
    const char *name = arena_printf(&statement->arena, "Grants for %s@%%", server_user(server));
    const char *privileges = grants[server_role(server)];
    const char *databases = server_databases(server);
    struct column column = { name, COLUMN_TEXT };
    struct bytes pattern;
    struct server_place place = server_mark(server);
    server_columns(server, &column, 1);
    put_grant(statement, databases == NULL ? privileges : "USAGE", "*");
    while (databases != NULL && account_next_database(&databases, &pattern))
        put_database_grant(statement, privileges, pattern);
    server_rows_end(server, place);
}

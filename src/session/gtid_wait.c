/* gtid_wait.c - SELECT WAIT_FOR_EXECUTED_GTID_SET(set[, seconds]) and, where GTIDs are MariaDB's,
 * MASTER_GTID_WAIT(position[, seconds]): answered when what they name is done here (in the log; on
 * a replica, in its rows), or when the time is over. The only item of its SELECT. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "binlog/gtid_set.h"
#include "session/state.h"

enum { MALFORMED_SET = 1772, MALFORMED_POSITION = 1941, NOT_SUPPORTED = 1235, SECONDS_TEXT = 40 };
static const double seconds_max = 3153600000; /* a century is for ever */

static const struct wait_function {
    const char *name;
    enum flavour flavour;
    uint16_t malformed;
    const char *over;     /* what it answers when the time is over */
    bool zero_is_forever; /* a time of 0 */
} functions[] = {
    { "WAIT_FOR_EXECUTED_GTID_SET", FLAVOUR_MYSQL, MALFORMED_SET, "1", true },
    { "MASTER_GTID_WAIT", FLAVOUR_MARIADB, MALFORMED_POSITION, "-1", false },
};

struct wait_request {
    const struct wait_function *function;
    struct scalar gtids;
    struct scalar seconds;
};

static const struct wait_function *function_of(const struct statement *statement)
{
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        if (statement_is_word(statement, functions[i].name))
            return &functions[i];
    return NULL;
}

/* Its column has the alias's name, or the text's. False: an error has been answered. */
static bool read_request(struct statement *statement, struct wait_request *out)
{
    struct session *session = statement->session;
    const uint8_t *start = statement->token.raw.data;
    const char *name = NULL;
    statement_advance(statement);
    out->seconds = (struct scalar){ .is_null = true };
    bool ok = statement_take_punct(statement, '(');
    if (ok && !expression_evaluate(statement, &out->gtids))
        return false;
    if (ok && statement_take_punct(statement, ',') &&
        !expression_evaluate(statement, &out->seconds))
        return false;
    const uint8_t *end = statement->token.raw.data + 1;
    if (!ok || !statement_take_punct(statement, ')') || !select_take_alias(statement, &name) ||
        !statement_at_end(statement)) {
        statement_syntax_error(statement);
        return false;
    }
    if (name != NULL)
        snprintf(session->wait_name, sizeof session->wait_name, "%s", name);
    else
        snprintf(session->wait_name, sizeof session->wait_name, "%.*s", (int)(end - start),
                 (const char *)start);
    return true;
}

/* UINT64_MAX: no end. */
static uint64_t time_of(const struct wait_request *request)
{
    char text[SECONDS_TEXT];
    const struct scalar *given = &request->seconds;
    if (given->is_null)
        return UINT64_MAX;
    snprintf(text, sizeof text, "%.*s", (int)given->text.len, (const char *)given->text.data);
    double seconds = strtod(text, NULL);
    bool is_forever = seconds < 0 || (seconds == 0 && request->function->zero_is_forever);
    return is_forever || !(seconds < seconds_max) ? UINT64_MAX : (uint64_t)(seconds * 1000);
}

static void answer_value(struct session *session, struct bytes value)
{
    struct column column = { .name = session->wait_name, .kind = COLUMN_NUMBER };
    struct server_place place = server_mark(session->server);
    server_columns(session->server, &column, 1);
    server_row(session->server, &value, 1);
    server_rows_end(session->server, place);
}

static void wait_for(struct statement *statement, const struct wait_request *request)
{
    struct session *session = statement->session;
    const struct wait_function *function = request->function;
    struct gtid_set *wanted = NULL;
    struct err err = { 0 };
    const char *text =
        arena_strn(&statement->arena, request->gtids.text.data, request->gtids.text.len);
    if (!gtid_set_parse(text, function->flavour, &wanted, &err)) {
        server_error(session->server, &(struct server_problem){ function->malformed, "HY000" },
                     "%s", err.text);
        return;
    }
    session->wait_over = function->over;
    session->runs = true;
    session->host->wait_for_gtids(session->peer, wanted, time_of(request), session->host->arg);
}

bool answer_gtid_wait(struct statement *statement)
{
    struct session *session = statement->session;
    struct wait_request request = { .function = function_of(statement) };
    if (request.function == NULL)
        return false;
    if (!read_request(statement, &request))
        return true;
    if (session->host->wait_for_gtids == NULL ||
        statement->source.flavour != request.function->flavour)
        server_error(session->server, &(struct server_problem){ NOT_SUPPORTED, "42000" },
                     "This node's GTIDs are of the other flavour: MASTER_GTID_WAIT is MariaDB's, "
                     "WAIT_FOR_EXECUTED_GTID_SET is MySQL's");
    else if (request.gtids.is_null)
        answer_value(session, (struct bytes){ NULL, 0 });
    else
        wait_for(statement, &request);
    return true;
}

bool session_waited(struct session *session, bool reached)
{
    session->runs = false;
    answer_value(session, bytes_of_str(reached ? "0" : session->wait_over));
    if (session->rest.len > 0)
        session_go_on(session);
    return session->runs;
}

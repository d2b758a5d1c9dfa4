/* status.c - SHOW STATUS: how long this node is up, who is connected and at work, and how often it
 * was asked. GLOBAL counts all sessions' statements, else they are the session's own. */
// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "session/state.h"

static const struct {
    const char *word, *name;
} kinds[] = {
#define COUNT(word, name) { #word, #name },
#include "session/counts.def"
#undef COUNT
};

void status_count(struct session *session, struct bytes sql)
{
    struct session_counts *all = session->host->counts;
    struct lexer lexer;
    lexer_init(&lexer, sql, FLAVOUR_MYSQL, 0, session->settings->sql_mode);
    struct token token = lexer_next(&lexer);
    session->counts.questions++;
    if (all != NULL)
        all->questions++;
    for (size_t i = 0; i < ARRAY_COUNT(kinds) && token.kind == TOKEN_WORD; i++) {
        if (strlen(kinds[i].word) != token.raw.len ||
            strncasecmp(kinds[i].word, (const char *)token.raw.data, token.raw.len) != 0)
            continue;
        session->counts.kinds[i]++;
        if (all != NULL)
            all->kinds[i]++;
    }
}

struct showing {
    struct statement *statement;
    struct show_filter filter;
    unsigned running;
};

static void put(struct showing *s, const char *name, uint64_t number)
{
    struct bytes values[] = { bytes_of_str(name), show_number(s->statement, number) };
    if (show_filter_accepts(&s->filter, name))
        server_row(s->statement->session->server, values, ARRAY_COUNT(values));
}

/* BEGIN and START TRANSACTION are one. */
static void put_counts(struct showing *s, const struct session_counts *counts)
{
    for (size_t i = 0, next; i < ARRAY_COUNT(kinds); i = next) {
        uint64_t number = 0;
        for (next = i; next < ARRAY_COUNT(kinds) && strcmp(kinds[next].name, kinds[i].name) == 0;
             next++)
            number += counts->kinds[next];
        put(s, kinds[i].name, number);
    }
    put(s, "Queries", counts->questions);
    put(s, "Questions", counts->questions);
}

static void look_at(struct peer *peer, void *arg)
{
    struct showing *s = arg;
    s->running += s->statement->session->host->session_of(peer)->runs;
}

static void show(struct statement *statement, const struct session_counts *counts)
{
    static const struct column columns[] = { { "Variable_name", COLUMN_TEXT },
                                             { "Value", COLUMN_TEXT } };
    const struct session_host *host = statement->session->host;
    struct server *server = statement->session->server;
    struct showing s = { .statement = statement, .running = 1 /* this one */ };
    if (!show_filter_take(statement, &s.filter))
        return;
    listener_each(host->listener, look_at, &s);
    struct server_place place = server_mark(server);
    server_columns(server, columns, ARRAY_COUNT(columns));
    put_counts(&s, counts);
    put(&s, "Slaves_connected", topology_count(host->topology));
    put(&s, "Threads_connected", listener_count(host->listener));
    put(&s, "Threads_running", s.running);
    put(&s, "Uptime", (clock_monotonic_ms() - host->node->started_ms) / 1000);
    server_rows_end(server, place);
}

void answer_show_status(struct statement *statement)
{
    show(statement, &statement->session->counts);
}

void answer_show_global_status(struct statement *statement)
{
    const struct session *session = statement->session;
    show(statement, session->host->counts != NULL ? session->host->counts : &session->counts);
}

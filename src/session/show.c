/* show.c - the SHOW statements that are about the session and its variables, and their filters. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "session/state.h"

struct bytes show_text(struct statement *statement, const char *text)
{
    return bytes_of_str(arena_str(&statement->arena, text));
}

struct bytes show_number(struct statement *statement, uint64_t number)
{
    return value_number(statement, number).text;
}

/* ---- filters ---- */

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

static bool take_pattern(struct statement *statement, struct show_filter *out)
{
    if (statement->token.kind != TOKEN_STRING || out->count == SHOW_PATTERNS_MAX)
        return syntax(statement);
    out->patterns[out->count++] = bytes_of_str(statement_take_text(statement));
    return true;
}

static bool take_list(struct statement *statement, struct show_filter *out)
{
    if (!statement_take_punct(statement, '('))
        return syntax(statement);
    do {
        if (!take_pattern(statement, out))
            return false;
    } while (statement_take_punct(statement, ','));
    return statement_take_punct(statement, ')') || syntax(statement);
}

/* WHERE Variable_name ... [OR Variable_name ...] */
static bool take_where(struct statement *statement, struct show_filter *out)
{
    out->is_exact = true;
    do {
        if (statement_take_text(statement) == NULL)
            return syntax(statement);
        if (statement_take_word(statement, "IN")) {
            if (!take_list(statement, out))
                return false;
        } else if (statement_take_word(statement, "LIKE")) {
            out->is_exact = false;
            if (!take_pattern(statement, out))
                return false;
        } else if (!statement_take_punct(statement, '=') || !take_pattern(statement, out)) {
            return syntax(statement);
        }
    } while (statement_take_word(statement, "OR"));
    return true;
}

bool show_filter_take(struct statement *statement, struct show_filter *out)
{
    *out = (struct show_filter){ 0 };
    bool ok = true;
    if (statement_take_word(statement, "LIKE"))
        ok = take_pattern(statement, out);
    else if (statement_take_word(statement, "WHERE"))
        ok = take_where(statement, out);
    return ok && (statement_at_end(statement) || syntax(statement));
}

bool show_filter_accepts(const struct show_filter *filter, const char *name)
{
    struct bytes text = bytes_of_str(name);
    for (unsigned i = 0; i < filter->count; i++) {
        struct bytes pattern = filter->patterns[i];
        bool same =
            pattern.len == text.len && strncasecmp(name, (const char *)pattern.data, text.len) == 0;
        if (same || (!filter->is_exact && like_matches(text, pattern)))
            return true;
    }
    return filter->count == 0;
}

/* ---- statements ---- */

static const struct column name_and_value[] = { { "Variable_name", COLUMN_TEXT },
                                                { "Value", COLUMN_TEXT } };

static void put_variable(struct statement *statement, const char *name, const struct scalar *value)
{
    struct bytes values[] = { bytes_of_str(name), value->text };
    if (values[1].data == NULL)
        values[1] = bytes_of_str("");
    server_row(statement->session->server, values, ARRAY_COUNT(values));
}

void answer_show_variables(struct statement *statement)
{
    struct server *server = statement->session->server;
    struct show_filter filter;
    if (!show_filter_take(statement, &filter))
        return;
    struct server_place place = server_mark(server);
    server_columns(server, name_and_value, ARRAY_COUNT(name_and_value));
    variables_each(statement, &filter, put_variable);
    server_rows_end(server, place);
}

static void put_warning(struct statement *statement, const struct query_warning *warning)
{
    struct bytes values[] = { bytes_of_str(warning->level), show_number(statement, warning->number),
                              bytes_of_str(warning->text) };
    server_row(statement->session->server, values, ARRAY_COUNT(values));
}

void answer_show_warnings(struct statement *statement)
{
    static const struct column columns[] = { { "Level", COLUMN_TEXT },
                                             { "Code", COLUMN_NUMBER },
                                             { "Message", COLUMN_TEXT } };
    struct server *server = statement->session->server;
    const struct query_session *settings = statement->session->settings;
    bool errors_only = statement->row->words == WORDS_OLD;
    struct server_place place = server_mark(server);
    server_columns(server, columns, ARRAY_COUNT(columns));
    for (unsigned i = 0; i < settings->warning_count && i < QUERY_WARNINGS_MAX; i++)
        if (!errors_only || strcmp(settings->warnings[i].level, "Error") == 0)
            put_warning(statement, &settings->warnings[i]);
    server_rows_end(server, place);
}

void answer_use(struct statement *statement)
{
    struct session *session = statement->session;
    const char *name = statement_take_text(statement);
    if (name == NULL || !statement_at_end(statement)) {
        statement_syntax_error(statement);
        return;
    }
    session_use(session, bytes_of_str(name));
}

void answer_nothing(struct statement *statement)
{
    server_ok(statement->session->server);
}

/* Around nothing, where there are no rows. */
void answer_transaction(struct statement *statement)
{
    struct session *session = statement->session;
    if (session->host->run != NULL) {
        session_run(session, SESSION_RUN_STATEMENT, statement->text, false);
        return;
    }
    server_ok(statement->session->server);
}

/* A primary prepares none; what a replica has prepared is its source's to end. */
void answer_xa_recover(struct statement *statement)
{
    static const struct column columns[] = { { "formatID", COLUMN_NUMBER },
                                             { "gtrid_length", COLUMN_NUMBER },
                                             { "bqual_length", COLUMN_NUMBER },
                                             { "data", COLUMN_TEXT } };
    struct server *server = statement->session->server;
    if (!statement->source.is_primary) {
        server_error(server, &(struct server_problem){ 1235, "42000" },
                     "XA RECOVER is not supported on a replica: ask its source");
        return;
    }
    struct server_place place = server_mark(server);
    server_columns(server, columns, ARRAY_COUNT(columns));
    server_rows_end(server, place);
}

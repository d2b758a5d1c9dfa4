/* statement.c - finds the row of statements.def that a statement matches, and lets it answer. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "session"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rate.h"
#include "session/state.h"
#include "wire/capability.h"
#include "wire/result_encode.h"

enum {
    ROLES_ALL = ROLE_admin | ROLE_replication | ROLE_write | ROLE_read,
    ROLES_LOOK = ROLE_admin | ROLE_replication | ROLE_read,
    ROLES_LOG = ROLE_admin | ROLE_replication,
    ROLES_ADMIN = ROLE_admin,
    NEAR_MAX = 80,   /* bytes of a statement that an error shows */
    LOGGED_MAX = 200 /* and a log line */
};

static const struct statement_row rows[] = {
#define STATEMENT(pattern, roles, words, handler)                                                  \
    { pattern, ROLES_##roles, WORDS_##words, answer_##handler },
#include "session/statements.def"
#undef STATEMENT
};

void statement_advance(struct statement *statement)
{
    statement->token = lexer_next(&statement->lexer);
}

static bool is_name(const struct token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
}

bool statement_is_word(const struct statement *statement, const char *word)
{
    const struct token *token = &statement->token;
    return token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
           strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
}

bool statement_take_word(struct statement *statement, const char *word)
{
    bool found = statement_is_word(statement, word);
    if (found)
        statement_advance(statement);
    return found;
}

bool statement_take_punct(struct statement *statement, char punct)
{
    bool found = statement->token.kind == TOKEN_PUNCT && statement->token.punct == (uint8_t)punct;
    if (found)
        statement_advance(statement);
    return found;
}

bool statement_at_end(const struct statement *statement)
{
    struct lexer ahead = statement->lexer;
    const struct token *token = &statement->token;
    return token->kind == TOKEN_END || (token->kind == TOKEN_PUNCT && token->punct == ';' &&
                                        lexer_next(&ahead).kind == TOKEN_END);
}

const char *statement_take_text(struct statement *statement)
{
    struct token token = statement->token;
    struct buf text;
    if (token.kind == TOKEN_WORD) {
        statement_advance(statement);
        return arena_strn(&statement->arena, token.raw.data, token.raw.len);
    }
    if (!is_name(&token) && token.kind != TOKEN_STRING)
        return NULL;
    buf_init(&text, SESSION_VALUE_MAX);
    token_value(&statement->lexer, &token, &text);
    const char *copy = arena_strn(&statement->arena, text.data, text.len);
    buf_clear(&text);
    statement_advance(statement);
    return copy;
}

bool statement_take_number(struct statement *statement, uint64_t *out)
{
    enum { DIGITS_MAX = 19 };
    char digits[DIGITS_MAX + 1];
    const struct token *token = &statement->token;
    if (token->kind != TOKEN_INTEGER || token->raw.len > DIGITS_MAX)
        return false;
    memcpy(digits, token->raw.data, token->raw.len);
    digits[token->raw.len] = 0;
    *out = strtoull(digits, NULL, 10);
    statement_advance(statement);
    return true;
}

void statement_syntax_error(struct statement *statement)
{
    const uint8_t *at = statement->token.raw.data;
    size_t left = at == NULL ? 0 : (size_t)(statement->lexer.end - at);
    server_error(statement->session->server, &(struct server_problem){ 1064, "42000" },
                 "You have an error in your SQL syntax near '%.*s'",
                 (int)(left < NEAR_MAX ? left : NEAR_MAX), left > 0 ? (const char *)at : "");
}

/* ---- matching ---- */

struct element {
    const char *words; /* "A|B" */
    size_t len;
    bool may_lack;
};

static const char *next_element(const char *pattern, struct element *out)
{
    pattern += strspn(pattern, " ");
    *out = (struct element){ pattern, strcspn(pattern, " "), false };
    const char *rest = pattern + out->len;
    if (out->len > 2 && pattern[0] == '[')
        *out = (struct element){ pattern + 1, out->len - 2, true };
    return rest;
}

static bool element_matches(const struct statement *statement, const struct element *element)
{
    const struct token *token = &statement->token;
    for (size_t at = 0; token->kind == TOKEN_WORD && at < element->len;) {
        const char *word = element->words + at;
        size_t len = strcspn(word, "|");
        if (len > element->len - at)
            len = element->len - at;
        if (len == token->raw.len && strncasecmp(word, (const char *)token->raw.data, len) == 0)
            return true;
        at += len + 1;
    }
    return false;
}

/* On true the statement stands behind what the pattern named. */
static bool row_matches(struct statement *statement, const struct statement_row *row)
{
    struct statement start = *statement;
    struct element element;
    for (const char *at = next_element(row->pattern, &element); element.len > 0;
         at = next_element(at, &element)) {
        if (element.words[0] == '.')
            return true;
        if (element_matches(statement, &element))
            statement_advance(statement);
        else if (!element.may_lack) {
            *statement = start;
            return false;
        }
    }
    if (statement_at_end(statement))
        return true;
    *statement = start;
    return false;
}

/* Where a statement begins to speak of passwords, a log line ends. */
static size_t loggable_size(struct bytes sql)
{
    static const char *const secrets[] = { "PASSWORD", "IDENTIFIED" };
    size_t size = sql.len < LOGGED_MAX ? sql.len : LOGGED_MAX;
    for (size_t at = 0; at < size; at++)
        for (size_t i = 0; i < ARRAY_COUNT(secrets); i++) {
            size_t len = strlen(secrets[i]);
            if (sql.len - at >= len &&
                strncasecmp((const char *)sql.data + at, secrets[i], len) == 0)
                return at;
        }
    return size;
}

static void refuse_unknown(struct statement *statement, struct bytes sql)
{
    static struct rate lines; /* the loop thread's, as all sessions are */
    uint64_t left_out = 0;
    struct session *session = statement->session;
    if (rate_allows(&lines, clock_monotonic_ms(), &left_out))
        log_warning("%s ('%s') asked what is not understood here: %.*s%s",
                    peer_address(session->peer), server_user(session->server),
                    (int)loggable_size(sql), (const char *)sql.data,
                    left_out > 0 ? " (more such lines were left out)" : "");
    server_error(session->server, &(struct server_problem){ 1235, "42000" },
                 "This node (%s) keeps and serves a binary log; it does not support: %.*s",
                 session->host->node->program, (int)(sql.len < NEAR_MAX ? sql.len : NEAR_MAX),
                 (const char *)sql.data);
}

/* What the port itself does not know is for who runs SQL on the rows. */
static void answer_unknown(struct statement *statement)
{
    struct session *session = statement->session;
    if (session->host->run != NULL)
        session_run(session, SESSION_RUN_STATEMENT, statement->text, false);
    else
        refuse_unknown(statement, statement->text);
}

static void answer(struct statement *statement)
{
    struct session *session = statement->session;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (!row_matches(statement, &rows[i]))
            continue;
        statement->row = &rows[i];
        if ((rows[i].roles & server_role(session->server)) == 0)
            server_error(session->server, &(struct server_problem){ 1227, "42000" },
                         "Access denied; '%s' has the role %s, which may not do this",
                         server_user(session->server),
                         account_role_name(server_role(session->server)));
        else
            rows[i].answer(statement);
        return;
    }
    answer_unknown(statement);
}

static const struct statement_row *row_of(struct statement *statement)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (row_matches(statement, &rows[i]))
            return &rows[i];
    return NULL;
}

static bool has_parameters(struct lexer lexer)
{
    struct token token;
    do
        token = lexer_next(&lexer);
    while (token.kind != TOKEN_END && !(token.kind == TOKEN_PUNCT && token.punct == '?'));
    return token.kind != TOKEN_END;
}

enum statement_owner statement_owner(struct session *session, struct bytes sql)
{
    struct statement statement = { .session = session };
    session->host->describe(&statement.source, session->host->arg);
    lexer_init(&statement.lexer, sql, statement.source.flavour, 0, session->settings->sql_mode);
    free(statement.source.applied_gtids);
    struct lexer whole = statement.lexer;
    statement_advance(&statement);
    const struct statement_row *row = row_of(&statement);
    if (row == NULL || row->answer == answer_select || row->answer == answer_transaction)
        return OWNER_RUN;
    return row->answer == answer_set && !has_parameters(whole) ? OWNER_SESSION_SET : OWNER_SESSION;
}

/* A comment is no error, whatever a server of another version would read in it; nothing is one. */
static void answer_without_words(const struct statement *statement)
{
    struct server *server = statement->session->server;
    static const char blank[] = " \t\n\v\f\r;";
    bool is_blank = true;
    for (size_t i = 0; i < statement->text.len && is_blank; i++)
        is_blank = memchr(blank, statement->text.data[i], sizeof blank - 1) != NULL;
    if (is_blank)
        server_error(server, &(struct server_problem){ 1065, "42000" }, "Query was empty");
    else
        server_ok(server);
}

static void answer_one(struct session *session, struct bytes sql)
{
    struct statement statement = { .session = session, .text = sql };
    arena_init(&statement.arena, SESSION_ARENA_MAX);
    session->host->describe(&statement.source, session->host->arg);
    lexer_init(&statement.lexer, sql, statement.source.flavour, 0, session->settings->sql_mode);
    statement_advance(&statement);
    if (statement_at_end(&statement))
        answer_without_words(&statement);
    else
        answer(&statement);
    free(statement.source.applied_gtids);
    arena_clear(&statement.arena);
}

/* ---- several statements in one command ---- */

/* The first of them; what is behind its semicolon is left in *rest. */
static struct bytes take_first(const struct session *session, struct bytes *rest)
{
    struct bytes all = *rest;
    struct lexer lexer;
    struct token token;
    *rest = (struct bytes){ NULL, 0 };
    bool may_be_several =
        (server_capabilities(session->server) & CAPABILITY_MULTI_STATEMENTS) != 0 &&
        memchr(all.data, ';', all.len) != NULL;
    if (!may_be_several)
        return all;
    lexer_init(&lexer, all, FLAVOUR_MYSQL, 0, session->settings->sql_mode);
    do
        token = lexer_next(&lexer);
    while (token.kind != TOKEN_END && token.kind != TOKEN_BAD &&
           !(token.kind == TOKEN_PUNCT && token.punct == ';'));
    if (token.kind != TOKEN_PUNCT)
        return all;
    struct lexer ahead = lexer;
    if (lexer_next(&ahead).kind != TOKEN_END)
        *rest = bytes_of(lexer.pos, (size_t)(lexer.end - lexer.pos));
    return bytes_of(all.data, (size_t)(token.raw.data - all.data));
}

void session_go_on(struct session *session)
{
    struct server *server = session->server;
    unsigned errors = server_errors(server);
    do {
        struct bytes sql = take_first(session, &session->rest);
        session->is_last = session->rest.len == 0;
        status_count(session, sql);
        uint16_t status = server_status(server) & (uint16_t)~STATUS_MORE_RESULTS;
        server_set_status(server, status | (session->is_last ? 0 : STATUS_MORE_RESULTS));
        answer_one(session, sql);
    } while (!session->is_last && !session->runs && server_errors(server) == errors);
    if (!session->runs)
        server_set_status(server, server_status(server) & (uint16_t)~STATUS_MORE_RESULTS);
}

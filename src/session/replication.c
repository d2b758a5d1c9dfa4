/* replication.c - START, STOP and CHANGE of replication, in both vocabularies: read here, done by
 * the node, which answers when it is done. What cannot be done is refused with the reason. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "session/state.h"

enum option_kind { KIND_TEXT, KIND_NUMBER, KIND_SECONDS };

static const struct change_option {
    const char *word;
    enum option_kind kind;
    uint64_t least, most;
} options[] = {
#define CHANGE(item, word, kind, least, most) { word, KIND_##kind, least, most },
#include "session/change_options.def"
#undef CHANGE
};

static const struct refused_option {
    const char *word;
    const char *taken; /* "A|B" */
    const char *why;
} refused_options[] = {
#define REFUSED(word, taken, why) { word, taken, why },
#include "session/change_refusals.def"
#undef REFUSED
};

enum { NOT_SUPPORTED = 1235, WRONG_VALUE = 1210, WRONG_UNTIL = 1277 };

static bool refuse(struct statement *statement, uint16_t number, const char *why)
{
    server_error(statement->session->server, &(struct server_problem){ number, "HY000" }, "%s",
                 why);
    return false;
}

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

/* ---- the node's part ---- */

static void answer(struct session *session, const struct err *err)
{
    if (err == NULL)
        server_ok(session->server);
    else
        server_error(session->server,
                     &(struct server_problem){
                         err->server_errno != 0 ? err->server_errno : NOT_SUPPORTED, "HY000" },
                     "%s", err->text);
}

bool session_answer(struct session *session, const struct err *err)
{
    session->runs = false;
    answer(session, err);
    if (err == NULL && session->rest.len > 0)
        session_go_on(session);
    return session->runs;
}

static void ask_node(struct statement *statement, const struct session_control *control)
{
    const struct session_host *host = statement->session->host;
    struct session *session = statement->session;
    struct err err = { 0 };
    if (host->control == NULL)
        refuse(statement, NOT_SUPPORTED, "this node follows no source");
    else if (host->control(session->peer, control, &err, host->arg))
        session->runs = true;
    else
        answer(session, &err);
}

/* ---- which of them ---- */

/* FOR CHANNEL '' or nothing: there is one. */
static bool take_channel(struct statement *statement)
{
    if (!statement_take_word(statement, "FOR"))
        return true;
    if (!statement_take_word(statement, "CHANNEL"))
        return syntax(statement);
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    return name[0] == 0 || refuse(statement, NOT_SUPPORTED,
                                  "a node follows one source, by the channel of no name: ''");
}

/* MariaDB's STOP SLAVE 'name'. */
static bool take_connection_name(struct statement *statement)
{
    if (statement->token.kind != TOKEN_STRING)
        return true;
    const char *name = statement_take_text(statement);
    return name[0] == 0 || refuse(statement, NOT_SUPPORTED,
                                  "a node follows one source, by the connection of no name: ''");
}

static bool take_part(struct statement *statement, unsigned *parts)
{
    if (statement_take_word(statement, "IO_THREAD"))
        *parts |= SESSION_RECEIVE;
    else if (statement_take_word(statement, "SQL_THREAD"))
        *parts |= SESSION_APPLY;
    else
        return syntax(statement);
    return true;
}

static bool take_parts(struct statement *statement, unsigned *parts)
{
    *parts = 0;
    if (statement_is_word(statement, "IO_THREAD") || statement_is_word(statement, "SQL_THREAD")) {
        do {
            if (!take_part(statement, parts))
                return false;
        } while (statement_take_punct(statement, ','));
    }
    if (*parts == 0)
        *parts = SESSION_ALL_PARTS;
    return true;
}

/* ---- START ... UNTIL ---- */

static const struct until_word {
    const char *word;
    enum session_until_kind kind; /* NOTHING: refused, because */
    const char *why;
} until_words[] = {
    { "SQL_BEFORE_GTIDS", SESSION_UNTIL_BEFORE, NULL },
    { "SQL_AFTER_GTIDS", SESSION_UNTIL_AFTER, NULL },
    { "MASTER_GTID_POS", SESSION_UNTIL_POSITION, NULL },
    { "SOURCE_LOG_FILE", SESSION_UNTIL_PLACE, NULL },
    { "MASTER_LOG_FILE", SESSION_UNTIL_PLACE, NULL },
    { "RELAY_LOG_FILE", SESSION_UNTIL_NOTHING,
      "the log here is the source's own: name the place with SOURCE_LOG_FILE and SOURCE_LOG_POS" },
    { "RELAY_LOG_POS", SESSION_UNTIL_NOTHING,
      "the log here is the source's own: name the place with SOURCE_LOG_FILE and SOURCE_LOG_POS" },
    { "SQL_AFTER_MTS_GAPS", SESSION_UNTIL_NOTHING,
      "one thread applies here, in the log's order: there are never gaps" },
};

static bool wrong_until(struct statement *statement)
{
    return refuse(statement, WRONG_UNTIL,
                  "Incorrect parameter or combination of parameters for START REPLICA UNTIL");
}

/* ", SOURCE_LOG_POS = 4711" */
static bool take_until_offset(struct statement *statement, struct session_until *until)
{
    if (!statement_take_punct(statement, ',') ||
        !(statement_take_word(statement, "SOURCE_LOG_POS") ||
          statement_take_word(statement, "MASTER_LOG_POS")))
        return wrong_until(statement);
    return (statement_take_punct(statement, '=') &&
            statement_take_number(statement, &until->offset)) ||
           syntax(statement);
}

static bool take_until_value(struct statement *statement, struct session_until *until)
{
    if (!statement_take_punct(statement, '=') || statement->token.kind != TOKEN_STRING)
        return syntax(statement);
    until->text = statement_take_text(statement);
    if (until->text == NULL)
        return syntax(statement);
    if (until->text[0] == 0)
        return wrong_until(statement);
    return until->kind != SESSION_UNTIL_PLACE || take_until_offset(statement, until);
}

static bool take_until(struct statement *statement, struct session_control *control)
{
    if (!statement_take_word(statement, "UNTIL"))
        return true;
    if ((control->parts & SESSION_APPLY) == 0) /* receiving knows no end */
        return wrong_until(statement);
    for (size_t i = 0; i < ARRAY_COUNT(until_words); i++) {
        if (!statement_take_word(statement, until_words[i].word))
            continue;
        control->until.kind = until_words[i].kind;
        return until_words[i].why == NULL ? take_until_value(statement, &control->until)
                                          : refuse(statement, NOT_SUPPORTED, until_words[i].why);
    }
    return syntax(statement);
}

/* START REPLICA ... USER=, PASSWORD=. */
static bool refuse_start_options(struct statement *statement)
{
    static const char *const account[] = { "USER", "PASSWORD", "DEFAULT_AUTH", "PLUGIN_DIR" };
    for (size_t i = 0; i < ARRAY_COUNT(account); i++)
        if (statement_is_word(statement, account[i]))
            return refuse(statement, NOT_SUPPORTED,
                          "the account is the one that CHANGE REPLICATION SOURCE TO or the node's "
                          "options name: start without one");
    return true;
}

static void start_or_stop(struct statement *statement, enum session_action action)
{
    struct session_control control = { .action = action };
    if (!take_connection_name(statement) || !take_parts(statement, &control.parts) ||
        (action == SESSION_START &&
         (!take_until(statement, &control) || !refuse_start_options(statement))) ||
        !take_channel(statement))
        return;
    if (statement_at_end(statement))
        ask_node(statement, &control);
    else
        statement_syntax_error(statement);
}

void answer_start_replica(struct statement *statement)
{
    start_or_stop(statement, SESSION_START);
}

void answer_stop_replica(struct statement *statement)
{
    start_or_stop(statement, SESSION_STOP);
}

/* ---- CHANGE ---- */

/* The option's name without SOURCE_ and MASTER_. */
static const char *bare_word(struct statement *statement)
{
    static const char *const prefixes[] = { "SOURCE_", "MASTER_" };
    const char *word = statement_take_text(statement);
    if (word == NULL)
        return NULL;
    bool is_get = strncasecmp(word, "GET_", 4) == 0;
    const char *rest = is_get ? word + 4 : word;
    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++)
        if (strncasecmp(rest, prefixes[i], strlen(prefixes[i])) == 0) {
            rest += strlen(prefixes[i]);
            return is_get ? arena_printf(&statement->arena, "GET_%s", rest) : rest;
        }
    return word;
}

static bool is_list_member(const char *list, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = list;; at++) {
        size_t here = strcspn(at, "|");
        if (here == len && strncasecmp(at, text, len) == 0)
            return true;
        at += here;
        if (*at == 0)
            return false;
    }
}

/* A string, word or number as it is written; NULL: neither. */
static const char *take_any_value(struct statement *statement)
{
    struct token token = statement->token;
    if (token.kind != TOKEN_INTEGER && token.kind != TOKEN_DECIMAL)
        return statement_take_text(statement);
    statement_advance(statement);
    return arena_strn(&statement->arena, token.raw.data, token.raw.len);
}

static bool wrong_value(struct statement *statement, const struct change_option *option)
{
    char why[200];
    const char *unit = option->kind == KIND_SECONDS ? " ms"
                       : option->kind == KIND_TEXT  ? " bytes"
                                                    : "";
    snprintf(why, sizeof why, "Incorrect value of %s: it may be from %llu to %llu%s", option->word,
             (unsigned long long)option->least, (unsigned long long)option->most, unit);
    return refuse(statement, WRONG_VALUE, why);
}

static bool take_milliseconds(struct statement *statement, uint64_t *out)
{
    enum { SECONDS_MAX = 1000000 };
    bool is_number =
        statement->token.kind == TOKEN_INTEGER || statement->token.kind == TOKEN_DECIMAL;
    double seconds = is_number ? strtod(take_any_value(statement), NULL) : SECONDS_MAX;
    *out = seconds < SECONDS_MAX ? (uint64_t)(seconds * 1000 + 0.5) : UINT64_MAX;
    return is_number;
}

static bool take_change(struct statement *statement, enum session_change item,
                        struct session_control *control)
{
    const struct change_option *option = &options[item];
    uint64_t measure = 0;
    bool is_taken = false;
    if (option->kind == KIND_TEXT) {
        bool is_text = statement->token.kind == TOKEN_STRING;
        control->text[item] = is_text ? statement_take_text(statement) : NULL;
        is_taken = control->text[item] != NULL;
        measure = is_taken ? strlen(control->text[item]) : 0;
    } else if (option->kind == KIND_SECONDS) {
        is_taken = take_milliseconds(statement, &measure);
    } else {
        is_taken = statement_take_number(statement, &measure);
    }
    if (!is_taken)
        return syntax(statement);
    control->number[item] = measure;
    control->given[item] = true;
    return (measure >= option->least && measure <= option->most) || wrong_value(statement, option);
}

/* IGNORE_SERVER_IDS = () and its like; a list that holds something is refused. */
static bool take_empty_list(struct statement *statement, const char *word)
{
    char why[200];
    if (!statement_take_punct(statement, '('))
        return syntax(statement);
    if (statement_take_punct(statement, ')'))
        return true;
    snprintf(why, sizeof why, "%.64s is not supported here: the whole log is followed", word);
    return refuse(statement, NOT_SUPPORTED, why);
}

static bool refuse_option(struct statement *statement, const struct refused_option *option)
{
    char why[300];
    const char *value = take_any_value(statement);
    if (value == NULL)
        return syntax(statement);
    if (is_list_member(option->taken, value))
        return true;
    snprintf(why, sizeof why, "%s cannot be changed here: %s", option->word, option->why);
    return refuse(statement, NOT_SUPPORTED, why);
}

static bool take_option(struct statement *statement, struct session_control *control)
{
    static const char *const lists[] = { "IGNORE_SERVER_IDS", "IGNORE_DOMAIN_IDS",
                                         "DO_DOMAIN_IDS" };
    char why[200];
    const char *word = bare_word(statement);
    if (word == NULL || !statement_take_punct(statement, '='))
        return syntax(statement);
    for (unsigned i = 0; i < SESSION_CHANGES; i++)
        if (strcasecmp(options[i].word, word) == 0)
            return take_change(statement, (enum session_change)i, control);
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++)
        if (strcasecmp(lists[i], word) == 0)
            return take_empty_list(statement, lists[i]);
    for (size_t i = 0; i < ARRAY_COUNT(refused_options); i++)
        if (strcasecmp(refused_options[i].word, word) == 0)
            return refuse_option(statement, &refused_options[i]);
    snprintf(why, sizeof why, "the option %.64s is not supported here: nothing was changed", word);
    return refuse(statement, NOT_SUPPORTED, why);
}

void answer_change_source(struct statement *statement)
{
    struct session_control control = { .action = SESSION_CHANGE };
    if (!take_connection_name(statement))
        return;
    if (!statement_take_word(statement, "TO")) {
        statement_syntax_error(statement);
        return;
    }
    do {
        if (!take_option(statement, &control))
            return;
    } while (statement_take_punct(statement, ','));
    if (!take_channel(statement))
        return;
    if (statement_at_end(statement))
        ask_node(statement, &control);
    else
        statement_syntax_error(statement);
}

/* ---- what has no meaning here ---- */

void answer_reset_all(struct statement *statement)
{
    struct session_control control = { .action = SESSION_RESET };
    if (!take_channel(statement))
        return;
    if (statement_at_end(statement))
        ask_node(statement, &control);
    else
        statement_syntax_error(statement);
}

void answer_reset_replica(struct statement *statement)
{
    refuse(
        statement, NOT_SUPPORTED,
        "the log here is the data's own and cannot be forgotten: STOP REPLICA stops following, "
        "CHANGE REPLICATION SOURCE TO names another source, RESET REPLICA ALL makes a primary of "
        "this node, and an empty --data directory starts anew");
}

/* On a primary they are its own. */
void answer_flush_logs(struct statement *statement)
{
    if (statement->source.is_primary && statement->session->host->run != NULL) {
        session_run(statement->session, SESSION_RUN_STATEMENT, statement->text, false);
        return;
    }
    refuse(statement, NOT_SUPPORTED,
           "the log files here are the source's own, name by name and byte by byte: run FLUSH "
           "BINARY LOGS on the source, and the new file comes here");
}

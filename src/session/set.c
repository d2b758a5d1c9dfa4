/* set.c - SET: what a replica tells of itself in @user variables, and the settings of a session
 * that mean nothing here and are taken without effect. Nothing is changed unless all of it can be.
 */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "session/state.h"

/* ---- what the variables mean ---- */

static uint64_t as_number(const struct value *value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%.*s", (int)value->text.len, (const char *)value->text.data);
    return value->is_null ? 0 : strtoull(digits, NULL, 10);
}

static void note_heartbeat(struct replica_request *request, const struct value *value)
{
    request->has_heartbeat = !value->is_null;
    request->heartbeat_ns = as_number(value);
}

static void note_checksum(struct replica_request *request, const struct value *value)
{
    request->has_checksum = !value->is_null;
    request->checksum_crc32 =
        value->text.len == 5 && strncasecmp((const char *)value->text.data, "CRC32", 5) == 0;
}

static void note_capability(struct replica_request *request, const struct value *value)
{
    request->slave_capability = (unsigned)as_number(value);
}

static void note_uuid(struct replica_request *request, const struct value *value)
{
    snprintf(request->replica_uuid, sizeof request->replica_uuid, "%.*s", (int)value->text.len,
             (const char *)value->text.data);
}

static void note_connect_state(struct replica_request *request, const struct value *value)
{
    request->has_connect_state = !value->is_null;
    buf_reset(&request->connect_state);
    buf_append(&request->connect_state, value->text.data, value->text.len);
}

static void note_until(struct replica_request *request, const struct value *value)
{
    buf_reset(&request->until_gtid);
    buf_append(&request->until_gtid, value->text.data, value->text.len);
}

static void note_strict(struct replica_request *request, const struct value *value)
{
    request->gtid_strict_mode = as_number(value) != 0;
}

static void note_duplicates(struct replica_request *request, const struct value *value)
{
    request->gtid_ignore_duplicates = as_number(value) != 0;
}

static void note_semi_sync(struct replica_request *request, const struct value *value)
{
    request->semi_sync = as_number(value) != 0;
}

static const struct meaning {
    const char *name;
    void (*note)(struct replica_request *request, const struct value *value);
} meanings[] = {
#define REPLICA_VARIABLE(name, handler) { #name, note_##handler },
#include "session/replica_variables.def"
#undef REPLICA_VARIABLE
};

/* ---- user variables ---- */

static bool same_name(const char *name, struct bytes other)
{
    return strlen(name) == other.len && strncasecmp(name, (const char *)other.data, other.len) == 0;
}

const struct user_variable *user_variable_find(const struct session *session, struct bytes name)
{
    for (unsigned i = 0; i < session->variable_count; i++)
        if (same_name(session->variables[i].name, name))
            return &session->variables[i];
    return NULL;
}

static bool variable_store(struct session *session, const char *name, const struct value *value)
{
    struct user_variable *variable = NULL;
    for (unsigned i = 0; i < session->variable_count && variable == NULL; i++)
        if (same_name(session->variables[i].name, bytes_of_str(name)))
            variable = &session->variables[i];
    size_t held = variable == NULL ? 0 : variable->len;
    if ((variable == NULL && session->variable_count == SESSION_VARIABLES_MAX) ||
        value->text.len > SESSION_VALUE_MAX - (session->variable_bytes - held))
        return false;
    if (variable == NULL) {
        variable = &session->variables[session->variable_count++];
        variable->name = memory_str(name);
    }
    free(variable->value);
    session->variable_bytes += value->text.len - held;
    variable->value = value->is_null ? NULL : memory_strn(value->text.data, value->text.len);
    variable->len = value->is_null ? 0 : value->text.len;
    return true;
}

static bool set_user_variable(struct statement *statement, const char *name,
                              const struct value *value)
{
    struct session *session = statement->session;
    if (!variable_store(session, name, value)) {
        server_error(session->server, &(struct server_problem){ 1041, "HY000" },
                     "A session here has %d variables at most, and %d bytes in all of them",
                     SESSION_VARIABLES_MAX, SESSION_VALUE_MAX);
        return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(meanings); i++)
        if (same_name(meanings[i].name, bytes_of_str(name)))
            meanings[i].note(&session->request, value);
    return true;
}

/* ---- the statement ---- */

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

static bool take_equals(struct statement *statement)
{
    statement_take_punct(statement, ':');
    return statement_take_punct(statement, '=') || syntax(statement);
}

/* Settings of a session without an effect here: nothing is executed, converted or timed. */
static const char *const harmless[] = {
#define SESSION_SETTING(name) #name,
#include "session/session_settings.def"
#undef SESSION_SETTING
};

static bool is_harmless(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(harmless); i++)
        if (strcasecmp(harmless[i], name) == 0)
            return true;
    return false;
}

/* A bare word is a value too: SET sql_mode = ANSI. */
static bool skip_value(struct statement *statement)
{
    struct value unused;
    struct lexer ahead = statement->lexer;
    struct token next = lexer_next(&ahead);
    bool is_call = next.kind == TOKEN_PUNCT && next.punct == '(';
    if (statement->token.kind == TOKEN_WORD && !is_call) {
        statement_advance(statement);
        return true;
    }
    return expression_evaluate(statement, &unused);
}

static bool set_system_variable(struct statement *statement, bool is_global)
{
    struct session *session = statement->session;
    struct value known;
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    if (!take_equals(statement))
        return false;
    if (!is_global && is_harmless(name))
        return skip_value(statement);
    bool exists = variable_get(statement, bytes_of_str(name), &known);
    server_error(session->server,
                 &(struct server_problem){ (uint16_t)(exists ? 1238 : 1193), "HY000" },
                 exists ? "Variable '%s' is a read only variable of this node"
                        : "Unknown system variable '%s'",
                 name);
    return false;
}

static bool take_scope(struct statement *statement, bool *is_global)
{
    static const char *const words[] = { "GLOBAL", "PERSIST", "SESSION", "LOCAL" };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (!statement_take_word(statement, words[i]))
            continue;
        *is_global = i < 2;
        return true;
    }
    return false;
}

/* SET NAMES x [COLLATE y], SET CHARACTER SET x: texts are UTF-8 here, ASCII in most answers. */
static bool set_names(struct statement *statement)
{
    if (statement_take_text(statement) == NULL)
        return syntax(statement);
    if (statement_take_word(statement, "COLLATE") && statement_take_text(statement) == NULL)
        return syntax(statement);
    return true;
}

static bool set_one(struct statement *statement)
{
    bool is_global = false;
    struct value value;
    if (statement_take_word(statement, "NAMES"))
        return set_names(statement);
    if (statement_take_word(statement, "CHARACTER"))
        return statement_take_word(statement, "SET") ? set_names(statement) : syntax(statement);
    if (!statement_take_punct(statement, '@')) {
        take_scope(statement, &is_global);
        return set_system_variable(statement, is_global);
    }
    if (statement_take_punct(statement, '@')) {
        if (take_scope(statement, &is_global) && !statement_take_punct(statement, '.'))
            return syntax(statement);
        return set_system_variable(statement, is_global);
    }
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    return take_equals(statement) && expression_evaluate(statement, &value) &&
           set_user_variable(statement, name, &value);
}

void answer_set(struct statement *statement)
{
    do {
        if (!set_one(statement))
            return;
    } while (statement_take_punct(statement, ','));
    if (statement_at_end(statement))
        server_ok(statement->session->server);
    else
        statement_syntax_error(statement);
}

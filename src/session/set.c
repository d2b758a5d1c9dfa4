/* set.c - SET: what a replica tells of itself in @user variables, and the settings of a session
 * that mean nothing here and are taken without effect. Nothing is changed unless all of it can be.
 */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "session/state.h"
#include "sql/charset.h"

/* ---- what the variables mean ---- */

static uint64_t as_number(const struct scalar *value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%.*s", (int)value->text.len, (const char *)value->text.data);
    return value->is_null ? 0 : strtoull(digits, NULL, 10);
}

static void note_heartbeat(struct replica_request *request, const struct scalar *value)
{
    request->has_heartbeat = !value->is_null;
    request->heartbeat_ns = as_number(value);
}

static void note_checksum(struct replica_request *request, const struct scalar *value)
{
    request->has_checksum = !value->is_null;
    request->checksum_crc32 =
        value->text.len == 5 && strncasecmp((const char *)value->text.data, "CRC32", 5) == 0;
}

static void note_capability(struct replica_request *request, const struct scalar *value)
{
    request->slave_capability = (unsigned)as_number(value);
}

static void note_uuid(struct replica_request *request, const struct scalar *value)
{
    snprintf(request->replica_uuid, sizeof request->replica_uuid, "%.*s", (int)value->text.len,
             (const char *)value->text.data);
}

static void note_connect_state(struct replica_request *request, const struct scalar *value)
{
    request->has_connect_state = !value->is_null;
    buf_reset(&request->connect_state);
    buf_append(&request->connect_state, value->text.data, value->text.len);
}

static void note_until(struct replica_request *request, const struct scalar *value)
{
    buf_reset(&request->until_gtid);
    buf_append(&request->until_gtid, value->text.data, value->text.len);
}

static void note_strict(struct replica_request *request, const struct scalar *value)
{
    request->gtid_strict_mode = as_number(value) != 0;
}

static void note_duplicates(struct replica_request *request, const struct scalar *value)
{
    request->gtid_ignore_duplicates = as_number(value) != 0;
}

static void note_semi_sync(struct replica_request *request, const struct scalar *value)
{
    request->semi_sync = as_number(value) != 0;
}

static const struct meaning {
    const char *name;
    void (*note)(struct replica_request *request, const struct scalar *value);
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

static bool set_user_variable(struct statement *statement, const char *name,
                              const struct scalar *value)
{
    struct session *session = statement->session;
    struct value stored = scalar_value(value, &statement->arena);
    struct err err;
    if (!query_variable_set(session->settings, name, &stored, &err)) {
        server_error(session->server, &(struct server_problem){ 1041, "HY000" },
                     "A session here has %d variables at most, and %d bytes in all of them",
                     QUERY_VARIABLES_MAX, QUERY_VARIABLE_BYTES);
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
    struct scalar unused;
    struct lexer ahead = statement->lexer;
    struct token next = lexer_next(&ahead);
    bool is_call = next.kind == TOKEN_PUNCT && next.punct == '(';
    if (statement->token.kind == TOKEN_WORD && !is_call) {
        statement_advance(statement);
        return true;
    }
    return expression_evaluate(statement, &unused);
}

/* ON, 1, TRUE, and their opposites. */
static bool set_autocommit(struct statement *statement)
{
    static const char *const on[] = { "ON", "1", "TRUE", "DEFAULT" };
    static const char *const off[] = { "OFF", "0", "FALSE" };
    struct bytes raw =
        statement->token.kind == TOKEN_STRING ? statement->token.body : statement->token.raw;
    statement->autocommit = AUTOCOMMIT_STAYS;
    for (size_t i = 0; i < ARRAY_COUNT(on); i++)
        if (same_name(on[i], raw))
            statement->autocommit = AUTOCOMMIT_ON;
    for (size_t i = 0; i < ARRAY_COUNT(off); i++)
        if (same_name(off[i], raw))
            statement->autocommit = AUTOCOMMIT_OFF;
    bool is_known = statement->autocommit != AUTOCOMMIT_STAYS;
    if (!is_known)
        server_error(statement->session->server, &(struct server_problem){ 1231, "42000" },
                     "Variable 'autocommit' can't be set to the value of '%.*s'", (int)raw.len,
                     (const char *)raw.data);
    else
        statement_advance(statement);
    return is_known;
}

static bool set_lock_wait(struct statement *statement)
{
    uint64_t seconds = 0;
    if (!statement_take_number(statement, &seconds) || seconds == 0 || seconds > INT32_MAX) {
        server_error(statement->session->server, &(struct server_problem){ 1232, "42000" },
                     "Incorrect argument type to variable 'innodb_lock_wait_timeout'");
        return false;
    }
    statement->session->lock_wait_s = (unsigned)seconds;
    return true;
}

/* ---- character sets ---- */

static bool use_charset(struct statement *statement, const char *name, bool is_read, bool is_said)
{
    struct session *session = statement->session;
    const struct charset *charset = charset_by_name(name);
    if (charset == NULL || !(charset_keeps_ascii(charset) || charset_is_binary(charset))) {
        server_error(session->server,
                     &(struct server_problem){ charset == NULL ? 1115 : 1231, "42000" },
                     charset == NULL ? "Unknown character set: '%s'"
                                     : "Variable 'character_set_client' can't be set to the value "
                                       "of '%s'",
                     name);
        return false;
    }
    struct session before = *session;
    session_use_charset(session, charset);
    if (!is_said)
        session->charset = before.charset;
    if (!is_read)
        session->results = before.results;
    return true;
}

static bool is_charset_variable(const char *name)
{
    return strcasecmp(name, "character_set_client") == 0 ||
           strcasecmp(name, "character_set_results") == 0 ||
           strcasecmp(name, "collation_connection") == 0;
}

static bool use_collation(struct statement *statement, const char *name)
{
    unsigned id = charset_collation_id(name);
    if (id == 0) {
        server_error(statement->session->server, &(struct server_problem){ 1273, "HY000" },
                     "Unknown collation: '%s'", name);
        return false;
    }
    if (strncasecmp(name, "utf8mb4", 7) == 0) /* literals are UTF-8 here */
        statement->session->settings->collation = charset_collation_name(id);
    return true;
}

static bool set_charset_variable(struct statement *statement, const char *name)
{
    struct scalar value = { .is_null = true };
    const char *text = statement->token.kind == TOKEN_WORD ? statement_take_text(statement) : NULL;
    if (text == NULL && !expression_evaluate(statement, &value))
        return false;
    if (text == NULL && !value.is_null)
        text = arena_strn(&statement->arena, value.text.data, value.text.len);
    bool is_none = text == NULL || strcasecmp(text, "NULL") == 0;
    if (strcasecmp(name, "collation_connection") == 0)
        return is_none ? syntax(statement) : use_collation(statement, text);
    bool is_read = strcasecmp(name, "character_set_results") == 0;
    return use_charset(statement, is_none ? "binary" : text, is_read, !is_read);
}

static bool set_system_variable(struct statement *statement, bool is_global)
{
    struct session *session = statement->session;
    struct scalar known;
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    if (!take_equals(statement))
        return false;
    if (!is_global && strcasecmp(name, "autocommit") == 0)
        return set_autocommit(statement);
    if (!is_global && strcasecmp(name, "innodb_lock_wait_timeout") == 0)
        return set_lock_wait(statement);
    if (!is_global && is_charset_variable(name))
        return set_charset_variable(statement, name);
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

/* SET NAMES x [COLLATE y], SET CHARACTER SET x. */
static bool set_names(struct statement *statement)
{
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    if (!use_charset(statement, strcasecmp(name, "DEFAULT") == 0 ? "utf8mb4" : name, true, true))
        return false;
    if (!statement_take_word(statement, "COLLATE"))
        return strncasecmp(name, "utf8mb4", 7) != 0 ||
               use_collation(statement, "utf8mb4_general_ci");
    const char *collation = statement_take_text(statement);
    return collation == NULL ? syntax(statement) : use_collation(statement, collation);
}

static bool set_one(struct statement *statement)
{
    bool is_global = false;
    struct scalar value;
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
    struct session *session = statement->session;
    if (!statement_at_end(statement))
        statement_syntax_error(statement);
    else if (statement->autocommit != AUTOCOMMIT_STAYS && session->host->run != NULL)
        session_run(session, SESSION_RUN_AUTOCOMMIT, bytes_of_str(""),
                    statement->autocommit == AUTOCOMMIT_ON);
    else
        server_ok(session->server);
}

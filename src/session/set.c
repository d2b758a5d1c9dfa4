/* set.c - SET: what a replica tells of itself in @user variables, and the settings of a session.
 * Settings change all together or not at all. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "session/state.h"
#include "wire/result_encode.h"
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
    request->has_until = !value->is_null;
    buf_reset(&request->until_gtid);
    buf_append(&request->until_gtid, value->text.data, value->text.len);
}

static void note_until_before(struct replica_request *request, const struct scalar *value)
{
    request->until_before = as_number(value) != 0;
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

static bool refuse(struct statement *statement, const struct err *err)
{
    uint16_t code = err->server_errno;
    bool is_syntax = code == 1115 || code == 1231 || code == 1235 || code == 1253;
    server_error(statement->session->server,
                 &(struct server_problem){ code, is_syntax ? "42000" : "HY000" }, "%s", err->text);
    return false;
}

bool set_take_value(struct statement *statement, struct scalar *out)
{
    struct lexer ahead = statement->lexer;
    struct token next = lexer_next(&ahead);
    bool is_call = next.kind == TOKEN_PUNCT && next.punct == '(';
    if (statement->token.kind != TOKEN_WORD || is_call || statement_is_word(statement, "NULL") ||
        statement_is_word(statement, "TRUE") || statement_is_word(statement, "FALSE"))
        return expression_evaluate(statement, out);
    *out = value_text(statement, statement_take_text(statement));
    return true;
}

static bool set_setting(struct statement *statement, enum setting setting)
{
    struct session_settings *settings = &statement->session->own;
    struct scalar value;
    struct err err;
    if (statement_take_word(statement, "DEFAULT")) {
        struct session_settings first;
        session_first_settings(statement->session, &first);
        setting_copy(settings, &first, setting);
        return true;
    }
    if (!set_take_value(statement, &value))
        return false;
    struct bytes text = value.is_null ? (struct bytes){ NULL, 0 } : value.text;
    return setting_set(settings, setting, text, &err) || refuse(statement, &err);
}

/* 0.000 is 0. */
static struct bytes without_fraction(struct bytes text)
{
    size_t len = text.len;
    while (len > 0 && text.data[len - 1] == '0')
        len--;
    bool is_whole = len > 1 && text.data[len - 1] == '.';
    return is_whole ? bytes_of(text.data, len - 1) : text;
}

/* ON is 1, OFF is 0. */
static struct bytes plain(struct bytes text)
{
    if (text.len == 2 && strncasecmp((const char *)text.data, "ON", 2) == 0)
        return bytes_of_str("1");
    if (text.len == 3 && strncasecmp((const char *)text.data, "OFF", 3) == 0)
        return bytes_of_str("0");
    return without_fraction(text);
}

static bool same_value(const struct scalar *a, const struct scalar *b)
{
    struct bytes x = plain(a->text), y = plain(b->text);
    return a->is_null == b->is_null && x.len == y.len &&
           (x.len == 0 || strncasecmp((const char *)x.data, (const char *)y.data, x.len) == 0);
}

/* What cannot be changed may be set to what it is. */
static bool keep_variable(struct statement *statement, const char *name)
{
    struct scalar known, value;
    bool exists = variable_get(statement, bytes_of_str(name), true, &known);
    if (exists && statement_take_word(statement, "DEFAULT"))
        return true;
    if (exists && !set_take_value(statement, &value))
        return false;
    if (exists && same_value(&known, &value))
        return true;
    server_error(statement->session->server,
                 &(struct server_problem){ (uint16_t)(exists ? 1238 : 1193), "HY000" },
                 exists ? "Variable '%s' is a read only variable of this node: it is '%.*s'"
                        : "Unknown system variable '%s'",
                 name, exists ? (int)known.text.len : 0,
                 exists ? (const char *)known.text.data : "");
    return false;
}

static bool set_system_variable(struct statement *statement, enum set_scope scope)
{
    bool is_global = scope == SET_GLOBAL || scope == SET_PERSIST;
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    if (!take_equals(statement))
        return false;
    if (fence_is_meant(statement, name))
        return fence_take(statement, name, scope);
    enum setting setting = setting_find(name, 1u << statement->source.flavour);
    if (!is_global && setting != SETTINGS)
        return set_setting(statement, setting);
    return keep_variable(statement, name);
}

static enum set_scope take_scope(struct statement *statement)
{
    static const struct {
        const char *word;
        enum set_scope scope;
    } words[] = { { "GLOBAL", SET_GLOBAL },
                  { "PERSIST", SET_PERSIST },
                  { "SESSION", SET_SESSION },
                  { "LOCAL", SET_SESSION } };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (statement_take_word(statement, words[i].word))
            return words[i].scope;
    return SET_PLAIN;
}

/* SET NAMES x [COLLATE y] */
static bool set_names(struct statement *statement)
{
    struct err err;
    const char *collation = NULL;
    const char *charset = statement_take_text(statement);
    if (charset == NULL)
        return syntax(statement);
    if (statement_take_word(statement, "COLLATE")) {
        collation = statement_take_text(statement);
        if (collation == NULL)
            return syntax(statement);
    }
    if (strcasecmp(charset, "DEFAULT") == 0)
        charset = "utf8mb4";
    return settings_set_names(&statement->session->own, charset, collation, &err) ||
           refuse(statement, &err);
}

/* SET CHARACTER SET x */
static bool set_character_set(struct statement *statement)
{
    struct err err;
    const char *charset = statement_take_text(statement);
    if (charset == NULL)
        return syntax(statement);
    if (strcasecmp(charset, "DEFAULT") == 0)
        charset = "utf8mb4";
    return settings_set_character_set(&statement->session->own, charset, &err) ||
           refuse(statement, &err);
}

static bool take_isolation(struct statement *statement, enum isolation *out)
{
    static const struct {
        const char *first, *second;
        enum isolation isolation;
    } levels[] = { { "READ", "UNCOMMITTED", READ_UNCOMMITTED },
                   { "READ", "COMMITTED", READ_COMMITTED },
                   { "REPEATABLE", "READ", REPEATABLE_READ },
                   { "SERIALIZABLE", NULL, SERIALIZABLE } };
    struct lexer ahead = statement->lexer;
    struct token next = lexer_next(&ahead);
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        const char *second = levels[i].second;
        bool fits =
            second == NULL || (next.kind == TOKEN_WORD && next.raw.len == strlen(second) &&
                               strncasecmp((const char *)next.raw.data, second, next.raw.len) == 0);
        if (!fits || !statement_take_word(statement, levels[i].first))
            continue;
        if (second != NULL)
            statement_advance(statement);
        *out = levels[i].isolation;
        return true;
    }
    return syntax(statement);
}

struct characteristics {
    enum isolation isolation;
    bool is_read_only;
};

static bool take_characteristics(struct statement *statement, struct characteristics *out)
{
    do {
        if (statement_take_word(statement, "ISOLATION")) {
            if (!statement_take_word(statement, "LEVEL"))
                return syntax(statement);
            if (!take_isolation(statement, &out->isolation))
                return false;
        } else if (statement_take_word(statement, "READ")) {
            out->is_read_only = statement_take_word(statement, "ONLY");
            if (!out->is_read_only && !statement_take_word(statement, "WRITE"))
                return syntax(statement);
        } else {
            return syntax(statement);
        }
    } while (statement_take_punct(statement, ','));
    return true;
}

/* SET [SESSION] TRANSACTION …: without SESSION of the next one only. */
static bool set_transaction(struct statement *statement, enum set_scope scope)
{
    struct session_settings *settings = &statement->session->own;
    enum { IN_PROGRESS = 1568 };
    if (scope == SET_PLAIN && (statement->session->status & STATUS_IN_TRANSACTION) != 0) {
        server_error(statement->session->server, &(struct server_problem){ IN_PROGRESS, "25001" },
                     "Transaction characteristics can't be changed while a transaction is in "
                     "progress");
        return false;
    }
    struct characteristics c = { (enum isolation)settings->numbers[SETTING_transaction_isolation],
                                 settings->numbers[SETTING_transaction_read_only] != 0 };
    if (!take_characteristics(statement, &c))
        return false;
    if (scope == SET_GLOBAL || scope == SET_PERSIST) {
        server_error(
            statement->session->server, &(struct server_problem){ 1238, "HY000" },
            "Variable 'transaction_isolation' is a read only variable of this node but for "
            "a session: SET SESSION TRANSACTION");
        return false;
    }
    if (scope == SET_PLAIN) {
        settings->has_next = true;
        settings->next_isolation = c.isolation;
        settings->next_read_only = c.is_read_only;
        return true;
    }
    settings->numbers[SETTING_transaction_isolation] = c.isolation;
    settings->numbers[SETTING_tx_isolation] = c.isolation;
    settings->numbers[SETTING_transaction_read_only] = c.is_read_only;
    settings->numbers[SETTING_tx_read_only] = c.is_read_only;
    return true;
}

static bool set_by_word(struct statement *statement)
{
    if (statement_take_word(statement, "NAMES"))
        return set_names(statement);
    if (statement_take_word(statement, "CHARSET"))
        return set_character_set(statement);
    if (statement_take_word(statement, "CHARACTER"))
        return statement_take_word(statement, "SET") ? set_character_set(statement)
                                                     : syntax(statement);
    enum set_scope scope = take_scope(statement);
    if (statement_take_word(statement, "TRANSACTION"))
        return set_transaction(statement, scope);
    return set_system_variable(statement, scope);
}

static bool set_one(struct statement *statement)
{
    struct scalar value;
    if (!statement_take_punct(statement, '@'))
        return set_by_word(statement);
    if (statement_take_punct(statement, '@')) {
        enum set_scope scope = take_scope(statement);
        if (scope != SET_PLAIN && !statement_take_punct(statement, '.'))
            return syntax(statement);
        return set_system_variable(statement, scope);
    }
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    return take_equals(statement) && expression_evaluate(statement, &value) &&
           set_user_variable(statement, name, &value);
}

static bool set_all(struct statement *statement)
{
    do {
        if (!set_one(statement))
            return false;
    } while (statement_take_punct(statement, ','));
    return statement_at_end(statement) || syntax(statement);
}

/* One of them is another's to do, which gives the answer. */
static bool check_one_run(struct statement *statement, bool sets_autocommit)
{
    if (!sets_autocommit || !statement->sets_fence)
        return true;
    server_error(statement->session->server, &(struct server_problem){ 1235, "42000" },
                 "autocommit and read_only in one SET: not supported here");
    return false;
}

/* What of the settings was changed before an error goes back. */
void answer_set(struct statement *statement)
{
    struct session *session = statement->session;
    struct session_settings before = session->own;
    uint64_t autocommit = before.numbers[SETTING_autocommit];
    bool ok = set_all(statement);
    bool sets_autocommit =
        session->own.numbers[SETTING_autocommit] != autocommit && session->host->run != NULL;
    if (!ok || !check_one_run(statement, sets_autocommit)) {
        session->own = before;
        return;
    }
    session_apply_settings(session);
    changes_note_settings(session, &before);
    if (statement->sets_fence)
        session_run_fence(session, statement->source.read_only);
    else if (sets_autocommit)
        session_run(session, SESSION_RUN_AUTOCOMMIT, bytes_of_str(""), autocommit == 0);
    else
        server_ok(session->server);
}

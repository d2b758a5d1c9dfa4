/* expression.c - what SELECT and SET may compute: literals, @user and @@system variables, a few
 * functions. One value deep in the arena of its statement; nesting is bounded. */
// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include "base/clock.h"
#include "session/state.h"

enum { ARGUMENTS_MAX = 16, DEPTH_MAX = 16, NUMBER_MAX = 24 };

struct call {
    struct statement *statement;
    struct scalar arguments[ARGUMENTS_MAX];
    unsigned count;
};

struct scalar value_text(struct statement *statement, const char *text)
{
    char *copy = arena_str(&statement->arena, text);
    return (struct scalar){ .text = bytes_of_str(copy) };
}

struct scalar value_number(struct statement *statement, uint64_t number)
{
    char text[NUMBER_MAX];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    struct scalar value = value_text(statement, text);
    value.is_number = true;
    return value;
}

static struct scalar value_null(void)
{
    return (struct scalar){ .is_null = true };
}

static struct scalar value_bytes(struct statement *statement, struct bytes bytes)
{
    return (struct scalar){ .text = arena_copy(&statement->arena, bytes) };
}

/* ---- functions ---- */

static bool call_version(struct call *call, struct scalar *out)
{
    *out = value_text(call->statement, call->statement->source.version);
    return true;
}

static bool call_user(struct call *call, struct scalar *out)
{
    struct session *session = call->statement->session;
    char host[64];
    snprintf(host, sizeof host, "%s", peer_address(session->peer));
    char *port = strrchr(host, ':');
    if (port != NULL)
        *port = 0;
    *out = (struct scalar){ 0 };
    const char *text =
        arena_printf(&call->statement->arena, "%s@%s", server_user(session->server), host);
    out->text = bytes_of_str(text);
    return true;
}

static bool call_database(struct call *call, struct scalar *out)
{
    const char *database = call->statement->session->database;
    *out = database[0] == 0 ? value_null() : value_text(call->statement, database);
    return true;
}

static bool call_connection_id(struct call *call, struct scalar *out)
{
    *out = value_number(call->statement, peer_id(call->statement->session->peer));
    return true;
}

static bool call_unix_timestamp(struct call *call, struct scalar *out)
{
    *out = value_number(call->statement, clock_wall_us() / 1000000);
    return true;
}

/* Beyond ASCII, and where the engine knows better, it is for who runs SQL. */
static bool leave_to_engine(struct call *call)
{
    return call->statement->session->host->run != NULL;
}

static bool refuse_quietly(struct call *call)
{
    statement_syntax_error(call->statement); /* select.c takes it back */
    return false;
}

static bool call_now(struct call *call, struct scalar *out)
{
    char text[32];
    struct tm tm;
    if (leave_to_engine(call))
        return refuse_quietly(call);
    time_t now = (time_t)(clock_wall_us() / 1000000);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    *out = value_text(call->statement, text);
    return true;
}

static bool call_concat(struct call *call, struct scalar *out)
{
    struct buf text;
    *out = value_null();
    for (unsigned i = 0; i < call->count; i++)
        if (call->arguments[i].is_null)
            return true;
    buf_init(&text, SESSION_VALUE_MAX);
    for (unsigned i = 0; i < call->count; i++)
        buf_append(&text, call->arguments[i].text.data, call->arguments[i].text.len);
    *out = value_bytes(call->statement, buf_bytes(&text));
    buf_clear(&text);
    return true;
}

static uint64_t as_number(const struct scalar *value)
{
    char digits[NUMBER_MAX];
    snprintf(digits, sizeof digits, "%.*s", (int)value->text.len, (const char *)value->text.data);
    return strtoull(digits, NULL, 10);
}

static bool call_left(struct call *call, struct scalar *out)
{
    *out = call->arguments[0];
    if (leave_to_engine(call) && (out->is_null || !session_is_ascii(out->text)))
        return refuse_quietly(call);
    uint64_t len = call->arguments[1].is_null ? 0 : as_number(&call->arguments[1]);
    if (!out->is_null && out->text.len > len)
        out->text.len = (size_t)len;
    return true;
}

static bool change_case(struct call *call, int (*change)(int), struct scalar *out)
{
    *out = call->arguments[0];
    if (out->is_null)
        return true;
    if (leave_to_engine(call) && !session_is_ascii(out->text))
        return refuse_quietly(call);
    char *text = arena_strn(&call->statement->arena, out->text.data, out->text.len);
    for (size_t i = 0; i < out->text.len; i++)
        text[i] = (char)change((unsigned char)text[i]);
    out->text = bytes_of(text, out->text.len);
    return true;
}

static bool call_lower(struct call *call, struct scalar *out)
{
    return change_case(call, tolower, out);
}

static bool call_upper(struct call *call, struct scalar *out)
{
    return change_case(call, toupper, out);
}

static bool call_coalesce(struct call *call, struct scalar *out)
{
    *out = value_null();
    for (unsigned i = 0; i < call->count && out->is_null; i++)
        *out = call->arguments[i];
    return true;
}

static bool call_binlog_gtid_pos(struct call *call, struct scalar *out)
{
    const struct session_host *host = call->statement->session->host;
    struct buf text;
    struct err err;
    *out = value_null();
    if (host->gtid_position == NULL || call->arguments[0].is_null || call->arguments[1].is_null ||
        call->statement->source.flavour != FLAVOUR_MARIADB)
        return true;
    const char *file = arena_strn(&call->statement->arena, call->arguments[0].text.data,
                                  call->arguments[0].text.len);
    buf_init(&text, SESSION_VALUE_MAX);
    if (host->gtid_position(file, as_number(&call->arguments[1]), &text, &err, host->arg))
        *out = value_bytes(call->statement, buf_bytes(&text));
    buf_clear(&text);
    return true;
}

static const struct function {
    const char *name;
    unsigned least, most;
    bool (*run)(struct call *call, struct scalar *out);
} functions[] = {
#define FUNCTION(name, least, most, handler) { #name, least, most, call_##handler },
#include "session/functions.def"
#undef FUNCTION
};

/* ---- reading ---- */

static bool evaluate(struct statement *statement, unsigned depth, struct scalar *out);

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

static bool run_function(struct statement *statement, struct bytes name, struct call *call,
                         struct scalar *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        const struct function *f = &functions[i];
        if (strlen(f->name) != name.len ||
            strncasecmp(f->name, (const char *)name.data, name.len) != 0)
            continue;
        if (call->count >= f->least && call->count <= f->most)
            return f->run(call, out);
        break;
    }
    server_error(statement->session->server, &(struct server_problem){ 1305, "42000" },
                 "FUNCTION %.*s does not exist here, or not with %u arguments", (int)name.len,
                 (const char *)name.data, call->count);
    return false;
}

/* Behind the opening parenthesis. */
static bool evaluate_call(struct statement *statement, struct bytes name, unsigned depth,
                          struct scalar *out)
{
    struct call call = { .statement = statement };
    while (!statement_take_punct(statement, ')')) {
        if (call.count == ARGUMENTS_MAX ||
            (call.count > 0 && !statement_take_punct(statement, ',')))
            return syntax(statement);
        if (!evaluate(statement, depth + 1, &call.arguments[call.count++]))
            return false;
    }
    return run_function(statement, name, &call, out);
}

static bool is_scope(const struct statement *statement)
{
    return statement_is_word(statement, "GLOBAL") || statement_is_word(statement, "SESSION") ||
           statement_is_word(statement, "LOCAL") || statement_is_word(statement, "PERSIST");
}

static bool is_dot_next(const struct statement *statement)
{
    struct lexer ahead = statement->lexer;
    struct token next = lexer_next(&ahead);
    return next.kind == TOKEN_PUNCT && next.punct == '.';
}

static bool evaluate_system(struct statement *statement, struct scalar *out)
{
    bool is_global = false;
    if (is_scope(statement) && is_dot_next(statement)) {
        is_global = statement_is_word(statement, "GLOBAL");
        statement_advance(statement);
        statement_advance(statement);
    }
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    if (variable_get(statement, bytes_of_str(name), is_global, out))
        return true;
    server_error(statement->session->server, &(struct server_problem){ 1193, "HY000" },
                 "Unknown system variable '%s'", name);
    return false;
}

static struct scalar scalar_of(struct statement *statement, const struct value *value)
{
    char text[NUMBER_MAX];
    if (value == NULL || value->kind == VALUE_NULL)
        return value_null();
    if (value->kind == VALUE_TEXT || value->kind == VALUE_BLOB)
        return value_bytes(statement, value->bytes);
    if (value->kind == VALUE_INT)
        snprintf(text, sizeof text, "%lld", (long long)value->i);
    else if (value->kind == VALUE_UINT)
        snprintf(text, sizeof text, "%llu", (unsigned long long)value->u);
    else
        snprintf(text, sizeof text, "%.15g", value->d);
    struct scalar scalar = value_text(statement, text);
    scalar.is_number = true;
    return scalar;
}

struct value scalar_value(const struct scalar *scalar, struct arena *arena)
{
    if (scalar->is_null)
        return (struct value){ .kind = VALUE_NULL };
    char *text = arena_strn(arena, scalar->text.data, scalar->text.len);
    bool is_integer = scalar->is_number && strspn(text, "0123456789") == scalar->text.len;
    if (is_integer && scalar->text.len < NUMBER_MAX - 5)
        return (struct value){ .kind = VALUE_INT, .i = strtoll(text, NULL, 10) };
    return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of(text, scalar->text.len) };
}

static bool evaluate_variable(struct statement *statement, struct scalar *out)
{
    if (statement_take_punct(statement, '@'))
        return evaluate_system(statement, out);
    const char *name = statement_take_text(statement);
    if (name == NULL)
        return syntax(statement);
    *out = scalar_of(statement, query_variable(statement->session->settings, name));
    return true;
}

static bool evaluate_word(struct statement *statement, unsigned depth, struct scalar *out)
{
    struct bytes name = statement->token.raw;
    bool is_true = statement_is_word(statement, "TRUE");
    bool is_false = statement_is_word(statement, "FALSE");
    bool is_null = statement_is_word(statement, "NULL");
    bool is_on = statement_is_word(statement, "ON") || statement_is_word(statement, "OFF");
    bool needs_no_call = statement_is_word(statement, "CURRENT_USER");
    struct token word = statement->token;
    statement_advance(statement);
    if (is_null) {
        *out = value_null();
        return true;
    }
    if (is_true || is_false) {
        *out = value_number(statement, is_true);
        return true;
    }
    if (statement_take_punct(statement, '('))
        return evaluate_call(statement, name, depth, out);
    if (needs_no_call)
        return run_function(statement, name, &(struct call){ .statement = statement }, out);
    if (is_on) { /* SET x = ON */
        *out = value_bytes(statement, word.raw);
        return true;
    }
    server_error(statement->session->server, &(struct server_problem){ 1054, "42S22" },
                 "Unknown column '%.*s' in 'field list'", (int)name.len, (const char *)name.data);
    return false;
}

static bool evaluate_literal(struct statement *statement, struct scalar *out)
{
    struct token token = statement->token;
    if (token.kind == TOKEN_INTEGER || token.kind == TOKEN_DECIMAL) {
        *out = value_bytes(statement, token.raw);
        out->is_number = true;
        statement_advance(statement);
        return true;
    }
    if (token.kind != TOKEN_STRING)
        return syntax(statement);
    *out = value_text(statement, statement_take_text(statement));
    return true;
}

static bool evaluate(struct statement *statement, unsigned depth, struct scalar *out)
{
    if (depth > DEPTH_MAX)
        return syntax(statement);
    if (statement_take_punct(statement, '@'))
        return evaluate_variable(statement, out);
    if (statement_take_punct(statement, '('))
        return evaluate(statement, depth + 1, out) &&
               (statement_take_punct(statement, ')') || syntax(statement));
    if (statement->token.kind == TOKEN_WORD)
        return evaluate_word(statement, depth, out);
    return evaluate_literal(statement, out);
}

bool expression_evaluate(struct statement *statement, struct scalar *out)
{
    return evaluate(statement, 0, out);
}

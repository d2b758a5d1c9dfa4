/* query_session.c - see query.h: what a session leaves behind; user variables are a list, bounded.
 */
// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/query.h"
#include "binlog/value_equal.h"
#include "sql/lexer.h"
#include "sql/names.h"

struct query_variable {
    char *name;
    struct value value; /* bytes are owned */
};

struct query_variables {
    struct query_variable list[QUERY_VARIABLES_MAX];
    unsigned count;
    size_t bytes;
};

void query_session_init(struct query_session *session)
{
    *session = (struct query_session){
        .db = "",
        .sql_mode = SQL_MODE_STRICT_TRANS_TABLES | SQL_MODE_NO_ZERO_DATE |
                    SQL_MODE_NO_ZERO_IN_DATE | SQL_MODE_ERROR_FOR_DIVISION_BY_ZERO |
                    SQL_MODE_ONLY_FULL_GROUP_BY,
        .collation = "utf8mb4_general_ci",
        .time_zone = "SYSTEM",
        .version = "",
        .user = "",
        .account = "",
    };
}

static void forget(struct query_variables *variables, struct query_variable *variable)
{
    if (!value_has_bytes(variable->value.kind))
        return;
    variables->bytes -= variable->value.bytes.len;
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } data = { variable->value.bytes.data };
    free(data.owned);
    variable->value = (struct value){ .kind = VALUE_NULL };
}

void query_session_clear(struct query_session *session)
{
    struct query_variables *variables = session->variables;
    for (unsigned i = 0; variables != NULL && i < variables->count; i++) {
        forget(variables, &variables->list[i]);
        free(variables->list[i].name);
    }
    free(variables);
    free(session->warnings);
    session->variables = NULL;
    session->warnings = NULL;
    session->warning_count = session->warning_room = 0;
}

/* Most sessions never need it: an idle one is to be small. */
static void make_room(struct query_session *session)
{
    enum { FIRST_ROOM = 2 };
    if (session->warning_count < session->warning_room)
        return;
    unsigned room = session->warning_room == 0 ? FIRST_ROOM : 2 * session->warning_room;
    session->warning_room = room < QUERY_WARNINGS_MAX ? room : QUERY_WARNINGS_MAX;
    session->warnings =
        memory_resize(session->warnings, session->warning_room * sizeof *session->warnings);
}

void query_session_warn(struct query_session *session, const char *level, uint16_t number,
                        const char *format, ...)
{
    if (session->warning_count >= QUERY_WARNINGS_MAX) {
        session->warning_count++;
        return;
    }
    make_room(session);
    struct query_warning *warning = &session->warnings[session->warning_count++];
    warning->level = level;
    warning->number = number;
    va_list args;
    va_start(args, format);
    vsnprintf(warning->text, sizeof warning->text, format, args);
    va_end(args);
}

static struct query_variable *find(const struct query_session *session, const char *name)
{
    struct query_variables *variables = session->variables;
    for (unsigned i = 0; variables != NULL && i < variables->count; i++)
        if (sql_name_equal(variables->list[i].name, name))
            return &variables->list[i];
    return NULL;
}

const struct value *query_variable(const struct query_session *session, const char *name)
{
    const struct query_variable *variable = find(session, name);
    return variable != NULL ? &variable->value : NULL;
}

static bool too_much(struct err *err)
{
    (void)err_set(err, ERR_REFUSED, "more than %d user variables, or more than %d bytes in them",
                  QUERY_VARIABLES_MAX, QUERY_VARIABLE_BYTES);
    err->server_errno = 1235;
    return false;
}

bool query_variable_set(struct query_session *session, const char *name, const struct value *value,
                        struct err *err)
{
    if (session->variables == NULL)
        session->variables = memory_new(sizeof *session->variables);
    struct query_variables *variables = session->variables;
    struct query_variable *variable = find(session, name);
    size_t len = value_has_bytes(value->kind) ? value->bytes.len : 0;
    if ((variable == NULL && variables->count == QUERY_VARIABLES_MAX) ||
        len > QUERY_VARIABLE_BYTES - variables->bytes)
        return too_much(err);
    uint8_t *copy =
        len > 0 ? memory_new(len) : NULL; /* before the old one goes: it may be the same */
    if (copy != NULL)
        memcpy(copy, value->bytes.data, len);
    struct value made = *value;
    if (value_has_bytes(value->kind))
        made.bytes = bytes_of(copy, len);
    if (variable == NULL) {
        variable = &variables->list[variables->count++];
        *variable = (struct query_variable){ .name = memory_str(name) };
    }
    forget(variables, variable);
    variable->value = made;
    variables->bytes += len;
    return true;
}

bool query_session_checks_keys(const struct query_session *session)
{
    enum { TEXT_BYTES = 4096 };
    struct value value = { .kind = VALUE_NULL };
    struct arena arena;
    if (session->system_variable == NULL)
        return true;
    arena_init(&arena, TEXT_BYTES);
    bool is_known =
        session->system_variable("foreign_key_checks", false, &value, &arena, session->arg);
    bool is_off = (value.kind == VALUE_INT || value.kind == VALUE_UINT) && value.u == 0;
    if (value.kind == VALUE_TEXT)
        is_off = bytes_equal_str(value.bytes, "0") || bytes_equal_str(value.bytes, "OFF");
    arena_clear(&arena);
    return !is_known || !is_off;
}

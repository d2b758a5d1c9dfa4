/* fence.c - SET GLOBAL read_only and super_read_only, of a node with rows: how a primary is kept
 * from being written to before another one takes its place. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "session/state.h"

enum {
    SPECIFIC_ACCESS_DENIED = 1227,
    GLOBAL_VARIABLE = 1229,
    WRONG_VALUE = 1231,
    NOT_SUPPORTED = 1235,
    PREVENTED = 1290
};

static const char read_only[] = "read_only", super_read_only[] = "super_read_only";

bool fence_is_meant(const struct statement *statement, const char *name)
{
    bool has_super = statement->source.flavour == FLAVOUR_MYSQL;
    return statement->session->host->run != NULL &&
           (strcasecmp(name, read_only) == 0 ||
            (has_super && strcasecmp(name, super_read_only) == 0));
}

static bool refuse(struct statement *statement, uint16_t number, const char *sentence)
{
    bool is_42000 = number != GLOBAL_VARIABLE && number != PREVENTED;
    struct server_problem problem = { number, is_42000 ? "42000" : "HY000" };
    server_error(statement->session->server, &problem, "%s", sentence);
    return false;
}

static bool may_set(struct statement *statement, const char *name, enum set_scope scope)
{
    struct arena *arena = &statement->arena;
    if (scope != SET_GLOBAL && scope != SET_PERSIST)
        return refuse(
            statement, GLOBAL_VARIABLE,
            arena_printf(arena,
                         "Variable '%s' is a GLOBAL variable and should be set with SET GLOBAL",
                         name));
    if (server_role(statement->session->server) != ROLE_admin)
        return refuse(statement, SPECIFIC_ACCESS_DENIED,
                      "Access denied; you need the role admin for this operation");
    return scope != SET_PERSIST || refuse(statement, NOT_SUPPORTED,
                                          "SET PERSIST of read_only: not supported here, SET "
                                          "GLOBAL lasts until the node ends");
}

/* Each one implies something of the other, as in MySQL. */
static enum session_read_only fence_with(enum session_read_only now, bool is_super, bool is_on)
{
    if (is_super)
        return is_on ? SESSION_SUPER_READ_ONLY : now != SESSION_WRITABLE ? SESSION_READ_ONLY : now;
    return !is_on ? SESSION_WRITABLE : now == SESSION_WRITABLE ? SESSION_READ_ONLY : now;
}

bool fence_take(struct statement *statement, const char *name, enum set_scope scope)
{
    struct session_source *source = &statement->source;
    struct scalar value = { 0 };
    uint64_t is_on = 0;
    if (!may_set(statement, name, scope))
        return false;
    if (!statement_take_word(statement, "DEFAULT")) {
        if (!set_take_value(statement, &value))
            return false;
        if (value.is_null || !setting_read_switch(value.text, &is_on))
            return refuse(statement, WRONG_VALUE,
                          arena_printf(&statement->arena,
                                       "Variable '%s' can't be set to the value of '%.*s'", name,
                                       value.is_null ? 4 : (int)value.text.len,
                                       value.is_null ? "NULL" : (const char *)value.text.data));
    }
    if (is_on == 0 && !source->is_primary)
        return refuse(statement, PREVENTED,
                      "read_only stays ON while this node follows a source, which has to be "
                      "written to: RESET REPLICA ALL makes it a primary");
    bool is_super = strcasecmp(name, super_read_only) == 0;
    source->read_only = fence_with(source->read_only, is_super, is_on != 0);
    statement->sets_fence = true;
    return true;
}

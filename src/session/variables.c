/* variables.c - the values of system variables: SELECT @@name, SHOW VARIABLES. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "session/log_facts.h"
#include "session/state.h"

static struct value gtids(struct statement *statement, enum session_gtids which)
{
    const struct session_host *host = statement->session->host;
    struct buf text;
    struct err err;
    struct value value = { .is_null = true };
    buf_init(&text, SESSION_ARENA_MAX / 4);
    if (host->gtids != NULL && host->gtids(which, &text, &err, host->arg))
        value = value_text(statement, buf_cstr(&text));
    buf_clear(&text);
    return value;
}

static struct value get_gtid_executed(struct statement *statement)
{
    return gtids(statement, GTIDS_EXECUTED);
}

static struct value get_gtid_position(struct statement *statement)
{
    return gtids(statement, GTIDS_POSITION);
}

static struct value get_gtid_purged(struct statement *statement)
{
    return gtids(statement, GTIDS_PURGED);
}

static struct value get_gtid_mode(struct statement *statement)
{
    return value_text(statement, statement->source.has_gtids ? "ON" : "OFF");
}

static struct value get_checksum(struct statement *statement)
{
    struct format format; /* before there is one: what servers do by default */
    bool is_none = log_facts_format(statement->session->host->store, &format) &&
                   format.checksum == CHECKSUM_NONE;
    return value_text(statement, is_none ? "NONE" : "CRC32");
}

static struct value get_data_dir(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->data_dir);
}

static struct value get_host_name(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->host_name);
}

static struct value get_port(struct statement *statement)
{
    return value_number(statement, statement->session->host->node->port);
}

static struct value get_send_timeout(struct statement *statement)
{
    return value_number(statement, statement->session->host->node->send_timeout_s);
}

static struct value get_server_id(struct statement *statement)
{
    return value_number(statement, statement->session->host->node->server_id);
}

static struct value get_server_uuid(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->server_uuid);
}

static struct value get_version(struct statement *statement)
{
    return value_text(statement, statement->source.version);
}

static struct value get_version_comment(struct statement *statement)
{
    const char *text = arena_printf(&statement->arena, "%s, in the words of its source",
                                    statement->session->host->node->program);
    return (struct value){ .text = bytes_of_str(text) };
}

static const struct variable {
    const char *name;
    unsigned flavours;
    struct value (*get)(struct statement *statement); /* or a constant: */
    const char *text;
    uint64_t number;
    bool is_switch; /* 1 and 0 for SELECT, ON and OFF for SHOW */
} variables[] = {
#define VARIABLE(name, in, handler) { #name, FLAVOURS_##in, get_##handler, NULL, 0, false },
#define CONSTANT(name, in, value)   { #name, FLAVOURS_##in, NULL, value, 0, false },
#define NUMERIC(name, in, value)    { #name, FLAVOURS_##in, NULL, NULL, value, false },
#define SWITCH(name, in, value)     { #name, FLAVOURS_##in, NULL, NULL, value, true },
#include "session/variables.def"
#undef VARIABLE
#undef CONSTANT
#undef NUMERIC
#undef SWITCH
};

static bool is_here(const struct statement *statement, const struct variable *variable)
{
    return (variable->flavours & (1u << statement->source.flavour)) != 0;
}

static struct value value_of(struct statement *statement, const struct variable *variable)
{
    if (variable->get != NULL)
        return variable->get(statement);
    if (variable->text != NULL)
        return value_text(statement, variable->text);
    return value_number(statement, variable->number);
}

bool variable_get(struct statement *statement, struct bytes name, struct value *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(variables); i++) {
        const struct variable *variable = &variables[i];
        if (!is_here(statement, variable) || strlen(variable->name) != name.len ||
            strncasecmp(variable->name, (const char *)name.data, name.len) != 0)
            continue;
        *out = value_of(statement, variable);
        return true;
    }
    return false;
}

void variables_each(struct statement *statement, const struct show_filter *filter,
                    void (*visit)(struct statement *, const char *name, const struct value *))
{
    for (size_t i = 0; i < ARRAY_COUNT(variables); i++) {
        if (!is_here(statement, &variables[i]) || !show_filter_accepts(filter, variables[i].name))
            continue;
        struct value value = value_of(statement, &variables[i]);
        if (variables[i].is_switch)
            value = value_text(statement, variables[i].number != 0 ? "ON" : "OFF");
        visit(statement, variables[i].name, &value);
    }
}

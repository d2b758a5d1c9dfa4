/* variables.c - the values of system variables: SELECT @@name, SHOW VARIABLES. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include "base/clock.h"
#include "session/log_facts.h"
#include "session/state.h"
#include "sql/charset.h"
#include "wire/result_encode.h"

static struct scalar gtids(struct statement *statement, enum session_gtids which)
{
    const struct session_host *host = statement->session->host;
    struct buf text;
    struct err err;
    struct scalar value = { .is_null = true };
    buf_init(&text, SESSION_ARENA_MAX / 4);
    if (host->gtids != NULL && host->gtids(which, &text, &err, host->arg))
        value = value_text(statement, buf_cstr(&text));
    buf_clear(&text);
    return value;
}

static struct scalar get_gtid_executed(struct statement *statement)
{
    return gtids(statement, GTIDS_EXECUTED);
}

static struct scalar get_gtid_position(struct statement *statement)
{
    return gtids(statement, GTIDS_POSITION);
}

static struct scalar get_gtid_purged(struct statement *statement)
{
    return gtids(statement, GTIDS_PURGED);
}

static struct scalar get_gtid_mode(struct statement *statement)
{
    return value_text(statement, statement->source.has_gtids ? "ON" : "OFF");
}

/* The source's, as what is written comes from there; "" before it has said so. */
static struct scalar get_binlog_format(struct statement *statement)
{
    return value_text(statement, statement->source.binlog_format);
}

static struct scalar get_gtid_domain(struct statement *statement)
{
    return value_number(statement, statement->source.domain_id);
}

static struct scalar get_checksum(struct statement *statement)
{
    struct format format; /* before there is one: what servers do by default */
    bool is_none = log_facts_format(statement->session->host->store, &format) &&
                   format.checksum == CHECKSUM_NONE;
    return value_text(statement, is_none ? "NONE" : "CRC32");
}

static struct scalar get_data_dir(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->data_dir);
}

static struct scalar get_host_name(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->host_name);
}

static struct scalar get_port(struct statement *statement)
{
    return value_number(statement, statement->session->host->node->port);
}

static struct scalar get_read_only(struct statement *statement)
{
    const struct session_source *source = &statement->source;
    return value_number(statement, !source->is_primary || source->read_only != SESSION_WRITABLE);
}

static struct scalar get_super_read_only(struct statement *statement)
{
    const struct session_source *source = &statement->source;
    return value_number(statement,
                        !source->is_primary || source->read_only == SESSION_SUPER_READ_ONLY);
}

static struct scalar get_server_id(struct statement *statement)
{
    return value_number(statement, statement->session->host->node->server_id);
}

static struct scalar get_server_uuid(struct statement *statement)
{
    return value_text(statement, statement->session->host->node->server_uuid);
}

/* A relay's log was written in the zone of its source; "" before that has said so. */
static struct scalar get_system_zone(struct statement *statement)
{
    char name[64] = "";
    struct tm local;
    time_t now = (time_t)(clock_wall_us() / 1000000);
    if (!statement->source.is_primary)
        return value_text(statement, statement->source.system_time_zone);
    if (localtime_r(&now, &local) != NULL)
        (void)strftime(name, sizeof name, "%Z", &local);
    return value_text(statement, name);
}

static struct scalar get_version(struct statement *statement)
{
    return value_text(statement, statement->source.version);
}

static struct scalar get_version_comment(struct statement *statement)
{
    bool is_primary = statement->source.is_primary;
    const char *text =
        arena_printf(&statement->arena, "%s%s", statement->session->host->node->program,
                     is_primary ? "" : ", in the words of its source");
    return (struct scalar){ .text = bytes_of_str(text) };
}

static const struct variable {
    const char *name;
    unsigned flavours;
    struct scalar (*get)(struct statement *statement); /* or a constant: */
    const char *text;
    uint64_t number;
    bool is_switch; /* 1 and 0 for SELECT, ON and OFF for SHOW */
} variables[] = {
#define VARIABLE(name, in, handler) { #name, FLAVOURS_##in, get_##handler, NULL, 0, false },
#define CONSTANT(name, in, value)   { #name, FLAVOURS_##in, NULL, value, 0, false },
#define NUMERIC(name, in, value)    { #name, FLAVOURS_##in, NULL, NULL, value, false },
#define SWITCH(name, in, value)     { #name, FLAVOURS_##in, NULL, NULL, value, true },
#define SWITCHED(name, in, handler) { #name, FLAVOURS_##in, get_##handler, NULL, 0, true },
#include "session/variables.def"
#undef VARIABLE
#undef CONSTANT
#undef NUMERIC
#undef SWITCH
#undef SWITCHED
};

static bool is_here(const struct statement *statement, const struct variable *variable)
{
    return (variable->flavours & (1u << statement->source.flavour)) != 0;
}

static struct scalar value_of(struct statement *statement, const struct variable *variable)
{
    if (variable->get != NULL)
        return variable->get(statement);
    if (variable->text != NULL)
        return value_text(statement, variable->text);
    return value_number(statement, variable->number);
}

bool session_system_variable(const struct session *session, const char *name, bool is_global,
                             struct value *out, struct arena *arena)
{
    union {
        const struct session *borrowed;
        struct session *own; /* nothing of it is changed */
    } whose = { session };
    struct statement statement = { .session = whose.own };
    struct scalar found;
    arena_init(&statement.arena, SESSION_ARENA_MAX);
    session->host->describe(&statement.source, session->host->arg);
    bool is_there = variable_get(&statement, bytes_of_str(name), is_global, &found);
    if (is_there)
        *out = scalar_value(&found, arena);
    free(statement.source.applied_gtids);
    arena_clear(&statement.arena);
    return is_there;
}

static struct scalar setting_value(struct statement *statement,
                                   const struct session_settings *settings, enum setting setting)
{
    char text[SETTING_TEXT_MAX];
    if (!setting_text(settings, setting, text))
        return (struct scalar){ .is_null = true };
    struct scalar value = value_text(statement, text);
    value.is_number = !setting_is_text(setting);
    return value;
}

static bool setting_get(struct statement *statement, struct bytes name, bool is_global,
                        struct scalar *out)
{
    const char *text = arena_strn(&statement->arena, name.data, name.len);
    enum setting setting = setting_find(text, 1u << statement->source.flavour);
    struct session_settings first;
    if (setting == SETTINGS)
        return false;
    session_first_settings(statement->session, &first);
    *out = setting_value(statement, is_global ? &first : &statement->session->own, setting);
    return true;
}

bool variable_get(struct statement *statement, struct bytes name, bool is_global,
                  struct scalar *out)
{
    if (setting_get(statement, name, is_global, out))
        return true;
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

static void visit_variable(struct statement *statement, const struct variable *variable,
                           void (*visit)(struct statement *, const char *, const struct scalar *))
{
    struct scalar value = value_of(statement, variable);
    if (variable->is_switch)
        value = value_text(statement, value.text.data[0] != '0' ? "ON" : "OFF");
    visit(statement, variable->name, &value);
}

static void visit_setting(struct statement *statement, enum setting setting,
                          void (*visit)(struct statement *, const char *, const struct scalar *))
{
    const struct session_settings *settings = &statement->session->own;
    struct scalar value = setting_value(statement, settings, setting);
    if (setting_is_switch(setting))
        value = value_text(statement, settings->numbers[setting] != 0 ? "ON" : "OFF");
    visit(statement, setting_name(setting), &value);
}

/* Both tables are in the order of their names, and so is the answer. */
void variables_each(struct statement *statement, const struct show_filter *filter,
                    void (*visit)(struct statement *, const char *name, const struct scalar *))
{
    size_t at = 0;
    unsigned setting = 0;
    while (at < ARRAY_COUNT(variables) || setting < SETTINGS) {
        bool is_setting =
            at == ARRAY_COUNT(variables) ||
            (setting < SETTINGS && strcmp(setting_name(setting), variables[at].name) < 0);
        const char *name = is_setting ? setting_name(setting) : variables[at].name;
        unsigned flavours = is_setting ? setting_flavours(setting) : variables[at].flavours;
        bool is_shown = (flavours & (1u << statement->source.flavour)) != 0 &&
                        show_filter_accepts(filter, name);
        if (is_shown && is_setting)
            visit_setting(statement, setting, visit);
        else if (is_shown)
            visit_variable(statement, &variables[at], visit);
        if (is_setting)
            setting++;
        else
            at++;
    }
}

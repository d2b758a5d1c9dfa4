/* show_replica.c - how this node follows its source, and who follows this node: SHOW REPLICA
 * STATUS, SHOW REPLICAS, by their old and new names. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <time.h>
#include "session/state.h"

static struct bytes get_io_state(struct statement *s)
{
    return bytes_of_str(s->source.state == NULL ? "" : s->source.state);
}

static struct bytes get_host(struct statement *s)
{
    return bytes_of_str(s->source.host);
}

static struct bytes get_user(struct statement *s)
{
    return bytes_of_str(s->source.user);
}

static struct bytes get_port(struct statement *s)
{
    return show_number(s, s->source.port);
}

static struct bytes get_read_file(struct statement *s)
{
    return bytes_of_str(s->source.read_file);
}

static struct bytes get_read_offset(struct statement *s)
{
    return show_number(s, s->source.read_offset);
}

static struct bytes get_applied_file(struct statement *s)
{
    return bytes_of_str(s->source.applied_file);
}

static struct bytes get_applied_offset(struct statement *s)
{
    return show_number(s, s->source.applied_offset);
}

static struct bytes running(enum session_running how)
{
    static const char *const words[] = { "No", "Connecting", "Yes" };
    return bytes_of_str(words[how]);
}

static struct bytes get_io_running(struct statement *s)
{
    return running(s->source.receiving);
}

static struct bytes get_sql_running(struct statement *s)
{
    return running(s->source.applying);
}

/* The servers' numbers for "it stopped, read the text". */
static struct bytes errno_of(struct statement *s, const char *error, uint64_t number)
{
    return show_number(s, error[0] == 0 ? 0 : number);
}

static struct bytes get_io_errno(struct statement *s)
{
    return errno_of(s, s->source.receive_error, 1593);
}

static struct bytes get_io_error(struct statement *s)
{
    return bytes_of_str(s->source.receive_error);
}

static struct bytes get_sql_errno(struct statement *s)
{
    return errno_of(s, s->source.apply_error, 1594);
}

static struct bytes get_sql_error(struct statement *s)
{
    return bytes_of_str(s->source.apply_error);
}

static struct bytes get_log_space(struct statement *s)
{
    return show_number(s, store_size_bytes(s->session->host->store));
}

static struct bytes get_tls(struct statement *s)
{
    return bytes_of_str(s->source.uses_tls ? "Yes" : "No");
}

static struct bytes get_tls_verified(struct statement *s)
{
    return bytes_of_str(s->source.verifies_tls ? "Yes" : "No");
}

static struct bytes get_retry(struct statement *s)
{
    return show_number(s, s->source.retry_s);
}

static struct bytes get_ssl_ca(struct statement *s)
{
    return bytes_of_str(s->source.ssl_ca);
}

static struct bytes get_ssl_capath(struct statement *s)
{
    return bytes_of_str(s->source.ssl_capath);
}

static struct bytes get_ssl_cert(struct statement *s)
{
    return bytes_of_str(s->source.ssl_cert);
}

static struct bytes get_ssl_cipher(struct statement *s)
{
    return bytes_of_str(s->source.ssl_cipher);
}

static struct bytes get_ssl_key(struct statement *s)
{
    return bytes_of_str(s->source.ssl_key);
}

static struct bytes get_tls_version(struct statement *s)
{
    return bytes_of_str(s->source.tls_version);
}

static struct bytes get_public_key_path(struct statement *s)
{
    return bytes_of_str(s->source.public_key_path);
}

static struct bytes get_gets_public_key(struct statement *s)
{
    return show_number(s, s->source.gets_public_key);
}

/* MariaDB's: seconds with three decimals. */
static struct bytes get_heartbeat(struct statement *s)
{
    return bytes_of_str(arena_printf(&s->arena, "%u.%03u", s->source.heartbeat_ms / 1000,
                                     s->source.heartbeat_ms % 1000));
}

static struct bytes get_lag(struct statement *s)
{
    return s->source.lag_is_known ? show_number(s, s->source.lag_s) : (struct bytes){ NULL, 0 };
}

/* The servers' DATETIME; the time zone here is UTC. */
static struct bytes event_time(struct statement *s, uint32_t seconds)
{
    char text[32];
    struct tm at;
    time_t time = seconds;
    if (seconds == 0)
        return (struct bytes){ NULL, 0 };
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime_r(&time, &at));
    return bytes_of_str(arena_printf(&s->arena, "%s", text));
}

static struct bytes get_received_time(struct statement *s)
{
    return event_time(s, s->source.received_time);
}

static struct bytes get_applied_time(struct statement *s)
{
    return event_time(s, s->source.applied_time);
}

static struct bytes get_time_diff(struct statement *s)
{
    uint32_t received = s->source.received_time;
    uint32_t applied = s->source.applied_time;
    if (received == 0 || applied == 0)
        return (struct bytes){ NULL, 0 };
    return show_number(s, received > applied ? received - applied : 0);
}

static struct bytes get_wild_do_table(struct statement *s)
{
    return bytes_of_str(s->session->host->node->wild_do_table);
}

static struct bytes get_wild_ignore_table(struct statement *s)
{
    return bytes_of_str(s->session->host->node->wild_ignore_table);
}

static struct bytes get_delay(struct statement *s)
{
    return show_number(s, s->source.delay_s);
}

static struct bytes get_remaining_delay(struct statement *s)
{
    return s->source.is_delaying ? show_number(s, s->source.remaining_delay_s)
                                 : (struct bytes){ NULL, 0 };
}

static struct bytes get_source_id(struct statement *s)
{
    return show_number(s, s->source.server_id);
}

static struct bytes get_source_uuid(struct statement *s)
{
    return bytes_of_str(s->source.identity);
}

static struct bytes get_using_gtid(struct statement *s)
{
    (void)s;
    return bytes_of_str("Slave_Pos"); /* how another source would be found */
}

static struct bytes variable(struct statement *s, const char *name)
{
    struct scalar value = { 0 };
    variable_get(s, bytes_of_str(name), true, &value);
    return value.is_null || value.text.data == NULL ? bytes_of_str("") : value.text;
}

static struct bytes get_gtid_position(struct statement *s)
{
    return variable(s, "gtid_current_pos");
}

static struct bytes get_gtid_executed(struct statement *s)
{
    return variable(s, "gtid_executed");
}

static struct bytes get_gtid_applied(struct statement *s)
{
    return s->source.applied_gtids == NULL ? get_gtid_executed(s)
                                           : bytes_of_str(s->source.applied_gtids);
}

static struct bytes get_sql_state(struct statement *s)
{
    bool is_new = s->source.flavour == FLAVOUR_MYSQL && s->row->words == WORDS_NEW;
    if (s->source.is_delaying)
        return bytes_of_str(is_new
                                ? "Waiting until SOURCE_DELAY seconds after source executed event"
                                : "Waiting until MASTER_DELAY seconds after master executed event");
    return bytes_of_str(s->source.apply_state == NULL ? "" : s->source.apply_state);
}

/* In the servers' words; MariaDB has one for all that are GTIDs. */
static struct bytes get_until_condition(struct statement *s)
{
    static const char *const words[] = {
        [SESSION_UNTIL_NOTHING] = "None",
        [SESSION_UNTIL_PLACE] = "Source",
        [SESSION_UNTIL_BEFORE] = "SQL_BEFORE_GTIDS",
        [SESSION_UNTIL_AFTER] = "SQL_AFTER_GTIDS",
        [SESSION_UNTIL_POSITION] = "Gtid",
    };
    enum session_until_kind until = s->source.until;
    bool is_mariadb = s->source.flavour == FLAVOUR_MARIADB;
    if (until == SESSION_UNTIL_PLACE && (is_mariadb || s->row->words == WORDS_OLD))
        return bytes_of_str("Master");
    if (is_mariadb && until > SESSION_UNTIL_PLACE)
        return bytes_of_str("Gtid");
    return bytes_of_str(words[until]);
}

static struct bytes get_until_file(struct statement *s)
{
    return bytes_of_str(s->source.until_file);
}

static struct bytes get_until_offset(struct statement *s)
{
    return show_number(s, s->source.until_offset);
}

static struct bytes get_auto_position(struct statement *s)
{
    return bytes_of_str(s->source.has_gtids ? "1" : "0"); /* how another source would be found */
}

static const struct field {
    const char *new_name, *old_name;
    unsigned flavours;
    struct bytes (*get)(struct statement *);
    const char *text;
} fields[] = {
#define FIELD(new_name, old_name, in, getter)                                                      \
    { #new_name, #old_name, FLAVOURS_##in, get_##getter, NULL },
#define FIXED(new_name, old_name, in, value) { #new_name, #old_name, FLAVOURS_##in, NULL, value },
#include "session/replica_status.def"
#undef FIELD
#undef FIXED
};

static void show_status(struct statement *statement, unsigned flavours)
{
    struct column columns[ARRAY_COUNT(fields)];
    struct bytes values[ARRAY_COUNT(fields)];
    unsigned count = 0;
    struct server *server = statement->session->server;
    /* MariaDB has the old names for both words. */
    bool is_new = statement->row->words == WORDS_NEW && statement->source.flavour == FLAVOUR_MYSQL;
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        const struct field *field = &fields[i];
        if ((field->flavours & flavours) == 0)
            continue;
        columns[count].name = is_new ? field->new_name : field->old_name;
        columns[count].kind = COLUMN_TEXT;
        values[count] = field->get != NULL ? field->get(statement) : bytes_of_str(field->text);
        count++;
    }
    struct server_place place = server_mark(server);
    server_columns(server, columns, count);
    if (!statement->source.is_primary)
        server_row(server, values, count);
    server_rows_end(server, place);
}

void answer_show_replica_status(struct statement *statement)
{
    show_status(statement, 1u << statement->source.flavour);
}

/* MariaDB has them from 11.6 on. */
static bool has_event_times(const struct statement *statement)
{
    char *rest = NULL;
    unsigned long major = strtoul(statement->source.version, &rest, 10);
    unsigned long minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return major > 11 || (major == 11 && minor >= 6);
}

/* MariaDB's; monitors try it on a MySQL too, and then ask the other way: no line in the log. */
void answer_show_all_status(struct statement *statement)
{
    if (statement->source.flavour == FLAVOUR_MARIADB)
        show_status(statement, FLAVOURS_MARIADB | FLAVOURS_ALL |
                                   (has_event_times(statement) ? FLAVOURS_ALL_TIMED : 0));
    else
        statement_syntax_error(statement);
}

/* ---- who follows ---- */

void answer_show_replicas(struct statement *statement)
{
    static const struct column new_columns[] = { { "Server_Id", COLUMN_NUMBER },
                                                 { "Host", COLUMN_TEXT },
                                                 { "Port", COLUMN_NUMBER },
                                                 { "Source_Id", COLUMN_NUMBER },
                                                 { "Replica_UUID", COLUMN_TEXT } };
    static const struct column old_columns[] = { { "Server_id", COLUMN_NUMBER },
                                                 { "Host", COLUMN_TEXT },
                                                 { "Port", COLUMN_NUMBER },
                                                 { "Master_id", COLUMN_NUMBER },
                                                 { "Slave_UUID", COLUMN_TEXT } };
    const struct session_host *host = statement->session->host;
    struct server *server = statement->session->server;
    bool is_mysql = statement->source.flavour == FLAVOUR_MYSQL;
    bool is_new = is_mysql && statement->row->words == WORDS_NEW;
    unsigned columns = is_mysql ? 5 : 4;
    size_t count = 0;
    struct topology_replica *replicas = topology_list(host->topology, &count);
    struct server_place place = server_mark(server);
    server_columns(server, is_new ? new_columns : old_columns, columns);
    for (size_t i = 0; i < count; i++) {
        const struct topology_replica *r = &replicas[i];
        struct bytes values[] = { show_number(statement, r->server_id), bytes_of_str(r->host),
                                  show_number(statement, r->port),
                                  show_number(statement, host->node->server_id),
                                  bytes_of_str(r->uuid) };
        if (r->server_id != 0) /* a tool is no replica */
            server_row(server, values, columns);
    }
    server_rows_end(server, place);
    free(replicas);
}

/* snapshot/probe.c - asks a source about itself, one small question after the other.
 *
 * An answer that the server refuses (unknown variable, missing privilege, other syntax) leaves its
 * fact unknown; any other failure ends the probe. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/probe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/macros.h"
#include "net/connection.h"
#include "snapshot/probe_tables.h"

enum { FACTS_BYTES_MAX = 1 << 30, LIST_MAX = 1 << 20 };

void source_facts_init(struct source_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    arena_init(&facts->arena, FACTS_BYTES_MAX);
    facts->version = "";
    facts->user = "";
    facts->status.gtids = "";
    facts->gtid_purged = "";
}

void source_facts_clear(struct source_facts *facts)
{
    arena_clear(&facts->arena);
    source_facts_init(facts);
}

bool probe_is_system_schema(const char *db)
{
    static const char *const names[] = { "mysql", "sys", "performance_schema",
                                         "information_schema" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcasecmp(db, names[i]) == 0)
            return true;
    return false;
}

bool probe_engine_is_transactional(const char *engine)
{
    static const char *const names[] = { "InnoDB", "ROCKSDB", "TokuDB" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcasecmp(engine, names[i]) == 0)
            return true;
    return false;
}

/* A refused question is an answer: nothing is known. */
static bool refused(const struct err *err)
{
    return err->code == ERR_REFUSED;
}

/* One value of any length; "" when refused, empty or NULL. */
static bool ask_text(struct connection *connection, struct arena *arena, const char *sql,
                     const char **out, struct err *err)
{
    const struct bytes *values = NULL;
    bool row = false;
    *out = NULL;
    if (!connection_query(connection, sql, err))
        return refused(err);
    if (!connection_next_row(connection, &row, &values, err))
        return refused(err);
    if (row && values[0].data != NULL)
        *out = arena_strn(arena, values[0].data, values[0].len);
    return !row || connection_finish(connection, err);
}

static bool ask_variables(struct connection *connection, struct source_facts *facts,
                          struct err *err)
{
    static const struct {
        const char *name;
        size_t field;
    } rows[] = {
#define VARIABLE(name) { #name, offsetof(struct source_variables, name) },
#include "snapshot/variables.def"
#undef VARIABLE
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "SELECT @@global.%s", rows[i].name);
        const char **field = (const char **)((char *)&facts->variables + rows[i].field);
        if (!ask_text(connection, &facts->arena, sql, field, err))
            return err_wrap(err, "reading @@global.%s", rows[i].name);
    }
    return true;
}

/* Runs the first of two spellings that the server knows. *answered false: neither. */
static bool ask_either(struct connection *connection, const char *sql, const char *other,
                       bool *answered, struct err *err)
{
    *answered = true;
    if (connection_query(connection, sql, err))
        return true;
    if (!refused(err))
        return false;
    if (connection_query(connection, other, err))
        return true;
    *answered = false;
    return refused(err);
}

static bool ask_log_end(struct connection *connection, struct source_status *out, struct err *err)
{
    const bool mysql = connection_flavour(connection) == FLAVOUR_MYSQL;
    const struct bytes *values = NULL;
    bool answered = false;
    bool row = false;
    if (!ask_either(connection, mysql ? "SHOW BINARY LOG STATUS" : "SHOW BINLOG STATUS",
                    "SHOW MASTER STATUS", &answered, err))
        return false;
    if (!answered)
        return err_set(err, ERR_CONFIG,
                       "the account may not see where the source's log ends: %s; GRANT %s ON *.* "
                       "to it",
                       "SHOW BINARY LOG STATUS was refused",
                       mysql ? "REPLICATION CLIENT" : "BINLOG MONITOR");
    if (!connection_next_row(connection, &row, &values, err))
        return false;
    if (!row || connection_column_count(connection) < 2 || values[0].len >= sizeof out->file) {
        if (row && !connection_finish(connection, err))
            return false;
        return err_set(err, ERR_CONFIG,
                       "the source writes no binary log (log_bin is off): start it with --log-bin "
                       "and --binlog-format=ROW");
    }
    memset(out->file, 0, sizeof out->file);
    memcpy(out->file, values[0].data, values[0].len);
    char offset[24];
    snprintf(offset, sizeof offset, "%.*s", (int)(values[1].len < 20 ? values[1].len : 20),
             (const char *)values[1].data);
    out->offset = strtoull(offset, NULL, 10);
    return connection_finish(connection, err);
}

bool probe_status(struct connection *connection, struct arena *arena, struct source_status *out,
                  struct err *err)
{
    struct source_status status = { .gtids = "" };
    if (!ask_log_end(connection, &status, err))
        return false;
    const char *sql = connection_flavour(connection) == FLAVOUR_MYSQL
                          ? "SELECT @@global.gtid_executed"
                          : "SELECT @@global.gtid_binlog_state";
    if (!ask_text(connection, arena, sql, &status.gtids, err))
        return err_wrap(err, "reading the source's GTIDs");
    if (status.gtids == NULL)
        status.gtids = "";
    *out = status;
    return true;
}

static bool ask_log_files(struct connection *connection, struct source_facts *facts,
                          struct err *err)
{
    if (!connection_query(connection, "SHOW BINARY LOGS", err))
        return refused(err);
    unsigned capacity = 0;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row || connection_column_count(connection) < 2)
            return true;
        if (facts->log_file_count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            struct source_log_file *grown = arena_alloc(&facts->arena, capacity * sizeof *grown);
            if (facts->log_file_count > 0)
                memcpy(grown, facts->log_files, facts->log_file_count * sizeof *grown);
            facts->log_files = grown;
        }
        struct source_log_file *file = &facts->log_files[facts->log_file_count++];
        file->name = arena_strn(&facts->arena, values[0].data, values[0].len);
        file->size_bytes =
            strtoull(arena_strn(&facts->arena, values[1].data, values[1].len), NULL, 10);
    }
}

static bool ask_status(struct connection *connection, struct source_facts *facts, struct err *err)
{
    struct err why = { .code = ERR_NONE };
    if (!probe_status(connection, &facts->arena, &facts->status, &why)) {
        facts->status.gtids = "";
        if (why.code == ERR_CONFIG)
            return true;
        *err = why;
        return false;
    }
    facts->has_status = true;
    return ask_log_files(connection, facts, err);
}

static bool ask_grants(struct connection *connection, struct source_facts *facts, struct err *err)
{
    if (!connection_query(connection, "SHOW GRANTS", err))
        return refused(err);
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            return true;
        if (values[0].data != NULL)
            privileges_add(&facts->privileges, values[0]);
    }
}

static const char *column_text(struct connection *connection, struct arena *arena,
                               const struct bytes *values, const char *name)
{
    for (unsigned i = 0; i < connection_column_count(connection); i++)
        if (strcasecmp(connection_column_name(connection, i), name) == 0 && values[i].data != NULL)
            return arena_strn(arena, values[i].data, values[i].len);
    return "";
}

/* Server_id is the same word in every version; Host and Port are too. */
static bool ask_replicas(struct connection *connection, struct source_facts *facts, struct err *err)
{
    enum { REPLICAS_MAX = 4096 };
    bool answered = false;
    if (!ask_either(connection, "SHOW REPLICAS", "SHOW SLAVE HOSTS", &answered, err))
        return false;
    if (!answered)
        return true;
    facts->replicas = arena_alloc(&facts->arena, REPLICAS_MAX * sizeof *facts->replicas);
    facts->has_replicas = true;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            return true;
        if (facts->replica_count == REPLICAS_MAX)
            continue;
        struct source_replica *replica = &facts->replicas[facts->replica_count++];
        struct arena *arena = &facts->arena;
        replica->server_id =
            (uint32_t)strtoul(column_text(connection, arena, values, "Server_id"), NULL, 10);
        replica->host = column_text(connection, arena, values, "Host");
        replica->port = (uint16_t)strtoul(column_text(connection, arena, values, "Port"), NULL, 10);
    }
}

bool source_probe(struct connection *connection, enum probe_scope scope,
                  bool (*keep)(const char *db, const char *table, void *arg), void *keep_arg,
                  struct source_facts *facts, struct err *err)
{
    facts->flavour = connection_flavour(connection);
    facts->version_number = connection_version_number(connection);
    facts->version = arena_str(&facts->arena, connection_server_version(connection));
    facts->encrypted = connection_is_encrypted(connection);
    if (!ask_text(connection, &facts->arena, "SELECT CURRENT_USER()", &facts->user, err))
        return false;
    if (facts->user == NULL)
        facts->user = "";
    if (!ask_variables(connection, facts, err) || !ask_status(connection, facts, err) ||
        !ask_grants(connection, facts, err) || !ask_replicas(connection, facts, err))
        return false;
    if (facts->flavour == FLAVOUR_MYSQL &&
        !ask_text(connection, &facts->arena, "SELECT @@global.gtid_purged", &facts->gtid_purged,
                  err))
        return false;
    if (facts->gtid_purged == NULL)
        facts->gtid_purged = "";
    return scope == PROBE_SERVER || probe_tables(connection, keep, keep_arg, facts, err);
}

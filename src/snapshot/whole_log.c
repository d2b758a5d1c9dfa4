/* snapshot/whole_log.c - see whole_log.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/whole_log.h"
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "engine/load.h"
#include "net/connection.h"

enum { LOG_START = 4, PURGED_MAX = 4096, SQL_MAX = 400 };

/* What is purged, and who it is, as the flavour's servers tell it. */
static bool ask_start(struct connection *connection, struct position *start,
                      char purged[PURGED_MAX], struct err *err)
{
    bool is_mariadb = connection_flavour(connection) == FLAVOUR_MARIADB;
    bool found = false;
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql, "SELECT BINLOG_GTID_POS('%s', %d)", start->file, LOG_START);
    return connection_query_text(connection, is_mariadb ? sql : "SELECT @@GLOBAL.gtid_purged",
                                 purged, PURGED_MAX, &found, err) &&
           connection_query_text(connection,
                                 is_mariadb ? "SELECT CONCAT('server_id:', @@GLOBAL.server_id)"
                                            : "SELECT @@GLOBAL.server_uuid",
                                 start->source_uuid, sizeof start->source_uuid, &found, err);
}

static bool ask(struct connection *connection, struct position *start, bool *is_whole,
                struct err *err)
{
    char purged[PURGED_MAX] = "";
    bool has_file = false;
    *is_whole = false;
    if (strstr(connection_server_version(connection), "-binlogd-") == NULL)
        return true;
    if (!connection_query_text(connection, "SHOW BINARY LOGS", start->file, sizeof start->file,
                               &has_file, err) ||
        (has_file && !ask_start(connection, start, purged, err)))
        return err_wrap(err, "asking how far back the source's log goes");
    *is_whole = has_file && start->source_uuid[0] != '\0' && purged[0] == '\0';
    return true;
}

static bool begin_at(const struct snapshot_options *options, enum flavour flavour,
                     struct position *start, struct err *err)
{
    start->offset = LOG_START;
    start->gtids = gtid_set_new();
    return engine_load_begin(options->engine, flavour, true, err) &&
           (options->on_point == NULL ||
            options->on_point(start->file, options->on_point_arg, err)) &&
           engine_load_finish(options->engine, start, err);
}

bool whole_log_take(const struct snapshot_options *options, bool *is_whole, struct position *out,
                    struct err *err)
{
    struct position start = { .offset = 0 };
    AUTO(connection) connection = NULL;
    if (!connection_open(options->address, options->cancel, &connection, err) ||
        !ask(connection, &start, is_whole, err))
        return false;
    if (!*is_whole)
        return true;
    if (!begin_at(options, connection_flavour(connection), &start, err)) {
        position_clear(&start);
        return false;
    }
    log_info("nothing to copy: the source's log holds everything, from %s on", start.file);
    *out = start;
    return true;
}

/* snapshot/whole_log.c - see whole_log.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/whole_log.h"
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "engine/load.h"
#include "net/connection.h"

enum { LOG_START = 4, PURGED_MAX = 4096 };

static bool ask(struct connection *connection, struct position *start, bool *is_whole,
                struct err *err)
{
    char purged[PURGED_MAX] = "";
    bool has_file = false, has_uuid = false, is_known = false;
    *is_whole = false;
    if (strstr(connection_server_version(connection), "-binlogd-") == NULL)
        return true;
    if (!connection_query_text(connection, "SELECT @@GLOBAL.gtid_purged", purged, sizeof purged,
                               &is_known, err) ||
        !connection_query_text(connection, "SELECT @@GLOBAL.server_uuid", start->source_uuid,
                               sizeof start->source_uuid, &has_uuid, err) ||
        !connection_query_text(connection, "SHOW BINARY LOGS", start->file, sizeof start->file,
                               &has_file, err))
        return err_wrap(err, "asking how far back the source's log goes");
    *is_whole = has_file && has_uuid && purged[0] == '\0';
    return true;
}

static bool begin_at(const struct snapshot_options *options, struct position *start,
                     struct err *err)
{
    start->offset = LOG_START;
    start->gtids = gtid_set_new();
    return engine_load_begin(options->engine, FLAVOUR_MYSQL, true, err) &&
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
    if (!begin_at(options, &start, err)) {
        position_clear(&start);
        return false;
    }
    log_info("nothing to copy: the source's log holds everything, from %s on", start.file);
    *out = start;
    return true;
}

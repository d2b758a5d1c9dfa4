/* snapshot/point.c - takes the consistent point; see point.h for the three ways. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/point.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/macros.h"
#include "base/memory.h"
#include "binlog/xa.h"
#include "net/cancel.h"
#include "net/connection.h"
#include "snapshot/probe.h"
#include "snapshot/xa.h"

/* The server's error numbers that decide here (MySQL "Server Error Message Reference"). */
enum {
    ER_DBACCESS_DENIED = 1044,
    ER_TABLEACCESS_DENIED = 1142,
    ER_UNKNOWN_VARIABLE = 1193,
    ER_LOCK_WAIT_TIMEOUT = 1205,
    ER_SPECIFIC_ACCESS_DENIED = 1227,
    ER_NOT_SUPPORTED_YET = 1235,
    ER_VARIABLE_IS_READ_ONLY = 1238,
    ER_QUERY_TIMEOUT = 3024,
};
enum {
    LOCK_TRIES = 5,
    LOCK_PAUSE_MS = 2000,
    STATUS_BYTES_MAX = 64 << 20,
    STATE_BYTES_MAX = 1 << 20
};

enum taken { TAKEN, TAKEN_DENIED, TAKEN_FAILED, TAKEN_PREPARED /* XA transactions exist */ };

static bool is_denied(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_SPECIFIC_ACCESS_DENIED ||
            err->server_errno == ER_DBACCESS_DENIED || err->server_errno == ER_TABLEACCESS_DENIED);
}

/* A refusal other than "no such variable" counts. */
static bool set_session(struct connection *connection, const char *sql, struct err *err)
{
    return connection_execute(connection, sql, err) ||
           (err->code == ERR_REFUSED && err->server_errno == ER_UNKNOWN_VARIABLE);
}

/* A reader's text comes in its own charset. Where it is allowed the reader does not log: MariaDB
 * gives metadata locks back at a savepoint only to such sessions. */
static bool prepare_reader(struct connection *connection, struct err *err)
{
    if (!connection_execute(connection, "SET SESSION sql_log_bin = 0", err) && !is_denied(err) &&
        err->server_errno != ER_VARIABLE_IS_READ_ONLY)
        return false;
    return connection_execute(connection, "SET character_set_results = NULL", err);
}

bool point_prepare_session(struct connection *connection, bool reader, unsigned lock_wait_s,
                           struct err *err)
{
    static const char *const settings[] = {
        "SET NAMES utf8mb4",
        "SET SESSION sql_mode = ''",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION sql_quote_show_create = 1",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION autocommit = 1",
        "SET SESSION net_write_timeout = 3600",
        "SET SESSION net_read_timeout = 3600",
        "SET SESSION wait_timeout = 2147483",
        "SET SESSION max_execution_time = 0", /* MySQL */
        "SET SESSION max_statement_time = 0", /* MariaDB */
        "SET SESSION show_gipk_in_create_table_and_information_schema = 1",
        "SET SESSION idle_transaction_timeout = 0", /* MariaDB */
        "SET SESSION idle_readonly_transaction_timeout = 0",
    };
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++)
        if (!set_session(connection, settings[i], err))
            return err_wrap(err, "preparing a session (%s)", settings[i]);
    char wait[64];
    snprintf(wait, sizeof wait, "SET SESSION lock_wait_timeout = %u", lock_wait_s);
    if (!set_session(connection, wait, err))
        return err_wrap(err, "preparing a session (%s)", wait);
    return !reader || prepare_reader(connection, err);
}

static bool is_lock_timeout(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_LOCK_WAIT_TIMEOUT || err->server_errno == ER_QUERY_TIMEOUT);
}

static bool read_source_uuid(struct connection *connection, char *out, size_t size, struct err *err)
{
    bool found = false;
    if (connection_flavour(connection) == FLAVOUR_MYSQL)
        return connection_query_text(connection, "SELECT @@global.server_uuid", out, size, &found,
                                     err);
    char id[24] = "0";
    if (!connection_query_text(connection, "SELECT @@global.server_id", id, sizeof id, &found, err))
        return false;
    snprintf(out, size, "server_id:%s", id);
    return true;
}

/* GTIDs as one line: the servers put newlines into long sets. */
static char *one_line(const char *text)
{
    char *copy = memory_str(text);
    char *to = copy;
    for (const char *from = copy; *from != '\0'; from++)
        if (*from != '\n' && *from != '\r' && *from != ' ')
            *to++ = *from;
    *to = '\0';
    return copy;
}

static bool open_transactions(const struct point_request *request, unsigned count, struct err *err)
{
    for (unsigned i = 0; i < count; i++)
        if (!connection_execute(request->readers[i], "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                                err))
            return false;
    return true;
}

static bool read_place(struct connection *control, struct plan_point *point, struct err *err)
{
    struct arena arena;
    struct source_status status;
    arena_init(&arena, STATUS_BYTES_MAX);
    bool ok = probe_status(control, &arena, &status, err);
    if (ok) {
        memcpy(point->file, status.file, sizeof point->file);
        point->offset = status.offset;
        point->gtids = one_line(status.gtids);
    }
    arena_clear(&arena);
    return ok;
}

/* TAKEN when the source has no prepared XA transactions. */
static enum taken check_prepared(struct connection *control, struct err *err)
{
    char first[XA_TEXT_MAX];
    unsigned count = 0;
    if (!xa_prepared(control, &count, first, sizeof first, err))
        return TAKEN_FAILED;
    if (count == 0)
        return TAKEN;
    err_set(err, ERR_CONFLICT,
            "the source has %u prepared XA transaction(s), the first is %s: a copy would lack "
            "their changes. See XA RECOVER there, XA COMMIT or XA ROLLBACK what nobody will "
            "finish, and start the copy again",
            count, first);
    return TAKEN_PREPARED;
}

/* What needs the writers held. */
static enum taken take_now(const struct point_request *request, struct plan_point *point,
                           struct err *err)
{
    enum taken taken = check_prepared(request->control, err);
    if (taken == TAKEN && (!open_transactions(request, request->reader_count, err) ||
                           !read_place(request->control, point, err)))
        return TAKEN_FAILED;
    return taken;
}

/* Between a lock and its release: nothing but the transactions and the place. */
static enum taken take_locked(const struct point_request *request, const char *lock,
                              unsigned *readers_used, struct plan_point *point, struct err *err)
{
    if (!connection_execute(request->control, lock, err))
        return is_denied(err) ? TAKEN_DENIED : TAKEN_FAILED;
    struct err released;
    enum taken taken = take_now(request, point, err);
    bool unlocked = connection_execute(request->control, "UNLOCK TABLES", &released);
    if (taken == TAKEN && !unlocked)
        *err = released;
    if (!unlocked)
        return TAKEN_FAILED;
    *readers_used = request->reader_count;
    return taken;
}

static enum taken take_with_global_lock(const struct point_request *request, unsigned *readers_used,
                                        struct plan_point *point, struct err *err)
{
    return take_locked(request, "FLUSH TABLES WITH READ LOCK", readers_used, point, err);
}

static enum taken take_with_table_locks(const struct point_request *request, unsigned *readers_used,
                                        struct plan_point *point, struct err *err)
{
    struct buf sql;
    log_warning("without RELOAD the copied tables are locked one by one: a transaction of the "
                "source may meet a deadlock (error 1213) in that moment");
    buf_init(&sql, 256 << 20);
    buf_printf(&sql, "LOCK TABLES %s", request->lock_tables);
    enum taken taken = take_locked(request, buf_cstr(&sql), readers_used, point, err);
    buf_clear(&sql);
    return taken;
}

/* "binlog_snapshot_file" and "binlog_snapshot_position" belong to the session's snapshot. */
static bool read_snapshot_status(struct connection *reader, struct plan_point *point,
                                 struct err *err)
{
    if (!connection_query(reader, "SHOW STATUS LIKE 'binlog_snapshot_%'", err))
        return false;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(reader, &row, &values, err))
            return false;
        if (!row)
            return true;
        bool fits = values[1].len < sizeof point->file;
        if (fits && values[0].len == strlen("binlog_snapshot_file") &&
            strncasecmp((const char *)values[0].data, "binlog_snapshot_file", values[0].len) == 0)
            memcpy(point->file, values[1].data, values[1].len);
        char number[24];
        snprintf(number, sizeof number, "%.*s", (int)(values[1].len < 20 ? values[1].len : 20),
                 (const char *)values[1].data);
        if (values[0].len == strlen("binlog_snapshot_position") &&
            strncasecmp((const char *)values[0].data, "binlog_snapshot_position", values[0].len) ==
                0)
            point->offset = strtoull(number, NULL, 10);
    }
}

/* A text that fills its room was cut off by it. */
static bool ask_gtids(struct connection *reader, const char *sql, char *text, struct err *err)
{
    bool found = false;
    text[0] = '\0';
    if (!connection_query_text(reader, sql, text, STATE_BYTES_MAX, &found, err))
        return false;
    return strlen(text) + 1 < STATE_BYTES_MAX ||
           err_set(err, ERR_UNSUPPORTED, "%s: a GTID set of more than %d bytes", sql,
                   STATE_BYTES_MAX);
}

/* The GTIDs up to the snapshot. Its position names one server a domain: what the others wrote into
 * the domain is in the log's state before the snapshot began. */
static bool join_gtids(struct connection *reader, struct plan_point *point, const char *state,
                       struct err *err)
{
    char sql[400];
    char *position = memory_new(STATE_BYTES_MAX);
    struct buf all;
    buf_init(&all, 2 * STATE_BYTES_MAX + 2);
    snprintf(sql, sizeof sql, "SELECT BINLOG_GTID_POS('%s', %" PRIu64 ")", point->file,
             point->offset);
    bool ok = ask_gtids(reader, sql, position, err);
    if (ok) {
        buf_printf(&all, "%s,%s", state, position);
        point->gtids = one_line(buf_cstr(&all));
    }
    buf_clear(&all);
    free(position);
    return ok;
}

/* One that is prepared and committed around the snapshot, between both looks, is not seen: its
 * COMMIT stops the node. */
static enum taken take_without_lock_after(const struct point_request *request, const char *state,
                                          struct plan_point *point, struct err *err)
{
    struct connection *reader = request->readers[0];
    enum taken taken = check_prepared(request->control, err);
    if (taken != TAKEN)
        return taken;
    if (!open_transactions(request, 1, err) || !read_snapshot_status(reader, point, err))
        return TAKEN_FAILED;
    if (point->file[0] == '\0')
        return TAKEN_DENIED;
    return join_gtids(reader, point, state, err) ? check_prepared(request->control, err)
                                                 : TAKEN_FAILED;
}

static enum taken take_without_lock(const struct point_request *request, unsigned *readers_used,
                                    struct plan_point *point, struct err *err)
{
    struct connection *reader = request->readers[0];
    if (connection_flavour(reader) != FLAVOUR_MARIADB)
        return TAKEN_DENIED;
    char *state = memory_new(STATE_BYTES_MAX);
    enum taken taken = TAKEN_FAILED;
    if (ask_gtids(reader, "SELECT @@global.gtid_binlog_state", state, err))
        taken = take_without_lock_after(request, state, point, err);
    free(state);
    *readers_used = 1;
    return taken;
}

/* Who holds the lock back: the longest running statement, for the sentence. */
static void name_holder(struct connection *control, char *out, size_t size)
{
    static const char sql[] =
        "SELECT CONCAT('connection ', ID, ' of ', USER, ', for ', TIME, ' s: ',"
        " COALESCE(LEFT(INFO, 300), '(idle in a transaction)'))"
        " FROM information_schema.PROCESSLIST WHERE COMMAND NOT IN ('Binlog Dump',"
        " 'Binlog Dump GTID', 'Daemon', 'Slave_IO', 'Slave_SQL') AND ID <> CONNECTION_ID()"
        " AND (INFO IS NOT NULL OR COMMAND = 'Query') ORDER BY TIME DESC LIMIT 1";
    struct err err;
    bool found = false;
    if (!connection_query_text(control, sql, out, size, &found, &err) || !found)
        snprintf(out, size, "not shown to this account (PROCESS would show it)");
}

static void forget(struct plan_point *point)
{
    char uuid[sizeof point->source_uuid];
    memcpy(uuid, point->source_uuid, sizeof uuid);
    plan_point_clear(point);
    memcpy(point->source_uuid, uuid, sizeof uuid);
}

struct way {
    const char *name;
    enum taken (*take)(const struct point_request *, unsigned *, struct plan_point *, struct err *);
};

/* *err says what is in the way. False: cancelled while waiting. */
static bool pause_before_retry(const struct point_request *request, struct err *err)
{
    if (request->cancel == NULL || !cancel_sleep(request->cancel, LOCK_PAUSE_MS))
        return true;
    return err_set(err, ERR_CANCELLED, "the copy was cancelled while waiting for a lock");
}

/* Waiting for the lock stops every writer that comes after us: so short waits, and pauses. XA
 * transactions that somebody is about to finish are waited for in the same way. */
static enum taken take_patiently(const struct point_request *request, const struct way *way,
                                 unsigned *readers_used, struct plan_point *point, struct err *err)
{
    enum taken taken = TAKEN_FAILED;
    for (unsigned try = 0; try < LOCK_TRIES; try++) {
        char holder[512] = "";
        forget(point);
        taken = way->take(request, readers_used, point, err);
        if (taken == TAKEN_PREPARED) {
            log_warning("try %u of %u: %s", try + 1, LOCK_TRIES, err->text);
        } else if (taken == TAKEN_FAILED && is_lock_timeout(err)) {
            name_holder(request->control, holder, sizeof holder);
            log_warning("the source's lock was not given within %u s (try %u of %u): %s",
                        request->lock_wait_s, try + 1, LOCK_TRIES, holder);
            err_set(err, ERR_TIMEOUT,
                    "the source did not give %s in %u tries of %u s; held by %s. Let that "
                    "statement end or KILL it, then start the copy again",
                    way->name, LOCK_TRIES, request->lock_wait_s, holder);
        } else {
            return taken;
        }
        if (!pause_before_retry(request, err))
            return TAKEN_FAILED;
    }
    return taken;
}

/* A node that is a replica holds no writers: they are its source's. */
static bool explain_failure(struct err *err)
{
    if (err->code == ERR_REFUSED && err->server_errno == ER_NOT_SUPPORTED_YET)
        (void)err_wrap(err, "a copy is made of a primary, not of a node that follows one: copy the "
                            "server that it follows, then name the node with CHANGE REPLICATION "
                            "SOURCE TO");
    return err_wrap(err, "taking a consistent point of the source");
}

bool point_take(const struct point_request *request, unsigned *readers_used, struct plan_point *out,
                struct err *err)
{
    static const struct way ways[] = {
        { "FLUSH TABLES WITH READ LOCK", take_with_global_lock },
        { "one connection's own snapshot", take_without_lock },
        { "LOCK TABLES", take_with_table_locks },
    };
    struct plan_point point = { .offset = 0 };
    if (!read_source_uuid(request->control, point.source_uuid, sizeof point.source_uuid, err))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(ways); i++) {
        enum taken taken = take_patiently(request, &ways[i], readers_used, &point, err);
        if (taken == TAKEN) {
            log_info("consistent point %s at %" PRIu64 " over %u connection(s), by %s", point.file,
                     point.offset, *readers_used, ways[i].name);
            *out = point;
            return true;
        }
        if (taken != TAKEN_DENIED) {
            plan_point_clear(&point);
            return explain_failure(err);
        }
    }
    plan_point_clear(&point);
    return err_set(err, ERR_CONFIG,
                   "the account may not hold the source's writers for a moment, so there is no "
                   "consistent point to copy from: GRANT RELOAD ON *.* to it (or LOCK TABLES and "
                   "SELECT on every copied table)");
}

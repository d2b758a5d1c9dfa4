/* questions.c - what a replica asks and sets before the log is sent: identity, GTIDs, checksum,
 * heartbeat.
 *
 * The same questions a stock replica of the source's flavour asks; each answer is checked here, so
 * that an unsuitable source is named before a byte of its log is stored. Runs on the receiver's
 * thread. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "receive"
#include "receive/receive_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/memory.h"
#include "receive/naming.h"

enum { SQL_MAX = 1024, SET_TEXT_MAX = 64 << 20, SET_IN_MESSAGE_MAX = 1024 };

/* Dump flag 0x2 means two things: heartbeats with 64-bit offsets (MySQL), annotate events
 * (MariaDB). */
enum { DUMP_RICH_EVENTS = 0x2 };

static bool ask_text(struct connection *connection, const char *sql, char *text, size_t size,
                     struct err *err)
{
    bool found;
    if (!connection_query_text(connection, sql, text, size, &found, err))
        return err_wrap(err, "%s", sql);
    if (!found)
        return err_set(err, ERR_PROTOCOL, "%s: the source gave no answer", sql);
    return true;
}

static bool ask_identity(struct receive *receive, struct connection *connection,
                         struct source_answers *answers, struct err *err)
{
    char text[64];
    if (!ask_text(connection, "SELECT @@GLOBAL.server_id", text, sizeof text, err))
        return false;
    answers->server_id = (uint32_t)strtoul(text, NULL, 10);
    if (answers->server_id == receive->options.server_id)
        return err_set(
            err, ERR_CONFIG,
            "the source's server_id is %u, and so is this node's: it is this node itself, or one "
            "of the two is to have another (--server-id)",
            answers->server_id);
    const char *sql =
        answers->flavour == FLAVOUR_MYSQL
            ? "SELECT @@GLOBAL.server_uuid"
            : "SELECT LEFT(CONCAT(@@GLOBAL.server_id, '@', @@hostname, ':', @@port), 63)";
    if (!ask_text(connection, sql, answers->identity, sizeof answers->identity, err))
        return false;
    const struct receive_options *o = &receive->options;
    struct receive_peer peer = { answers->flavour, answers->identity, answers->server_id };
    if (o->is_replica != NULL && o->is_replica(&peer, o->arg))
        return err_set(
            err, ERR_TIMEOUT,
            "the source follows this node itself, and each would store the other's copies: "
            "waiting until it does not (STOP REPLICA; RESET REPLICA ALL there makes it "
            "a primary)");
    answers->is_known =
        receive->identity[0] == 0 || strcmp(receive->identity, answers->identity) == 0;
    return true;
}

/* What the session's time zone SYSTEM means in the log's statements. */
static bool ask_system_time_zone(struct connection *connection, struct source_answers *answers,
                                 struct err *err)
{
    return ask_text(connection, "SELECT LEFT(@@GLOBAL.system_time_zone, 63)",
                    answers->system_time_zone, sizeof answers->system_time_zone, err);
}

static bool ask_gtid_mode(struct connection *connection, struct source_answers *answers,
                          struct err *err)
{
    char mode[32];
    answers->has_gtids = answers->flavour == FLAVOUR_MARIADB;
    if (answers->has_gtids)
        return true;
    if (!ask_text(connection, "SELECT @@GLOBAL.gtid_mode", mode, sizeof mode, err))
        return false;
    answers->has_gtids = strcmp(mode, "ON") == 0;
    return true;
}

static bool ask_log_settings(const struct receive *receive, struct connection *connection,
                             struct source_answers *answers, struct err *err)
{
    char text[32];
    if (!ask_text(connection, "SELECT @@GLOBAL.log_bin", text, sizeof text, err))
        return false;
    if (strcmp(text, "1") != 0)
        return err_set(
            err, ERR_CONFIG,
            "the source writes no binary log: set log_bin in its configuration and restart it");
    if (!ask_text(connection, "SELECT @@GLOBAL.binlog_format", answers->binlog_format,
                  sizeof answers->binlog_format, err))
        return false;
    if (receive->options.rows_only && strcmp(answers->binlog_format, "STATEMENT") == 0)
        return err_set(
            err, ERR_CONFIG,
            "the source logs statements, not rows: run SET GLOBAL binlog_format = ROW on it, put "
            "binlog_format=ROW into its configuration, and reconnect its clients");
    return true;
}

static bool ask_domain(struct connection *connection, struct source_answers *answers,
                       struct err *err)
{
    char text[32];
    if (answers->flavour != FLAVOUR_MARIADB)
        return true;
    if (!ask_text(connection, "SELECT @@GLOBAL.gtid_domain_id", text, sizeof text, err))
        return false;
    answers->domain_id = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

static bool ask_checksum(struct connection *connection, struct source_answers *answers,
                         struct err *err)
{
    char text[32];
    if (!ask_text(connection, "SELECT @master_binlog_checksum", text, sizeof text, err))
        return false;
    bool crc32 = strcmp(text, "CRC32") == 0;
    if (!crc32 && strcmp(text, "NONE") != 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "the source's binlog_checksum is %s: only CRC32 and NONE are known", text);
    answers->checksum = crc32 ? CHECKSUM_CRC32 : CHECKSUM_NONE;
    return true;
}

static bool tell_settings(struct receive *receive, struct connection *connection,
                          const struct source_answers *answers, struct err *err)
{
    const struct receive_options *o = &receive->options;
    unsigned long long ns = (unsigned long long)o->heartbeat_ms * 1000000;
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql,
             "SET @master_heartbeat_period = %llu, @source_heartbeat_period = %llu", ns, ns);
    if (!connection_execute(connection, sql, err) ||
        !connection_execute(connection,
                            "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, "
                            "@source_binlog_checksum = @@GLOBAL.binlog_checksum",
                            err))
        return false;
    if (answers->flavour == FLAVOUR_MARIADB)
        return connection_execute(connection, "SET @mariadb_slave_capability = 4", err);
    snprintf(sql, sizeof sql, "SET @slave_uuid = '%s', @replica_uuid = '%s'", o->server_uuid,
             o->server_uuid);
    return connection_execute(connection, sql, err);
}

/* A variable of the source that holds a GTID set. */
static bool ask_set(struct connection *connection, const char *sql, enum flavour flavour,
                    struct gtid_set **out, struct err *err)
{
    char *text = malloc(SET_TEXT_MAX);
    bool found = false;
    bool ok =
        text != NULL && connection_query_text(connection, sql, text, SET_TEXT_MAX, &found, err);
    if (ok)
        ok = gtid_set_parse(found ? text : "", flavour, out, err);
    free(text);
    return ok ? true : err_wrap(err, "%s", sql);
}

static bool refuse_set(const struct gtid_set *set, const char *before, const char *after,
                       struct err *err)
{
    struct buf text;
    buf_init(&text, SET_IN_MESSAGE_MAX);
    gtid_set_print(set, &text);
    err_set(err, ERR_CONFLICT, "%s%s%s%s", before, buf_cstr(&text), text.failed ? "…" : "", after);
    buf_clear(&text);
    return false;
}

/* A log has one flavour: GTIDs of the other cannot be compared with it. */
static bool check_flavour(const struct receive *receive, const struct source_answers *answers,
                          struct err *err)
{
    enum gtid_kind held = gtid_set_kind(store_gtids(receive->options.store));
    bool mysql = answers->flavour == FLAVOUR_MYSQL;
    if (held == GTID_NONE || (held == GTID_MYSQL) == mysql)
        return true;
    return err_set(err, ERR_CONFLICT,
                   "the log here is of a %s server, but the source is %s %s: give this node the "
                   "source it had, or follow this one into an empty --data directory",
                   mysql ? "MariaDB" : "MySQL", mysql ? "MySQL" : "MariaDB", answers->version);
}

/* A source that does not hold what it once sent has lost its tail or was reset: its next GTIDs may
 * name other content, so nothing of it may be followed. */
static bool check_diverged(struct receive *receive, struct connection *connection,
                           const struct source_answers *answers, struct err *err)
{
    const struct gtid_set *held = store_gtids(receive->options.store);
    if (!answers->has_gtids || gtid_set_is_empty(held))
        return true;
    AUTO(gtid_set) source = NULL;
    const char *sql = answers->flavour == FLAVOUR_MYSQL ? "SELECT @@GLOBAL.gtid_executed"
                                                        : "SELECT @@GLOBAL.gtid_binlog_state";
    if (!ask_set(connection, sql, answers->flavour, &source, err))
        return false;
    if (gtid_set_contains_all(source, held))
        return true;
    AUTO(gtid_set) extra = gtid_set_copy(held);
    gtid_set_subtract(extra, source);
    return refuse_set(
        extra,
        "the source has diverged: this node holds transactions that the source does not have (",
        "). It lost its tail in a crash, was restored from a backup or was reset. Compare the two, "
        "then make a new copy into an empty --data directory",
        err);
}

static uint64_t read_size(struct bytes text)
{
    char digits[24] = "";
    if (text.data != NULL && text.len < sizeof digits)
        memcpy(digits, text.data, text.len);
    return strtoull(digits, NULL, 10);
}

/* Does the source still have the file that the store ends in, and which is its oldest? Without the
 * privilege to list its files the dump request itself will tell. */
static bool ask_files(struct receive *receive, struct connection *connection,
                      struct source_answers *answers, struct err *err)
{
    char ours[LOG_NAME_MAX + 1];
    naming_source_name(store_write_name(receive->options.store), ours);
    if (!connection_query(connection, "SHOW BINARY LOGS", err)) {
        answers->holds_our_file = true;
        return err->code == ERR_REFUSED;
    }
    answers->holds_our_file = false;
    bool row = true;
    while (row) {
        const struct bytes *values;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row || values[0].data == NULL || values[0].len > LOG_NAME_MAX)
            continue;
        if (answers->oldest_file[0] == 0)
            memcpy(answers->oldest_file, values[0].data, values[0].len);
        if (!bytes_equal_str(values[0], ours))
            continue;
        answers->holds_our_file = true;
        if (connection_column_count(connection) > 1)
            answers->our_file_size = read_size(values[1]);
    }
    return true;
}

/* It may have written the GTIDs of what it lost anew, in later files. */
static bool check_shorter(const struct receive *receive, const struct source_answers *answers,
                          struct err *err)
{
    struct log_pos end = store_write_end(receive->options.store);
    if (!answers->is_known || !answers->holds_our_file || answers->our_file_size == 0 ||
        answers->our_file_size >= end.offset)
        return true;
    char ours[LOG_NAME_MAX + 1];
    naming_source_name(store_write_name(receive->options.store), ours);
    return err_set(
        err, ERR_CONFLICT,
        "the source has diverged: its log file %s ends at %llu, and what it sent to this "
        "node goes up to %llu. It lost its tail in a crash, was restored from a backup "
        "or was reset. Compare the two, then make a new copy into an empty --data "
        "directory",
        ours, (unsigned long long)answers->our_file_size, (unsigned long long)end.offset);
}

/* Of a position "0-1-100,1-7-3" the GTIDs that what we hold does not cover. */
static bool position_minus(const char *text, const struct gtid_set *held, struct gtid_set **out,
                           struct err *err)
{
    AUTO(gtid_set) position = NULL;
    AUTO(gtid_set) rest = gtid_set_new();
    if (!gtid_set_parse(text, FLAVOUR_MARIADB, &position, err))
        return false;
    for (const char *item = text; *item != 0; item += *item == ',') {
        struct gtid last;
        uint32_t domain = (uint32_t)strtoul(item, NULL, 10);
        if (gtid_set_last_in_domain(position, domain, &last) && !gtid_set_covers(held, &last) &&
            !gtid_set_add(rest, &last, err))
            return false;
        item += strcspn(item, ",");
    }
    *out = rest;
    rest = NULL;
    return true;
}

/* MariaDB does not say what it has purged: it is what came before its oldest file. */
static bool ask_missing_mariadb(struct connection *connection, const char *oldest_file,
                                const struct gtid_set *held, struct gtid_set **missing,
                                struct err *err)
{
    bool found = false;
    char *text = memory_new(SET_TEXT_MAX);
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_str(&sql, "SELECT BINLOG_GTID_POS(");
    connection_quote(connection, bytes_of_str(oldest_file), &sql);
    buf_printf(&sql, ", %d)", BINLOG_MAGIC_SIZE);
    bool ok = connection_query_text(connection, buf_cstr(&sql), text, SET_TEXT_MAX, &found, err) &&
              position_minus(found ? text : "", held, missing, err);
    free(text);
    if (!ok)
        err_wrap(err, "%s", buf_cstr(&sql));
    buf_clear(&sql);
    return ok;
}

static bool ask_missing_mysql(struct connection *connection, const struct gtid_set *held,
                              struct gtid_set **missing, struct err *err)
{
    if (!ask_set(connection, "SELECT @@GLOBAL.gtid_purged", FLAVOUR_MYSQL, missing, err))
        return false;
    gtid_set_subtract(*missing, held);
    return true;
}

/* GTIDs that the source has purged and that we lack cannot be had from it. */
static bool check_purged(struct receive *receive, struct connection *connection,
                         const struct source_answers *answers, struct err *err)
{
    const struct gtid_set *held = store_gtids(receive->options.store);
    bool here = answers->is_known && answers->holds_our_file;
    if (!answers->has_gtids || here || answers->oldest_file[0] == 0 || gtid_set_is_empty(held))
        return true;
    AUTO(gtid_set) missing = NULL;
    bool mariadb = answers->flavour == FLAVOUR_MARIADB;
    if (mariadb ? !ask_missing_mariadb(connection, answers->oldest_file, held, &missing, err)
                : !ask_missing_mysql(connection, held, &missing, err))
        return false;
    if (gtid_set_is_empty(missing))
        return true;
    struct buf before;
    buf_init(&before, SQL_MAX);
    buf_printf(&before,
               "the source has purged binary logs that this node has not received yet: its oldest "
               "is %.255s. Missing: ",
               answers->oldest_file);
    if (mariadb) {
        buf_str(&before, "all after ");
        gtid_set_print_position(held, &before);
        buf_str(&before, " up to ");
    }
    refuse_set(missing, buf_cstr(&before),
               ". Make a new copy into an empty --data directory, and keep logs longer on the "
               "source (binlog_expire_logs_seconds)",
               err);
    buf_clear(&before);
    return false;
}

bool questions_ask(struct receive *receive, struct connection *connection,
                   struct source_answers *answers, struct err *err)
{
    memset(answers, 0, sizeof *answers);
    answers->flavour = connection_flavour(connection);
    snprintf(answers->version, sizeof answers->version, "%s",
             connection_server_version(connection));
    return ask_identity(receive, connection, answers, err) &&
           ask_log_settings(receive, connection, answers, err) &&
           ask_system_time_zone(connection, answers, err) && ask_domain(connection, answers, err) &&
           ask_gtid_mode(connection, answers, err) && check_flavour(receive, answers, err) &&
           check_diverged(receive, connection, answers, err) &&
           ask_files(receive, connection, answers, err) && check_shorter(receive, answers, err) &&
           check_purged(receive, connection, answers, err) &&
           tell_settings(receive, connection, answers, err) &&
           ask_checksum(connection, answers, err);
}

static bool tell_mariadb_position(struct receive *receive, struct connection *connection,
                                  struct err *err)
{
    struct buf sql;
    buf_init(&sql, SET_TEXT_MAX);
    buf_str(&sql, "SET @slave_connect_state = '");
    gtid_set_print_position(store_gtids(receive->options.store), &sql);
    buf_str(&sql, "'");
    bool ok = connection_execute(connection, buf_cstr(&sql), err) &&
              connection_execute(connection, "SET @slave_gtid_strict_mode = 0", err) &&
              connection_execute(connection, "SET @slave_gtid_ignore_duplicates = 0", err);
    buf_clear(&sql);
    return ok;
}

/* Logged in, but not as a replica: the server words it like a wrong password. */
static bool refuse_replica(const struct source_address *address, struct err *err)
{
    enum { ACCESS_DENIED = 1045, SPECIFIC_ACCESS_DENIED = 1227 };
    if (err->server_errno != ACCESS_DENIED && err->server_errno != SPECIFIC_ACCESS_DENIED)
        return err_wrap(err, "registering as a replica");
    return err_set(err, ERR_CONFIG,
                   "the account may not ask the source for its log: GRANT REPLICATION SLAVE ON *.* "
                   "to account '%s' (%s)",
                   address->user, err->text);
}

/* A source without the plugin knows no such variable. Any answer, OFF too, means that it puts the
 * marks of semi-sync into what it sends to whoever sets the other variable. */
static bool ask_semi_sync(struct connection *connection, struct source_answers *answers,
                          struct err *err)
{
    static const char *const questions[] = {
        "SHOW VARIABLES LIKE 'rpl_semi_sync_source_enabled'",
        "SHOW VARIABLES LIKE 'rpl_semi_sync_master_enabled'",
    };
    char text[32];
    bool found = false;
    for (size_t i = 0; i < ARRAY_COUNT(questions) && !found; i++)
        if (!connection_query_text(connection, questions[i], text, sizeof text, &found, err))
            return err_wrap(err, "%s", questions[i]);
    answers->semi_sync = found;
    if (!found) {
        log_warning("the source speaks no semi-sync (its plugin is not loaded): this node follows "
                    "it without acknowledging");
        return true;
    }
    return connection_execute(connection,
                              "SET @rpl_semi_sync_replica = 1, @rpl_semi_sync_slave = 1", err);
}

bool questions_request(struct receive *receive, struct connection *connection,
                       struct source_answers *answers, const struct ask *ask, struct err *err)
{
    const struct receive_options *o = &receive->options;
    struct register_replica replica = { o->server_id, o->report_host, o->report_port };
    struct dump_request request = { .server_id = o->server_id,
                                    .flags = DUMP_RICH_EVENTS,
                                    .file = ask->file,
                                    .offset = ask->offset };
    struct buf set;
    buf_init(&set, SET_TEXT_MAX);
    if (ask->by == ASK_BY_GTID && answers->flavour == FLAVOUR_MYSQL) {
        gtid_set_encode(store_gtids(o->store), &set);
        request.gtid_set = buf_bytes(&set);
    }
    bool ok = true;
    if (ask->by == ASK_BY_GTID && answers->flavour == FLAVOUR_MARIADB)
        ok = tell_mariadb_position(receive, connection, err);
    if (ok && !connection_register_replica(connection, &replica, err))
        ok = err->code == ERR_REFUSED ? refuse_replica(o->address, err) : false;
    if (ok && o->semi_sync && ask->by == ASK_BY_PLACE)
        ok = ask_semi_sync(connection, answers, err);
    request.semi_sync = answers->semi_sync;
    ok = ok && connection_dump(connection, &request, err);
    buf_clear(&set);
    return ok;
}

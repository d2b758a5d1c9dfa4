/* logform.c - what MySQL and MariaDB write each in its own way: the head of a file, GTIDs, schema
 * changes. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "base/clock.h"
#include "binlog/file_event.h"
#include "primary/state.h"

enum {
    MYSQL_GTID_FIXED = 1 + 16 + 8 + 1 + 8 + 8 + 7 + 4,
    MARIADB_GTID = 19,
    MARIADB_GTID_OF_GROUP = 21,
    UTF8MB4_GENERAL_CI = 45,
    EXPLICIT_DEFAULTS = 0x1000000, /* flags2 of MariaDB: explicit_defaults_for_timestamp */
};

/* ---- MySQL ---- */

static bool put_previous_gtids(struct primary *primary, struct err *err)
{
    gtid_set_encode(store_gtids(primary->options.store), &primary->transaction.body);
    return logfile_put(primary, EVENT_PREVIOUS_GTIDS, err);
}

static uint32_t version_number(const char *version)
{
    unsigned major = 0, minor = 0, patch = 0;
    return sscanf(version, "%u.%u.%u", &major, &minor, &patch) == 3
               ? major * 10000 + minor * 100 + patch
               : 0;
}

static void fill_mysql_gtid(struct primary *primary, bool is_ddl, struct gtid_event *event)
{
    event->flags = is_ddl; /* may hold statements */
    event->has_clock = true;
    event->immediate_commit_us = clock_wall_us();
    event->original_commit_us = event->immediate_commit_us;
    event->immediate_server_version = version_number(primary->options.server_version);
    event->original_server_version = event->immediate_server_version;
    event->transaction_length = logfile_size(primary, is_ddl);
}

/* The event counts itself, and its length depends on the number: at most nine bytes. */
static uint64_t mysql_gtid_bytes(bool is_ddl, uint64_t rest)
{
    static const struct {
        uint64_t below;
        unsigned bytes;
    } lengths[] = { { 251, 1 }, { 1 << 16, 3 }, { 1 << 24, 4 }, { UINT64_MAX, 9 } };
    (void)is_ddl;
    unsigned i = 0;
    while (rest + MYSQL_GTID_FIXED + lengths[i].bytes >= lengths[i].below)
        i++;
    return MYSQL_GTID_FIXED + lengths[i].bytes;
}

static void fill_mysql_schema(uint64_t xid, struct query_event *query)
{
    query->explicit_defaults_for_timestamp = 1;
    query->ddl_xid = xid;
    query->default_collation_for_utf8mb4 = UTF8MB4_GENERAL_CI;
    query->present_low |=
        1u << QUERY_STATUS_MICROSECONDS | 1u << QUERY_STATUS_EXPLICIT_DEFAULTS_FOR_TIMESTAMP |
        1u << QUERY_STATUS_DDL_XID | 1u << QUERY_STATUS_DEFAULT_COLLATION_FOR_UTF8MB4;
}

/* ---- MariaDB ---- */

static bool put_gtid_list(struct primary *primary, struct err *err)
{
    struct buf *body = &primary->transaction.body;
    gtid_list_encode(store_gtids(primary->options.store), body);
    if (!logfile_put(primary, EVENT_GTID_LIST, err))
        return false;
    checkpoint_encode(store_write_name(primary->options.store), body);
    return logfile_put(primary, EVENT_BINLOG_CHECKPOINT, err);
}

/* Transactions that follow one another and do not meet share a commit id: a replica applies them
 * together. The id is the number of the first. */
static void fill_mariadb_gtid(struct primary *primary, bool is_ddl, struct gtid_event *event)
{
    event->flags = MARIADB_GTID_ALLOW_PARALLEL;
    if (is_ddl) {
        event->flags |= MARIADB_GTID_STANDALONE | MARIADB_GTID_DDL;
        primary->group_start = 0;
        return;
    }
    event->flags |= MARIADB_GTID_TRANSACTIONAL | MARIADB_GTID_GROUP_COMMIT;
    if (primary->group_start == 0 || event->last_committed >= primary->group_start) {
        primary->group_start = event->sequence_number;
        primary->commit_id = event->gtid.seq;
    }
    event->commit_id = primary->commit_id;
}

static uint64_t mariadb_gtid_bytes(bool is_ddl, uint64_t rest)
{
    (void)rest;
    return is_ddl ? MARIADB_GTID : MARIADB_GTID_OF_GROUP;
}

static void fill_mariadb_schema(uint64_t xid, struct query_event *query)
{
    query->flags2 |= EXPLICIT_DEFAULTS;
    query->ddl_xid = xid;
    query->present_high = UINT64_C(1) << (QUERY_STATUS_MARIADB_MICROSECONDS - 128) |
                          UINT64_C(1) << (QUERY_STATUS_MARIADB_DDL_XID - 128);
}

/* ---- both ---- */

const struct log_form *log_form_of(enum flavour flavour)
{
    static const struct log_form forms[] = {
        [FLAVOUR_MYSQL] = { .has_begin = true,
                            .put_head = put_previous_gtids,
                            .fill_gtid = fill_mysql_gtid,
                            .gtid_bytes = mysql_gtid_bytes,
                            .fill_schema = fill_mysql_schema },
        [FLAVOUR_MARIADB] = { .rows_are_v1 = true,
                              .put_head = put_gtid_list,
                              .fill_gtid = fill_mariadb_gtid,
                              .gtid_bytes = mariadb_gtid_bytes,
                              .fill_schema = fill_mariadb_schema },
    };
    return &forms[flavour];
}

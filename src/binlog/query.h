/* query.h - the query event (2), MariaDB's compressed one (165), and the last event of a LOAD DATA
 * in statement format (18): a statement's text and the session it ran in.
 *
 *   thread id (4), execution time (4), length of db (1), error (2), size of status variables (2),
 *   18 only: file id (4), start and end of the file name in the text (4, 4), duplicates (1);
 *   status variables (code 1, value), db and a NUL, text to the end
 *
 * A status variable's size follows from its code, so one that is unknown is ERR_UNSUPPORTED. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

enum {
    QUERY_FLAGS2_AUTO_IS_NULL = 0x4000,
    QUERY_FLAGS2_NOT_AUTOCOMMIT = 0x80000,
    QUERY_FLAGS2_NO_FOREIGN_KEY_CHECKS = 0x4000000,
    QUERY_FLAGS2_RELAXED_UNIQUE_CHECKS = 0x8000000,
    QUERY_FLAGS2_IF_EXISTS = 0x10000000, /* MariaDB */
};
enum { QUERY_UPDATED_DBS_UNKNOWN = 254 };

/* Bits of query_event.present: which status variables the event has. */
enum query_status {
    QUERY_STATUS_CATALOG = 2,
    QUERY_STATUS_AUTO_INCREMENT = 3,
    QUERY_STATUS_CHARSET = 4,
    QUERY_STATUS_TIME_ZONE = 5,
    QUERY_STATUS_CATALOG_NZ = 6,
    QUERY_STATUS_INVOKER = 11,
    QUERY_STATUS_UPDATED_DBS = 12,
    QUERY_STATUS_MARIADB_ALTER = 130,
    QUERY_STATUS_MARIADB_COLLATIONS = 131,
#define STATUS(code, name, bytes, field) QUERY_STATUS_##name = code,
#include "binlog/query_status.def"
#undef STATUS
};

struct query_event {
    uint32_t thread_id;
    uint32_t exec_time; /* seconds */
    uint16_t error_code;
    struct bytes db;
    struct bytes text; /* in the client's character set */

    /* EXECUTE_LOAD_QUERY only */
    uint32_t file_id;
    uint32_t file_name_start; /* of the text's file clause */
    uint32_t file_name_end;
    uint8_t duplicates; /* 0 error, 1 IGNORE, 2 REPLACE */

    /* status variables; ask query_has() before reading one */
    struct bytes status;   /* all of them, as they stand in the event */
    uint64_t present_low;  /* codes 0 to 63 */
    uint64_t present_high; /* codes 128 to 191 */
    uint32_t flags2;
    uint64_t sql_mode;
    struct bytes catalog;
    uint16_t auto_increment_increment;
    uint16_t auto_increment_offset;
    uint16_t client_collation; /* collation ids */
    uint16_t connection_collation;
    uint16_t server_collation;
    struct bytes time_zone;
    uint16_t lc_time_names;
    uint16_t database_collation;
    uint64_t table_map_for_update;
    uint32_t master_data_written;
    struct bytes invoker_user;
    struct bytes invoker_host;
    uint8_t updated_db_count; /* QUERY_UPDATED_DBS_UNKNOWN: too many to name */
    struct bytes updated_dbs; /* names, each with a NUL */
    uint32_t microseconds;    /* of the statement's start */
    uint8_t explicit_defaults_for_timestamp;
    uint64_t ddl_xid;
    uint16_t default_collation_for_utf8mb4;
    uint8_t require_primary_key;
    uint8_t default_table_encryption;
    uint8_t enable_cascade_triggers;
    uint8_t alter_flags; /* MariaDB's two-phase ALTER: MARIADB_GTID_START_ALTER and on */
    uint64_t start_alter_seq;
    struct bytes
        collations; /* MariaDB: pairs of u16, charset's default collation and the set one */
};

/* scratch holds the text of a compressed query, which lives until scratch changes; everything else
 * is borrowed from the event. */
bool query_decode(const struct event *event, struct buf *scratch, struct query_event *out,
                  struct err *err) MUST_CHECK;
/* The body, of type QUERY; of MariaDB's own status variables only those that are numbers. */
void query_encode(const struct query_event *query, struct buf *body);
bool query_has(const struct query_event *query, enum query_status status);

/* How a statement's text bounds a transaction; by its first words, as servers write them. */
enum query_bound {
    QUERY_OTHER,
    QUERY_BEGIN,    /* BEGIN, XA START */
    QUERY_COMMIT,   /* COMMIT, XA COMMIT */
    QUERY_ROLLBACK, /* ROLLBACK (not TO SAVEPOINT), XA ROLLBACK */
};
enum query_bound query_bound_of(struct bytes text);
/* The bound of a query event without decoding the rest of it; a compressed text is none (servers
 * compress no text that short). False: the event is cut off. */
bool query_peek(const struct event *event, enum query_bound *out);

/* replica_request.h - what a replica, mysqlbinlog -R or a CDC client has told a source before it
 * asks for the log, and the request itself.
 *
 * The session fills it in: SET of the variables below, COM_REGISTER_SLAVE, and COM_BINLOG_DUMP or
 * COM_BINLOG_DUMP_GTID; whoever serves the log reads it. Flavours are told apart by
 * slave_capability and replica_uuid, not by the dump's flags: 0x2 means two things. Texts are the
 * client's own, any bytes but NUL. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    REPLICA_TEXT_MAX = 255,
    REPLICA_UUID_MAX = 63,
    REPLICA_FILE_MAX = 255,
    REPLICA_SET_MAX = 4 * 1024 * 1024, /* a GTID set, as text or binary */
};

enum dump_flag {
    DUMP_NON_BLOCK = 0x1,  /* EOF at the log's end; also meant by server_id 0 */
    DUMP_RICH = 0x2,       /* MySQL: heartbeats of version 2; MariaDB: annotate events */
    DUMP_SKIP_TAGGED = 0x4 /* MySQL: the set that it sends leaves out tagged GTIDs, as a source of
                              this version would not understand them; sources do nothing by it */
};

enum dump_kind {
    DUMP_BY_FILE,     /* file and offset */
    DUMP_BY_GTID_SET, /* MySQL's: gtid_set is its binary form */
    DUMP_BY_POSITION, /* MariaDB's: gtid_set is the text of @slave_connect_state, "" from the start
                       */
};

struct replica_request {
    /* SET @... = ...; what was not set is absent, not zero */
    bool has_heartbeat;
    uint64_t heartbeat_ns; /* 0: none wanted */
    bool has_checksum;
    bool checksum_crc32;                     /* else NONE */
    unsigned slave_capability;               /* MariaDB; 0: never said */
    char replica_uuid[REPLICA_UUID_MAX + 1]; /* MySQL; "" */
    bool has_connect_state;
    bool gtid_strict_mode;
    bool gtid_ignore_duplicates;
    struct buf connect_state; /* MariaDB: @slave_connect_state */
    bool has_until;
    struct buf until_gtid; /* MariaDB: @slave_until_gtid */
    bool until_before;     /* @slave_gtid_until_before_gtids: those GTIDs are not wanted either */
    bool semi_sync;        /* SET @rpl_semi_sync_replica (slave) = 1 */
    /* COM_REGISTER_SLAVE */
    bool is_registered;
    uint32_t registered_id;
    char report_host[REPLICA_TEXT_MAX + 1];
    char report_user[REPLICA_TEXT_MAX + 1];
    uint16_t report_port;
    /* COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID */
    enum dump_kind kind;
    uint32_t server_id;
    uint16_t flags;
    char file[REPLICA_FILE_MAX + 1]; /* "": the first */
    uint64_t offset;
    struct buf gtid_set;
};

void replica_request_init(struct replica_request *request);
void replica_request_clear(struct replica_request *request); /* as after init */

/* Payloads without their command byte; ERR_PROTOCOL when one is malformed. */
bool replica_request_register(struct replica_request *request, struct bytes payload,
                              struct err *err) MUST_CHECK;
/* Becomes DUMP_BY_POSITION when the connect state was set. */
bool replica_request_dump(struct replica_request *request, struct bytes payload,
                          struct err *err) MUST_CHECK;
bool replica_request_dump_gtid(struct replica_request *request, struct bytes payload,
                               struct err *err) MUST_CHECK;
bool replica_wants_end(const struct replica_request *request); /* EOF at the log's end */

/* A semi-sync acknowledgement, the packet without its ef: durable up to offset in file. */
struct replica_ack {
    uint64_t offset;
    struct bytes file; /* in the payload */
};
bool replica_ack_decode(struct bytes payload, struct replica_ack *out, struct err *err) MUST_CHECK;

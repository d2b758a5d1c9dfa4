/* request.h - what a replica asked for before its stream begins: the dump command, and what its
 * session variables said before. Flavours are told apart by the replica's words, never by flags:
 * 0x2 of the dump command means one thing to MySQL and another to MariaDB. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"

/* Who asks. A tool (mysqlbinlog -R, a CDC client) may say nothing about itself. */
enum serve_peer {
    SERVE_PEER_TOOL,
    SERVE_PEER_MYSQL,   /* it set @replica_uuid or @slave_uuid */
    SERVE_PEER_MARIADB, /* it set @mariadb_slave_capability or @slave_connect_state */
};

/* @source_binlog_checksum or @master_binlog_checksum. */
enum serve_checksum {
    SERVE_CHECKSUM_UNAWARE, /* never set: from before there were any */
    SERVE_CHECKSUM_NONE,
    SERVE_CHECKSUM_CRC32,
};

enum { SERVE_DUMP_NON_BLOCKING = 0x1, SERVE_DUMP_RICH_EVENTS = 0x2 };

struct serve_request {
    enum serve_peer peer;
    unsigned capability; /* MariaDB's: 4 understands all of its events */
    uint32_t server_id;  /* 0: a tool, which is no replica */
    bool is_registered;  /* by COM_REGISTER_SLAVE, as replicas do, and tools do not */
    const char *uuid;    /* "": not told */
    const char *host;    /* as registered, or the address it came from; for people */
    uint16_t port;       /* as registered */
    uint16_t flags;      /* of the command: SERVE_DUMP_ */
    enum serve_checksum checksum;
    uint64_t heartbeat_us; /* 0: none wanted */
    bool semi_sync;        /* each packet carries ef and a flag; it answers those that ask */
    bool by_gtid;
    const struct gtid_set *gtids; /* with by_gtid: what it has, or (MariaDB) where it stands;
                                     NULL: it could not be read */
    const struct gtid_set *until; /* with by_gtid, MariaDB: the stream ends when each domain is
                                     there, and has nothing of other domains; NULL: it goes on */
    bool until_before;            /* ... without those GTIDs themselves */
    const char *file;             /* else; "": the oldest one */
    uint64_t offset;
};

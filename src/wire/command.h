/* command.h - the commands a client sends, as payloads. Only buf->failed tells of no room. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* One statement: the server's largest max_allowed_packet. */
#define COMMAND_MAX ((size_t)1024 * 1024 * 1024)

struct register_replica {
    uint32_t server_id;
    const char *report_host; /* "" */
    uint16_t report_port;
};

struct dump_request {
    uint32_t server_id;
    uint16_t flags;        /* 0x1 non-blocking; 0x2 heartbeat v2 (MySQL), annotate rows (MariaDB) */
    const char *file;      /* "" = first */
    uint64_t offset;       /* 4: from the start */
    struct bytes gtid_set; /* MySQL binary set: COM_BINLOG_DUMP_GTID; data NULL: COM_BINLOG_DUMP */
    bool semi_sync;        /* packets then carry ef and a flag */
};

void command_query(struct bytes sql, struct buf *out);
void command_quit(struct buf *out);
void command_ping(struct buf *out);
/* COM_REGISTER_SLAVE; a host name of more than 255 bytes is ERR_CONFIG. */
bool command_register(const struct register_replica *replica, struct buf *out,
                      struct err *err) MUST_CHECK;
/* COM_BINLOG_DUMP or COM_BINLOG_DUMP_GTID. An offset past 4 GiB without a GTID set is
 * ERR_UNSUPPORTED: the field has 32 bits. */
bool command_dump(const struct dump_request *request, struct buf *out, struct err *err) MUST_CHECK;
/* A semi-sync acknowledgement: everything up to offset in file is durable. Packet number 0. */
void command_semi_sync_ack(const char *file, uint64_t offset, struct buf *out);

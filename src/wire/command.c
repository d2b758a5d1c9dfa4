/* command.c - command payloads.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/command.h"

enum {
    COM_QUIT = 0x01,
    COM_QUERY = 0x03,
    COM_PING = 0x0e,
    COM_BINLOG_DUMP = 0x12,
    COM_REGISTER_SLAVE = 0x15,
    COM_BINLOG_DUMP_GTID = 0x1e,
    SEMI_SYNC_ACK = 0xef,
    STR1_MAX = 255,
};

void command_query(struct bytes sql, struct buf *out)
{
    buf_u8(out, COM_QUERY);
    buf_append(out, sql.data, sql.len);
}

void command_quit(struct buf *out)
{
    buf_u8(out, COM_QUIT);
}

void command_ping(struct buf *out)
{
    buf_u8(out, COM_PING);
}

bool command_register(const struct register_replica *replica, struct buf *out, struct err *err)
{
    size_t len = strlen(replica->report_host);
    if (len > STR1_MAX)
        return err_set(err, ERR_CONFIG, "report-host has %zu bytes, at most %d can be sent", len,
                       STR1_MAX);
    buf_u8(out, COM_REGISTER_SLAVE);
    buf_le(out, replica->server_id, 4);
    buf_u8(out, (uint8_t)len);
    buf_append(out, replica->report_host, len);
    buf_u8(out, 0); /* user and password of the replica: nobody's business */
    buf_u8(out, 0);
    buf_le(out, replica->report_port, 2);
    buf_le(out, 0, 4); /* rank */
    buf_le(out, 0, 4); /* the source's id: it knows */
    return true;
}

static void dump_by_gtid(const struct dump_request *request, struct buf *out)
{
    size_t len = strlen(request->file);
    buf_u8(out, COM_BINLOG_DUMP_GTID);
    buf_le(out, request->flags, 2);
    buf_le(out, request->server_id, 4);
    buf_le(out, len, 4);
    buf_append(out, request->file, len);
    buf_le(out, request->offset, 8);
    buf_le(out, request->gtid_set.len, 4);
    buf_append(out, request->gtid_set.data, request->gtid_set.len);
}

bool command_dump(const struct dump_request *request, struct buf *out, struct err *err)
{
    if (request->gtid_set.data != NULL) {
        dump_by_gtid(request, out);
        return true;
    }
    if (request->offset > UINT32_MAX)
        return err_set(err, ERR_UNSUPPORTED,
                       "cannot start at %s offset %llu: without GTIDs the protocol can name only "
                       "offsets below 4 GiB; follow the source by GTID",
                       request->file, (unsigned long long)request->offset);
    buf_u8(out, COM_BINLOG_DUMP);
    buf_le(out, request->offset, 4);
    buf_le(out, request->flags, 2);
    buf_le(out, request->server_id, 4);
    buf_str(out, request->file);
    return true;
}

void command_semi_sync_ack(const char *file, uint64_t offset, struct buf *out)
{
    buf_u8(out, SEMI_SYNC_ACK);
    buf_le(out, offset, 8);
    buf_str(out, file);
}

/* binlog_statement.c - base64 in lines of 76, as the servers' tools write it. */
// SPDX-License-Identifier: Apache-2.0
#include "print/binlog_statement.h"
#include "binlog/rows.h"
#include "print/session_sql.h"

enum { LINE_BYTES = 57, FLAGS_OFFSET = 6 };

static void put_group(const uint8_t *bytes, size_t n, uint8_t out[4])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)bytes[0] << 16 | (n > 1 ? (uint32_t)bytes[1] << 8 : 0) |
                    (n > 2 ? (uint32_t)bytes[2] : 0);
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=');
}

static void put_line(const uint8_t *bytes, size_t n, struct buf *out)
{
    uint8_t *room = buf_reserve(out, (n + 2) / 3 * 4 + 1);
    if (room == NULL)
        return;
    size_t len = 0;
    for (size_t at = 0; at < n; at += 3, len += 4)
        put_group(bytes + at, n - at < 3 ? n - at : 3, room + len);
    room[len] = '\n';
    out->len += len + 1;
}

static void put_event(struct bytes raw, struct buf *out)
{
    for (size_t at = 0; at < raw.len; at += LINE_BYTES)
        put_line(raw.data + at, raw.len - at < LINE_BYTES ? raw.len - at : LINE_BYTES, out);
}

void binlog_statement_format(const struct event *format_description, enum flavour flavour,
                             struct buf *out)
{
    buf_str(out, "BINLOG '\n");
    put_event(format_description->raw, out);
    buf_str(out, "'" LOG_DELIMITER "\n");
    /* MySQL takes the format for the start of a relay log, where a transaction without a GTID is an
     * anonymous one. */
    if (flavour == FLAVOUR_MYSQL)
        buf_str(out, "/*!50605 SET @@SESSION.GTID_NEXT= 'AUTOMATIC'*/" LOG_DELIMITER "\n");
}

static void put_made(const struct event_header *header, struct bytes body, enum checksum checksum,
                     struct buf *out)
{
    AUTO_BUF event;
    buf_init(&event, EVENT_SIZE_MAX);
    event_append(&event, header, body, checksum);
    put_event(buf_bytes(&event), out);
    out->failed = out->failed || event.failed;
}

bool binlog_statement_rows(const struct rows_statement *rows, struct buf *out, struct err *err)
{
    AUTO_BUF body;
    struct event_header map = rows->header;
    map.type = EVENT_TABLE_MAP;
    map.flags = 0;
    buf_init(&body, EVENT_SIZE_MAX);
    buf_append(&body, rows->body.data, rows->body.len);
    if (body.len <= FLAGS_OFFSET)
        return err_set(err, ERR_CORRUPT, "a rows event of %zu bytes", rows->body.len);
    body.data[FLAGS_OFFSET] |= ROWS_STATEMENT_END;
    buf_str(out, "BINLOG '\n");
    put_made(&map, rows->map, rows->checksum, out);
    put_made(&rows->header, buf_bytes(&body), rows->checksum, out);
    buf_str(out, "'" LOG_DELIMITER "\n");
    return !out->failed || err_set(err, ERR_UNSUPPORTED, "a rows event too large for a statement");
}

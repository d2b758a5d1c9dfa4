/* query_encode.c - query events to bytes: status variables in the order of their codes, as a reader
 * that meets one it does not know gives up on the rest. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/query.h"

enum { STATUS_MAX = 4096 };

static void put_number(struct buf *out, uint8_t code, uint64_t number, size_t size)
{
    buf_u8(out, code);
    buf_le(out, number, size);
}

static void put_short(struct buf *out, struct bytes bytes)
{
    buf_u8(out, (uint8_t)bytes.len);
    buf_append(out, bytes.data, bytes.len);
}

/* Those that are one number each; false: it is none of them. */
static bool put_plain(const struct query_event *q, uint8_t code, struct buf *out)
{
    switch (code) {
#define STATUS(number, name, bytes, field)                                                         \
    case number:                                                                                   \
        put_number(out, code, q->field, bytes);                                                    \
        return true;
#include "binlog/query_status.def"
#undef STATUS
    default:
        return false;
    }
}

static void put_status(const struct query_event *q, uint8_t code, struct buf *out)
{
    if (put_plain(q, code, out))
        return;
    buf_u8(out, code);
    switch (code) {
    case QUERY_STATUS_CATALOG_NZ:
        put_short(out, q->catalog);
        break;
    case QUERY_STATUS_AUTO_INCREMENT:
        buf_le(out, q->auto_increment_increment, 2);
        buf_le(out, q->auto_increment_offset, 2);
        break;
    case QUERY_STATUS_CHARSET:
        buf_le(out, q->client_collation, 2);
        buf_le(out, q->connection_collation, 2);
        buf_le(out, q->server_collation, 2);
        break;
    case QUERY_STATUS_TIME_ZONE:
        put_short(out, q->time_zone);
        break;
    case QUERY_STATUS_INVOKER:
        put_short(out, q->invoker_user);
        put_short(out, q->invoker_host);
        break;
    case QUERY_STATUS_UPDATED_DBS:
        buf_u8(out, q->updated_db_count);
        buf_append(out, q->updated_dbs.data, q->updated_dbs.len);
        break;
    default:
        out->failed = true; /* MariaDB's own, and what only old servers write */
    }
}

void query_encode(const struct query_event *query, struct buf *body)
{
    struct buf status;
    buf_init(&status, STATUS_MAX);
    for (unsigned code = 0; code < 256; code++) {
        bool in_range = code < 64 || (code >= 128 && code < 192);
        if (in_range && query_has(query, (enum query_status)code))
            put_status(query, (uint8_t)code, &status);
    }
    buf_le(body, query->thread_id, 4);
    buf_le(body, query->exec_time, 4);
    buf_u8(body, (uint8_t)query->db.len);
    buf_le(body, query->error_code, 2);
    buf_le(body, status.len, 2);
    buf_append(body, status.data, status.len);
    buf_append(body, query->db.data, query->db.len);
    buf_u8(body, 0);
    buf_append(body, query->text.data, query->text.len);
    body->failed = body->failed || status.failed;
    buf_clear(&status);
}

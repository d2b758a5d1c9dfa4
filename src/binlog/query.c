/* query.c - query events from bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/query.h"
#include <strings.h>
#include "base/reader.h"
#include "binlog/compressed.h"

enum { POST_HEADER_SIZE = 13, LOAD_POST_HEADER_SIZE = 13, COLLATION_PAIR_SIZE = 4 };

bool query_has(const struct query_event *query, enum query_status status)
{
    uint64_t bits = status < 64 ? query->present_low : query->present_high;
    return (bits >> (status & 63) & 1) != 0;
}

static void mark_present(struct query_event *q, uint8_t code)
{
    if (code < 64)
        q->present_low |= (uint64_t)1 << code;
    else
        q->present_high |= (uint64_t)1 << (code & 63);
}

static struct bytes short_bytes(struct reader *r)
{
    size_t len = reader_u8(r);
    return reader_bytes(r, len);
}

static void read_updated_dbs(struct reader *r, struct query_event *q)
{
    q->updated_db_count = reader_u8(r);
    const uint8_t *start = r->pos;
    if (q->updated_db_count == QUERY_UPDATED_DBS_UNKNOWN)
        return;
    for (unsigned i = 0; i < q->updated_db_count; i++)
        (void)reader_cstring(r);
    q->updated_dbs = bytes_of(start, (size_t)(r->pos - start));
}

static void read_alter(struct reader *r, struct query_event *q)
{
    q->alter_flags = reader_u8(r);
    if ((q->alter_flags & 0x0c) != 0) /* COMMIT or ROLLBACK ALTER */
        q->start_alter_seq = reader_u64(r);
}

static bool read_status(struct reader *r, struct query_event *q, struct err *err)
{
    uint8_t code = reader_u8(r);
    switch (code) {
#define STATUS(number, name, bytes, field)                                                         \
    case number:                                                                                   \
        q->field = (__typeof__(q->field))reader_le(r, bytes);                                      \
        break;
#include "binlog/query_status.def"
#undef STATUS
    case QUERY_STATUS_CATALOG:
        q->catalog = short_bytes(r);
        (void)reader_u8(r); /* its NUL */
        break;
    case QUERY_STATUS_AUTO_INCREMENT:
        q->auto_increment_increment = reader_u16(r);
        q->auto_increment_offset = reader_u16(r);
        break;
    case QUERY_STATUS_CHARSET:
        q->client_collation = reader_u16(r);
        q->connection_collation = reader_u16(r);
        q->server_collation = reader_u16(r);
        break;
    case QUERY_STATUS_TIME_ZONE:
        q->time_zone = short_bytes(r);
        break;
    case QUERY_STATUS_CATALOG_NZ:
        q->catalog = short_bytes(r);
        break;
    case QUERY_STATUS_INVOKER:
        q->invoker_user = short_bytes(r);
        q->invoker_host = short_bytes(r);
        break;
    case QUERY_STATUS_UPDATED_DBS:
        read_updated_dbs(r, q);
        break;
    case QUERY_STATUS_MARIADB_ALTER:
        read_alter(r, q);
        break;
    case QUERY_STATUS_MARIADB_COLLATIONS: {
        size_t count = reader_u8(r);
        q->collations = reader_bytes(r, count * COLLATION_PAIR_SIZE);
        break;
    }
    default:
        return err_set(err, ERR_UNSUPPORTED,
                       "query event: status variable %u is unknown, so the session the statement "
                       "ran in is too; this source is newer than binlogd",
                       code);
    }
    mark_present(q, code);
    return true;
}

static bool is_query_type(uint8_t type)
{
    return type == EVENT_QUERY || type == EVENT_QUERY_COMPRESSED ||
           type == EVENT_EXECUTE_LOAD_QUERY;
}

static void read_load(struct reader *r, struct query_event *q)
{
    q->file_id = reader_u32(r);
    q->file_name_start = reader_u32(r);
    q->file_name_end = reader_u32(r);
    q->duplicates = reader_u8(r);
}

bool query_decode(const struct event *event, struct buf *scratch, struct query_event *out,
                  struct err *err)
{
    struct query_event q = { 0 };
    struct reader r = reader_of(event->body);
    if (!is_query_type(event->header.type))
        return err_set(err, ERR_CORRUPT, "query event: this is a %s event",
                       event_type_name(event->header.type));
    q.thread_id = reader_u32(&r);
    q.exec_time = reader_u32(&r);
    size_t db_len = reader_u8(&r);
    q.error_code = reader_u16(&r);
    size_t status_len = reader_u16(&r);
    if (event->header.type == EVENT_EXECUTE_LOAD_QUERY)
        read_load(&r, &q);
    q.status = reader_bytes(&r, status_len);
    q.db = reader_bytes(&r, db_len);
    uint8_t nul = reader_u8(&r);
    q.text = reader_rest(&r);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "query event: %zu bytes are too few", event->body.len);
    if (nul != 0)
        return err_set(err, ERR_CORRUPT, "query event: no NUL ends the database's name");
    struct reader status = reader_of(q.status);
    while (reader_left(&status) > 0)
        if (!read_status(&status, &q, err))
            return false;
    if (status.failed)
        return err_set(err, ERR_CORRUPT, "query event: its status variables are cut off");
    if (q.file_name_start > q.file_name_end || q.file_name_end > q.text.len)
        return err_set(err, ERR_CORRUPT, "load query event: its file name is outside its text");
    if (event->header.type == EVENT_QUERY_COMPRESSED) {
        buf_reset(scratch);
        if (!compressed_decode(q.text, scratch, err))
            return err_wrap(err, "query event");
        q.text = buf_bytes(scratch);
    }
    *out = q;
    return true;
}

static bool has_prefix(struct bytes text, const char *prefix, size_t len)
{
    return text.len >= len && strncasecmp((const char *)text.data, prefix, len) == 0;
}
#define STARTS_WITH(text, word) has_prefix(text, word, sizeof(word) - 1)
#define IS(text, word)          ((text).len == sizeof(word) - 1 && STARTS_WITH(text, word))

enum query_bound query_bound_of(struct bytes text)
{
    if (text.len < sizeof "BEGIN" - 1)
        return QUERY_OTHER;
    switch (text.data[0] | 0x20) {
    case 'b':
        return IS(text, "BEGIN") ? QUERY_BEGIN : QUERY_OTHER;
    case 'c':
        return IS(text, "COMMIT") ? QUERY_COMMIT : QUERY_OTHER;
    case 'r':
        return STARTS_WITH(text, "ROLLBACK") && !STARTS_WITH(text, "ROLLBACK TO ") ? QUERY_ROLLBACK
                                                                                   : QUERY_OTHER;
    case 'x':
        return STARTS_WITH(text, "XA START")      ? QUERY_BEGIN
               : STARTS_WITH(text, "XA COMMIT")   ? QUERY_COMMIT
               : STARTS_WITH(text, "XA ROLLBACK") ? QUERY_ROLLBACK
                                                  : QUERY_OTHER;
    default:
        return QUERY_OTHER;
    }
}

bool query_peek(const struct event *event, enum query_bound *out)
{
    struct bytes body = event->body;
    if (body.len < POST_HEADER_SIZE)
        return false;
    size_t load = event->header.type == EVENT_EXECUTE_LOAD_QUERY ? LOAD_POST_HEADER_SIZE : 0;
    size_t status = (size_t)body.data[11] | (size_t)body.data[12] << 8;
    size_t start = POST_HEADER_SIZE + load + status + body.data[8] + 1;
    if (start > body.len)
        return false;
    *out = event->header.type == EVENT_QUERY
               ? query_bound_of(bytes_of(body.data + start, body.len - start))
               : QUERY_OTHER;
    return true;
}

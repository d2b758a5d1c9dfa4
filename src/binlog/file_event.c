/* file_event.c - see the header; a name from a peer never leaves here with a path in it. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/file_event.h"
#include "base/reader.h"

enum { HEARTBEAT_END, HEARTBEAT_NAME, HEARTBEAT_POS };

static void heartbeat_v2_fields(struct reader *r, struct file_event *e)
{
    for (;;) {
        uint8_t type = reader_u8(r);
        if (type == HEARTBEAT_END || r->failed)
            return;
        struct bytes value = reader_lenenc_bytes(r);
        if (r->failed)
            return;
        if (type == HEARTBEAT_NAME)
            e->name = value;
        if (type == HEARTBEAT_POS) {
            struct reader pos = reader_of(value);
            e->pos = reader_lenenc(&pos);
            r->failed = r->failed || pos.failed;
        }
    }
}

static bool name_ok(struct bytes name)
{
    return name.len > 0 && name.len <= FILE_EVENT_NAME_MAX &&
           memchr(name.data, 0, name.len) == NULL && memchr(name.data, '/', name.len) == NULL;
}

bool file_event_decode(const struct event *event, struct file_event *out, struct err *err)
{
    struct file_event e = { .pos = 0 };
    struct reader r = reader_of(event->body);
    const char *type = event_type_name(event->header.type);
    switch (event->header.type) {
    case EVENT_ROTATE:
        e.pos = reader_u64(&r);
        e.name = reader_rest(&r);
        break;
    case EVENT_HEARTBEAT:
        e.pos = event->header.end_pos;
        e.name = reader_rest(&r);
        break;
    case EVENT_HEARTBEAT_V2:
        heartbeat_v2_fields(&r, &e);
        break;
    case EVENT_BINLOG_CHECKPOINT: {
        uint32_t len = reader_u32(&r);
        e.name = reader_bytes(&r, len);
        break;
    }
    default:
        return err_set(err, ERR_CORRUPT, "%s event: it names no file", type);
    }
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "%s event: %zu bytes are too few", type, event->body.len);
    if (!name_ok(e.name))
        return err_set(err, ERR_CORRUPT, "%s event: its %zu-byte file name cannot be one", type,
                       e.name.len);
    *out = e;
    return true;
}

static size_t lenenc_size(uint64_t value)
{
    return value < 0xfb ? 1 : value <= 0xffff ? 3 : value <= 0xffffff ? 4 : 9;
}

void checkpoint_encode(const char *name, struct buf *body)
{
    size_t len = strlen(name);
    buf_le(body, len, 4);
    buf_append(body, name, len);
}

void heartbeat_v2_encode(const struct file_event *heartbeat, struct buf *body)
{
    buf_u8(body, HEARTBEAT_NAME);
    buf_lenenc_bytes(body, heartbeat->name);
    buf_u8(body, HEARTBEAT_POS);
    buf_lenenc(body, lenenc_size(heartbeat->pos));
    buf_lenenc(body, heartbeat->pos);
    buf_u8(body, HEARTBEAT_END);
}

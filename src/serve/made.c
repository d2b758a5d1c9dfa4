/* made.c - the events that a stream has and the log has not: rotates, heartbeats, lists of GTIDs;
 * and the format description, which is told anew for each replica. Each is a packet of its own in
 * feed->made. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "binlog/gtid_event.h"
#include "binlog/rotate.h"
#include "serve/feed_internal.h"

enum { FORMAT_CREATED_AT = 2 + 50, COUNT_LAST_BYTE = 3, BODY_SMALL_MAX = 64 << 10 };

/* Until a format description was sent, what was agreed on rules. */
static enum checksum checksum_now(const struct feed *feed)
{
    if (feed->has_format)
        return feed->strips ? CHECKSUM_NONE : feed->format.checksum;
    return feed->request.checksum == SERVE_CHECKSUM_CRC32 ? CHECKSUM_CRC32 : CHECKSUM_NONE;
}

static void make(struct feed *feed, const struct event_header *header, struct buf *body)
{
    struct buf event;
    buf_init(&event, FEED_MADE_MAX);
    event_append(&event, header, buf_bytes(body), checksum_now(feed));
    weave_small(&feed->weave, buf_bytes(&event), &feed->made);
    buf_clear(&event);
    buf_clear(body);
}

static struct event_header made_header(const struct feed *feed, uint8_t type)
{
    return (struct event_header){ .type = type, .server_id = feed->serve->options.server_id };
}

void made_rotate(struct feed *feed, const char *file, uint64_t offset)
{
    struct event_header header = made_header(feed, EVENT_ROTATE);
    struct rotate_event rotate = { .offset = offset };
    struct buf body;
    header.flags = EVENT_FLAG_ARTIFICIAL;
    snprintf(rotate.file, sizeof rotate.file, "%s", file);
    buf_init(&body, BODY_SMALL_MAX);
    rotate_encode(&rotate, &body);
    make(feed, &header, &body);
}

void made_heartbeat(struct feed *feed)
{
    bool v2 = feed->request.peer == SERVE_PEER_MYSQL &&
              (feed->request.flags & SERVE_DUMP_RICH_EVENTS) != 0;
    struct event_header header = made_header(feed, v2 ? EVENT_HEARTBEAT_V2 : EVENT_HEARTBEAT);
    struct log_pos place = feed_place(feed);
    struct file_event heartbeat = { bytes_of_str(cursor_file_name(feed->cursor)), place.offset };
    struct buf body;
    header.end_pos = (uint32_t)place.offset;
    buf_init(&body, BODY_SMALL_MAX);
    if (v2)
        heartbeat_v2_encode(&heartbeat, &body);
    else
        buf_append(&body, heartbeat.name.data, heartbeat.name.len);
    make(feed, &header, &body);
}

void made_gtid_list(struct feed *feed, uint32_t flag)
{
    struct event_header header = made_header(feed, EVENT_GTID_LIST);
    struct buf body;
    header.flags = EVENT_FLAG_ARTIFICIAL;
    header.end_pos = (uint32_t)feed_place(feed).offset;
    buf_init(&body, FEED_MADE_MAX);
    gtid_list_encode(feed->state, &body);
    body.data[COUNT_LAST_BYTE] |= (uint8_t)(flag >> 8 * COUNT_LAST_BYTE);
    make(feed, &header, &body);
}

/* QUERY: thread (4), seconds (4), length of the database's name (1), error (2), length of the
 * status variables (2), the name's NUL, the text. */
void made_begin(struct feed *feed, const struct feed_event *event)
{
    enum { QUERY_HEAD = 13 };
    static const uint8_t head[QUERY_HEAD + 1] = { 0 };
    struct event_header header;
    struct err err;
    struct buf body;
    if (!event_header_decode(bytes_of(event->data, EVENT_HEADER_SIZE), &header, &err))
        return; /* it was looked at before: see open_event */
    header.type = EVENT_QUERY;
    header.flags = EVENT_FLAG_SUPPRESS_USE;
    buf_init(&body, BODY_SMALL_MAX);
    buf_append(&body, head, sizeof head);
    buf_str(&body, "BEGIN");
    make(feed, &header, &body);
}

void made_end(struct feed *feed)
{
    static const uint8_t end[] = { 0xfe, 0x00, 0x00, 0x02, 0x00 };
    weave_word(&feed->weave, bytes_of(end, sizeof end), &feed->made);
    feed->ending = true;
}

/* ---- the format description ---- */

/* A replica that goes on must not take the source for restarted: `created` makes it drop its
 * temporary tables and roll back. */
static bool keeps_created(const struct feed *feed)
{
    if (feed->has_format) /* of a later file: as it is there */
        return true;
    if (feed->request.by_gtid)
        return feed->format.flavour == FLAVOUR_MYSQL && gtid_set_is_empty(feed->request.gtids);
    return feed->start.offset == BINLOG_MAGIC_SIZE;
}

static void put_zero(struct buf *buf, size_t at, size_t n)
{
    memset(buf->data + at, 0, n);
}

bool made_format(struct feed *feed, const struct feed_event *event, struct err *err)
{
    struct event format;
    struct buf body;
    struct buf bare;
    if (event->size > FEED_FORMAT_MAX || event->have < event->size)
        return err_set(err, ERR_CORRUPT, "a format description of %u bytes", event->size);
    struct bytes raw = bytes_of(event->data, event->size);
    if (!format_decode(raw, &feed->format, err) || !event_decode(raw, NULL, &format, err))
        return false;
    buf_init(&body, FEED_FORMAT_MAX);
    buf_append(&body, format.body.data, format.body.len);
    format.header.flags &= (uint16_t)~EVENT_FLAG_IN_USE;
    if (!keeps_created(feed))
        put_zero(&body, FORMAT_CREATED_AT, 4);
    if (!feed->has_format && !feed->request.by_gtid && feed->start.offset > BINLOG_MAGIC_SIZE)
        format.header.end_pos = 0;
    feed->strips =
        feed->request.checksum == SERVE_CHECKSUM_UNAWARE && feed->format.checksum == CHECKSUM_CRC32;
    if (feed->strips)
        put_zero(&body, body.len - 1, 1);
    feed->has_format = true;
    buf_init(&bare, FEED_FORMAT_MAX);
    bool has_crc = event->size - EVENT_HEADER_SIZE > format.body.len;
    if (has_crc) {
        event_append(&bare, &format.header, buf_bytes(&body), CHECKSUM_CRC32);
    } else { /* of a server from before there were checksums */
        event_header_encode(&format.header, buf_reserve(&bare, EVENT_HEADER_SIZE));
        bare.len = EVENT_HEADER_SIZE;
        buf_append(&bare, body.data, body.len);
    }
    weave_small(&feed->weave, buf_bytes(&bare), &feed->made);
    buf_clear(&bare);
    buf_clear(&body);
    return true;
}

/* logfile.c - files and transactions as a server writes them. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "binlog/gtid_event.h"
#include "binlog/rotate.h"
#include "primary/state.h"

enum { NUMBER_DIGITS = 6, OUT_KEPT = 1 << 20 /* memory, after a larger event */ };

/* Appends an event to the store: end position and checksum are given here. */
static bool put_event(struct primary *primary, const struct event_header *header, struct bytes body,
                      struct err *err)
{
    struct event_header h = *header;
    struct store *store = primary->options.store;
    h.end_pos = (uint32_t)(store_write_end(store).offset + EVENT_HEADER_SIZE + body.len +
                           EVENT_CHECKSUM_SIZE);
    buf_reset(&primary->out);
    event_append(&primary->out, &h, body, CHECKSUM_CRC32);
    assert(!primary->out.failed); /* the transaction's own bound is lower */
    return store_write(store, buf_bytes(&primary->out), err);
}

bool logfile_put(struct primary *primary, uint8_t type, struct err *err)
{
    struct buf *body = &primary->transaction.body;
    struct event_header header = { .timestamp = (uint32_t)(clock_wall_us() / 1000000),
                                   .type = type,
                                   .server_id = primary->options.server_id };
    bool ok = put_event(primary, &header, buf_bytes(body), err);
    buf_reset(body);
    return ok;
}

static void encode_format(struct primary *primary, struct buf *body)
{
    struct format format;
    const struct primary_options *o = &primary->options;
    format_written(o->flavour, o->server_version, (uint32_t)(clock_wall_us() / 1000000), &format);
    format_encode(&format, body);
}

bool logfile_finish_head(struct primary *primary, struct err *err)
{
    struct store *store = primary->options.store;
    struct buf *body = &primary->transaction.body;
    uint64_t end = store_write_end(store).offset;
    buf_reset(body);
    encode_format(primary, body);
    uint64_t format_end = BINLOG_MAGIC_SIZE + EVENT_HEADER_SIZE + body->len + EVENT_CHECKSUM_SIZE;
    if (end != BINLOG_MAGIC_SIZE && end != format_end)
        return true;
    if (end == BINLOG_MAGIC_SIZE && !logfile_put(primary, EVENT_FORMAT_DESCRIPTION, err))
        return false;
    buf_reset(body);
    return primary->form->put_head(primary, err) && store_mark(store, NULL, err) &&
           store_sync(store, err);
}

bool logfile_start(struct primary *primary, const char *name, struct err *err)
{
    primary->sequence_number = 0;
    primary->group_start = 0;
    write_set_restart(&primary->writes);
    return store_start_file(primary->options.store, name, err) && logfile_finish_head(primary, err);
}

static uint8_t encode_gtid(struct primary *primary, bool is_ddl, struct buf *body)
{
    struct gtid_event event = { .gtid = primary->gtid,
                                .sequence_number = primary->sequence_number + 1 };
    event.last_committed = write_set_place(&primary->writes, event.sequence_number);
    event.gtid.seq++;
    primary->form->fill_gtid(primary, is_ddl, &event);
    return gtid_event_encode(&event, body);
}

uint64_t logfile_size(const struct primary *primary, bool is_ddl)
{
    uint64_t rest =
        cache_end(&primary->transaction.events) + EVENT_HEADER_SIZE + EVENT_CHECKSUM_SIZE;
    return rest + primary->form->gtid_bytes(is_ddl, rest);
}

static bool put_events(struct primary *primary, struct err *err)
{
    struct cache *events = &primary->transaction.events;
    struct event_header header;
    struct bytes raw;
    for (uint64_t at = 0; at < cache_end(events); at += header.size) {
        if (!cache_read(events, at, &raw, err) || !event_header_decode(raw, &header, err))
            return false;
        size_t frame = EVENT_HEADER_SIZE + EVENT_CHECKSUM_SIZE;
        struct bytes body = bytes_of(raw.data + EVENT_HEADER_SIZE, header.size - frame);
        if (!put_event(primary, &header, body, err))
            return false;
    }
    if (primary->out.cap > OUT_KEPT)
        buf_clear(&primary->out);
    return true;
}

bool logfile_write(struct primary *primary, bool is_ddl, struct err *err)
{
    struct buf *body = &primary->transaction.body;
    struct store *store = primary->options.store;
    uint64_t end = store_write_end(store).offset + logfile_size(primary, is_ddl);
    buf_reset(body);
    uint8_t type = encode_gtid(primary, is_ddl, body);
    if (!logfile_put(primary, type, err) || !put_events(primary, err))
        return false;
    assert(store_write_end(store).offset == end); /* the engine's position says so */
    primary->gtid.seq++;
    primary->sequence_number++;
    return store_mark(store, &primary->gtid, err);
}

static void next_name(const char *name, char out[LOG_NAME_MAX + 1])
{
    const char *dot = strrchr(name, '.');
    unsigned long number = strtoul(dot + 1, NULL, 10) + 1;
    snprintf(out, LOG_NAME_MAX + 1, "%.*s.%0*lu", (int)(dot - name), name, NUMBER_DIGITS, number);
}

bool logfile_rotate(struct primary *primary, struct err *err)
{
    struct store *store = primary->options.store;
    struct rotate_event rotate = { .offset = BINLOG_MAGIC_SIZE };
    struct buf *body = &primary->transaction.body;
    next_name(store_write_name(store), rotate.file);
    buf_reset(body);
    rotate_encode(&rotate, body);
    return logfile_put(primary, EVENT_ROTATE, err) && store_mark(store, NULL, err) &&
           logfile_start(primary, rotate.file, err);
}

bool logfile_rotate_if_full(struct primary *primary, struct err *err)
{
    return store_write_end(primary->options.store).offset < primary->options.file_bytes ||
           logfile_rotate(primary, err);
}

bool logfile_follow_on(struct primary *primary, struct err *err)
{
    char name[LOG_NAME_MAX + 1];
    next_name(store_write_name(primary->options.store), name);
    return logfile_start(primary, name, err);
}

/* logfile.c - files and transactions as a MySQL server writes them. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "binlog/gtid_event.h"
#include "binlog/rotate.h"
#include "primary/state.h"

/* FORMAT_END: where the format description of a file of ours ends. */
enum {
    NUMBER_DIGITS = 6,
    FORMAT_END = BINLOG_MAGIC_SIZE + EVENT_HEADER_SIZE + 100 + EVENT_CHECKSUM_SIZE
};

static uint32_t version_number(const char *version)
{
    unsigned major = 0, minor = 0, patch = 0;
    return sscanf(version, "%u.%u.%u", &major, &minor, &patch) == 3
               ? major * 10000 + minor * 100 + patch
               : 0;
}

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

static bool put_own(struct primary *primary, uint8_t type, struct bytes body, struct err *err)
{
    struct event_header header = { .timestamp = (uint32_t)(clock_wall_us() / 1000000),
                                   .type = type,
                                   .server_id = primary->options.server_id };
    return put_event(primary, &header, body, err);
}

static bool put_format(struct primary *primary, struct err *err)
{
    struct format format;
    struct buf *body = &primary->transaction.body;
    format_mysql(&format, primary->options.server_version, (uint32_t)(clock_wall_us() / 1000000));
    buf_reset(body);
    format_encode(&format, body);
    return put_own(primary, EVENT_FORMAT_DESCRIPTION, buf_bytes(body), err);
}

static bool put_previous_gtids(struct primary *primary, struct err *err)
{
    struct buf *body = &primary->transaction.body;
    buf_reset(body);
    gtid_set_encode(store_gtids(primary->options.store), body);
    return put_own(primary, EVENT_PREVIOUS_GTIDS, buf_bytes(body), err);
}

bool logfile_finish_head(struct primary *primary, struct err *err)
{
    struct store *store = primary->options.store;
    uint64_t end = store_write_end(store).offset;
    if (end != BINLOG_MAGIC_SIZE && end != FORMAT_END)
        return true;
    bool ok = (end != BINLOG_MAGIC_SIZE || put_format(primary, err)) &&
              put_previous_gtids(primary, err) && store_mark(store, NULL, err) &&
              store_sync(store, err);
    buf_reset(&primary->transaction.body);
    return ok;
}

bool logfile_start(struct primary *primary, const char *name, struct err *err)
{
    primary->sequence_number = 0;
    write_set_restart(&primary->writes);
    return store_start_file(primary->options.store, name, err) && logfile_finish_head(primary, err);
}

static void encode_gtid(struct primary *primary, bool is_ddl, struct buf *body)
{
    struct gtid_event event = { .gtid = primary->gtid,
                                .flags = is_ddl,
                                .has_clock = true,
                                .sequence_number = primary->sequence_number + 1 };
    event.last_committed = write_set_place(&primary->writes, event.sequence_number);
    event.gtid.seq++;
    event.immediate_commit_us = clock_wall_us();
    event.original_commit_us = event.immediate_commit_us;
    event.immediate_server_version = version_number(primary->options.server_version);
    event.original_server_version = event.immediate_server_version;
    event.transaction_length = logfile_size(primary, is_ddl);
    (void)gtid_event_encode(&event, body);
}

static size_t events_with_checksums(const struct transaction *t)
{
    size_t size = 0;
    struct event_header header;
    struct err err;
    for (size_t at = 0; at < t->events.len; at += header.size) {
        if (!event_header_decode(bytes_of(t->events.data + at, t->events.len - at), &header, &err))
            abort(); /* we have written it */
        size += header.size + EVENT_CHECKSUM_SIZE;
    }
    return size;
}

/* The GTID event counts itself, and its length depends on the number: at most nine bytes. */
uint64_t logfile_size(const struct primary *primary, bool is_ddl)
{
    enum { GTID_FIXED = 1 + 16 + 8 + 1 + 8 + 8 + 7 + 4 };
    static const struct {
        uint64_t below;
        unsigned bytes;
    } lengths[] = { { 251, 1 }, { 1 << 16, 3 }, { 1 << 24, 4 }, { UINT64_MAX, 9 } };
    uint64_t rest = events_with_checksums(&primary->transaction) + EVENT_HEADER_SIZE +
                    EVENT_CHECKSUM_SIZE + GTID_FIXED;
    (void)is_ddl;
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++)
        if (rest + lengths[i].bytes < lengths[i].below)
            return rest + lengths[i].bytes;
    return rest;
}

bool logfile_write(struct primary *primary, bool is_ddl, struct err *err)
{
    struct transaction *t = &primary->transaction;
    struct store *store = primary->options.store;
    uint64_t end = store_write_end(store).offset + logfile_size(primary, is_ddl);
    struct event_header header;
    buf_reset(&t->body);
    encode_gtid(primary, is_ddl, &t->body);
    if (!put_own(primary, EVENT_GTID, buf_bytes(&t->body), err))
        return false;
    for (size_t at = 0; at < t->events.len; at += header.size) {
        struct bytes rest = bytes_of(t->events.data + at, t->events.len - at);
        if (!event_header_decode(rest, &header, err) ||
            !put_event(primary, &header,
                       bytes_of(rest.data + EVENT_HEADER_SIZE, header.size - EVENT_HEADER_SIZE),
                       err))
            return false;
    }
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

bool logfile_rotate_if_full(struct primary *primary, struct err *err)
{
    struct store *store = primary->options.store;
    struct rotate_event rotate = { .offset = BINLOG_MAGIC_SIZE };
    struct buf *body = &primary->transaction.body;
    if (store_write_end(store).offset < primary->options.file_bytes)
        return true;
    next_name(store_write_name(store), rotate.file);
    buf_reset(body);
    rotate_encode(&rotate, body);
    return put_own(primary, EVENT_ROTATE, buf_bytes(body), err) && store_mark(store, NULL, err) &&
           logfile_start(primary, rotate.file, err);
}

bool logfile_follow_on(struct primary *primary, struct err *err)
{
    char name[LOG_NAME_MAX + 1];
    next_name(store_write_name(primary->options.store), name);
    return logfile_start(primary, name, err);
}

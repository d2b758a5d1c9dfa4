/* tail.c - looks for lost sectors at the damaged place, and for a whole transaction after it. */
// SPDX-License-Identifier: Apache-2.0
#include "store/tail.h"
#include <fcntl.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/reader.h"
#include "store/scan.h"

enum { SECTOR = 512 };

struct look {
    const struct tail *tail;
    int fd;
};

bool event_begins_transaction(uint8_t type)
{
    return type == EVENT_GTID || type == EVENT_ANONYMOUS_GTID || type == EVENT_GTID_TAGGED ||
           type == EVENT_MARIADB_GTID;
}

/* A page that never reached the disk reads as zeroes: from the damaged event's start to the next
 * sector, or any whole sector inside it. Bytes that rotted do not look like that. */
static bool sector_lost(const struct look *look, uint64_t at, bool *lost, struct err *err)
{
    uint8_t sector[SECTOR];
    uint8_t header[EVENT_HEADER_SIZE] = { 0 };
    struct event_header h = { .size = EVENT_HEADER_SIZE };
    struct files *files = look->tail->files;
    struct err ignored;
    size_t got;
    if (!files_read_at(files, look->fd, header, sizeof header, (off_t)at, &got, err))
        return false;
    if (!event_header_decode(bytes_of(header, got), &h, &ignored))
        h.size = EVENT_HEADER_SIZE;
    uint64_t stop = at + h.size < look->tail->size ? at + h.size : look->tail->size;
    for (uint64_t from = at; from < stop && !*lost; from = (from / SECTOR + 1) * SECTOR) {
        size_t len = SECTOR - (size_t)(from % SECTOR);
        if (!files_read_at(files, look->fd, sector, len, (off_t)from, &got, err))
            return false;
        *lost = got > 0 && bytes_all_zero(bytes_of(sector, got)) &&
                (got >= EVENT_HEADER_SIZE || from > at);
    }
    return true;
}

/* Does a whole transaction start exactly at `at`? A scan of its own judges. */
static bool transaction_at(const struct look *look, uint64_t at, bool *whole, struct err *err)
{
    struct scan scan;
    struct stream stream = *look->tail->stream;
    struct event event;
    struct err ignored;
    enum stream_step step = STREAM_OUTSIDE;
    stream.inside = false;
    stream.in_statement_group = false;
    scan_init(&scan, look->tail->files);
    if (!scan_open(&scan, look->tail->path, at, look->tail->size, err)) {
        scan_close(&scan);
        return false;
    }
    while (step != STREAM_COMMIT && scan_next(&scan, &event, &ignored) == SCAN_EVENT &&
           stream_feed(&stream, &event, &step, &ignored) && step != STREAM_OUTSIDE)
        ;
    *whole = step == STREAM_COMMIT;
    scan_close(&scan);
    return true;
}

/* Looks for the head of a GTID event whose stated end position is where it stands: cheap enough
 * for every byte, strict enough to be followed by a real walk. */
static bool looks_like_gtid(const uint8_t *p, uint64_t at)
{
    struct reader r = reader_of(bytes_of(p, EVENT_HEADER_SIZE));
    (void)reader_u32(&r);
    uint8_t type = reader_u8(&r);
    (void)reader_u32(&r);
    uint32_t size = reader_u32(&r);
    uint32_t end = reader_u32(&r);
    return event_begins_transaction(type) && size >= EVENT_HEADER_SIZE && size < 4096 &&
           end == (uint32_t)(at + size);
}

static bool later_transaction(const struct look *look, uint64_t at, bool *found, struct err *err)
{
    enum { STEP = 256 << 10 };
    uint8_t *data = memory_resize(NULL, STEP);
    bool ok = true;
    size_t got = EVENT_HEADER_SIZE;
    while (ok && !*found && got >= EVENT_HEADER_SIZE && at < look->tail->size) {
        uint64_t left = look->tail->size - at;
        ok = files_read_at(look->tail->files, look->fd, data, left < STEP ? (size_t)left : STEP,
                           (off_t)at, &got, err);
        size_t places = ok && got >= EVENT_HEADER_SIZE ? got - EVENT_HEADER_SIZE + 1 : 0;
        for (size_t i = 0; ok && !*found && i < places; i++)
            if (looks_like_gtid(data + i, at + i))
                ok = transaction_at(look, at + i, found, err);
        at += places;
    }
    free(data);
    return ok;
}

bool tail_is_torn(const struct tail *tail, uint64_t at, bool *torn, struct err *err)
{
    struct look look = { tail, tail->files->open(tail->files, tail->path, O_RDONLY, 0) };
    bool lost = false;
    bool later = false;
    if (look.fd < 0)
        return err_sys(err, "open %s", tail->path);
    bool ok = sector_lost(&look, at, &lost, err) &&
              (lost || later_transaction(&look, at + 1, &later, err));
    tail->files->close(tail->files, look.fd);
    *torn = !later;
    return ok ? true : err_wrap(err, "%s", tail->path);
}

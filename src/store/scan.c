/* scan.c - the one loop that turns file bytes into events. */
// SPDX-License-Identifier: Apache-2.0
#include "store/scan.h"
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include "base/bug.h"
#include "base/memory.h"

void scan_init(struct scan *scan, struct files *files)
{
    *scan = (struct scan){ .files = files, .fd = -1 };
}

void scan_close_file(struct scan *scan)
{
    blocks_free(scan->ahead);
    if (scan->fd >= 0)
        scan->files->close(scan->files, scan->fd);
    free(scan->large);
    scan->ahead = NULL;
    scan->fd = -1;
    scan->large = NULL;
    scan->start = 0;
    scan->end = 0;
    scan->checked = 0;
    scan->has_format = false;
}

void scan_close(struct scan *scan)
{
    scan_close_file(scan);
    free(scan->buffer);
    scan_init(scan, scan->files);
}

static bool check_magic(struct scan *scan, struct err *err)
{
    uint8_t magic[BINLOG_MAGIC_SIZE];
    size_t got;
    if (!files_read_at(scan->files, scan->fd, magic, sizeof magic, 0, &got, err))
        return false;
    if (got != sizeof magic || memcmp(magic, BINLOG_MAGIC, sizeof magic) != 0)
        return err_set(err, ERR_CORRUPT, "it does not begin like a binary log file");
    return true;
}

static bool read_format(struct scan *scan, struct err *err)
{
    struct event event;
    enum scan_result result = scan_next(scan, &event, err);
    if (result == SCAN_LIMIT)
        return err_set(err, ERR_CORRUPT, "it has no format description");
    return result == SCAN_EVENT;
}

bool scan_open(struct scan *scan, const char *path, uint64_t pos, uint64_t limit, struct err *err)
{
    scan_close_file(scan);
    scan->fd = scan->files->open(scan->files, path, O_RDONLY, 0);
    if (scan->fd < 0)
        return err_sys(err, "open %s", path);
    scan->pos = BINLOG_MAGIC_SIZE;
    scan->limit = limit;
    if (!check_magic(scan, err) || (pos > BINLOG_MAGIC_SIZE && !read_format(scan, err)))
        return err_wrap(err, "%s", path);
    if (pos > scan->pos) {
        scan->pos = pos;
        scan->start = 0;
        scan->end = 0;
    }
    return true;
}

static bool read_on(void *arg, void *out, size_t n, size_t *got, struct err *err)
{
    struct scan *scan = arg;
    uint64_t left = scan->limit - scan->ahead_pos;
    if (!files_read_at(scan->files, scan->fd, out, left < n ? (size_t)left : n,
                       (off_t)scan->ahead_pos, got, err))
        return false;
    scan->ahead_pos += *got;
    return true;
}

void scan_read_ahead(struct scan *scan, unsigned threads)
{
    assert(scan->ahead == NULL && scan->start == scan->end);
    scan->ahead_pos = scan->pos;
    if (threads > 0)
        scan->ahead = blocks_new(&(struct blocks_input){ read_on, scan }, threads);
}

/* No event stands in two blocks: what is left of the last one is cut off. */
static bool next_block(struct scan *scan, size_t need, bool *short_file, struct err *err)
{
    struct block block;
    *short_file = false;
    if (!blocks_next(scan->ahead, &block, err))
        return false;
    scan->view = block.bytes.data;
    scan->start = 0;
    scan->end = block.bytes.len;
    scan->checked = block.checked;
    *short_file = scan->end < need;
    return !*short_file;
}

/* Makes at least `need` bytes at pos available in the view, whose buffer is large enough. False
 * with *short_file: the file ends before the limit. */
static bool fill(struct scan *scan, size_t need, bool *short_file, struct err *err)
{
    if (scan->ahead != NULL)
        return next_block(scan, need, short_file, err);
    if (scan->buffer == NULL)
        scan->buffer = memory_resize(NULL, SCAN_BUFFER_SIZE);
    size_t have = scan->end - scan->start;
    memmove(scan->buffer, scan->buffer + scan->start, have);
    scan->view = scan->buffer;
    scan->start = 0;
    scan->end = have;
    uint64_t left = scan->limit - scan->pos - have;
    size_t room = SCAN_BUFFER_SIZE - have;
    size_t n = left < room ? (size_t)left : room;
    size_t got;
    if (!files_read_at(scan->files, scan->fd, scan->buffer + have, n, (off_t)(scan->pos + have),
                       &got, err))
        return false;
    scan->end += got;
    *short_file = scan->end < need;
    return !*short_file;
}

static bool read_large(struct scan *scan, size_t size, bool *short_file, struct err *err)
{
    size_t have = scan->end - scan->start;
    size_t got;
    scan->large = memory_resize(NULL, size);
    memcpy(scan->large, scan->view + scan->start, have);
    if (!files_read_at(scan->files, scan->fd, scan->large + have, size - have,
                       (off_t)(scan->pos + have), &got, err))
        return false;
    scan->start = 0;
    scan->end = 0;
    *short_file = have + got < size;
    return !*short_file;
}

static enum scan_result cut_off(struct scan *scan, struct err *err)
{
    scan->damage = SCAN_CUT_OFF;
    err_set(err, ERR_CORRUPT, "the last event is cut off");
    return SCAN_DAMAGED;
}

static enum scan_result failed(struct scan *scan, bool short_file, struct err *err)
{
    return short_file ? cut_off(scan, err) : SCAN_FAILED;
}

static bool check_format(struct scan *scan, struct bytes raw, struct event *event, struct err *err)
{
    if (!format_decode(raw, &scan->format, err) || !event_decode(raw, NULL, event, err)) {
        if (scan->pos > BINLOG_MAGIC_SIZE) /* not a newer version's file: bytes that are no event */
            err->code = ERR_CORRUPT;
        return false;
    }
    bool has_crc = raw.len - EVENT_HEADER_SIZE - event->body.len == EVENT_CHECKSUM_SIZE;
    scan->damage = SCAN_CHECKSUM;
    if (has_crc && !event_checksum_ok(raw, CHECKSUM_CRC32))
        return err_set(err, ERR_CORRUPT, "the format description's checksum is wrong");
    scan->has_format = true;
    return true;
}

static bool check_event(struct scan *scan, struct bytes raw, struct event *event, struct err *err)
{
    if (raw.data[EVENT_TYPE_OFFSET] == EVENT_FORMAT_DESCRIPTION)
        return check_format(scan, raw, event, err);
    if (!scan->has_format)
        return err_set(err, ERR_CORRUPT, "the file does not begin with a format description");
    if (!event_decode(raw, &scan->format, event, err))
        return false;
    scan->damage = SCAN_CHECKSUM;
    if (scan->start + raw.len > scan->checked && !event_checksum_ok(raw, scan->format.checksum) &&
        !BUG(CHECKSUM_UNCHECKED))
        return err_set(err, ERR_CORRUPT, "the checksum of a %s event of %zu bytes is wrong",
                       event_type_name(event->header.type), raw.len);
    return true;
}

enum scan_result scan_next(struct scan *scan, struct event *event, struct err *err)
{
    bool short_file = false;
    struct event_header header;
    scan->damage = SCAN_FRAME;
    assert(scan->pos <= scan->limit);
    free(scan->large);
    scan->large = NULL;
    if (scan->pos == scan->limit)
        return SCAN_LIMIT;
    if (scan->limit - scan->pos < EVENT_HEADER_SIZE)
        return cut_off(scan, err);
    if (scan->end - scan->start < EVENT_HEADER_SIZE &&
        !fill(scan, EVENT_HEADER_SIZE, &short_file, err))
        return failed(scan, short_file, err);
    if (!event_header_decode(bytes_of(scan->view + scan->start, EVENT_HEADER_SIZE), &header, err))
        return SCAN_DAMAGED;
    if (header.size > scan->limit - scan->pos)
        return cut_off(scan, err);
    if (header.size > SCAN_BUFFER_SIZE && scan->ahead == NULL) {
        if (!read_large(scan, header.size, &short_file, err))
            return failed(scan, short_file, err);
    } else if (scan->end - scan->start < header.size &&
               !fill(scan, header.size, &short_file, err)) {
        return failed(scan, short_file, err);
    }
    bool is_large = scan->large != NULL;
    const uint8_t *data = is_large ? scan->large : scan->view + scan->start;
    if (!check_event(scan, bytes_of(data, header.size), event, err))
        return SCAN_DAMAGED;
    scan->start += is_large ? 0 : header.size;
    scan->pos += header.size;
    return SCAN_EVENT;
}

/* segment.c - buffered appending to one file. Large pieces skip the buffer: a 1 GiB event goes
 * from the network's packets to the file without a second copy. */
// SPDX-License-Identifier: Apache-2.0
#include "store/segment.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/event.h"

enum { DIRECT_WRITE_MIN = 256 << 10 };

void segment_init(struct segment *segment, struct files *files)
{
    *segment = (struct segment){ .files = files, .fd = -1 };
    buf_init(&segment->buffer, SEGMENT_BUFFER_MAX);
}

static bool open_path(struct segment *segment, const char *dir, const char *name, int flags,
                      struct err *err)
{
    char path[PATH_MAX];
    assert(segment->fd < 0);
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return err_set(err, ERR_CONFIG, "the path %s/%s is too long", dir, name);
    int fd = segment->files->open(segment->files, path, O_RDWR | flags, 0600);
    if (fd < 0)
        return err_sys(err, "%s %s", (flags & O_CREAT) != 0 ? "create" : "open", path);
    segment->fd = fd;
    segment->path = memory_str(path);
    return true;
}

bool segment_create(struct segment *segment, const char *dir, const char *name, struct err *err)
{
    if (!open_path(segment, dir, name, O_CREAT | O_EXCL, err))
        return false;
    segment->flushed = 0;
    if (!segment_append(segment, bytes_of(BINLOG_MAGIC, BINLOG_MAGIC_SIZE), err) ||
        !segment_flush(segment, err) || !segment_sync(segment, err)) {
        segment_close(segment);
        return false;
    }
    return true;
}

bool segment_open(struct segment *segment, const char *dir, const char *name, uint64_t end,
                  struct err *err)
{
    if (!open_path(segment, dir, name, 0, err))
        return false;
    segment->flushed = end;
    return true;
}

static bool renew_piece(struct segment *segment, uint64_t at, size_t len, struct err *err)
{
    uint8_t *data = memory_resize(NULL, len);
    bool ok = segment_read(segment, at, data, len, err) &&
              files_write_all(segment->files, segment->fd, bytes_of(data, len), (off_t)at, err);
    free(data);
    return ok ? true : err_wrap(err, "%s", segment->path);
}

bool segment_renew(struct segment *segment, uint64_t from, uint64_t to, struct err *err)
{
    bool ok = true;
    assert(to <= segment->flushed);
    for (uint64_t at = from; ok && at < to; at += SEGMENT_BUFFER_MAX) {
        uint64_t left = to - at;
        ok = renew_piece(segment, at, left < SEGMENT_BUFFER_MAX ? (size_t)left : SEGMENT_BUFFER_MAX,
                         err);
    }
    return ok;
}

void segment_close(struct segment *segment)
{
    if (segment->fd >= 0)
        segment->files->close(segment->files, segment->fd);
    free(segment->path);
    buf_clear(&segment->buffer);
    segment_init(segment, segment->files);
}

uint64_t segment_end(const struct segment *segment)
{
    return segment->flushed + segment->buffer.len;
}

static bool write_through(struct segment *segment, struct bytes bytes, struct err *err)
{
    if (!files_write_all(segment->files, segment->fd, bytes, (off_t)segment->flushed, err))
        return err_wrap(err, "%s", segment->path);
    segment->flushed += bytes.len;
    return true;
}

static bool empty_buffer(struct segment *segment, struct err *err)
{
    if (segment->buffer.len == 0)
        return true;
    if (!write_through(segment, buf_bytes(&segment->buffer), err))
        return false;
    buf_reset(&segment->buffer);
    return true;
}

bool segment_append(struct segment *segment, struct bytes bytes, struct err *err)
{
    if (segment->buffer.len + bytes.len <= SEGMENT_BUFFER_MAX && bytes.len < DIRECT_WRITE_MIN) {
        if (segment->buffer.data == NULL)
            (void)buf_reserve(&segment->buffer, 16384);
        buf_append(&segment->buffer, bytes.data, bytes.len);
        return true;
    }
    if (!empty_buffer(segment, err))
        return false;
    if (bytes.len >= DIRECT_WRITE_MIN)
        return write_through(segment, bytes, err);
    buf_append(&segment->buffer, bytes.data, bytes.len);
    return true;
}

bool segment_flush(struct segment *segment, struct err *err)
{
    if (!empty_buffer(segment, err))
        return false;
    if (segment->buffer.cap > SEGMENT_BUFFER_KEPT)
        buf_clear(&segment->buffer);
    return true;
}

bool segment_sync(struct segment *segment, struct err *err)
{
    if (segment->files->datasync(segment->files, segment->fd) != 0)
        return err_sys(err, "fdatasync %s", segment->path);
    return true;
}

bool segment_cut(struct segment *segment, uint64_t end, struct err *err)
{
    assert(end <= segment_end(segment));
    if (end >= segment->flushed) {
        segment->buffer.len = (size_t)(end - segment->flushed);
        return true;
    }
    if (segment->files->truncate(segment->files, segment->fd, (off_t)end) != 0)
        return err_sys(err, "truncate %s to %llu", segment->path, (unsigned long long)end);
    buf_reset(&segment->buffer);
    segment->flushed = end;
    return true;
}

bool segment_read(const struct segment *segment, uint64_t offset, void *data, size_t len,
                  struct err *err)
{
    uint8_t *out = data;
    assert(offset + len <= segment_end(segment));
    if (offset < segment->flushed) {
        uint64_t left = segment->flushed - offset;
        size_t n = left < len ? (size_t)left : len;
        size_t got;
        if (!files_read_at(segment->files, segment->fd, out, n, (off_t)offset, &got, err))
            return err_wrap(err, "%s", segment->path);
        if (got != n)
            return err_set(err, ERR_CORRUPT, "%s: shorter than what was written to it",
                           segment->path);
        out += n;
        offset += n;
        len -= n;
    }
    if (len > 0)
        memcpy(out, segment->buffer.data + (offset - segment->flushed), len);
    return true;
}

/* cache.c - see cache.h. */
// SPDX-License-Identifier: Apache-2.0
#include "primary/cache.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include "base/memory.h"

enum {
    TOO_LARGE = 1197,
    WRITE_FAILED = 1026,
    SIZE_AT = 9,           /* in an event's header */
    MEMORY_KEPT = 1 << 20, /* from one transaction to the next */
    WINDOW = 256 << 10,    /* read at once */
};

bool cache_open(struct cache *cache, const struct cache_options *options, struct err *err)
{
    *cache = (struct cache){ .files = options->files == NULL ? &files_os : options->files,
                             .path = options->path == NULL ? NULL : memory_str(options->path),
                             .memory_max = options->memory_max,
                             .max = options->max,
                             .fd = -1 };
    buf_init(&cache->memory, SIZE_MAX);
    buf_init(&cache->window, EVENT_SIZE_MAX);
    if (options->path == NULL || cache->files->unlink(cache->files, options->path) == 0 ||
        errno == ENOENT)
        return true;
    return err_sys(err, "%s cannot be removed", options->path);
}

void cache_close(struct cache *cache)
{
    if (cache->files == NULL)
        return;
    if (cache->fd >= 0)
        cache->files->close(cache->files, cache->fd);
    buf_clear(&cache->memory);
    buf_clear(&cache->window);
    free(cache->path);
}

void cache_start(struct cache *cache)
{
    if (cache->memory.cap > MEMORY_KEPT)
        buf_clear(&cache->memory);
    buf_reset(&cache->memory);
    buf_clear(&cache->window);
    /* Only its room on the disk: what it holds is written over, if that should fail. */
    if (cache->spilled > 0)
        (void)cache->files->truncate(cache->files, cache->fd, 0);
    cache->spilled = 0;
}

uint64_t cache_end(const struct cache *cache)
{
    return cache->spilled + cache->memory.len;
}

/* ---- growing ---- */

/* As a server whose binlog cache is too small says it. */
static bool has_room(const struct cache *cache, size_t more, struct err *err)
{
    if (more <= cache->max && cache_end(cache) <= cache->max - more)
        return true;
    return err_refuse(
        err, TOO_LARGE,
        "Multi-statement transaction required more than 'max_binlog_cache_size' bytes "
        "of storage (%llu); increase this option and try again",
        (unsigned long long)cache->max);
}

static bool refuse_write(const struct cache *cache, struct err *err)
{
    (void)err_wrap(err, "Error writing file '%s'", cache->path);
    err->code = ERR_REFUSED;
    err->os_errno = 0;
    err->server_errno = WRITE_FAILED;
    return false;
}

static bool make_file(struct cache *cache, struct err *err)
{
    struct files *files = cache->files;
    if (cache->fd >= 0)
        return true;
    int fd = files->open(files, cache->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || files->unlink(files, cache->path) != 0) {
        (void)err_sys(err, "it cannot be made");
        if (fd >= 0)
            files->close(files, fd);
        return false;
    }
    cache->fd = fd;
    return true;
}

/* Before the next event: what is in memory goes into the file when there is no room beside it. */
static bool spill(struct cache *cache, size_t more, struct err *err)
{
    struct buf *memory = &cache->memory;
    bool fits = more <= cache->memory_max && memory->len <= cache->memory_max - more;
    if (fits || cache->path == NULL || memory->len == 0)
        return true;
    if (!make_file(cache, err) ||
        !files_write_all(cache->files, cache->fd, buf_bytes(memory), (off_t)cache->spilled, err))
        return refuse_write(cache, err);
    cache->spilled += memory->len;
    buf_reset(memory);
    return true;
}

static void put_size(uint8_t *event, uint32_t size)
{
    for (unsigned i = 0; i < 4; i++)
        event[SIZE_AT + i] = (uint8_t)(size >> (8 * i));
}

bool cache_add(struct cache *cache, const struct event_header *header, struct bytes body,
               struct err *err)
{
    struct event_header h = *header;
    h.size = (uint32_t)(EVENT_HEADER_SIZE + body.len + EVENT_CHECKSUM_SIZE);
    assert(body.len > 0 && body.len < EVENT_SIZE_MAX - EVENT_HEADER_SIZE - EVENT_CHECKSUM_SIZE);
    if (!has_room(cache, h.size, err) || !spill(cache, h.size, err))
        return false;
    uint8_t *room = buf_reserve(&cache->memory, h.size);
    event_header_encode(&h, room);
    memcpy(room + EVENT_HEADER_SIZE, body.data, body.len);
    memset(room + EVENT_HEADER_SIZE + body.len, 0, EVENT_CHECKSUM_SIZE);
    cache->memory.len += h.size;
    return true;
}

bool cache_extend(struct cache *cache, uint64_t at, struct bytes more, struct err *err)
{
    struct buf *memory = &cache->memory;
    assert(at >= cache->spilled && at < cache_end(cache));
    if (!has_room(cache, more.len, err))
        return false;
    memory->len -= EVENT_CHECKSUM_SIZE;
    buf_append(memory, more.data, more.len);
    buf_le(memory, 0, EVENT_CHECKSUM_SIZE);
    put_size(cache_byte(cache, at, 0), (uint32_t)(cache_end(cache) - at));
    return true;
}

uint8_t *cache_byte(struct cache *cache, uint64_t at, size_t offset)
{
    assert(at >= cache->spilled && at + offset < cache_end(cache));
    return cache->memory.data + (at - cache->spilled) + offset;
}

void cache_cut(struct cache *cache, uint64_t end)
{
    assert(end <= cache_end(cache));
    buf_reset(&cache->window);
    if (end >= cache->spilled) {
        cache->memory.len = end - cache->spilled;
        return;
    }
    cache->spilled = end;
    buf_reset(&cache->memory);
}

/* ---- reading ---- */

/* At least `size` bytes of the file from `at` on. */
static bool fill_window(struct cache *cache, uint64_t at, size_t size, struct err *err)
{
    struct buf *window = &cache->window;
    size_t got = 0, want = size > WINDOW ? size : WINDOW;
    if (want > cache->spilled - at)
        want = cache->spilled - at;
    buf_reset(window);
    uint8_t *room = buf_reserve(window, want);
    if (!files_read_at(cache->files, cache->fd, room, want, (off_t)at, &got, err))
        return err_wrap(err, "%s", cache->path);
    if (got < want)
        return err_set(err, ERR_SYSTEM, "%s is shorter than what was written to it", cache->path);
    window->len = got;
    cache->window_at = at;
    return true;
}

static bool is_in_window(const struct cache *cache, uint64_t at, size_t size)
{
    return at >= cache->window_at && at + size <= cache->window_at + cache->window.len;
}

static bool read_back(struct cache *cache, uint64_t at, struct bytes *raw, struct err *err)
{
    struct event_header header;
    if (!is_in_window(cache, at, EVENT_HEADER_SIZE) &&
        !fill_window(cache, at, EVENT_HEADER_SIZE, err))
        return false;
    const uint8_t *event = cache->window.data + (at - cache->window_at);
    if (!event_header_decode(bytes_of(event, EVENT_HEADER_SIZE), &header, err))
        return err_wrap(err, "%s", cache->path);
    if (header.size > cache->spilled - at)
        return err_set(err, ERR_CORRUPT, "%s: an event does not end in it", cache->path);
    if (!is_in_window(cache, at, header.size) && !fill_window(cache, at, header.size, err))
        return false;
    *raw = bytes_of(cache->window.data + (at - cache->window_at), header.size);
    return true;
}

bool cache_read(struct cache *cache, uint64_t at, struct bytes *raw, struct err *err)
{
    struct event_header header;
    assert(at < cache_end(cache));
    if (at < cache->spilled)
        return read_back(cache, at, raw, err);
    const uint8_t *event = cache->memory.data + (at - cache->spilled);
    if (!event_header_decode(bytes_of(event, cache_end(cache) - at), &header, err))
        return false;
    *raw = bytes_of(event, header.size);
    return true;
}

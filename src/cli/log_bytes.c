/* log_bytes.c - a compressed file is unpacked a piece at a time; several frames (zstd) or members
 * (gzip) follow one another as in one. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include "base/macros.h"
#include "base/memory.h"

enum {
    PACKED_PIECE = 256 << 10,
    LARGE_SIZE = 2 << 20,
    ZSTD_WINDOW_LOG_MAX = 27,
    MAGIC_SIZE = 4,
    GZIP_WINDOW = 16 + 15,
};

struct log_bytes {
    int fd;
    const struct packing *packing; /* NULL: the file is plain */
    ZSTD_DStream *zstd;
    z_stream gzip;
    bool in_frame;  /* a frame has begun and not ended */
    bool is_broken; /* what came before that was given; this is why */
    struct err why;
    size_t in_at, in_size;
    uint8_t packed[PACKED_PIECE]; /* what was read of the file; given on up to in_at */
};

/* How a file may be compressed. */
struct packing {
    const char *name;
    uint8_t magic[MAGIC_SIZE];
    size_t magic_size;
    bool (*begin)(struct log_bytes *bytes, struct err *err);
    /* Unpacks into out, up to n bytes. False: it is broken after *got of them. */
    bool (*unpack)(struct log_bytes *bytes, void *out, size_t n, size_t *got, struct err *err);
    void (*end)(struct log_bytes *bytes);
};

/* ---- zstd ---- */

static bool zstd_begin(struct log_bytes *bytes, struct err *err)
{
    (void)err;
    bytes->zstd = ZSTD_createDStream();
    ZSTD_DCtx_setParameter(bytes->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    return true;
}

static bool zstd_unpack(struct log_bytes *bytes, void *data, size_t n, size_t *got, struct err *err)
{
    ZSTD_outBuffer out = { data, n, 0 };
    ZSTD_inBuffer in = { bytes->packed, bytes->in_size, bytes->in_at };
    size_t hint = ZSTD_decompressStream(bytes->zstd, &out, &in);
    bytes->in_at = in.pos;
    *got = out.pos;
    if (ZSTD_isError(hint))
        return err_set(err, ERR_CORRUPT, "the zstd stream is broken: %s", ZSTD_getErrorName(hint));
    bytes->in_frame = hint != 0;
    return true;
}

static void zstd_end(struct log_bytes *bytes)
{
    ZSTD_freeDStream(bytes->zstd);
}

/* ---- gzip ---- */

static bool gzip_begin(struct log_bytes *bytes, struct err *err)
{
    return inflateInit2(&bytes->gzip, GZIP_WINDOW) == Z_OK ||
           err_set(err, ERR_SYSTEM, "no gzip stream can be read: %s",
                   bytes->gzip.msg != NULL ? bytes->gzip.msg : "out of memory");
}

static bool gzip_unpack(struct log_bytes *bytes, void *data, size_t n, size_t *got, struct err *err)
{
    z_stream *z = &bytes->gzip;
    z->next_in = bytes->packed + bytes->in_at;
    z->avail_in = (uInt)(bytes->in_size - bytes->in_at);
    z->next_out = data;
    z->avail_out = (uInt)n;
    int result = inflate(z, Z_NO_FLUSH);
    bytes->in_at = bytes->in_size - z->avail_in;
    *got = n - z->avail_out;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return err_set(err, ERR_CORRUPT, "the gzip stream is broken: %s",
                       z->msg != NULL ? z->msg : "it needs a dictionary");
    bytes->in_frame = result != Z_STREAM_END;
    return bytes->in_frame || inflateReset(z) == Z_OK ||
           err_set(err, ERR_SYSTEM, "no further gzip member can be read");
}

static void gzip_end(struct log_bytes *bytes)
{
    inflateEnd(&bytes->gzip);
}

static const struct packing packings[] = {
    { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, zstd_begin, zstd_unpack, zstd_end },
    { "gzip", { 0x1f, 0x8b }, 2, gzip_begin, gzip_unpack, gzip_end },
};

/* ---- the file ---- */

static bool read_file(const struct log_bytes *bytes, void *out, size_t n, size_t *got,
                      struct err *err)
{
    ssize_t part;
    do
        part = read(bytes->fd, out, n);
    while (part < 0 && errno == EINTR);
    if (part < 0)
        return err_sys(err, "read");
    *got = (size_t)part;
    return true;
}

/* The first bytes say what the file is; they are kept. */
static bool begin(struct log_bytes *bytes, struct err *err)
{
    size_t got = 1;
    while (bytes->in_size < MAGIC_SIZE && got > 0) {
        if (!read_file(bytes, bytes->packed + bytes->in_size, PACKED_PIECE - bytes->in_size, &got,
                       err))
            return false;
        bytes->in_size += got;
    }
    for (unsigned i = 0; i < ARRAY_COUNT(packings); i++)
        if (bytes->in_size >= packings[i].magic_size &&
            memcmp(bytes->packed, packings[i].magic, packings[i].magic_size) == 0)
            bytes->packing = &packings[i];
    return bytes->packing == NULL || bytes->packing->begin(bytes, err);
}

struct log_bytes *log_bytes_open(const char *name, struct err *err)
{
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_sys(err, "%s", name);
        return NULL;
    }
    struct log_bytes *bytes = memory_new(sizeof *bytes);
    bytes->fd = fd;
    if (begin(bytes, err))
        return bytes;
    err_wrap(err, "%s", name);
    log_bytes_close(bytes);
    return NULL;
}

bool log_bytes_is_worth_threads(const struct log_bytes *bytes)
{
    struct stat st;
    return fstat(bytes->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= LARGE_SIZE;
}

void log_bytes_close(struct log_bytes *bytes)
{
    if (bytes == NULL)
        return;
    if (bytes->packing != NULL)
        bytes->packing->end(bytes);
    if (bytes->fd != STDIN_FILENO)
        close(bytes->fd);
    free(bytes);
}

static bool read_packed(struct log_bytes *bytes, void *out, size_t n, size_t *got, struct err *err)
{
    while (!bytes->is_broken) {
        *got = 0;
        if (bytes->in_at < bytes->in_size || bytes->in_frame)
            bytes->is_broken = !bytes->packing->unpack(bytes, out, n, got, &bytes->why);
        if (*got > 0)
            return true;
        if (bytes->in_at < bytes->in_size || bytes->is_broken)
            continue;
        bytes->in_at = 0;
        if (!read_file(bytes, bytes->packed, PACKED_PIECE, &bytes->in_size, err))
            return false;
        if (bytes->in_size == 0)
            return !bytes->in_frame ||
                   err_set(err, ERR_CORRUPT, "the %s stream is cut off", bytes->packing->name);
    }
    *err = bytes->why;
    return false;
}

bool log_bytes_read(struct log_bytes *bytes, void *out, size_t n, size_t *got, struct err *err)
{
    if (bytes->packing != NULL)
        return read_packed(bytes, out, n, got, err);
    size_t left = bytes->in_size - bytes->in_at;
    if (left == 0)
        return read_file(bytes, out, n, got, err);
    *got = left < n ? left : n;
    memcpy(out, bytes->packed + bytes->in_at, *got);
    bytes->in_at += *got;
    return true;
}

/* log_bytes.c - a compressed file is unpacked a piece at a time; several frames follow one another
 * as in one. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include "base/memory.h"

enum { PACKED_PIECE = 256 << 10, ZSTD_WINDOW_LOG_MAX = 27, MAGIC_SIZE = 4 };

struct log_bytes {
    int fd;
    ZSTD_DStream *zstd; /* NULL: the file is plain */
    bool in_frame;      /* a frame has begun and not ended */
    ZSTD_inBuffer in;   /* what was read of the file and not given on yet */
    uint8_t packed[PACKED_PIECE];
};

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
    static const uint8_t zstd_magic[MAGIC_SIZE] = { 0x28, 0xb5, 0x2f, 0xfd };
    static const uint8_t gzip_magic[2] = { 0x1f, 0x8b };
    size_t got = 1;
    bytes->in.src = bytes->packed;
    while (bytes->in.size < MAGIC_SIZE && got > 0) {
        if (!read_file(bytes, bytes->packed + bytes->in.size, sizeof bytes->packed - bytes->in.size,
                       &got, err))
            return false;
        bytes->in.size += got;
    }
    if (bytes->in.size >= sizeof gzip_magic &&
        memcmp(bytes->packed, gzip_magic, sizeof gzip_magic) == 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "it is compressed with gzip: zcat FILE | binlogd cat -");
    if (bytes->in.size < MAGIC_SIZE || memcmp(bytes->packed, zstd_magic, MAGIC_SIZE) != 0)
        return true;
    bytes->zstd = ZSTD_createDStream();
    ZSTD_DCtx_setParameter(bytes->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    return true;
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

void log_bytes_close(struct log_bytes *bytes)
{
    if (bytes == NULL)
        return;
    ZSTD_freeDStream(bytes->zstd);
    if (bytes->fd != STDIN_FILENO)
        close(bytes->fd);
    free(bytes);
}

static bool unpack(struct log_bytes *bytes, ZSTD_outBuffer *out, struct err *err)
{
    size_t hint = ZSTD_decompressStream(bytes->zstd, out, &bytes->in);
    if (ZSTD_isError(hint))
        return err_set(err, ERR_CORRUPT, "the zstd stream is broken: %s", ZSTD_getErrorName(hint));
    bytes->in_frame = hint != 0;
    return true;
}

static bool read_zstd(struct log_bytes *bytes, void *data, size_t n, size_t *got, struct err *err)
{
    ZSTD_outBuffer out = { data, n, 0 };
    for (;;) {
        if ((bytes->in.pos < bytes->in.size || bytes->in_frame) && !unpack(bytes, &out, err))
            return false;
        *got = out.pos;
        if (out.pos > 0)
            return true;
        if (bytes->in.pos < bytes->in.size)
            continue;
        bytes->in.pos = 0;
        if (!read_file(bytes, bytes->packed, sizeof bytes->packed, &bytes->in.size, err))
            return false;
        if (bytes->in.size == 0)
            return !bytes->in_frame || err_set(err, ERR_CORRUPT, "the zstd stream is cut off");
    }
}

bool log_bytes_read(struct log_bytes *bytes, void *out, size_t n, size_t *got, struct err *err)
{
    if (bytes->zstd != NULL)
        return read_zstd(bytes, out, n, got, err);
    size_t left = bytes->in.size - bytes->in.pos;
    if (left == 0)
        return read_file(bytes, out, n, got, err);
    *got = left < n ? left : n;
    memcpy(out, bytes->packed + bytes->in.pos, *got);
    bytes->in.pos += *got;
    return true;
}

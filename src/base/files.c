/* files.c - system calls, with EINTR retried, and the few patterns over them that must be whole. */
// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"
#include "base/bug.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define RETRY(result, call)                                                                        \
    do                                                                                             \
        result = (call);                                                                           \
    while (result < 0 && errno == EINTR)

static int os_open(struct files *files, const char *path, int flags, mode_t mode)
{
    (void)files;
    int fd;
    RETRY(fd, open(path, flags | O_CLOEXEC, mode));
    return fd;
}

static int os_close(struct files *files, int fd)
{
    (void)files;
    return close(fd); /* never retried: on Linux the descriptor is gone either way */
}

static ssize_t os_pread(struct files *files, int fd, void *data, size_t len, off_t offset)
{
    (void)files;
    ssize_t n;
    RETRY(n, pread(fd, data, len, offset));
    return n;
}

static ssize_t os_pwrite(struct files *files, int fd, const void *data, size_t len, off_t offset)
{
    (void)files;
    ssize_t n;
    RETRY(n, pwrite(fd, data, len, offset));
    return n;
}

static int os_datasync(struct files *files, int fd)
{
    (void)files;
    return fdatasync(fd); /* never retried: what a failed fsync dropped is gone */
}

static int os_truncate(struct files *files, int fd, off_t len)
{
    (void)files;
    int rc;
    RETRY(rc, ftruncate(fd, len));
    return rc;
}

static int os_rename(struct files *files, const char *from, const char *to)
{
    (void)files;
    return rename(from, to);
}

static int os_unlink(struct files *files, const char *path)
{
    (void)files;
    return unlink(path);
}

static int os_sync_dir(struct files *files, const char *path)
{
    int fd = os_open(files, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

struct files files_os = {
    .open = os_open,
    .close = os_close,
    .pread = os_pread,
    .pwrite = os_pwrite,
    .datasync = os_datasync,
    .truncate = os_truncate,
    .rename = os_rename,
    .unlink = os_unlink,
    .sync_dir = os_sync_dir,
};

bool files_write_all(struct files *files, int fd, struct bytes bytes, off_t offset, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t n = files->pwrite(files, fd, bytes.data, bytes.len, offset);
        if (n <= 0) {
            if (n == 0)
                errno = EIO;
            return err_sys(err, "write %zu bytes at %lld", bytes.len, (long long)offset);
        }
        bytes = bytes_of(bytes.data + n, bytes.len - (size_t)n);
        offset += n;
    }
    return true;
}

bool files_read_at(struct files *files, int fd, void *data, size_t len, off_t offset, size_t *got,
                   struct err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n =
            files->pread(files, fd, (uint8_t *)data + done, len - done, offset + (off_t)done);
        if (n < 0)
            return err_sys(err, "read %zu bytes at %lld", len, (long long)offset);
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *got = done;
    return true;
}

enum durability { READABLE, DURABLE };

static bool write_new(struct files *files, const char *path, struct bytes content,
                      enum durability durability, struct err *err)
{
    int fd = files->open(files, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return err_sys(err, "create %s", path);
    bool ok = files_write_all(files, fd, content, 0, err);
    if (ok && durability == DURABLE && files->datasync(files, fd) != 0)
        ok = err_sys(err, "fsync");
    if (files->close(files, fd) != 0 && ok)
        ok = err_sys(err, "close");
    return ok ? true : err_wrap(err, "%s", path);
}

struct replacement {
    const char *dir;
    const char *name;
    struct bytes content;
    enum durability durability;
};

static bool replace(struct files *files, const struct replacement *r, struct err *err)
{
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", r->dir, r->name) >= (int)sizeof path ||
        snprintf(temporary, sizeof temporary, "%s/%s.tmp", r->dir, r->name) >=
            (int)sizeof temporary)
        return err_set(err, ERR_CONFIG, "the path %s/%s is too long", r->dir, r->name);
    if (!write_new(files, temporary, r->content, r->durability, err)) {
        files->unlink(files, temporary); /* a file whose sync failed is not to be written again */
        return false;
    }
    if (files->rename(files, temporary, path) != 0)
        return err_sys(err, "rename %s to %s", temporary, path);
    if (r->durability == DURABLE && !BUG(NO_DIRECTORY_SYNC) && files->sync_dir(files, r->dir) != 0)
        return err_sys(err, "fsync of the directory %s", r->dir);
    return true;
}

bool files_replace(struct files *files, const char *dir, const char *name, struct bytes content,
                   struct err *err)
{
    struct replacement r = { dir, name, content, DURABLE };
    return replace(files, &r, err);
}

bool files_publish(struct files *files, const char *dir, const char *name, struct bytes content,
                   struct err *err)
{
    struct replacement r = { dir, name, content, READABLE };
    return replace(files, &r, err);
}

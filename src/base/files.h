/* files.h - the file system behind a seam: tests fail the n-th call, tear a write, or count fsyncs.
 *
 * Each call has the shape and the errno of the system call it is named after, except that EINTR is
 * retried inside. Any thread may call files_os. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#include <sys/types.h>
#include "base/bytes.h"
#include "base/err.h"

struct files {
    int (*open)(struct files *files, const char *path, int flags, mode_t mode);
    int (*close)(struct files *files, int fd);
    ssize_t (*pread)(struct files *files, int fd, void *data, size_t len, off_t offset);
    ssize_t (*pwrite)(struct files *files, int fd, const void *data, size_t len, off_t offset);
    int (*datasync)(struct files *files, int fd);
    int (*truncate)(struct files *files, int fd, off_t len);
    int (*rename)(struct files *files, const char *from, const char *to);
    int (*unlink)(struct files *files, const char *path);
    int (*sync_dir)(struct files *files, const char *path);
};
extern struct files files_os;

/* Everything or an error: short writes go on, a short read is "at" less than asked. */
bool files_write_all(struct files *files, int fd, struct bytes bytes, off_t offset,
                     struct err *err) MUST_CHECK;
bool files_read_at(struct files *files, int fd, void *data, size_t len, off_t offset, size_t *got,
                   struct err *err) MUST_CHECK;
/* Replaces the file for readers, without asking for durability: a status, rewritten often. */
bool files_publish(struct files *files, const char *dir, const char *name, struct bytes content,
                   struct err *err) MUST_CHECK;
/* Replaces path as a whole: temporary file beside it, fdatasync, rename, fsync of the directory. */
bool files_replace(struct files *files, const char *dir, const char *name, struct bytes content,
                   struct err *err) MUST_CHECK;

/* segment.h - the log file that is being written: magic, events, an append buffer.
 *
 * Bytes go to the buffer, whole buffers to the file (pwrite); nothing here calls datasync but
 * segment_create and segment_sync. The buffer starts at 16 KiB, grows to 256 KiB under load and is
 * given back by segment_flush. Writer thread only; other threads may datasync segment.fd. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/files.h"

enum { SEGMENT_BUFFER_MAX = 256 << 10, SEGMENT_BUFFER_KEPT = 64 << 10 };

struct segment {
    struct files *files;
    int fd; /* -1: no file */
    char *path;
    struct buf buffer;
    uint64_t flushed; /* bytes handed to the file: the buffer's offset */
};

void segment_init(struct segment *segment, struct files *files);
/* Creates dir/name with its magic and makes the file (not its directory entry) durable. */
bool segment_create(struct segment *segment, const char *dir, const char *name,
                    struct err *err) MUST_CHECK;
/* Opens an existing file for appending at end. */
bool segment_open(struct segment *segment, const char *dir, const char *name, uint64_t end,
                  struct err *err) MUST_CHECK;
/* Writes the file's bytes from..to once more, as they read now. */
bool segment_renew(struct segment *segment, uint64_t from, uint64_t to, struct err *err) MUST_CHECK;
void segment_close(struct segment *segment); /* drops what is still buffered */

uint64_t segment_end(const struct segment *segment);
bool segment_append(struct segment *segment, struct bytes bytes, struct err *err) MUST_CHECK;
bool segment_flush(struct segment *segment, struct err *err) MUST_CHECK;
bool segment_sync(struct segment *segment, struct err *err) MUST_CHECK;
/* Takes everything from end on back, whether it is buffered or already in the file. */
bool segment_cut(struct segment *segment, uint64_t end, struct err *err) MUST_CHECK;
/* Bytes already appended: from the file, the buffer or both. */
bool segment_read(const struct segment *segment, uint64_t offset, void *data, size_t len,
                  struct err *err) MUST_CHECK;

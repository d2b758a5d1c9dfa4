/* index.h - the list of the log's files, oldest first, and the number of the first one.
 *
 * On disk, file "index": a head line, then one file name a line.
 *
 *     #binlogd-index 1 first 12 files 2 crc 1a2b3c4d
 *     binlog.000013
 *     binlog.000014
 *
 * The CRC32 covers the first number (8 bytes, little-endian) and the lines after the head. The file
 * is only ever replaced whole (files_replace), so a torn one means a damaged disk or a half-made
 * copy: it is rebuilt from the directory. File n of the list has the number first + n, also after
 * older files are purged. Not thread-safe: the store's lock guards it. Format:
 * docs/formats/store.md. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/files.h"

#define INDEX_NAME "index"
enum {
    INDEX_FILES_MAX = 1000000,
    INDEX_NAME_MAX = 240, /* leaves room for ".gtids" and ".tmp" in a directory entry */
    INDEX_SIZE_MAX = 256 << 20,
};

struct index_entry {
    char *name;
    uint64_t size; /* bytes of the file; the newest file's grows elsewhere until it is sealed */
};

struct index {
    uint64_t first;
    struct index_entry *entries;
    size_t count;
};

void index_init(struct index *index);
void index_clear(struct index *index);
void index_copy(const struct index *index, struct index *out);
void index_add(struct index *index, const char *name, uint64_t size);
void index_drop_first(struct index *index, size_t count); /* numbers of the others stay */
bool index_find(const struct index *index, const char *name, uint64_t *file);
/* NULL when the list has no file of that number. */
const struct index_entry *index_entry_at(const struct index *index, uint64_t file);

/* "name.digits", no control characters, no slash: what may be a log file's name. */
bool index_name_valid(const char *name);
uint64_t index_name_number(const char *name); /* the digits; UINT64_MAX when they are too many */

void index_encode(const struct index *index, struct buf *out);
/* Sizes are left 0. ERR_CORRUPT when it is torn. */
bool index_decode(struct bytes bytes, struct index *out, struct err *err) MUST_CHECK;

/* *found false: there is no index file. ERR_CORRUPT: there is a torn one. */
bool index_load(struct files *files, const char *dir, struct index *out, bool *found,
                struct err *err) MUST_CHECK;
bool index_save(struct files *files, const char *dir, const struct index *index,
                struct err *err) MUST_CHECK;
/* The log files of the directory in the order of their names' numbers. ERR_CORRUPT when the order
 * cannot be told: files of two base names, or two of one number. Sizes are left 0. */
bool index_rebuild(const char *dir, struct index *out, struct err *err) MUST_CHECK;

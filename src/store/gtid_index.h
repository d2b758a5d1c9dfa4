/* gtid_index.h - the sparse GTID index of one log file: NAME.gtids beside NAME.
 *
 * A head says which file it belongs to and the set of GTIDs that came before the file; then come
 * points. A point at offset e holds the GTIDs of the transactions between the point before it (or
 * the file's start) and e, as runs of consecutive numbers. So "start after this set" is a seek, and
 * opening the log walks events only from the last point on. Format: docs/formats/store.md.
 *
 * Promises. (1) A point is written only after the log is durable up to it: a point past the file's
 * end means that synced data was lost. (2) Each record's CRC32 continues the one before it: what
 * decodes is an unbroken prefix of what was written; the rest is torn and is dropped. (3) The
 * index holds nothing that the log does not: losing it costs a walk. Writer: one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/files.h"
#include "binlog/gtid_set.h"
#include "store/index.h"

enum {
    GTID_POINT_TRANSACTIONS = 4096, /* a point after so many transactions … */
    GTID_POINT_BYTES = 1 << 20,     /* … or so many bytes */
    GTID_INDEX_SIZE_MAX = 1 << 30,
    GTID_SET_TEXT_MAX = 64 << 20,
};
#define GTID_INDEX_SUFFIX ".gtids"
#define GTID_INDEX_ANY    UINT64_MAX /* whatever number the index says */

/* Consecutive numbers of one origin. A MariaDB run is unbroken in its domain, so that the order
 * of the runs gives the last GTID of each domain. */
struct gtid_run {
    struct gtid first;
    uint64_t last;
};

struct gtid_runs {
    struct gtid_run *items;
    size_t count;
    size_t cap;
    uint32_t transactions; /* anonymous ones too */
};
void gtid_runs_add(struct gtid_runs *runs, const struct gtid *gtid);
void gtid_runs_clear(struct gtid_runs *runs);

struct gtid_point {
    uint64_t end;
    struct gtid_runs runs;
};
bool gtid_point_add_to(const struct gtid_point *point, struct gtid_set *set,
                       struct err *err) MUST_CHECK;

/* The text of a set, either flavour; the empty set of none. */
bool gtid_set_from_text(const char *text, struct gtid_set **out, struct err *err) MUST_CHECK;

/* ---- reading ---- */
struct gtid_index {
    uint64_t file;
    char name[INDEX_NAME_MAX + 1];
    char *before; /* text of the set before the file's first transaction */
    struct gtid_point *points;
    size_t count;
    uint64_t good_bytes; /* the prefix that holds the head and these points */
    uint32_t crc;        /* of the last record */
};
/* ERR_CORRUPT when the head is not whole. Points after the first torn one are left out. */
bool gtid_index_decode(struct bytes bytes, struct gtid_index *out, struct err *err) MUST_CHECK;
/* ERR_CORRUPT also when the index is of another file. *found false: there is none. */
bool gtid_index_load(struct files *files, const char *dir, const char *name, uint64_t file,
                     struct gtid_index *out, bool *found, struct err *err) MUST_CHECK;
void gtid_index_clear(struct gtid_index *index);
void gtid_index_push(struct gtid_index *index, const struct gtid_point *point); /* takes its runs */
void gtid_index_cut(struct gtid_index *index, uint64_t limit); /* drops points beyond limit */
/* Writes all of it anew. */
bool gtid_index_save(struct files *files, const char *dir, const struct gtid_index *index,
                     struct err *err) MUST_CHECK;
/* Where the last point that ends at or before limit ends; 4 when there is none. */
uint64_t gtid_index_end(const struct gtid_index *index, uint64_t limit);

/* Each appends one record and returns its CRC. */
uint32_t gtid_index_encode_head(struct buf *out, uint64_t file, const char *name,
                                const char *before);
uint32_t gtid_index_encode_point(struct buf *out, const struct gtid_point *point, uint32_t crc);

/* ---- writing ---- */
struct gtid_writer {
    struct files *files;
    const char *dir; /* borrowed */
    int fd;          /* -1: closed */
    uint64_t size;
    uint32_t crc;
    uint64_t covered; /* end of the last point, written or waiting */
    struct gtid_runs runs;
    struct gtid_point *waiting; /* points whose log bytes are not durable yet */
    size_t waiting_count;
};
void gtid_writer_init(struct gtid_writer *writer, struct files *files, const char *dir);
/* A new index, replaced whole and durable. Points that wait already stay and are written later. */
bool gtid_writer_create(struct gtid_writer *writer, const char *name, uint64_t file,
                        const struct gtid_set *before, struct err *err) MUST_CHECK;
/* Goes on after the points that were loaded; cuts what was torn. */
bool gtid_writer_open(struct gtid_writer *writer, const struct gtid_index *index,
                      struct err *err) MUST_CHECK;
/* A transaction (GTID_NONE counts too) ends at `end`. Cheap; no I/O. */
void gtid_writer_mark(struct gtid_writer *writer, const struct gtid *gtid, uint64_t end);
/* Writes the points that the log is durable past. */
bool gtid_writer_flush(struct gtid_writer *writer, uint64_t durable, struct err *err) MUST_CHECK;
/* A last point at end, when there is something after the one before. */
void gtid_writer_end(struct gtid_writer *writer, uint64_t end);
/* gtid_writer_end at the log's durable end; then makes the index durable. */
bool gtid_writer_seal(struct gtid_writer *writer, uint64_t end, struct err *err) MUST_CHECK;
void gtid_writer_close(struct gtid_writer *writer); /* drops what waits */

/* cache.h - the events of a transaction until they are in the log: in memory, and what memory is
 * not to hold, in a file.
 *
 * Whole events, one after another, each with room for its checksum: the log will have as many
 * bytes. Places are counted from the transaction's first byte. The event that was added last may
 * still grow, until something is taken back: it is always in memory.
 *
 * Promises. (1) In memory are memory_max bytes and the last event at most. (2) The file has lost
 * its name when it is made: a process that ends leaves nothing, and one that ends just before that
 * leaves what cache_open takes away. (3) What fails leaves the cache as it was. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/files.h"
#include "binlog/event.h"

struct cache_options {
    struct files *files; /* NULL: files_os */
    const char *path;    /* of the file; NULL: all is held in memory */
    size_t memory_max;
    uint64_t max; /* bytes of a transaction */
};

struct cache {
    struct files *files;
    char *path;
    size_t memory_max;
    uint64_t max;
    struct buf memory; /* from `spilled` on */
    int fd;            /* -1: no file was needed yet */
    uint64_t spilled;  /* bytes at the start that the file holds */
    struct buf window; /* of these, from window_at on: what was read last */
    uint64_t window_at;
};

/* Takes away what a process left that was killed in the moment when it made the file. */
bool cache_open(struct cache *cache, const struct cache_options *options,
                struct err *err) MUST_CHECK;
void cache_close(struct cache *cache); /* also one that was not opened, all zero */
void cache_start(struct cache *cache); /* nothing is in it any more */
uint64_t cache_end(const struct cache *cache);
/* ERR_REFUSED: 1197, it would be too large; 1026, the file cannot be written. */
bool cache_add(struct cache *cache, const struct event_header *header, struct bytes body,
               struct err *err) MUST_CHECK;
/* The last event, which begins at `at`, gets a longer body. ERR_REFUSED: 1197. */
bool cache_extend(struct cache *cache, uint64_t at, struct bytes more, struct err *err) MUST_CHECK;
/* A byte of the last event, `offset` bytes behind its start. */
uint8_t *cache_byte(struct cache *cache, uint64_t at, size_t offset);
/* All from `end` on is taken back: an event began there. */
void cache_cut(struct cache *cache, uint64_t end);
/* The event that begins at `at`, before the end; *raw lives until the next call. */
bool cache_read(struct cache *cache, uint64_t at, struct bytes *raw, struct err *err) MUST_CHECK;

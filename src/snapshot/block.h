/* block.h - rows on their way from a reader to the writer, and the bounded queue between them.
 *
 * A block holds rows of one slice with all their bytes. It is full at about 1 MiB; a single row may
 * be larger. The queue holds at most BLOCK_QUEUE_BYTES, or one block: memory is bounded by that,
 * one block a reader and the largest row. Any thread may call the queue; a block belongs to the
 * thread that holds it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "binlog/value.h"

enum { BLOCK_FULL_BYTES = 1 << 20, BLOCK_ROWS_MAX = 4096, BLOCK_QUEUE_BYTES = 12 << 20 };
#define BLOCK_BYTES_MAX ((size_t)(5ull << 30)) /* a row: max_allowed_packet is 1 GiB at most */

struct block {
    struct block *next;
    unsigned table; /* index of the job's table */
    unsigned slice;
    unsigned column_count;
    struct value *values; /* row after row */
    unsigned row_count;
    unsigned row_capacity;
    struct arena arena;
    uint64_t source_bytes; /* as the rows came over the wire */
    bool chunk_end;        /* after these rows the slice stands at `after`, or is done */
    bool slice_done;
    char *after; /* with chunk_end: the last key's literals; NULL: no rows or no key */
};
struct block *block_new(unsigned table, unsigned slice, unsigned column_count);
void block_free(struct block *block);             /* NULL is allowed */
struct value *block_add_row(struct block *block); /* column_count values to fill */
bool block_is_full(const struct block *block);

struct block_queue;
struct block_queue *block_queue_new(void);
void block_queue_free(struct block_queue *queue);
void block_queue_open_writer(struct block_queue *queue); /* before the reader's thread starts */
void block_queue_close_writer(struct block_queue *queue);
/* Takes the block. False (and the block is freed) once the queue was stopped. */
bool block_queue_put(struct block_queue *queue, struct block *block);
enum block_got { BLOCK_GOT, BLOCK_NOT_YET, BLOCK_ALL_DONE };
enum block_got block_queue_get(struct block_queue *queue, unsigned timeout_ms, struct block **out);
void block_queue_stop(struct block_queue *queue); /* every put fails from now on */
bool block_queue_stopped(struct block_queue *queue);

/* snapshot/block.c - blocks of rows and their queue: one lock, two conditions. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/block.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/memory.h"

struct block_queue {
    pthread_mutex_t lock;
    pthread_cond_t room;
    pthread_cond_t filled;
    struct block *first;
    struct block **last;
    size_t bytes;
    unsigned writers;
    bool stopped;
};

struct block *block_new(unsigned table, unsigned slice, unsigned column_count)
{
    struct block *block = memory_new(sizeof *block);
    block->table = table;
    block->slice = slice;
    block->column_count = column_count;
    arena_init(&block->arena, BLOCK_BYTES_MAX);
    return block;
}

void block_free(struct block *block)
{
    if (block == NULL)
        return;
    arena_clear(&block->arena);
    free(block->values);
    free(block->after);
    free(block);
}

struct value *block_add_row(struct block *block)
{
    if (block->row_count == block->row_capacity) {
        block->row_capacity = block->row_capacity == 0 ? 64 : 2 * block->row_capacity;
        block->values =
            memory_resize(block->values, (size_t)block->row_capacity * block->column_count *
                                             sizeof *block->values);
    }
    return block->values + (size_t)block->row_count++ * block->column_count;
}

static size_t block_bytes(const struct block *block)
{
    return sizeof *block + block->arena.used +
           (size_t)block->row_capacity * block->column_count * sizeof *block->values;
}

bool block_is_full(const struct block *block)
{
    return block->row_count >= BLOCK_ROWS_MAX || block_bytes(block) >= BLOCK_FULL_BYTES;
}

struct block_queue *block_queue_new(void)
{
    struct block_queue *queue = memory_new(sizeof *queue);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->room, &attr);
    pthread_cond_init(&queue->filled, &attr);
    pthread_condattr_destroy(&attr);
    queue->last = &queue->first;
    return queue;
}

void block_queue_free(struct block_queue *queue)
{
    if (queue == NULL)
        return;
    while (queue->first != NULL) {
        struct block *block = queue->first;
        queue->first = block->next;
        block_free(block);
    }
    pthread_cond_destroy(&queue->filled);
    pthread_cond_destroy(&queue->room);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

void block_queue_open_writer(struct block_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->writers++;
    pthread_mutex_unlock(&queue->lock);
}

void block_queue_close_writer(struct block_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->writers--;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

bool block_queue_put(struct block_queue *queue, struct block *block)
{
    size_t size = block_bytes(block);
    pthread_mutex_lock(&queue->lock);
    while (!queue->stopped && queue->bytes > 0 && queue->bytes + size > BLOCK_QUEUE_BYTES)
        pthread_cond_wait(&queue->room, &queue->lock);
    bool taken = !queue->stopped;
    if (taken) {
        *queue->last = block;
        queue->last = &block->next;
        queue->bytes += size;
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    if (!taken)
        block_free(block);
    return taken;
}

static struct timespec deadline_after(unsigned ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

enum block_got block_queue_get(struct block_queue *queue, unsigned timeout_ms, struct block **out)
{
    struct timespec deadline = deadline_after(timeout_ms);
    enum block_got got = BLOCK_NOT_YET;
    pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL && queue->writers > 0)
        if (pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline) != 0)
            break;
    if (queue->first != NULL) {
        struct block *block = queue->first;
        queue->first = block->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        block->next = NULL;
        queue->bytes -= block_bytes(block);
        pthread_cond_broadcast(&queue->room);
        *out = block;
        got = BLOCK_GOT;
    } else if (queue->writers == 0) {
        got = BLOCK_ALL_DONE;
    }
    pthread_mutex_unlock(&queue->lock);
    return got;
}

void block_queue_stop(struct block_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stopped = true;
    pthread_cond_broadcast(&queue->room);
    pthread_mutex_unlock(&queue->lock);
}

bool block_queue_stopped(struct block_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool stopped = queue->stopped;
    pthread_mutex_unlock(&queue->lock);
    return stopped;
}

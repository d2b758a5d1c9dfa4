/* Blocks and their queue. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/block.h"
#include <pthread.h>
#include "unit.h"

static struct block *block_of(unsigned table, size_t bytes)
{
    struct block *block = block_new(table, 0, 1);
    struct value *value = block_add_row(block);
    value->kind = VALUE_TEXT;
    value->bytes = bytes_of(arena_alloc(&block->arena, bytes), bytes);
    return block;
}

TEST(block_queue, gives_blocks_in_order_and_then_says_that_all_is_done)
{
    struct block_queue *queue = block_queue_new();
    struct block *block = NULL;
    block_queue_open_writer(queue);
    CHECK(block_queue_get(queue, 1, &block) == BLOCK_NOT_YET);
    for (unsigned i = 0; i < 3; i++)
        CHECK(block_queue_put(queue, block_of(i, 10)));
    block_queue_close_writer(queue);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(block_queue_get(queue, 1000, &block) == BLOCK_GOT && block->table == i);
        block_free(block);
    }
    CHECK(block_queue_get(queue, 1000, &block) == BLOCK_ALL_DONE);
    block_queue_free(queue);
}

static void *put_large(void *arg)
{
    struct block_queue *queue = arg;
    for (unsigned i = 0; i < 8; i++)
        if (!block_queue_put(queue, block_of(i, 5 << 20)))
            break;
    block_queue_close_writer(queue);
    return NULL;
}

TEST(block_queue, a_row_larger_than_the_queue_passes)
{
    struct block_queue *queue = block_queue_new();
    CHECK(block_queue_put(queue, block_of(1, 2 * BLOCK_QUEUE_BYTES)));
    struct block *block = NULL;
    CHECK(block_queue_get(queue, 1000, &block) == BLOCK_GOT);
    CHECK(block_is_full(block));
    block_free(block);
    block_queue_free(queue);
}

TEST(block_queue, a_full_queue_holds_its_writer_and_a_stop_frees_it)
{
    struct block_queue *queue = block_queue_new();
    struct block *block = NULL;
    pthread_t thread;
    block_queue_open_writer(queue);
    CHECK(pthread_create(&thread, NULL, put_large, queue) == 0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(block_queue_get(queue, 10000, &block) == BLOCK_GOT && block->table == i);
        block_free(block);
    }
    block_queue_stop(queue);
    CHECK(block_queue_stopped(queue));
    CHECK(pthread_join(thread, NULL) == 0);
    block_queue_free(queue);
}

UNIT_MAIN(RUN(block_queue, gives_blocks_in_order_and_then_says_that_all_is_done),
          RUN(block_queue, a_row_larger_than_the_queue_passes),
          RUN(block_queue, a_full_queue_holds_its_writer_and_a_stop_frees_it))

/* blocks.c - a ring of slots. Threads take turns: whoever has the turn reads the next block and
 * follows its events' sizes, which says where the one after it begins; then it gives the turn on
 * and looks at the checksums.
 *
 * Promises: (1) blocks are given in the file's order; (2) a slot is filled again only after its
 * user gave it back; (3) a block grows beyond BLOCK_SIZE only when no other is in memory;
 * (4) nothing is read after an event whose size cannot be. */
// SPDX-License-Identifier: Apache-2.0
#include "store/blocks.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "binlog/event.h"

enum { SLOTS = 8, BLOCK_SIZE = 512 << 10, THREADS_MAX = 64 };

struct slot {
    uint8_t *data;
    size_t cap, len;
    size_t framed; /* whole events end there */
    size_t checked;
    bool has_format;
    enum checksum checksum; /* of all its events */
    bool is_ready;
};

struct blocks {
    struct blocks_input input;
    struct slot slots[SLOTS];
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;

    pthread_mutex_t turn; /* held while a block is read and framed; rules the next fields */
    uint64_t next;        /* number of that block */
    bool has_ended;
    bool has_format;
    enum checksum checksum;
    uint8_t *rest; /* what was read after the last block's end */
    size_t rest_len;

    pthread_mutex_t lock; /* rules the next fields, and is_ready */
    pthread_cond_t became_ready, came_back;
    uint64_t taken, returned; /* by the user */
    uint64_t count;           /* of all blocks; UINT64_MAX: not known yet */
    bool is_stopping;
    bool failed;
    struct err why;
};

/* ---- reading, with the turn ---- */

/* False: nobody wants more. */
static bool wait_returned(struct blocks *blocks, uint64_t count)
{
    pthread_mutex_lock(&blocks->lock);
    while (!blocks->is_stopping && blocks->returned < count)
        pthread_cond_wait(&blocks->came_back, &blocks->lock);
    bool ok = !blocks->is_stopping;
    pthread_mutex_unlock(&blocks->lock);
    return ok;
}

/* Up to the slot's cap. False: that was all. */
static bool read_up(struct blocks *blocks, struct slot *slot)
{
    while (slot->len < slot->cap) {
        size_t got = 0;
        if (blocks->failed)
            return false;
        blocks->failed = !blocks->input.read(blocks->input.arg, slot->data + slot->len,
                                             slot->cap - slot->len, &got, &blocks->why);
        if (blocks->failed || got == 0)
            return false;
        slot->len += got;
    }
    return true;
}

enum frame { FRAME_MORE, FRAME_CUT, FRAME_BROKEN };

/* A format description begins a block, so that all of a block's events have one kind of checksum.
 */
static enum frame begin_format(struct blocks *blocks, const struct slot *slot, struct bytes raw)
{
    struct format format;
    struct err ignored;
    if (slot->framed > 0)
        return FRAME_CUT;
    if (!format_decode(raw, &format, &ignored))
        return FRAME_BROKEN;
    blocks->has_format = true;
    blocks->checksum = format.checksum;
    return FRAME_MORE;
}

/* From slot->framed on. *need: the size of an event that is not whole. */
static enum frame follow_frames(struct blocks *blocks, struct slot *slot, size_t *need)
{
    struct event_header header;
    struct err ignored;
    struct bytes left = bytes_of(slot->data + slot->framed, slot->len - slot->framed);
    struct bytes raw;
    while (event_is_whole(left, &raw)) {
        if (raw.data[EVENT_TYPE_OFFSET] == EVENT_FORMAT_DESCRIPTION) {
            enum frame frame = begin_format(blocks, slot, raw);
            if (frame != FRAME_MORE)
                return frame;
        }
        slot->framed += raw.len;
        left = bytes_of(slot->data + slot->framed, slot->len - slot->framed);
    }
    *need = EVENT_HEADER_SIZE;
    if (left.len < EVENT_HEADER_SIZE)
        return FRAME_MORE;
    if (!event_header_decode(left, &header, &ignored))
        return FRAME_BROKEN;
    *need = header.size;
    return FRAME_MORE;
}

static void begin_slot(struct blocks *blocks, struct slot *slot)
{
    if (slot->data == NULL) {
        slot->data = memory_resize(NULL, BLOCK_SIZE);
        slot->cap = BLOCK_SIZE;
    }
    memcpy(slot->data, blocks->rest, blocks->rest_len);
    slot->len = blocks->rest_len;
    slot->framed = 0;
    slot->checked = 0;
}

/* An event's size is believed a piece at a time. */
static bool grow(struct blocks *blocks, struct slot *slot, size_t need)
{
    if (!wait_returned(blocks, blocks->next))
        return false;
    slot->cap = need < 2 * slot->cap ? need : 2 * slot->cap;
    slot->data = memory_resize(slot->data, slot->cap);
    return true;
}

static void end(struct blocks *blocks, uint64_t count)
{
    blocks->has_ended = true;
    pthread_mutex_lock(&blocks->lock);
    blocks->count = count;
    pthread_cond_broadcast(&blocks->became_ready);
    pthread_mutex_unlock(&blocks->lock);
}

static void keep_rest(struct blocks *blocks, struct slot *slot)
{
    blocks->rest_len = slot->len - slot->framed;
    memcpy(blocks->rest, slot->data + slot->framed, blocks->rest_len);
    slot->len = slot->framed;
}

/* NULL: there are no more. */
static struct slot *read_block(struct blocks *blocks)
{
    struct slot *slot = &blocks->slots[blocks->next % SLOTS];
    if (blocks->has_ended ||
        !wait_returned(blocks, blocks->next < SLOTS ? 0 : blocks->next - SLOTS + 1))
        return NULL;
    begin_slot(blocks, slot);
    for (;;) {
        size_t need = 0;
        bool more = read_up(blocks, slot);
        enum frame frame = follow_frames(blocks, slot, &need);
        if (frame == FRAME_BROKEN || (!more && frame == FRAME_MORE)) {
            end(blocks, blocks->next + (slot->len > 0));
            break;
        }
        if (slot->framed > 0) {
            keep_rest(blocks, slot);
            break;
        }
        if (!grow(blocks, slot, need))
            return NULL;
    }
    slot->has_format = blocks->has_format;
    slot->checksum = blocks->checksum;
    blocks->next++;
    return slot;
}

/* ---- checksums, without it ---- */

static void check(struct slot *slot)
{
    struct bytes raw;
    while (
        slot->has_format &&
        event_is_whole(bytes_of(slot->data + slot->checked, slot->framed - slot->checked), &raw) &&
        event_checksum_ok(raw, slot->checksum))
        slot->checked += raw.len;
}

static void *worker(void *arg)
{
    struct blocks *blocks = arg;
    for (;;) {
        pthread_mutex_lock(&blocks->turn);
        struct slot *slot = read_block(blocks);
        pthread_mutex_unlock(&blocks->turn);
        if (slot == NULL)
            return NULL;
        check(slot);
        pthread_mutex_lock(&blocks->lock);
        slot->is_ready = true;
        pthread_cond_broadcast(&blocks->became_ready);
        pthread_mutex_unlock(&blocks->lock);
    }
}

/* ---- the user's side ---- */

struct blocks *blocks_new(const struct blocks_input *input, unsigned threads)
{
    struct blocks *blocks = memory_new(sizeof *blocks);
    blocks->input = *input;
    blocks->rest = memory_resize(NULL, BLOCK_SIZE);
    blocks->count = UINT64_MAX;
    pthread_mutex_init(&blocks->turn, NULL);
    pthread_mutex_init(&blocks->lock, NULL);
    pthread_cond_init(&blocks->became_ready, NULL);
    pthread_cond_init(&blocks->came_back, NULL);
    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    while (blocks->thread_count < threads &&
           pthread_create(&blocks->threads[blocks->thread_count], NULL, worker, blocks) == 0)
        blocks->thread_count++;
    if (blocks->thread_count > 0)
        return blocks;
    blocks_free(blocks);
    return NULL;
}

void blocks_free(struct blocks *blocks)
{
    if (blocks == NULL)
        return;
    pthread_mutex_lock(&blocks->lock);
    blocks->is_stopping = true;
    pthread_cond_broadcast(&blocks->came_back);
    pthread_mutex_unlock(&blocks->lock);
    for (unsigned i = 0; i < blocks->thread_count; i++)
        pthread_join(blocks->threads[i], NULL);
    for (unsigned i = 0; i < SLOTS; i++)
        free(blocks->slots[i].data);
    pthread_mutex_destroy(&blocks->turn);
    pthread_mutex_destroy(&blocks->lock);
    pthread_cond_destroy(&blocks->became_ready);
    pthread_cond_destroy(&blocks->came_back);
    free(blocks->rest);
    free(blocks);
}

/* A slot that grew is made small again: at most one is large. */
static void give_back(struct blocks *blocks)
{
    struct slot *slot = &blocks->slots[blocks->returned % SLOTS];
    if (slot->cap > BLOCK_SIZE) {
        free(slot->data);
        slot->data = NULL;
    }
    slot->is_ready = false;
    blocks->returned++;
    pthread_cond_signal(&blocks->came_back); /* only whoever has the turn waits for it */
}

bool blocks_next(struct blocks *blocks, struct block *out, struct err *err)
{
    struct slot *slot = &blocks->slots[blocks->taken % SLOTS];
    pthread_mutex_lock(&blocks->lock);
    if (blocks->returned < blocks->taken)
        give_back(blocks);
    while (blocks->taken < blocks->count && !slot->is_ready)
        pthread_cond_wait(&blocks->became_ready, &blocks->lock);
    bool has_ended = blocks->taken == blocks->count;
    blocks->taken += !has_ended;
    pthread_mutex_unlock(&blocks->lock);
    if (has_ended && blocks->failed) {
        *err = blocks->why;
        return false;
    }
    *out = (struct block){ { NULL, 0 }, 0 };
    if (!has_ended)
        *out = (struct block){ bytes_of(slot->data, slot->len), slot->checked };
    return true;
}

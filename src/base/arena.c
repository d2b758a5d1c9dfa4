/* arena.c - a list of blocks, each at least twice the one before, up to 1 MiB. */
// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"

enum { BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20, ALIGNMENT = 16 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    size_t used;
    _Alignas(16) uint8_t data[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){ .max = max };
}

static void free_older(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_clear(struct arena *arena)
{
    free_older(arena->block);
    arena_init(arena, arena->max);
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
    if (arena->block == NULL)
        return;
    free_older(arena->block->older);
    arena->block->older = NULL;
    arena->block->used = 0;
}

static void add_block(struct arena *arena, size_t need)
{
    size_t size = arena->block == NULL ? BLOCK_MIN : arena->block->size * 2;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < need)
        size = need;
    struct arena_block *block = memory_resize(NULL, sizeof *block + size);
    block->older = arena->block;
    block->size = size;
    block->used = 0;
    arena->block = block;
}

void *arena_alloc_raw(struct arena *arena, size_t size)
{
    assert(size <= arena->max - arena->used && "bound the input before it reaches the arena");
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (arena->block == NULL || rounded > arena->block->size - arena->block->used)
        add_block(arena, rounded);
    uint8_t *p = arena->block->data + arena->block->used;
    arena->block->used += rounded;
    arena->used += size;
    return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc_raw(arena, size), 0, size);
}

char *arena_strn(struct arena *arena, const void *text, size_t n)
{
    char *copy = arena_alloc_raw(arena, n + 1);
    if (n > 0)
        memcpy(copy, text, n);
    copy[n] = 0;
    return copy;
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    return bytes_of(arena_strn(arena, bytes.data, bytes.len), bytes.len);
}

char *arena_str(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strn(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    char *text = arena_alloc_raw(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

/* inflate.c - see inflate.h. The first thread's is freed with the process. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/inflate.h"
#include <libdeflate.h>
#include <pthread.h>
#include "base/memory.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void free_decompressor(void *decompressor)
{
    libdeflate_free_decompressor(decompressor);
}

static void make_key(void)
{
    if (pthread_key_create(&key, free_decompressor) != 0)
        memory_exhausted("thread keys");
}

static struct libdeflate_decompressor *threads_own(void)
{
    pthread_once(&once, make_key);
    struct libdeflate_decompressor *own = pthread_getspecific(key);
    if (own != NULL)
        return own;
    own = libdeflate_alloc_decompressor();
    if (own == NULL || pthread_setspecific(key, own) != 0)
        memory_exhausted("libdeflate");
    return own;
}

bool inflate_into(struct bytes stream, enum inflate_form form, uint8_t *content, size_t size)
{
    struct libdeflate_decompressor *own = threads_own();
    enum libdeflate_result result =
        form == INFLATE_RAW
            ? libdeflate_deflate_decompress(own, stream.data, stream.len, content, size, NULL)
            : libdeflate_zlib_decompress(own, stream.data, stream.len, content, size, NULL);
    return result == LIBDEFLATE_SUCCESS;
}

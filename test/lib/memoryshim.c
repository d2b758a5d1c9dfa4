/* memoryshim.c - LD_PRELOAD: the n-th time that a real program asks for memory it gets none.
 *
 *   MEMORY_AT    which time, from 1, malloc, calloc and realloc of the program and all its
 * libraries counted together; 0: none, they are only counted MEMORY_PAGE  a file of 4096 zero bytes
 * that gets struct page */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own, under the names that nobody interposes. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* The head of faultshim.c's page: test/lib/sweep.py reads both. */
struct page {
    _Atomic uint64_t calls;
    _Atomic uint64_t hit;
};

static struct page *page;
static uint64_t at;

__attribute__((constructor)) static void shim_init(void)
{
    const char *name = getenv("MEMORY_PAGE"), *number = getenv("MEMORY_AT");
    int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED || number == NULL)
        _exit(99);
    close(fd);
    at = strtoull(number, NULL, 10);
    page = map;
}

static bool there_is_none(void)
{
    if (page == NULL || atomic_fetch_add(&page->calls, 1) + 1 != at)
        return false;
    page->hit = 1;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return there_is_none() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return there_is_none() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return there_is_none() ? NULL : __libc_realloc(old, size);
}

/* read_limit.c - how fast a file in the page cache can be had at all, and memory be read, by
 * threads that do nothing else.
 *
 * usage: bench_read_limit FILE THREADS
 * Each thread has a share of the file, or of as much memory. Prints the MB/s of read(), and those
 * of adding up memory: the best of some rounds, for it is a limit. */
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/memory.h"

enum { PIECE = 256 << 10, THREADS_MAX = 64, ROUNDS = 3 };

struct share {
    int fd;
    const uint8_t *memory; /* NULL: the file is read */
    size_t at, end;
    uint64_t sum;
    bool failed;
};

static void add_up(struct share *share)
{
    uint64_t sums[4] = { 0 };
    for (size_t at = share->at; at + sizeof sums <= share->end; at += sizeof sums) {
        uint64_t words[4];
        memcpy(words, share->memory + at, sizeof words);
        for (unsigned i = 0; i < 4; i++)
            sums[i] += words[i];
    }
    share->sum = sums[0] + sums[1] + sums[2] + sums[3];
}

static void read_all(struct share *share)
{
    uint8_t *piece = memory_resize(NULL, PIECE);
    while (share->at < share->end && !share->failed) {
        size_t left = share->end - share->at;
        ssize_t got = pread(share->fd, piece, left < PIECE ? left : PIECE, (off_t)share->at);
        share->failed = got <= 0;
        share->at += got > 0 ? (size_t)got : 0;
    }
    free(piece);
}

static void *work(void *arg)
{
    struct share *share = arg;
    (share->memory != NULL ? add_up : read_all)(share);
    return NULL;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds of the fastest round; below 0: it failed. */
static double measure(int fd, const uint8_t *memory, size_t size, unsigned threads)
{
    double best = -1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct share shares[THREADS_MAX];
        pthread_t ids[THREADS_MAX];
        double start = now();
        for (unsigned i = 0; i < threads; i++) {
            shares[i] = (struct share){ fd, memory, size / threads * i, size / threads * (i + 1),
                                        0,  false };
            if (pthread_create(&ids[i], NULL, work, &shares[i]) != 0)
                return -1;
        }
        for (unsigned i = 0; i < threads; i++) {
            pthread_join(ids[i], NULL);
            if (shares[i].failed)
                return -1;
        }
        double seconds = now() - start;
        best = best < 0 || seconds < best ? seconds : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct stat st;
    unsigned threads = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
    int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &st) != 0 || threads == 0 || threads > THREADS_MAX)
        return 2;
    size_t size = (size_t)st.st_size;
    uint8_t *memory = memory_resize(NULL, size);
    memset(memory, 1, size);
    double reading = measure(fd, NULL, size, threads);
    double adding = measure(fd, memory, size, threads);
    free(memory);
    close(fd);
    if (reading <= 0 || adding <= 0)
        return 1;
    printf("%.1f %.1f\n", (double)size / 1e6 / reading, (double)size / 1e6 / adding);
    return 0;
}

/* bare.c - the limit of serving: one file to N clients over loopback, by nothing but read() and
 * write().
 *
 * usage: bench_bare FILE N
 * N threads connect and throw away what they receive; N threads send FILE to one each, a piece at a
 * time. Prints one JSON line: bytes sent in all, seconds, CPU seconds of the sending threads and of
 * the receiving ones. */
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/memory.h"

enum { PIECE = 256 << 10, CLIENTS_MAX = 256 };

static const char *path;
static struct sockaddr_in place;
static _Atomic uint64_t sent, cpu_us, client_cpu_us;

static uint64_t cpu_of_thread_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void *receive_all(void *arg)
{
    uint8_t *buffer = memory_new(PIECE);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)arg;
    if (connect(fd, (const struct sockaddr *)&place, sizeof place) != 0)
        exit(1);
    while (read(fd, buffer, PIECE) > 0) {
    }
    atomic_fetch_add(&client_cpu_us, cpu_of_thread_us());
    close(fd);
    free(buffer);
    return NULL;
}

static void *send_all(void *arg)
{
    int to = *(int *)arg;
    int from = open(path, O_RDONLY);
    uint8_t *buffer = memory_new(PIECE);
    ssize_t n;
    while ((n = read(from, buffer, PIECE)) > 0) {
        for (ssize_t at = 0, part; at < n; at += part) {
            part = write(to, buffer + at, (size_t)(n - at));
            if (part <= 0)
                exit(1);
        }
        atomic_fetch_add(&sent, (uint64_t)n);
    }
    close(from);
    close(to);
    free(buffer);
    atomic_fetch_add(&cpu_us, cpu_of_thread_us());
    return NULL;
}

static int listen_here(int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof place;
    place =
        (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(fd, (const struct sockaddr *)&place, sizeof place) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, (struct sockaddr *)&place, &size) != 0)
        exit(1);
    return fd;
}

int main(int argc, char **argv)
{
    pthread_t clients[CLIENTS_MAX], servers[CLIENTS_MAX];
    int fds[CLIENTS_MAX];
    int count = argc == 3 ? atoi(argv[2]) : 0;
    if (count < 1 || count > CLIENTS_MAX) {
        fprintf(stderr, "usage: bench_bare FILE N\n");
        return 2;
    }
    path = argv[1];
    int listener = listen_here(count);
    uint64_t start = clock_monotonic_us();
    for (int i = 0; i < count; i++)
        if (pthread_create(&clients[i], NULL, receive_all, NULL) != 0)
            return 1;
    for (int i = 0; i < count; i++) {
        fds[i] = accept(listener, NULL, NULL);
        if (fds[i] < 0 || pthread_create(&servers[i], NULL, send_all, &fds[i]) != 0)
            return 1;
    }
    for (int i = 0; i < count; i++) {
        pthread_join(servers[i], NULL);
        pthread_join(clients[i], NULL);
    }
    printf("{\"bytes\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.3f, "
           "\"client_cpu_seconds\": %.3f}\n",
           (unsigned long long)atomic_load(&sent), (double)(clock_monotonic_us() - start) / 1e6,
           (double)atomic_load(&cpu_us) / 1e6, (double)atomic_load(&client_cpu_us) / 1e6);
    return 0;
}

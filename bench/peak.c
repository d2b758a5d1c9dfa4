/* peak.c - how much memory a program takes at most.
 *
 * usage: bench_peak PROGRAM [ARGUMENT]...
 * Runs it with its output thrown away, and prints its most resident KiB, and its seconds. Linux
 * counts what a process had before its exec as its own: so it is to be started by a small one, and
 * not by the benchmarks themselves. */
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status = 1;
    if (argc < 2)
        return 2;
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0)
            dup2(nowhere, STDOUT_FILENO);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        return 1;
    printf("%ld %.6f\n", usage.ru_maxrss, now() - start);
    return 0;
}

/* faultshim.c - LD_PRELOAD: the n-th file call of a real program fails, is cut short, or is its
 * last.
 *
 *   FAULT_DIR   absolute; only calls on files at or below it count
 *   FAULT_DO    kill-before kill-late kill-after kill-amid EIO ENOSPC EINTR short lie slow
 *   FAULT_AT    which call, from 1, of those that the fault can befall; 0: none, they are only
 *               counted
 *   FAULT_PAGE  a file of 4096 zero bytes: struct page, which outlives a killed process
 *   FAULT_ONLY  if set: only calls on paths with these letters in them are struck, and counted
 *   FAULT_TRACE if set: a file that gets a line "CALL PATH" for each call that is counted
 *
 * "late" is before the call, and half a second later: the other threads go on. "amid" and "short"
 * are about writes: half of one reaches the file, and then the process dies, or is told so. "lie"
 * answers every fsync with success and does nothing; "slow" makes each take two seconds more, and
 * counts it as a lie. Calls that are counted:
 * opening with O_CREAT, mkdir, write, pwrite, writev, pwritev, fsync, fdatasync, rename, unlink,
 * ftruncate. The page says also how often a file was synced again whose sync had failed. Any thread
 * may call; counts are per process. System calls are made directly, so nothing needs to be looked
 * up at start. */
// SPDX-License-Identifier: Apache-2.0
#undef _FILE_OFFSET_BITS /* else open is open64 by another name */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096, POISONED = 64, LATE_US = 500000 };

enum what { KILL_BEFORE, KILL_LATE, KILL_AFTER, KILL_AMID, FAIL, SHORT, LIE, SLOW };

/* test/lib/sweep.py reads it. */
struct page {
    _Atomic uint64_t calls;   /* that the fault could befall */
    _Atomic uint64_t hit;     /* 1: it came to pass */
    _Atomic uint64_t retried; /* syncs of a file after a sync of it had failed */
    _Atomic uint64_t lies;
    char call[32];
    char path[400];
};

static struct {
    const char *dir;
    size_t dir_len;
    const char *only; /* NULL: all */
    enum what what;
    int error;
    uint64_t at;
    int trace; /* below 0: none */
    struct page *page;
    _Atomic bool watched[FDS];
    _Atomic uint64_t poisoned[POISONED]; /* inodes whose sync failed */
    _Atomic unsigned poisoned_count;
} shim;

static const struct {
    const char *name;
    enum what what;
    int error;
} faults[] = {
    { "kill-before", KILL_BEFORE, 0 },
    { "kill-late", KILL_LATE, 0 },
    { "kill-after", KILL_AFTER, 0 },
    { "kill-amid", KILL_AMID, 0 },
    { "EIO", FAIL, EIO },
    { "ENOSPC", FAIL, ENOSPC },
    { "EINTR", FAIL, EINTR },
    { "short", SHORT, 0 },
    { "lie", LIE, 0 },
    { "slow", SLOW, 0 },
};

__attribute__((constructor)) static void shim_init(void)
{
    const char *dir = getenv("FAULT_DIR"), *what = getenv("FAULT_DO"), *page = getenv("FAULT_PAGE");
    const char *at = getenv("FAULT_AT"), *trace = getenv("FAULT_TRACE");
    if (dir == NULL || what == NULL || page == NULL)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0);
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (map == MAP_FAILED)
        _exit(99);
    shim.page = map;
    shim.only = getenv("FAULT_ONLY");
    shim.dir_len = strlen(dir);
    shim.at = at == NULL ? 0 : strtoull(at, NULL, 10);
    shim.trace = trace == NULL ? -1
                               : (int)syscall(SYS_openat, AT_FDCWD, trace,
                                              O_CLOEXEC | O_WRONLY | O_CREAT | O_APPEND, 0600);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(faults[i].name, what) == 0) {
            shim.what = faults[i].what;
            shim.error = faults[i].error;
            shim.dir = dir;
        }
    if (shim.dir == NULL)
        _exit(98);
}

/* ---- is it ours? ---- */

static bool is_ours(const char *path)
{
    return shim.dir != NULL && strncmp(path, shim.dir, shim.dir_len) == 0 &&
           (path[shim.dir_len] == '/' || path[shim.dir_len] == 0);
}

static bool is_watched(int fd)
{
    return fd >= 0 && fd < FDS && shim.dir != NULL && shim.watched[fd];
}

static void path_of(int fd, char *out, size_t size)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = syscall(SYS_readlinkat, AT_FDCWD, link, out, size - 1);
    out[n < 0 ? 0 : n] = 0;
}

/* ---- what happens ---- */

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Is this the call? Then the page says which it was. write_len 0: not a write. */
static bool strikes(const char *call, const char *path, int fd, size_t write_len)
{
    char name[sizeof shim.page->path];
    if ((shim.what == SHORT || shim.what == KILL_AMID) && write_len < 2)
        return false;
    if (path == NULL)
        path_of(fd, name, sizeof name);
    else
        snprintf(name, sizeof name, "%s", path);
    if (shim.only != NULL && strstr(name, shim.only) == NULL)
        return false;
    uint64_t number = atomic_fetch_add(&shim.page->calls, 1) + 1;
    if (shim.trace >= 0)
        dprintf(shim.trace, "%s %s\n", call, name);
    if (number != shim.at)
        return false;
    snprintf(shim.page->call, sizeof shim.page->call, "%s", call);
    memcpy(shim.page->path, name, sizeof name);
    shim.page->hit = 1;
    if (shim.what == KILL_LATE)
        usleep(LATE_US);
    if (shim.what == KILL_BEFORE || shim.what == KILL_LATE)
        die();
    return true;
}

/* After the call that was struck, when it has been made. */
static long survived(bool struck, long result)
{
    if (struck && shim.what == KILL_AFTER)
        die();
    return result;
}

static bool fails(bool struck)
{
    if (!struck || shim.what != FAIL)
        return false;
    errno = shim.error;
    return true;
}

/* ---- open, close ---- */

static int do_open(int dir_fd, const char *path, int flags, mode_t mode)
{
    bool ours = path[0] == '/' && is_ours(path);
    bool struck = ours && (flags & O_CREAT) != 0 && strikes("open", path, -1, 0);
    if (fails(struck))
        return -1;
    int fd = (int)survived(struck, syscall(SYS_openat, dir_fd, path, flags, mode));
    if (fd >= 0 && fd < FDS)
        shim.watched[fd] = ours;
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = mode_of(flags, args);                                                        \
        va_end(args);                                                                              \
        return do_open(AT_FDCWD, path, flags, mode);                                               \
    }
#define OPENAT(name)                                                                               \
    int name(int dir_fd, const char *path, int flags, ...)                                         \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = mode_of(flags, args);                                                        \
        va_end(args);                                                                              \
        return do_open(dir_fd, path, flags, mode);                                                 \
    }
#define OPEN_2(name)                                                                               \
    int name(const char *path, int flags);                                                         \
    int name(const char *path, int flags)                                                          \
    {                                                                                              \
        return do_open(AT_FDCWD, path, flags, 0);                                                  \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
OPEN_2(__open_2)
OPEN_2(__open64_2)

int close(int fd)
{
    if (fd >= 0 && fd < FDS)
        shim.watched[fd] = false;
    return (int)syscall(SYS_close, fd);
}

/* ---- writes ---- */

static ssize_t do_write(const char *call, int fd, const void *data, size_t len, off_t at)
{
    bool struck = is_watched(fd) && strikes(call, NULL, fd, len);
    if (fails(struck))
        return -1;
    size_t now = struck && (shim.what == SHORT || shim.what == KILL_AMID) ? len / 2 : len;
    long n = at < 0 ? syscall(SYS_write, fd, data, now) : syscall(SYS_pwrite64, fd, data, now, at);
    if (struck && shim.what == KILL_AMID)
        die();
    return survived(struck, n);
}

/* A short one writes its first piece only. */
static ssize_t do_writev(const char *call, int fd, const struct iovec *pieces, int count, off_t at)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += pieces[i].iov_len;
    if (!is_watched(fd))
        return at < 0 ? syscall(SYS_writev, fd, pieces, count)
                      : syscall(SYS_pwritev, fd, pieces, count, at, 0);
    bool struck = strikes(call, NULL, fd, len);
    if (fails(struck))
        return -1;
    if (struck && (shim.what == SHORT || shim.what == KILL_AMID))
        count = 1;
    long n = at < 0 ? syscall(SYS_writev, fd, pieces, count)
                    : syscall(SYS_pwritev, fd, pieces, count, at, 0);
    if (struck && shim.what == KILL_AMID)
        die();
    return survived(struck, n);
}

ssize_t write(int fd, const void *data, size_t len)
{
    return do_write("write", fd, data, len, -1);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    return do_write("pwrite", fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    return do_write("pwrite", fd, data, len, at);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return do_writev("writev", fd, pieces, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
    return do_writev("pwritev", fd, pieces, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t at)
{
    return do_writev("pwritev", fd, pieces, count, at);
}

static int do_truncate(int fd, off_t len)
{
    bool struck = is_watched(fd) && strikes("ftruncate", NULL, fd, 0);
    return fails(struck) ? -1 : (int)survived(struck, syscall(SYS_ftruncate, fd, len));
}

int ftruncate(int fd, off_t len)
{
    return do_truncate(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
    return do_truncate(fd, len);
}

/* ---- syncs ---- */

/* 0: not a plain file. SQLite ignores a directory's failed sync, and syncs it again some time. */
static uint64_t inode_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_ino : 0;
}

static void note_retry(uint64_t inode)
{
    for (unsigned i = 0; inode != 0 && i < shim.poisoned_count && i < POISONED; i++)
        if (shim.poisoned[i] == inode) {
            shim.page->retried++;
            return;
        }
}

/* Its inode's number may be another file's next. */
static void forget_poisoned(const char *path)
{
    struct stat st;
    if (shim.poisoned_count == 0 || !is_ours(path) || stat(path, &st) != 0)
        return;
    for (unsigned i = 0; i < shim.poisoned_count && i < POISONED; i++)
        if (shim.poisoned[i] == st.st_ino)
            shim.poisoned[i] = 0;
}

static int do_sync(const char *call, int fd, long number)
{
    if (!is_watched(fd))
        return (int)syscall(number, fd);
    uint64_t inode = inode_of(fd);
    note_retry(inode);
    bool struck = strikes(call, NULL, fd, 0);
    if (fails(struck)) {
        unsigned i = atomic_fetch_add(&shim.poisoned_count, 1);
        if (i < POISONED)
            shim.poisoned[i] = inode;
        errno = shim.error;
        return -1;
    }
    if (shim.what == LIE) {
        shim.page->lies++;
        return 0;
    }
    if (shim.what == SLOW) {
        shim.page->lies++;
        sleep(2);
    }
    return (int)survived(struck, syscall(number, fd));
}

int fsync(int fd)
{
    return do_sync("fsync", fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return do_sync("fdatasync", fd, SYS_fdatasync);
}

/* ---- names ---- */

int rename(const char *from, const char *to)
{
    bool struck = is_ours(to) && strikes("rename", to, -1, 0);
    if (fails(struck))
        return -1;
    return (int)survived(struck, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char *path)
{
    forget_poisoned(path);
    bool struck = is_ours(path) && strikes("unlink", path, -1, 0);
    return fails(struck) ? -1 : (int)survived(struck, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char *path, mode_t mode)
{
    bool struck = is_ours(path) && strikes("mkdir", path, -1, 0);
    return fails(struck) ? -1 : (int)survived(struck, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

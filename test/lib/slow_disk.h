/* slow_disk.h - the real files, but a datasync lasts until the test lets it end, well or not.
 *
 * Datasync touches no disk. Any thread may call through the vtable; hold and release are the
 * test's. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include "base/files.h"

struct slow_disk {
    struct files files; /* first: the vtable's self pointer is this struct */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool held;
    unsigned pause_us; /* a datasync takes so long at least; set before it is used */
    int fail_errno;    /* 0: a datasync succeeds */
    unsigned waiting;  /* datasyncs that last */
};

static inline int slow_disk_datasync(struct files *files, int fd)
{
    struct slow_disk *disk = (struct slow_disk *)files;
    (void)fd;
    usleep(disk->pause_us);
    pthread_mutex_lock(&disk->lock);
    disk->waiting++;
    pthread_cond_broadcast(&disk->changed);
    while (disk->held)
        pthread_cond_wait(&disk->changed, &disk->lock);
    disk->waiting--;
    int fail_errno = disk->fail_errno;
    pthread_mutex_unlock(&disk->lock);
    errno = fail_errno;
    return fail_errno == 0 ? 0 : -1;
}

static inline void slow_disk_init(struct slow_disk *disk)
{
    *disk = (struct slow_disk){ .files = files_os };
    disk->files.datasync = slow_disk_datasync;
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->changed, NULL);
}

static inline void slow_disk_clear(struct slow_disk *disk)
{
    pthread_cond_destroy(&disk->changed);
    pthread_mutex_destroy(&disk->lock);
}

static inline void slow_disk_hold(struct slow_disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->held = true;
    pthread_mutex_unlock(&disk->lock);
}

/* Until a datasync has begun. */
static inline void slow_disk_await(struct slow_disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    while (disk->waiting == 0)
        pthread_cond_wait(&disk->changed, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
}

static inline void slow_disk_release(struct slow_disk *disk, int fail_errno)
{
    pthread_mutex_lock(&disk->lock);
    disk->held = false;
    disk->fail_errno = fail_errno;
    pthread_cond_broadcast(&disk->changed);
    pthread_mutex_unlock(&disk->lock);
}

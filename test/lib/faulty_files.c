/* faulty_files.c - see faulty_files.h. */
// SPDX-License-Identifier: Apache-2.0
#include "faulty_files.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct faulty_files *self(struct files *files)
{
    return (struct faulty_files *)files;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static struct faulty_name *find_name(struct faulty_name *names, const char *name)
{
    for (size_t i = 0; i < FAULTY_NAMES; i++)
        if (names[i].inode != NULL && strcmp(names[i].name, name) == 0)
            return &names[i];
    return NULL;
}

static void set_name(struct faulty_name *names, const char *name, struct faulty_inode *inode)
{
    struct faulty_name *row = find_name(names, name);
    for (size_t i = 0; row == NULL && i < FAULTY_NAMES; i++)
        if (names[i].inode == NULL)
            row = &names[i];
    assert(row != NULL);
    snprintf(row->name, sizeof row->name, "%s", name);
    row->inode = inode;
}

static struct faulty_inode *new_inode(struct faulty_files *f)
{
    struct faulty_inode *inode = calloc(1, sizeof *inode);
    inode->next = f->inodes;
    f->inodes = inode;
    return inode;
}

/* Counts the call; true when it is to fail, with errno set. */
static bool fails(struct faulty_files *f)
{
    f->calls++;
    bool now = f->calls == f->fail_at;
    if (!now && !(f->failed && f->stay_dead))
        return false;
    f->failed = true;
    errno = f->fail_errno;
    return true;
}

static bool fails_locked(struct faulty_files *f)
{
    pthread_mutex_lock(&f->lock);
    bool answer = fails(f);
    pthread_mutex_unlock(&f->lock);
    return answer;
}

static int faulty_open(struct files *files, const char *path, int flags, mode_t mode)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    if ((flags & O_ACCMODE) == O_WRONLY)
        flags = (flags & ~O_ACCMODE) | O_RDWR; /* the model reads what it calls durable */
    int fd = fails(f) ? -1 : open(path, flags | O_CLOEXEC, mode);
    if (fd >= 0) {
        struct faulty_name *row = find_name(f->now, base_name(path));
        assert(fd < FAULTY_FDS);
        if (row == NULL)
            set_name(f->now, base_name(path), new_inode(f));
        f->by_fd[fd] = find_name(f->now, base_name(path))->inode;
    }
    pthread_mutex_unlock(&f->lock);
    return fd;
}

static int faulty_close(struct files *files, int fd)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    f->by_fd[fd] = NULL;
    int rc = close(fd);
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static ssize_t faulty_pread(struct files *files, int fd, void *data, size_t len, off_t offset)
{
    return fails_locked(self(files)) ? -1 : pread(fd, data, len, offset);
}

/* Written once more: the next datasync takes it along. */
static void make_dirty(struct faulty_inode *inode, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < inode->clean_len; i++)
        inode->clean[i] = false;
}

static ssize_t faulty_pwrite(struct files *files, int fd, const void *data, size_t len,
                             off_t offset)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    bool was_dead = f->failed && f->stay_dead;
    bool fail = fails(f);
    size_t torn = f->tear_bytes < len ? f->tear_bytes : len;
    if (fail && !was_dead)
        f->failed_write_len = len;
    if (!fail)
        make_dirty(f->by_fd[fd], (size_t)offset, (size_t)offset + len);
    pthread_mutex_unlock(&f->lock);
    if (!fail)
        return pwrite(fd, data, len, offset);
    if (!was_dead && torn > 0 && pwrite(fd, data, torn, offset) != (ssize_t)torn)
        abort();
    errno = f->fail_errno;
    return -1;
}

static void remember(struct faulty_inode *inode, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        abort();
    size_t len = (size_t)st.st_size;
    uint8_t *now = malloc(len + 1);
    if (pread(fd, now, len, 0) != (ssize_t)len)
        abort();
    for (size_t i = 0; i < len && i < inode->clean_len; i++)
        if (inode->clean[i])
            now[i] = i < inode->durable_len ? inode->durable[i] : 0;
    free(inode->durable);
    inode->durable = now;
    inode->durable_len = len;
}

static void believe_clean(struct faulty_inode *inode, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        abort();
    inode->clean_len = (size_t)st.st_size;
    inode->clean = realloc(inode->clean, inode->clean_len + 1);
    for (size_t i = 0; i < inode->clean_len; i++) {
        uint8_t byte;
        if (pread(fd, &byte, 1, (off_t)i) != 1)
            abort();
        inode->clean[i] = i >= inode->durable_len || inode->durable[i] != byte;
    }
}

static int faulty_datasync(struct files *files, int fd)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    int rc = fails(f) ? -1 : 0;
    int saved = errno;
    if (rc == 0 && !f->lies)
        remember(f->by_fd[fd], fd);
    if (rc != 0 && !f->stay_dead)
        believe_clean(f->by_fd[fd], fd);
    pthread_mutex_unlock(&f->lock);
    errno = saved;
    return rc;
}

static int faulty_truncate(struct files *files, int fd, off_t len)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    int rc = fails(f) ? -1 : ftruncate(fd, len);
    if (rc == 0)
        make_dirty(f->by_fd[fd], (size_t)len, SIZE_MAX);
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static int faulty_rename(struct files *files, const char *from, const char *to)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    int rc = fails(f) ? -1 : rename(from, to);
    if (rc == 0) {
        struct faulty_name *row = find_name(f->now, base_name(from));
        set_name(f->now, base_name(to), row->inode);
        row->inode = NULL;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static int faulty_unlink(struct files *files, const char *path)
{
    struct faulty_files *f = self(files);
    pthread_mutex_lock(&f->lock);
    int rc = fails(f) ? -1 : unlink(path);
    struct faulty_name *row = find_name(f->now, base_name(path));
    if (rc == 0 && row != NULL)
        row->inode = NULL;
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static int faulty_sync_dir(struct files *files, const char *path)
{
    struct faulty_files *f = self(files);
    (void)path;
    pthread_mutex_lock(&f->lock);
    int rc = fails(f) ? -1 : 0;
    if (rc == 0 && !f->lies)
        memcpy(f->durable, f->now, sizeof f->durable);
    pthread_mutex_unlock(&f->lock);
    return rc;
}

void faulty_files_init(struct faulty_files *f, const char *dir)
{
    *f = (struct faulty_files){
        .files = { faulty_open, faulty_close, faulty_pread, faulty_pwrite, faulty_datasync,
                   faulty_truncate, faulty_rename, faulty_unlink, faulty_sync_dir },
        .fail_errno = EIO,
    };
    pthread_mutex_init(&f->lock, NULL);
    snprintf(f->dir, sizeof f->dir, "%s", dir);
    DIR *handle = opendir(dir);
    for (struct dirent *entry; handle != NULL && (entry = readdir(handle)) != NULL;) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
            continue;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct faulty_inode *inode = new_inode(f);
        remember(inode, fd);
        close(fd);
        set_name(f->now, entry->d_name, inode);
    }
    if (handle != NULL)
        closedir(handle);
    memcpy(f->durable, f->now, sizeof f->durable);
}

void faulty_files_clear(struct faulty_files *f)
{
    while (f->inodes != NULL) {
        struct faulty_inode *next = f->inodes->next;
        free(f->inodes->durable);
        free(f->inodes->clean);
        free(f->inodes);
        f->inodes = next;
    }
    pthread_mutex_destroy(&f->lock);
}

/* ---- the power cut ---- */

enum { CUT_SECTOR = 512 };

struct content {
    uint8_t *data;
    size_t len;
};

static struct content content_now(struct faulty_files *f, const struct faulty_inode *inode)
{
    struct content c = { calloc(1, inode->durable_len + 1), inode->durable_len };
    if (c.len > 0)
        memcpy(c.data, inode->durable, c.len);
    for (size_t i = 0; i < FAULTY_NAMES; i++) {
        char path[600];
        struct stat st;
        if (f->now[i].inode != inode)
            continue;
        snprintf(path, sizeof path, "%s/%s", f->dir, f->now[i].name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) != 0)
            abort();
        c.len = (size_t)st.st_size;
        c.data = realloc(c.data, c.len + 1);
        if (pread(fd, c.data, c.len, 0) != (ssize_t)c.len)
            abort();
        close(fd);
    }
    return c;
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

/* Lost sectors read as they were at the last sync; as zeroes where the file was shorter. */
static void lose_sectors(struct content *c, const struct faulty_inode *inode, unsigned *seed)
{
    for (size_t at = 0; at < c->len; at += CUT_SECTOR) {
        size_t n = c->len - at < CUT_SECTOR ? c->len - at : CUT_SECTOR;
        if (next_random(seed) % 2 == 0)
            continue;
        for (size_t i = at; i < at + n; i++)
            c->data[i] = i < inode->durable_len ? inode->durable[i] : 0;
    }
}

static struct content content_after(struct faulty_files *f, const struct faulty_inode *inode,
                                    enum cut_bytes bytes, unsigned *seed)
{
    struct content c = content_now(f, inode);
    if (bytes == CUT_BYTES_SECTORS)
        lose_sectors(&c, inode, seed);
    if (bytes == CUT_BYTES_PREFIX && c.len > inode->durable_len)
        c.len = inode->durable_len + next_random(seed) % (c.len - inode->durable_len + 1);
    if (bytes == CUT_BYTES_LOST || (bytes == CUT_BYTES_PREFIX && c.len < inode->durable_len)) {
        c.len = inode->durable_len;
        c.data = realloc(c.data, c.len + 1);
        if (c.len > 0)
            memcpy(c.data, inode->durable, c.len);
    }
    return c;
}

void faulty_files_power_cut(struct faulty_files *f, enum cut_bytes bytes, enum cut_names names,
                            unsigned seed)
{
    const struct faulty_name *left = names == CUT_NAMES_NOW ? f->now : f->durable;
    struct content contents[FAULTY_NAMES] = { { NULL, 0 } };
    for (size_t i = 0; i < FAULTY_NAMES; i++)
        if (left[i].inode != NULL)
            contents[i] = content_after(f, left[i].inode, bytes, &seed);
    for (size_t i = 0; i < FAULTY_NAMES; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", f->dir, f->now[i].name);
        if (f->now[i].inode != NULL)
            unlink(path);
    }
    for (size_t i = 0; i < FAULTY_NAMES; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", f->dir, left[i].name);
        if (left[i].inode == NULL)
            continue;
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, contents[i].data, contents[i].len) != (ssize_t)contents[i].len)
            abort();
        close(fd);
        free(contents[i].data);
    }
}

/* store_dir.h - a directory for one test, and files in it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"

static inline void dir_make(char path[64])
{
    /* memory, where there is such a place: the tests sync thousands of times */
    bool in_memory = access("/dev/shm", W_OK) == 0;
    strcpy(path, in_memory ? "/dev/shm/binlogd-test-XXXXXX" : "/tmp/binlogd-test-XXXXXX");
    if (mkdtemp(path) == NULL)
        abort();
}

static inline void dir_empty(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(file);
    }
    if (dir != NULL)
        closedir(dir);
}

static inline void dir_remove(const char *path)
{
    dir_empty(path);
    rmdir(path);
}

static inline const char *dir_file(const char *dir, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static inline void dir_write(const char *dir, const char *name, struct bytes bytes)
{
    FILE *file = fopen(dir_file(dir, name), "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len)
        abort();
    fclose(file);
}

/* The caller frees. */
static inline struct bytes dir_read(const char *dir, const char *name)
{
    FILE *file = fopen(dir_file(dir, name), "rb");
    if (file == NULL)
        return bytes_of(NULL, 0);
    struct stat st;
    if (fstat(fileno(file), &st) != 0)
        abort();
    uint8_t *data = malloc((size_t)st.st_size + 1);
    size_t got = fread(data, 1, (size_t)st.st_size, file);
    fclose(file);
    return bytes_of(data, got);
}

static inline bool dir_has(const char *dir, const char *name)
{
    return access(dir_file(dir, name), F_OK) == 0;
}

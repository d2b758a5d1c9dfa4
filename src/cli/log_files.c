/* log_files.c - see log_files.h. The order is the index's of a node's log, or that of the names'
 * numbers. In a server's data directory the files that are logs tell by how they begin. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_files.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "binlog/event.h"
#include "store/index.h"

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Other files have such names too (aria_log.00000001): a log says what it is. One that is encrypted
 * as a whole starts with fd. */
static bool starts_like_a_log(const char *dir, const char *name)
{
    char path[PATH_MAX];
    uint8_t magic[BINLOG_MAGIC_SIZE];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "rbe");
    bool is_log = file != NULL && fread(magic, 1, sizeof magic, file) == sizeof magic &&
                  (magic[0] == 0xfe || magic[0] == 0xfd) && memcmp(magic + 1, "bin", 3) == 0;
    if (file != NULL)
        fclose(file);
    return is_log;
}

static size_t base_length(const char *name)
{
    return (size_t)(strrchr(name, '.') - name);
}

static bool same_base(const char *a, const char *b)
{
    return base_length(a) == base_length(b) && memcmp(a, b, base_length(a)) == 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = index_name_number(((const struct index_entry *)a)->name);
    uint64_t y = index_name_number(((const struct index_entry *)b)->name);
    return x < y ? -1 : x > y;
}

/* A server that is a replica has its relay logs beside its own: which is meant is not ours to
 * guess. */
static bool check_bases(const char *dir, const struct index *files, struct err *err)
{
    for (size_t i = 1; i < files->count; i++) {
        const char *first = files->entries[i - 1].name, *other = files->entries[i].name;
        if (!same_base(first, other) || index_name_number(first) == index_name_number(other))
            return err_set(
                err, ERR_CONFIG, "%s holds two logs: name the files of one, %s/%.*s.* or %s/%.*s.*",
                dir, dir, (int)base_length(first), first, dir, (int)base_length(other), other);
    }
    return true;
}

static bool read_directory(const char *dir, struct index *files, struct err *err)
{
    DIR *handle = opendir(dir);
    if (handle == NULL)
        return err_sys(err, "open the directory %s", dir);
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;)
        if (index_name_valid(entry->d_name) && files->count < INDEX_FILES_MAX &&
            starts_like_a_log(dir, entry->d_name))
            index_add(files, entry->d_name, 0);
    closedir(handle);
    if (files->count > 0)
        qsort(files->entries, files->count, sizeof *files->entries, by_number);
    return check_bases(dir, files, err);
}

/* A torn index is as good as none: the names say the order too. */
static bool list(const char *dir, struct index *files, struct err *err)
{
    bool found = false;
    struct err ignored;
    if (index_load(&files_os, dir, files, &found, &ignored) && found)
        return true;
    return read_directory(dir, files, err);
}

static bool add_all(const char *dir, struct arena *arena, struct text_list *out, struct err *err)
{
    struct index files;
    char path[PATH_MAX];
    index_init(&files);
    bool ok = list(dir, &files, err);
    for (size_t i = 0; ok && i < files.count; i++) {
        if (snprintf(path, sizeof path, "%s/%s", dir, files.entries[i].name) >= (int)sizeof path)
            ok = err_set(err, ERR_CONFIG, "the path %.255s… is too long", dir);
        else
            text_list_add(out, path, arena);
    }
    if (ok && files.count == 0)
        ok = err_set(err, ERR_CONFIG, "%s holds no log: no file is named like binlog.000001", dir);
    index_clear(&files);
    return ok;
}

bool log_files_add(const char *argument, struct arena *arena, struct text_list *out,
                   struct err *err)
{
    char log[PATH_MAX];
    if (!is_directory(argument)) {
        text_list_add(out, argument, arena);
        return true;
    }
    if (snprintf(log, sizeof log, "%s/log", argument) < (int)sizeof log && is_directory(log))
        argument = log;
    return add_all(argument, arena, out, err);
}

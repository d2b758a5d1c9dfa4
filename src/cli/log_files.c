/* log_files.c - see log_files.h. The order is the index's of a node's log, or that of the names'
 * numbers. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_files.h"
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "store/index.h"

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A torn index is as good as none: the names say the order too. */
static bool list(const char *dir, struct index *files, struct err *err)
{
    bool found = false;
    struct err ignored;
    if (index_load(&files_os, dir, files, &found, &ignored) && found)
        return true;
    return index_rebuild(dir, files, err) || err_wrap(err, "name the log files themselves");
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

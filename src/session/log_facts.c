/* log_facts.c - see log_facts.h. A file's first event is read anew for each question: there are
 * few. */
// SPDX-License-Identifier: Apache-2.0
#include "session/log_facts.h"
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

bool log_facts_format(struct store *store, struct format *out)
{
    AUTO(cursor) cursor = NULL;
    struct event event;
    struct err err;
    struct log_pos end = store_durable_end(store);
    struct log_pos start = { end.file, BINLOG_MAGIC_SIZE };
    if (end.offset <= BINLOG_MAGIC_SIZE || !cursor_open(store, start, "", &cursor, &err) ||
        cursor_next(cursor, &event, &err) != CURSOR_EVENT)
        return false;
    *out = *cursor_format(cursor);
    return true;
}

uint64_t log_facts_size(struct store *store, const char *log_dir, uint64_t file)
{
    struct log_pos end = store_durable_end(store);
    char name[LOG_NAME_MAX + 1];
    char path[PATH_MAX];
    struct stat st;
    if (file == end.file)
        return end.offset;
    store_file_name(store, file, name);
    snprintf(path, sizeof path, "%s/%s", log_dir, name);
    return name[0] != 0 && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

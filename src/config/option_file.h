/* option_file.h - reads option files in MySQL's syntax, and hands each line on with its place.
 *
 *   # comment              ; comment
 *   [binlogd]
 *   keep-log-size = 2G     # up to the end of the line
 *   source-password = 'a # b'
 *   !include /etc/binlogd/more.cnf       !includedir /etc/binlogd/conf.d     (its *.cnf, sorted)
 *
 * Blanks around key and value are dropped; quotes of either kind are taken off; \b \t \n \r \\ \s
 * (blank) \' \" are escapes, and any other \x stands as it is. Relative includes start at the
 * including file's folder. A file that everyone may write to is skipped with a warning, for anyone
 * could have put an option into it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/stat.h>
#include "base/arena.h"
#include "base/err.h"

struct option_line {
    const char *file; /* all texts live in the reader's arena */
    unsigned line;
    mode_t mode; /* the file's: who may read it */
    const char *group;
    const char *key;
    const char *value; /* NULL: a key alone */
};

struct option_file_reader {
    struct arena *arena;
    bool (*visit)(const struct option_line *line, void *arg, struct err *err);
    void (*opened)(const char *path, void *arg);   /* each file that is read, in order */
    void (*warn)(const char *sentence, void *arg); /* the sentence lives in the arena */
    void *arg;
};

enum option_file_need {
    OPTION_FILE_OPTIONAL, /* a missing file is none */
    OPTION_FILE_NAMED,    /* the user named it: it must be there, and be safe to read */
};
/* ERR_CONFIG with file and line. Stops at the first error, also of visit. */
bool option_file_read(const struct option_file_reader *reader, const char *path,
                      enum option_file_need need, struct err *err) MUST_CHECK;

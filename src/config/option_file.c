/* option_file.c - one pass over each file: a line is a group, an include, an option or nothing. */
// SPDX-License-Identifier: Apache-2.0
#include "config/option_file.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/files.h"

enum { FILE_SIZE_MAX = 1 << 20, INCLUDE_DEPTH_MAX = 10 };

/* A file being read. */
struct source_file {
    const struct option_file_reader *reader;
    const char *path;
    mode_t mode;
    unsigned line;
    unsigned depth;
    const char *group; /* "" before the first */
};

static bool read_path(const struct option_file_reader *reader, const char *path,
                      enum option_file_need need, unsigned depth, struct err *err);

static bool line_error(const struct source_file *file, const char *what, const char *text,
                       struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s:%u: %s: %s", file->path, file->line, what, text);
}

/* The text without blanks at either end; changes it. */
static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    return text;
}

/* Cuts the line at a # that is not within quotes. */
static void cut_comment(char *line)
{
    char quote = 0;
    for (char *p = line; *p != 0; p++) {
        if (*p == '\\' && p[1] != 0)
            p++;
        else if (quote != 0)
            quote = *p == quote ? 0 : quote;
        else if (*p == '\'' || *p == '"')
            quote = *p;
        else if (*p == '#') {
            *p = 0;
            return;
        }
    }
}

static char escaped(char c)
{
    static const char escapes[] = "b\bt\tn\nr\r\\\\s '\'\"\"";
    for (const char *p = escapes; *p != 0; p += 2)
        if (*p == c)
            return p[1];
    return 0;
}

/* Takes off one pair of quotes and the escapes, in place. False: a quote is not closed. */
static bool unquote(char *value)
{
    size_t len = strlen(value);
    char quote = value[0];
    if (quote == '\'' || quote == '"') {
        if (len < 2 || value[len - 1] != quote)
            return false;
        value[len - 1] = 0;
        memmove(value, value + 1, len - 1);
    }
    char *out = value;
    for (const char *p = value; *p != 0; p++) {
        char c = *p == '\\' && p[1] != 0 ? escaped(p[1]) : 0;
        if (c != 0)
            p++;
        *out++ = c != 0 ? c : *p;
    }
    *out = 0;
    return true;
}

static bool read_option(const struct source_file *file, char *text, struct err *err)
{
    if (file->group[0] == 0)
        return line_error(file, "an option before the first [group]", text, err);
    cut_comment(text);
    char *value = strchr(text, '=');
    if (value != NULL)
        *value++ = 0;
    char *key = trim(text);
    if (key[0] == 0)
        return line_error(file, "a value without a name", value, err);
    if (value != NULL) {
        value = trim(value);
        if (!unquote(value))
            return line_error(file, "a quote is not closed in the value of", key, err);
    }
    struct option_line line = { .file = file->path,
                                .line = file->line,
                                .mode = file->mode,
                                .group = file->group,
                                .key = key,
                                .value = value };
    return file->reader->visit(&line, file->reader->arg, err);
}

static bool read_group(struct source_file *file, char *text, struct err *err)
{
    char *end = strchr(text, ']');
    if (end == NULL)
        return line_error(file, "a group's name ends with ]", text, err);
    *end = 0;
    file->group = trim(text + 1);
    return true;
}

/* The path as seen from the folder of the file that names it. */
static const char *resolve(const struct source_file *file, const char *path)
{
    const char *slash = strrchr(file->path, '/');
    if (path[0] == '/' || slash == NULL)
        return path;
    return arena_printf(file->reader->arena, "%.*s/%s", (int)(slash - file->path), file->path,
                        path);
}

static int is_option_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".cnf") == 0;
}

static bool read_folder(const struct source_file *file, const char *path, struct err *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_option_file, alphasort);
    if (count < 0) {
        err_sys(err, "%s:%u: !includedir %s", file->path, file->line, path);
        err->code = ERR_CONFIG;
        return false;
    }
    bool ok = true;
    for (int i = 0; i < count; i++) {
        const char *name = arena_printf(file->reader->arena, "%s/%s", path, entries[i]->d_name);
        ok = ok && read_path(file->reader, name, OPTION_FILE_OPTIONAL, file->depth + 1, err);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool read_include(const struct source_file *file, char *text, struct err *err)
{
    size_t word = strcspn(text, " \t");
    const char *path = resolve(file, trim(text + word));
    if (file->depth >= INCLUDE_DEPTH_MAX)
        return line_error(file, "files include each other too deeply", path, err);
    text[word] = text[word] == 0 ? 0 : ' ';
    if (strncmp(text, "!includedir", word) == 0 && word == strlen("!includedir"))
        return read_folder(file, path, err);
    if (strncmp(text, "!include", word) == 0 && word == strlen("!include")) {
        if (!read_path(file->reader, path, OPTION_FILE_NAMED, file->depth + 1, err))
            return err_wrap(err, "%s:%u", file->path, file->line);
        return true;
    }
    return line_error(file, "neither !include nor !includedir", text, err);
}

static bool read_line(struct source_file *file, char *text, struct err *err)
{
    switch (text[0]) {
    case 0:
    case '#':
    case ';':
        return true;
    case '[':
        return read_group(file, text, err);
    case '!':
        return read_include(file, text, err);
    default:
        return read_option(file, text, err);
    }
}

static bool read_lines(struct source_file *file, char *text, struct err *err)
{
    while (text != NULL) {
        char *line = strsep(&text, "\n");
        file->line++;
        if (!read_line(file, trim(line), err))
            return false;
    }
    return true;
}

/* The whole file as text in the arena. */
static char *load(const struct option_file_reader *reader, const char *path, int fd, off_t size,
                  struct err *err)
{
    size_t got;
    char *text = arena_alloc(reader->arena, (size_t)size + 1);
    if (!files_read_at(&files_os, fd, text, (size_t)size, 0, &got, err)) {
        err_wrap(err, "option file %s", path);
        return NULL;
    }
    text[got] = 0;
    if (strlen(text) != got) {
        err_set(err, ERR_CONFIG, "option file %s holds a zero byte: it is not a text file", path);
        return NULL;
    }
    return text;
}

static bool read_open(const struct option_file_reader *reader, const char *path, int fd,
                      enum option_file_need need, unsigned depth, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_sys(err, "option file %s", path);
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "option file %s is not a file of at most %d bytes", path,
                       FILE_SIZE_MAX);
    if ((st.st_mode & S_IWOTH) != 0) {
        if (need == OPTION_FILE_NAMED)
            return err_set(err, ERR_CONFIG,
                           "option file %s may be written by everyone: run chmod o-w %s", path,
                           path);
        reader->warn(arena_printf(reader->arena,
                                  "option file %s is skipped: everyone may write to it "
                                  "(chmod o-w %s)",
                                  path, path),
                     reader->arg);
        return true;
    }
    char *text = load(reader, path, fd, st.st_size, err);
    if (text == NULL)
        return false;
    reader->opened(path, reader->arg);
    struct source_file file = {
        .reader = reader, .path = path, .mode = st.st_mode, .depth = depth, .group = ""
    };
    return read_lines(&file, text, err);
}

static bool read_path(const struct option_file_reader *reader, const char *path,
                      enum option_file_need need, unsigned depth, struct err *err)
{
    path = arena_str(reader->arena, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && need == OPTION_FILE_OPTIONAL && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0) {
        err_sys(err, "option file %s", path);
        err->code = ERR_CONFIG;
        return false;
    }
    bool ok = read_open(reader, path, fd, need, depth, err);
    close(fd);
    return ok;
}

bool option_file_read(const struct option_file_reader *reader, const char *path,
                      enum option_file_need need, struct err *err)
{
    return read_path(reader, path, need, 0, err);
}

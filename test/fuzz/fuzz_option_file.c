/* Option files: any text is options or an error that names a line of it; every key and value handed
 * on is a string without line ends that stands in a group. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "config/option_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool visit(const struct option_line *line, void *arg, struct err *err)
{
    (void)arg, (void)err;
    if (line->group[0] == 0 || line->key[0] == 0 || strchr(line->key, '\n') != NULL ||
        line->line == 0)
        abort();
    return true;
}

static void ignore(const char *text, void *arg)
{
    (void)text, (void)arg;
}

/* Includes would read the machine's own files. */
static bool has_include(const uint8_t *data, size_t size)
{
    return size > 0 && memchr(data, '!', size) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = { 0 };
    char path[64];
    if (has_include(data, size))
        return 0;
    int fd = memfd_create("options", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || fchmod(fd, 0600) != 0)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    arena_init(&arena, 1 << 26);
    struct option_file_reader reader = { &arena, visit, ignore, ignore, NULL };
    if (!option_file_read(&reader, path, OPTION_FILE_NAMED, &err) &&
        (err.code != ERR_CONFIG || strstr(err.text, path) == NULL))
        abort();
    arena_clear(&arena);
    close(fd);
    return 0;
}

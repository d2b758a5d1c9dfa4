/* replay.c - runs a fuzz target over the files of its corpus folder, so that every build replays
 * what fuzzing found. Usage: fuzz.NAME CORPUS-FOLDER. An empty or missing folder is a failure. */
// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    if (file == NULL || fstat(fileno(file), &st) != 0)
        return -1;
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size + 1); /* exact for size > 0, so that a sanitizer sees overreads */
    data = realloc(data, size > 0 ? size : 1);
    size_t got = fread(data, 1, size, file);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(data, got);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    if (dir == NULL) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (replay_file(path) != 0) {
            fprintf(stderr, "cannot read %s\n", path);
            return 1;
        }
        count++;
    }
    closedir(dir);
    printf("replayed %u inputs\n", count);
    return count > 0 ? 0 : 1;
}

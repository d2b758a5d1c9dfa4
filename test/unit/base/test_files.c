/* test_files.c - a file is replaced as a whole or not at all. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/files.h"

static int fail_rename(struct files *files, const char *from, const char *to)
{
    (void)files, (void)from, (void)to;
    errno = EIO;
    return -1;
}

static ssize_t short_pwrite(struct files *files, int fd, const void *data, size_t len, off_t offset)
{
    (void)files;
    return pwrite(fd, data, len > 3 ? 3 : len, offset);
}

static void read_text(const char *dir, const char *name, char text[64])
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    size_t got;
    struct err err;
    assert_true(files_read_at(&files_os, fd, text, 63, 0, &got, &err));
    text[got] = 0;
    close(fd);
}

TEST(files, replace_is_all_or_nothing)
{
    char dir[] = "/tmp/binlogd-files-XXXXXX";
    char text[64];
    struct err err;
    CHECK(mkdtemp(dir) != NULL);
    CHECK_OK(files_replace(&files_os, dir, "state", bytes_of_str("one"), &err), err);
    struct files broken = files_os;
    broken.rename = fail_rename;
    CHECK(!files_replace(&broken, dir, "state", bytes_of_str("two"), &err));
    CHECK(err.os_errno == EIO);
    read_text(dir, "state", text);
    CHECK_STR(text, "one");
    CHECK_OK(files_replace(&files_os, dir, "state", bytes_of_str("three"), &err), err);
    read_text(dir, "state", text);
    CHECK_STR(text, "three");
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", dir);
    CHECK(system(command) == 0);
}

TEST(files, short_writes_go_on)
{
    char path[] = "/tmp/binlogd-files-XXXXXX";
    char text[64];
    size_t got;
    struct err err;
    int fd = mkstemp(path);
    struct files slow = files_os;
    slow.pwrite = short_pwrite;
    CHECK_OK(files_write_all(&slow, fd, bytes_of_str("0123456789"), 2, &err), err);
    CHECK_OK(files_read_at(&files_os, fd, text, sizeof text, 2, &got, &err), err);
    CHECK(got == 10 && memcmp(text, "0123456789", 10) == 0);
    close(fd);
    unlink(path);
}

UNIT_MAIN(RUN(files, replace_is_all_or_nothing), RUN(files, short_writes_go_on))

/* test_identity.c - node.json: made once, kept, replaced only when it changes. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "node/identity.h"

static char dir[64];
static char path[96];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/binlogd-identity-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/node.json", dir);
}

static void remove_dir(void)
{
    unlink(path);
    rmdir(dir);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

TEST(identity, is_made_once_and_stays_the_same)
{
    struct identity first;
    struct identity again;
    struct err err;
    make_dir();
    CHECK_OK(identity_load(dir, 0, &first, &err), err);
    CHECK(first.server_id != 0 && strlen(first.server_uuid) == 36 && first.source[0] == 0);
    snprintf(first.source, sizeof first.source, "a source");
    CHECK_OK(identity_save(dir, &first, &err), err);
    CHECK_OK(identity_load(dir, 0, &again, &err), err);
    CHECK(again.server_id == first.server_id);
    CHECK_STR(again.server_uuid, first.server_uuid);
    CHECK_STR(again.source, "a source");
    remove_dir();
}

TEST(identity, a_server_id_of_the_users_replaces_the_one_that_is_kept)
{
    struct identity identity;
    struct err err;
    make_dir();
    CHECK_OK(identity_load(dir, 0, &identity, &err), err);
    CHECK_OK(identity_load(dir, 4711, &identity, &err), err);
    CHECK(identity.server_id == 4711);
    CHECK_OK(identity_load(dir, 0, &identity, &err), err);
    CHECK(identity.server_id == 4711);
    remove_dir();
}

/* A full disk must not keep a node from saying what else is wrong. */
TEST(identity, is_not_written_when_nothing_changes)
{
    struct identity identity;
    struct stat before;
    struct stat after;
    struct err err;
    make_dir();
    CHECK_OK(identity_load(dir, 4711, &identity, &err), err);
    CHECK(stat(path, &before) == 0);
    CHECK_OK(identity_load(dir, 4711, &identity, &err), err);
    CHECK(stat(path, &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    remove_dir();
}

TEST(identity, a_file_that_is_damaged_or_lacks_something_is_refused)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"server_id\": 1, \"server_uuid\": \"not a uuid\", \"source\": \"\"}",
        "{\"server_id\": 0, \"server_uuid\": \"12345678-1234-1234-1234-123456789abc\", "
        "\"source\": \"\"}",
        "{\"server_id\": 1, \"server_uuid\": \"12345678-1234-1234-1234-123456789abc\"}",
        "{\"server_id\": 4294967296, \"server_uuid\": \"12345678-1234-1234-1234-123456789abc\", "
        "\"source\": \"\"}",
    };
    make_dir();
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct identity identity;
        struct err err;
        write_file(texts[i]);
        CHECK(!identity_load(dir, 0, &identity, &err));
        CHECK(err.code == ERR_CORRUPT);
        CHECK(strstr(err.text, path) != NULL);
    }
    remove_dir();
}

UNIT_MAIN(RUN(identity, is_made_once_and_stays_the_same),
          RUN(identity, a_server_id_of_the_users_replaces_the_one_that_is_kept),
          RUN(identity, is_not_written_when_nothing_changes),
          RUN(identity, a_file_that_is_damaged_or_lacks_something_is_refused))

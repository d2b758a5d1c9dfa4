/* test_followed.c - the source that is followed: options, CHANGE, and DATA/source.json. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "node/followed.h"

static char dir[64];
static char path[96];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/binlogd-followed-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/source.json", dir);
}

static void remove_dir(void)
{
    unlink(path);
    rmdir(dir);
}

static struct followed options_naming(const char *host)
{
    return (struct followed){ .address = { .host = host,
                                           .port = 3306,
                                           .user = "repl",
                                           .password = "old",
                                           .ssl_mode = SSL_MODE_PREFERRED,
                                           .connect_timeout_ms = 10000 },
                              .heartbeat_ms = 5000,
                              .backoff_max_ms = 60000 };
}

static void give_text(struct session_control *change, enum session_change item, const char *text)
{
    change->given[item] = true;
    change->text[item] = text;
}

static void give_number(struct session_control *change, enum session_change item, uint64_t number)
{
    change->given[item] = true;
    change->number[item] = number;
}

/* What the options name, changed to host two and saved. */
static void change_to_two(const struct followed *options, struct followed *out)
{
    struct followed now;
    struct err err;
    struct session_control change = { .action = SESSION_CHANGE };
    give_text(&change, SESSION_CHANGE_host, "two");
    give_text(&change, SESSION_CHANGE_password, "new");
    give_text(&change, SESSION_CHANGE_ssl_ca, "ca.pem");
    give_number(&change, SESSION_CHANGE_ssl, 1);
    give_number(&change, SESSION_CHANGE_connect_retry, 7);
    give_number(&change, SESSION_CHANGE_delay, 3600);
    assert_true(followed_load(dir, options, &now, &err));
    assert_true(!now.is_changed);
    assert_true(followed_change(dir, &now, &change, out, &err));
    followed_clear(&now);
}

static void check_two(const struct followed *followed)
{
    assert_true(followed->is_changed);
    assert_string_equal(followed->address.host, "two");
    assert_string_equal(followed->address.user, "repl");
    assert_string_equal(followed->address.password, "new");
    assert_string_equal(followed->address.ssl_ca, "ca.pem");
    assert_true(followed->address.ssl_key == NULL);
    assert_true(followed->address.port == 3306);
    assert_true(followed->address.ssl_mode == SSL_MODE_VERIFY_CA);
    assert_true(followed->address.connect_timeout_ms == 10000);
    assert_true(followed->heartbeat_ms == 5000);
    assert_true(followed->backoff_max_ms == 7000);
    assert_true(followed->delay_s == 3600);
}

TEST(followed, a_change_keeps_what_it_does_not_name_and_outlives_the_process)
{
    struct followed options = options_naming("one");
    struct followed changed;
    struct followed again;
    struct stat file;
    struct err err;
    make_dir();
    change_to_two(&options, &changed);
    check_two(&changed);
    followed_clear(&changed);
    assert_int_equal(stat(path, &file), 0);
    CHECK((file.st_mode & 0777) == 0600);
    CHECK_OK(followed_load(dir, &options, &again, &err), err);
    check_two(&again);
    followed_clear(&again);
    remove_dir();
}

TEST(followed, options_that_name_another_source_than_then_are_the_last_word)
{
    struct followed options = options_naming("one");
    struct followed other = options_naming("three");
    struct followed changed;
    struct followed again;
    struct err err;
    make_dir();
    change_to_two(&options, &changed);
    followed_clear(&changed);
    CHECK_OK(followed_load(dir, &other, &again, &err), err);
    CHECK(!again.is_changed);
    CHECK_STR(again.address.host, "three");
    CHECK_STR(again.address.password, "old");
    CHECK(access(path, F_OK) != 0);
    followed_clear(&again);
    remove_dir();
}

TEST(followed, a_damaged_file_is_an_error)
{
    static const char *const texts[] = { "", "{", "{}", "{\"version\": 1}" };
    struct followed options = options_naming("one");
    struct followed out;
    struct err err;
    make_dir();
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        CHECK(!followed_load(dir, &options, &out, &err));
        CHECK(err.code == ERR_CORRUPT && strstr(err.text, "source.json") != NULL);
    }
    remove_dir();
}

TEST(followed, switches_of_tls_become_one_mode)
{
    static const struct {
        int ssl, verify;
        const char *ca;
        enum ssl_mode mode;
    } rows[] = {
        { -1, -1, NULL, SSL_MODE_PREFERRED },     { 0, -1, NULL, SSL_MODE_DISABLED },
        { 1, -1, NULL, SSL_MODE_REQUIRED },       { 1, 0, "ca", SSL_MODE_VERIFY_CA },
        { 1, 1, NULL, SSL_MODE_VERIFY_IDENTITY }, { -1, 1, NULL, SSL_MODE_VERIFY_IDENTITY },
        { 1, -1, "", SSL_MODE_REQUIRED },
    };
    struct followed options = options_naming("one");
    struct err err;
    make_dir();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct followed changed;
        struct session_control change = { .action = SESSION_CHANGE };
        if (rows[i].ssl >= 0)
            give_number(&change, SESSION_CHANGE_ssl, (uint64_t)rows[i].ssl);
        if (rows[i].verify >= 0)
            give_number(&change, SESSION_CHANGE_ssl_verify, (uint64_t)rows[i].verify);
        if (rows[i].ca != NULL)
            give_text(&change, SESSION_CHANGE_ssl_ca, rows[i].ca);
        CHECK_OK(followed_change(dir, &options, &change, &changed, &err), err);
        if (changed.address.ssl_mode != rows[i].mode)
            fail_msg("row %zu: mode %d", i, (int)changed.address.ssl_mode);
        followed_clear(&changed);
    }
    remove_dir();
}

UNIT_MAIN(RUN(followed, a_change_keeps_what_it_does_not_name_and_outlives_the_process),
          RUN(followed, options_that_name_another_source_than_then_are_the_last_word),
          RUN(followed, a_damaged_file_is_an_error), RUN(followed, switches_of_tls_become_one_mode))

/* Connection URIs: every form that is taken, every one that is refused, and that no sentence ever
 * holds a password. */
// SPDX-License-Identifier: Apache-2.0
#include "config/uri.h"
#include "unit.h"

static struct arena arena;
static struct uri uri;
static struct err err;

static bool parse(const char *text)
{
    arena_clear(&arena);
    arena_init(&arena, 1 << 20);
    memset(&uri, 0, sizeof uri);
    memset(&err, 0, sizeof err);
    return uri_parse(text, &arena, &uri, &err);
}

TEST(uri, whole)
{
    CHECK_OK(parse("mysql://us%65r:p%40s%3as@db1.example:3307/?SSL_Mode=REQUIRED&ssl-ca=%2Fca%20x"),
             err);
    CHECK_STR(uri.user, "user");
    CHECK_STR(uri.password, "p@s:s");
    CHECK_STR(uri.host, "db1.example");
    CHECK(uri.port == 3307 && uri.socket == NULL);
    CHECK(uri.parameter_count == 2);
    CHECK_STR(uri.parameters[0].key, "ssl-mode");
    CHECK_STR(uri.parameters[0].value, "REQUIRED");
    CHECK_STR(uri.parameters[1].value, "/ca x");
}

TEST(uri, parts_may_be_missing)
{
    CHECK_OK(parse("mariadb://db1"), err);
    CHECK(uri.user == NULL && uri.password == NULL && uri.port == 0);
    CHECK_OK(parse("db1:3306"), err);
    CHECK_STR(uri.host, "db1");
    CHECK_OK(parse("repl@db1/"), err);
    CHECK_STR(uri.user, "repl");
    CHECK(uri.password == NULL);
    CHECK_OK(parse("mysql://repl:@db1?tls-version=TLSv1.3"), err);
    CHECK_STR(uri.password, "");
    CHECK_OK(parse("mysql://repl@"), err);
    CHECK(uri.host == NULL);
}

TEST(uri, sockets_are_in_brackets_or_encoded)
{
    CHECK_OK(parse("mysql://repl@(/run/mysqld/mysqld.sock)?ssl-mode=DISABLED"), err);
    CHECK_STR(uri.socket, "/run/mysqld/mysqld.sock");
    CHECK(uri.host == NULL && uri.parameter_count == 1);
    CHECK_OK(parse("mysql://repl@%2Frun%2Fs.sock/"), err);
    CHECK_STR(uri.socket, "/run/s.sock");
    CHECK(!parse("mysql://repl@%2Frun%2Fs.sock:3306/"));
}

TEST(uri, ipv6_is_in_square_brackets)
{
    CHECK_OK(parse("mysql://repl@[::1]:3307/"), err);
    CHECK_STR(uri.host, "::1");
    CHECK(uri.port == 3307);
    CHECK_OK(parse("mysql://[fe80::1]"), err);
    CHECK_STR(uri.host, "fe80::1");
    CHECK(!parse("mysql://[::1"));
    CHECK(!parse("mysql://[::1]x"));
}

TEST(uri, what_is_no_uri_is_refused)
{
    static const char *const wrong[] = {
        "postgres://a@b/",      "mysql://db1:0/",           "mysql://db1:65536/", "mysql://db1:/",
        "mysql://db1:x/",       "mysql://db1/shop",         "mysql://db1/?a",     "mysql://db1/?=b",
        "mysql://db1/?a=1&a=2", "mysql://db1/?a_b=1&A-B=2", "mysql://db1/?a=%zz", "mysql://%4/",
        "mysql://u%00@db1/",    "mysql://db1/?a=%",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        if (parse(wrong[i]))
            fail_msg("taken: %s", wrong[i]);
        CHECK(err.code == ERR_CONFIG && err.text[0] != 0);
    }
}

TEST(uri, a_password_is_in_no_sentence_however_it_is_cut)
{
    static const char *const wrong[] = {
        "mysql://u:hush@db1:x/",     "mysql://u:hush/hush@db1/",  "mysql://u:hush?hush@db1/",
        "mysql://u:hush#hush@db1/",  "mysql://u:12/hush@db1",     "mysql://u:12?hush@db1",
        "mysql://u:%hush@db1/",      "mysql://u:hush@db1/x",      "other://u:hush@db1/",
        "mysql://u:hush(@db1/hush@", "mysql://u:hush@hush@db1:y",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        if (parse(wrong[i]))
            fail_msg("taken: %s", wrong[i]);
        if (strstr(err.text, "hush") != NULL)
            fail_msg("%s told: %s", wrong[i], err.text);
        CHECK(err.code == ERR_CONFIG);
    }
}

TEST(uri, cut_anywhere_is_a_value_or_an_error)
{
    const char whole[] = "mysql://us%65r:p%40s@[::1]:3307/?ssl-mode=REQUIRED&ssl-ca=%2Fca";
    for (size_t len = 0; len < sizeof whole; len++) {
        char text[sizeof whole];
        snprintf(text, len + 1, "%s", whole);
        CHECK(parse(text) || err.code == ERR_CONFIG);
    }
}

TEST(redact, puts_stars_in_the_passwords_place)
{
    static const char *const cases[][2] = {
        { "mysql://u:secret@db1/", "mysql://u:***@db1/" },
        { "u:secret@db1", "u:***@db1" },
        { "mysql://u@db1:3306/", "mysql://u@db1:3306/" },
        { "mysql://u:a@b@db1/", "mysql://u:***@db1/" },
        { "mysql://u:a/b@db1/", "mysql://u:***@db1/" },
        { "/var/lib/binlogd", "/var/lib/binlogd" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf out;
        buf_init(&out, 1000);
        uri_print_redacted(cases[i][0], &out);
        CHECK_STR(buf_cstr(&out), cases[i][1]);
        buf_clear(&out);
    }
}

UNIT_MAIN(RUN(uri, whole), RUN(uri, parts_may_be_missing),
          RUN(uri, sockets_are_in_brackets_or_encoded), RUN(uri, ipv6_is_in_square_brackets),
          RUN(uri, what_is_no_uri_is_refused),
          RUN(uri, a_password_is_in_no_sentence_however_it_is_cut),
          RUN(uri, cut_anywhere_is_a_value_or_an_error),
          RUN(redact, puts_stars_in_the_passwords_place))

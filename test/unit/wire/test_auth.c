/* test_auth.c - plugins: who may say what over which channel. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/auth.h"
#include "unit.h"

static const uint8_t nonce[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };

static bool start(struct auth *auth, const char *plugin, struct buf *reply, struct err *err)
{
    size_t len = strcmp(plugin, "client_ed25519") == 0 ? 32 : 20;
    buf_reset(reply);
    return auth_start(auth, plugin, bytes_of(nonce, len), reply, err);
}

static bool says_password(const struct buf *reply, const char *password)
{
    return memmem(reply->data, reply->len, password, strlen(password)) != NULL;
}

TEST(auth, first_responses_have_the_sizes_the_servers_want)
{
    static const struct {
        const char *plugin, *password;
        size_t size;
    } rows[] = {
        { "mysql_native_password", "hunter2", 20 },
        { "mysql_native_password", "", 0 },
        { "caching_sha2_password", "hunter2", 32 },
        { "caching_sha2_password", "", 1 },
        { "client_ed25519", "hunter2", 64 },
        { "client_ed25519", "", 64 },
        { "sha256_password", "", 1 },
    };
    struct buf reply;
    struct err err;
    buf_init(&reply, 5000);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct auth auth = { .options = { .user = "app", .password = rows[i].password } };
        CHECK_OK(start(&auth, rows[i].plugin, &reply, &err), err);
        CHECK(reply.len == rows[i].size);
        CHECK(rows[i].password[0] == 0 || !says_password(&reply, rows[i].password));
    }
    buf_clear(&reply);
}

TEST(auth, an_unknown_plugin_is_named_with_what_to_do)
{
    struct auth auth = { .options = { .user = "app", .password = "x" } };
    struct buf reply;
    struct err err;
    buf_init(&reply, 5000);
    CHECK(!start(&auth, "parsec", &reply, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    CHECK(strstr(err.text, "'parsec'") != NULL && strstr(err.text, "ALTER USER") != NULL);
    buf_clear(&reply);
}

TEST(auth, the_whole_password_is_said_only_in_a_private_channel)
{
    static const char *const plugins[] = { "caching_sha2_password", "sha256_password" };
    struct buf reply;
    struct err err;
    buf_init(&reply, 5000);
    for (size_t i = 0; i < ARRAY_COUNT(plugins); i++) {
        bool answer = true;
        struct auth open = { .options = { .user = "app", .password = "hunter2" } };
        bool said = start(&open, plugins[i], &reply, &err) &&
                    auth_continue(&open, bytes_of("\x04", 1), &reply, &answer, &err);
        CHECK(!said && err.code == ERR_CONFIG && !says_password(&reply, "hunter2"));
        CHECK(strstr(err.text, "get-server-public-key") != NULL);
        struct auth safe = open;
        safe.options.private_channel = true;
        CHECK_OK(start(&safe, plugins[i], &reply, &err), err);
        if (!says_password(&reply, "hunter2"))
            CHECK_OK(auth_continue(&safe, bytes_of("\x04", 1), &reply, &answer, &err), err);
        CHECK(answer && says_password(&reply, "hunter2"));
    }
    buf_clear(&reply);
}

TEST(auth, the_clear_password_plugin_wants_a_verified_server)
{
    struct auth auth = { .options = {
                             .user = "app", .password = "hunter2", .private_channel = true } };
    struct buf reply;
    struct err err;
    buf_init(&reply, 5000);
    CHECK(!start(&auth, "mysql_clear_password", &reply, &err));
    CHECK(err.code == ERR_CONFIG && reply.len == 0);
    auth.options.verified_channel = true;
    CHECK_OK(start(&auth, "mysql_clear_password", &reply, &err), err);
    CHECK(reply.len == 8 && says_password(&reply, "hunter2"));
    buf_clear(&reply);
}

TEST(auth, a_key_is_asked_for_only_when_the_user_allowed_it)
{
    struct auth auth = { .options = { .user = "app", .password = "x", .fetch_public_key = true } };
    struct buf reply;
    struct err err;
    bool answer = false;
    buf_init(&reply, 5000);
    CHECK_OK(start(&auth, "caching_sha2_password", &reply, &err), err);
    buf_reset(&reply);
    CHECK_OK(auth_continue(&auth, bytes_of("\x04", 1), &reply, &answer, &err), err);
    CHECK(answer && reply.len == 1 && reply.data[0] == 2);
    CHECK(!auth_continue(&auth, bytes_of_str("no key"), &reply, &answer, &err));
    CHECK(err.code == ERR_PROTOCOL);
    buf_clear(&reply);
}

TEST(auth, fast_success_is_not_answered_and_nothing_may_follow)
{
    struct auth auth = { .options = { .user = "app", .password = "x", .private_channel = true } };
    struct buf reply;
    struct err err;
    bool answer = true;
    buf_init(&reply, 5000);
    CHECK_OK(start(&auth, "caching_sha2_password", &reply, &err), err);
    CHECK_OK(auth_continue(&auth, bytes_of("\x03", 1), &reply, &answer, &err), err);
    CHECK(!answer);
    CHECK(!auth_continue(&auth, bytes_of("\x04", 1), &reply, &answer, &err));
    CHECK(err.code == ERR_PROTOCOL);
    CHECK_OK(start(&auth, "mysql_native_password", &reply, &err), err);
    CHECK(!auth_continue(&auth, bytes_of("\x04", 1), &reply, &answer, &err));
    buf_clear(&reply);
}

TEST(auth, scrambles_of_wrong_sizes_are_protocol_errors)
{
    static const char *const plugins[] = { "mysql_native_password", "caching_sha2_password",
                                           "client_ed25519" };
    struct buf reply;
    struct err err;
    buf_init(&reply, 5000);
    for (size_t i = 0; i < ARRAY_COUNT(plugins); i++) {
        struct auth auth = { .options = { .user = "app", .password = "x" } };
        uint8_t long_nonce[100] = { 0 };
        CHECK(!auth_start(&auth, plugins[i], bytes_of(nonce, 8), &reply, &err));
        CHECK(err.code == ERR_PROTOCOL);
        CHECK(!auth_start(&auth, plugins[i], bytes_of(long_nonce, 100), &reply, &err));
        CHECK(err.code == ERR_PROTOCOL);
    }
    buf_clear(&reply);
}

UNIT_MAIN(RUN(auth, first_responses_have_the_sizes_the_servers_want),
          RUN(auth, an_unknown_plugin_is_named_with_what_to_do),
          RUN(auth, the_whole_password_is_said_only_in_a_private_channel),
          RUN(auth, the_clear_password_plugin_wants_a_verified_server),
          RUN(auth, a_key_is_asked_for_only_when_the_user_allowed_it),
          RUN(auth, fast_success_is_not_answered_and_nothing_may_follow),
          RUN(auth, scrambles_of_wrong_sizes_are_protocol_errors))

/* test_handshake.c - greetings of real servers, cut and bent; the response byte by byte. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/handshake.h"
#include "server_side.h"
#include "unit.h"
#include "wire/capability.h"

TEST(greeting, of_mysql_97_is_read)
{
    struct greeting g;
    struct err err;
    CHECK_OK(greeting_decode(greeting_payload(GREETING(mysql97)), &g, &err), err);
    CHECK_STR(g.version, "9.7.4-2");
    CHECK(g.version_number == 90704);
    CHECK(!g.mariadb);
    CHECK(g.thread_id == 36);
    CHECK(g.capabilities == 0xdfffffff);
    CHECK(g.mariadb_capabilities == 0);
    CHECK_STR(g.plugin, "caching_sha2_password");
    CHECK(g.scramble_len == 20);
    CHECK(g.scramble[0] == 0x3d && g.scramble[7] == 0x1a && g.scramble[8] == 0x7a &&
          g.scramble[19] == 0x67);
}

TEST(greeting, of_mariadb_loses_its_mask_and_keeps_its_own_capabilities)
{
    struct greeting g;
    struct err err;
    CHECK_OK(greeting_decode(greeting_payload(GREETING(mariadb1011)), &g, &err), err);
    CHECK_STR(g.version, "10.11.19-MariaDB-0+deb12u1-log");
    CHECK(g.version_number == 101119);
    CHECK(g.mariadb && g.mariadb_capabilities == 0x1d);
    CHECK((g.capabilities & CAPABILITY_TLS) == 0);
    CHECK_OK(greeting_decode(greeting_payload(GREETING(mariadb118)), &g, &err), err);
    CHECK(g.version_number == 110806);
    CHECK(g.mariadb && g.mariadb_capabilities == 0x3d);
    CHECK((g.capabilities & CAPABILITY_TLS) != 0);
    CHECK_STR(g.plugin, "mysql_native_password");
}

TEST(greeting, cut_anywhere_is_an_error_or_has_a_shorter_plugin_name)
{
    struct bytes whole = greeting_payload(GREETING(mysql97));
    size_t fixed = whole.len - sizeof "caching_sha2_password";
    for (size_t len = 0; len < whole.len; len++) {
        struct greeting g;
        struct err err;
        bool done = greeting_decode(bytes_of(whole.data, len), &g, &err);
        CHECK(done == (len >= fixed));
        CHECK(done || err.code == ERR_PROTOCOL);
    }
}

TEST(greeting, with_any_bit_flipped_is_a_value_or_an_error)
{
    uint8_t copy[256];
    struct bytes whole = greeting_payload(GREETING(mariadb1011));
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        struct greeting g;
        struct err err = { 0 };
        memcpy(copy, whole.data, whole.len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!greeting_decode(bytes_of(copy, whole.len), &g, &err))
            CHECK(err.code == ERR_PROTOCOL || err.code == ERR_UNSUPPORTED);
    }
}

TEST(greeting, an_error_in_its_place_is_a_refusal)
{
    static const char text[] = "\xff\x10\x04Too many connections";
    struct greeting g;
    struct err err;
    CHECK(!greeting_decode(bytes_of(text, sizeof text - 1), &g, &err));
    CHECK(err.code == ERR_REFUSED && err.server_errno == 1040);
    CHECK_STR(err.text, "error 1040 (HY000): Too many connections");
}

TEST(greeting, of_something_else_says_what_to_check)
{
    struct greeting g;
    struct err err;
    CHECK(!greeting_decode(bytes_of_str("SSH-2.0-OpenSSH_9.2p1"), &g, &err));
    CHECK(err.code == ERR_PROTOCOL);
    CHECK(strstr(err.text, "is this the port of a MySQL or MariaDB server?") != NULL);
}

TEST(greeting, without_authentication_plugins_is_too_old)
{
    uint8_t copy[256];
    struct greeting g;
    struct err err;
    struct bytes whole = greeting_payload(GREETING(mysql97));
    memcpy(copy, whole.data, whole.len);
    copy[9 + 4 + 8 + 1 + 2 + 1 + 2] &= (uint8_t)~0x08; /* PLUGIN_AUTH, in the high half */
    CHECK(!greeting_decode(bytes_of(copy, whole.len), &g, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
}

TEST(response, has_every_field_where_the_protocol_wants_it)
{
    struct handshake_response r = {
        .capabilities = CAPABILITY_PROTOCOL_41 | CAPABILITY_LENENC_AUTH_RESPONSE |
                        CAPABILITY_CONNECT_ATTRIBUTES,
        .user = "repl",
        .plugin = "mysql_native_password",
        .auth = bytes_of("\x01\x02", 2),
    };
    static const char want[] = "\x00\x02\x30\x00\x00\x00\x00\x40\x2d"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "repl\0\x02\x01\x02mysql_native_password\0"
                               "\x2a\x0cprogram_name\x07"
                               "binlogd\x0c_client_name\x07"
                               "binlogd";
    struct buf out;
    buf_init(&out, 1000);
    handshake_response_encode(&r, &out);
    CHECK(bytes_equal(buf_bytes(&out), bytes_of(want, sizeof want - 1)));
    buf_reset(&out);
    tls_request_encode(CAPABILITY_TLS, &out);
    CHECK(out.len == 32);
    buf_clear(&out);
}

UNIT_MAIN(RUN(greeting, of_mysql_97_is_read),
          RUN(greeting, of_mariadb_loses_its_mask_and_keeps_its_own_capabilities),
          RUN(greeting, cut_anywhere_is_an_error_or_has_a_shorter_plugin_name),
          RUN(greeting, with_any_bit_flipped_is_a_value_or_an_error),
          RUN(greeting, an_error_in_its_place_is_a_refusal),
          RUN(greeting, of_something_else_says_what_to_check),
          RUN(greeting, without_authentication_plugins_is_too_old),
          RUN(response, has_every_field_where_the_protocol_wants_it))

/* test_server.c - whole sessions of the server's side, against the client's. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server.h"
#include "server_pair.h"
#include "unit.h"
#include "wire/packet.h"

static const struct pair_login plain_mariadb = {
    .mariadb = true, .user = PAIR_USER, .password = PAIR_PASSWORD, .client_tls = CLIENT_TLS_NEVER
};
static const struct pair_login tls_mysql = {
    .tls = true, .user = PAIR_USER, .password = PAIR_PASSWORD, .client_tls = CLIENT_TLS_ALWAYS
};

static bool logs_in(struct pair *pair, const struct pair_login *login)
{
    if (!pair_start(pair, login))
        return false;
    pair_log_in(pair);
    return pair->client_done && pair->ready && !pair->failed;
}

TEST(server, takes_a_native_login)
{
    struct pair pair;
    CHECK(pair_init(&pair));
    CHECK_OK(logs_in(&pair, &plain_mariadb), pair.client_err);
    CHECK_STR(server_plugin(pair.server), "mysql_native_password");
    CHECK_STR(server_user(pair.server), PAIR_USER);
    CHECK(server_role(pair.server) == ROLE_replication);
    CHECK(!server_is_encrypted(pair.server));
    pair_clear(&pair);
}

TEST(server, takes_a_login_that_comes_in_single_bytes)
{
    struct pair pair;
    CHECK(pair_init(&pair));
    pair.chunk = 1;
    CHECK_OK(logs_in(&pair, &plain_mariadb), pair.client_err);
    CHECK_OK(logs_in(&pair, &tls_mysql), pair.client_err);
    pair_clear(&pair);
}

TEST(server, asks_for_the_password_once_and_then_knows_the_short_way)
{
    struct pair pair;
    CHECK(pair_init(&pair));
    CHECK_OK(logs_in(&pair, &tls_mysql), pair.client_err);
    CHECK_STR(server_plugin(pair.server), "caching_sha2_password");
    CHECK(server_is_encrypted(pair.server));
    CHECK(pair.remembered == 1);
    CHECK_OK(logs_in(&pair, &tls_mysql), pair.client_err);
    CHECK(pair.remembered == 1);
    pair_clear(&pair);
}

TEST(server, takes_the_password_under_its_rsa_key)
{
    struct pair pair;
    struct err err;
    struct pair_login login = { .user = PAIR_USER,
                                .password = PAIR_PASSWORD,
                                .client_tls = CLIENT_TLS_NEVER,
                                .fetch_public_key = true };
    CHECK(pair_init(&pair));
    CHECK_OK(rsa_key_make(&pair.rsa, &err), err);
    CHECK_OK(logs_in(&pair, &login), pair.client_err);
    CHECK(pair.remembered == 1);
    login.password = "wrong";
    pair.account.has_fast = false;
    CHECK(!logs_in(&pair, &login) && pair.refused && pair.client_err.server_errno == 1045);
    pair_clear(&pair);
}

TEST(server, refuses_wrong_passwords_and_unknown_names_alike)
{
    struct pair pair;
    struct pair_login logins[] = { plain_mariadb, plain_mariadb, tls_mysql, tls_mysql };
    logins[0].password = logins[2].password = "wrong";
    logins[1].user = logins[3].user = "nobody";
    CHECK(pair_init(&pair));
    for (size_t i = 0; i < ARRAY_COUNT(logins); i++) {
        CHECK(!logs_in(&pair, &logins[i]));
        CHECK(pair.refused && !pair.ready);
        CHECK(pair.client_err.server_errno == 1045);
        CHECK(pair.looked_up == i + 1);
    }
    CHECK(pair.remembered == 0);
    pair_clear(&pair);
}

TEST(server, refuses_a_login_in_the_clear_where_tls_is_demanded)
{
    struct pair pair;
    struct pair_login login = plain_mariadb;
    login.tls = login.tls_demanded = true;
    CHECK(pair_init(&pair));
    CHECK(!logs_in(&pair, &login));
    CHECK(pair.client_err.server_errno == 3159);
    CHECK(pair.looked_up == 0);
    login.client_tls = CLIENT_TLS_ALWAYS;
    CHECK_OK(logs_in(&pair, &login), pair.client_err);
    pair_clear(&pair);
}

static bool feed(struct server *server, struct bytes bytes, enum server_event *event,
                 struct err *err)
{
    *event = SERVER_WAIT;
    while (bytes.len > 0 && *event == SERVER_WAIT) {
        size_t size;
        uint8_t *room = server_room(server, &size);
        size_t n = bytes.len < size ? bytes.len : size;
        memcpy(room, bytes.data, n);
        bytes.data += n;
        bytes.len -= n;
        if (!server_received(server, n, err) || !server_next(server, event, err))
            return false;
    }
    return true;
}

TEST(server, understands_no_command_before_a_login)
{
    static const uint8_t commands[][12] = {
        { 5, 0, 0, 0, 0x03, 'S', 'E', 'L', 'E' },
        { 5, 0, 0, 1, 0x12, 4, 0, 0, 0 },
        { 1, 0, 0, 1, 0x01 },
        { 0, 0, 0, 1 },
        { 0xff, 0xff, 0xff, 1, 0x1e },
    };
    struct pair pair;
    CHECK(pair_init(&pair));
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        enum server_event event;
        struct err err;
        CHECK(pair_start(&pair, &plain_mariadb));
        CHECK(!feed(pair.server, bytes_of(commands[i], sizeof commands[i]), &event, &err));
        CHECK(server_next(pair.server, &event, &err) && event == SERVER_END);
        CHECK(pair.looked_up == 0);
    }
    pair_clear(&pair);
}

TEST(server, takes_no_byte_behind_a_request_for_tls)
{
    struct pair pair;
    struct err err;
    enum server_event event;
    uint8_t bytes[36 + 5] = { 32, 0, 0, 1, 0, 0x8a, 0, 0 };
    size_t taken = 0;
    CHECK(pair_init(&pair));
    CHECK(pair_start(&pair, &tls_mysql));
    bytes[5] = 0x0a | 0x80; /* protocol 4.1, TLS */
    memcpy(bytes + 36, "\x16\x03\x01\x02\x00", 5);
    for (event = SERVER_WAIT; event == SERVER_WAIT;) {
        size_t size;
        uint8_t *room = server_room(pair.server, &size);
        CHECK(server_is_open_to_tls(pair.server));
        CHECK(taken + size <= 36);
        memcpy(room, bytes + taken, size);
        taken += size;
        CHECK_OK(server_received(pair.server, size, &err), err);
        CHECK_OK(server_next(pair.server, &event, &err), err);
    }
    CHECK(event == SERVER_TLS);
    CHECK(taken == 36);
    pair_clear(&pair);
}

TEST(server, hands_out_commands_and_numbers_its_answers_from_one)
{
    struct pair pair;
    struct err err;
    enum server_event event;
    static const uint8_t query[] = { 9, 0, 0, 0, 0x03, 'S', 'E', 'L', 'E', 'C', 'T', ' ', '1' };
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    CHECK_OK(feed(pair.server, bytes_of(query, sizeof query), &event, &err), err);
    CHECK(event == SERVER_COMMAND);
    CHECK(server_command(pair.server) == 3);
    CHECK(bytes_equal_str(server_payload(pair.server), "SELECT 1"));
    server_ok(pair.server);
    struct bytes out = server_output(pair.server);
    CHECK(out.len == 11 && out.data[3] == 1);
    server_sent(pair.server, out.len);
    CHECK(server_next(pair.server, &event, &err) && event == SERVER_WAIT);
    pair_clear(&pair);
}

TEST(server, ends_a_session_whose_command_is_too_long)
{
    struct pair pair;
    struct err err;
    enum server_event event;
    static const uint8_t head[] = { 1, 0, 0x40, 0, 0x03 };
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    CHECK(!feed(pair.server, bytes_of(head, sizeof head), &event, &err));
    CHECK(err.code == ERR_PROTOCOL);
    struct bytes out = server_output(pair.server);
    CHECK(out.len > 9 && out.data[3] == 1 && out.data[5] == 0x81 && out.data[6] == 0x04); /* 1153 */
    pair_clear(&pair);
}

TEST(server, asks_who_changes_its_user_anew_and_ends_where_the_answer_is_wrong)
{
    struct pair pair;
    struct err err;
    enum server_event event;
    static const char change[] = "\x2e\0\0\0\x11" PAIR_USER "\0\x04hash"
                                 "shop\0\x2d\0mysql_native_password";
    static const uint8_t wrong[] = { 4, 0, 0, 2, 'h', 'a', 's', 'h' };
    uint8_t packet[sizeof change];
    memcpy(packet, change, sizeof change);
    packet[0] = (uint8_t)(sizeof change - PACKET_HEADER_SIZE);
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    CHECK_OK(feed(pair.server, bytes_of(packet, sizeof packet), &event, &err), err);
    struct bytes out = server_output(pair.server);
    CHECK(event == SERVER_WAIT && out.len > 30 && out.data[3] == 1 && out.data[4] == 0xfe);
    server_sent(pair.server, out.len);
    CHECK_OK(feed(pair.server, bytes_of(wrong, sizeof wrong), &event, &err), err);
    CHECK(event == SERVER_REFUSED);
    pair_clear(&pair);
}

/* Frames of `out` back into one payload. */
static bool unframe(struct bytes out, uint8_t number, size_t want)
{
    size_t len = PACKET_FULL;
    size_t got = 0;
    while (len == PACKET_FULL && out.len >= PACKET_HEADER_SIZE) {
        struct packet_header header = packet_header_decode(out.data);
        len = header.len;
        if (header.sequence != number++ || out.len - PACKET_HEADER_SIZE < len)
            return false;
        out = bytes_of(out.data + PACKET_HEADER_SIZE + len, out.len - PACKET_HEADER_SIZE - len);
        got += len;
    }
    return out.len == 0 && got == want;
}

TEST(server, splits_events_of_sixteen_megabytes_and_more)
{
    static uint8_t event[PACKET_FULL * 2 + 10];
    const size_t sizes[] = { 1,           PACKET_FULL - 2,     PACKET_FULL - 1,
                             PACKET_FULL, PACKET_FULL * 2 - 1, PACKET_FULL * 2 };
    struct pair pair;
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        struct event_prefix prefix = { 0 };
        server_set_number(pair.server, 5);
        server_event(pair.server, &prefix, bytes_of(event, sizes[i]));
        struct bytes out = server_output(pair.server);
        CHECK(unframe(out, 5, sizes[i] + 1));
        server_sent(pair.server, out.len);
    }
    pair_clear(&pair);
}

TEST(server, keeps_its_numbers_while_it_streams)
{
    struct pair pair;
    struct err err;
    enum server_event event;
    struct event_prefix prefix = { .semi_sync = true, .ack_wanted = true };
    static const uint8_t ack[] = { 10, 0, 0, 0, 0xef, 4, 0, 0, 0, 0, 0, 0, 0, 'b' };
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    server_stream(pair.server, true);
    server_set_number(pair.server, 9);
    CHECK_OK(feed(pair.server, bytes_of(ack, sizeof ack), &event, &err), err);
    CHECK(event == SERVER_COMMAND && server_command(pair.server) == 0xef);
    server_event(pair.server, &prefix, bytes_of("event", 5));
    struct bytes out = server_output(pair.server);
    CHECK(out.len == 12 && memcmp(out.data,
                                  "\x08\0\0\x09\0\xef\x01"
                                  "event",
                                  12) == 0);
    pair_clear(&pair);
}

TEST(server, takes_an_answer_back_that_does_not_fit)
{
    static uint8_t big[1024 * 1024];
    static const struct column column = { "big", COLUMN_TEXT };
    struct pair pair;
    struct bytes value = bytes_of(big, sizeof big);
    CHECK(pair_init(&pair));
    CHECK(logs_in(&pair, &plain_mariadb));
    struct server_place place = server_mark(pair.server);
    server_columns(pair.server, &column, 1);
    for (unsigned i = 0; i < 70; i++)
        server_row(pair.server, &value, 1);
    server_rows_end(pair.server, place);
    struct bytes out = server_output(pair.server);
    CHECK(out.len > 7 && out.len < 200 && out.data[4] == 0xff);
    pair_clear(&pair);
}

UNIT_MAIN(RUN(server, takes_a_native_login), RUN(server, takes_a_login_that_comes_in_single_bytes),
          RUN(server, asks_for_the_password_once_and_then_knows_the_short_way),
          RUN(server, takes_the_password_under_its_rsa_key),
          RUN(server, refuses_wrong_passwords_and_unknown_names_alike),
          RUN(server, refuses_a_login_in_the_clear_where_tls_is_demanded),
          RUN(server, understands_no_command_before_a_login),
          RUN(server, takes_no_byte_behind_a_request_for_tls),
          RUN(server, hands_out_commands_and_numbers_its_answers_from_one),
          RUN(server, ends_a_session_whose_command_is_too_long),
          RUN(server, asks_who_changes_its_user_anew_and_ends_where_the_answer_is_wrong),
          RUN(server, splits_events_of_sixteen_megabytes_and_more),
          RUN(server, keeps_its_numbers_while_it_streams),
          RUN(server, takes_an_answer_back_that_does_not_fit))

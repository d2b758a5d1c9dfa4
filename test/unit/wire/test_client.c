/* test_client.c - whole sessions against a server made of bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/client.h"
#include "server_side.h"
#include "unit.h"
#include "wire/capability.h"

enum { NO_CHUNKS = 1 << 20, DEPRECATE_EOF_AT = 32 /* in the MySQL greeting */ };

static struct client *new_client(enum client_tls tls)
{
    struct client_options options = { .user = "repl", .password = "hunter2", .tls = tls };
    struct client *client = NULL;
    struct err err;
    return client_new(&options, &client, &err) ? client : NULL;
}

/* A client that is logged in, to a server that ends rows with an OK or, as old ones, with an EOF.
 */
static struct client *ready_client(bool deprecate_eof)
{
    struct client *client = new_client(CLIENT_TLS_NEVER);
    enum client_event event;
    struct err err;
    struct buf server, sent;
    buf_init(&server, 1000);
    buf_init(&sent, 1000);
    buf_append(&server, GREETING(mysql97).data, GREETING(mysql97).len);
    if (!deprecate_eof)
        server.data[DEPRECATE_EOF_AT] &= (uint8_t)~1;
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    buf_reset(&server);
    bool done = client_next(client, &event, &err) && event == CLIENT_WAIT;
    client_drain(client, &sent);
    SERVER_SAYS(&server, 2, OK_PACKET);
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    done = done && client_next(client, &event, &err) && event == CLIENT_DONE;
    buf_clear(&server);
    buf_clear(&sent);
    if (done)
        return client;
    client_free(client);
    return NULL;
}

/* Rows ("1", NULL) and ("it's", ""), in the form that the server's EOF habit wants. */
static void server_result(struct buf *out, bool deprecate_eof)
{
    uint8_t sequence = 1;
    SERVER_SAYS(out, sequence++, "\x02");
    server_column(out, sequence++, "id");
    server_column(out, sequence++, "name");
    if (!deprecate_eof)
        SERVER_SAYS(out, sequence++, "\xfe\x00\x00\x02\x00");
    SERVER_SAYS(out, sequence++,
                "\x01"
                "1\xfb");
    SERVER_SAYS(out, sequence++, "\x04it's\x00");
    if (deprecate_eof)
        SERVER_SAYS(out, sequence++, "\xfe\x00\x00\x02\x00\x00\x00");
    else
        SERVER_SAYS(out, sequence++, "\xfe\x00\x00\x02\x00");
}

static void check_result(void **unit_state, bool deprecate_eof, size_t chunk)
{
    AUTO(client) client = ready_client(deprecate_eof);
    enum client_event event = CLIENT_WAIT;
    struct err err;
    struct buf server, sent;
    buf_init(&server, 1000);
    buf_init(&sent, 1000);
    CHECK(client != NULL);
    CHECK_OK(client_query(client, bytes_of_str("SELECT"), &err), err);
    client_drain(client, &sent);
    CHECK(bytes_equal(buf_bytes(&sent), bytes_of("\x07\x00\x00\x00\x03SELECT", 11)));
    server_result(&server, deprecate_eof);
    unsigned rows = 0;
    for (size_t at = 0; event != CLIENT_DONE;) {
        CHECK_OK(client_next(client, &event, &err), err);
        if (event == CLIENT_WAIT) {
            size_t n = server.len - at < chunk ? server.len - at : chunk;
            CHECK(n > 0);
            client_feed(client, bytes_of(server.data + at, n), n);
            at += n;
        } else if (event == CLIENT_RESULT) {
            CHECK(client_column_count(client) == 2);
            CHECK_STR(client_column_name(client, 1), "name");
        } else if (event == CLIENT_ROW) {
            const struct bytes *row = client_row(client);
            CHECK(bytes_equal_str(row[0], rows == 0 ? "1" : "it's"));
            CHECK(rows == 0 ? row[1].data == NULL : row[1].data != NULL && row[1].len == 0);
            rows++;
        }
    }
    CHECK(rows == 2 && client_is_ready(client));
    buf_clear(&server);
    buf_clear(&sent);
}

TEST(client, reads_a_result_of_either_form_in_chunks_of_any_size)
{
    for (size_t chunk = 1; chunk < 200; chunk += 7) {
        check_result(unit_state, true, chunk);
        check_result(unit_state, false, chunk);
    }
}

TEST(client, a_refused_statement_leaves_the_session_ready)
{
    static const char *const answers[] = { "\xff\x7a\x04#42S02no table", "\xff\x7a\x04" };
    AUTO(client) client = ready_client(true);
    enum client_event event;
    struct err err;
    struct buf server;
    buf_init(&server, 1000);
    for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
        buf_reset(&server);
        server_says(&server, 1, answers[i], strlen(answers[i]));
        CHECK_OK(client_query(client, bytes_of_str("x"), &err), err);
        client_feed(client, buf_bytes(&server), NO_CHUNKS);
        CHECK(!client_next(client, &event, &err));
        CHECK(err.code == ERR_REFUSED && err.server_errno == 1146);
        CHECK(client_is_ready(client));
    }
    buf_clear(&server);
}

TEST(client, a_request_for_a_local_file_ends_the_session)
{
    AUTO(client) client = ready_client(true);
    enum client_event event;
    struct err err;
    struct buf server;
    buf_init(&server, 1000);
    SERVER_SAYS(&server, 1, "\xfb/etc/passwd");
    CHECK_OK(client_query(client, bytes_of_str("x"), &err), err);
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK(!client_next(client, &event, &err));
    CHECK(err.code == ERR_PROTOCOL);
    CHECK(!client_query(client, bytes_of_str("x"), &err)); /* dead */
    CHECK(err.code == ERR_PROTOCOL);
    buf_clear(&server);
}

TEST(client, never_offers_local_files_nor_several_statements)
{
    AUTO(client) client = new_client(CLIENT_TLS_NEVER);
    enum client_event event;
    struct err err;
    struct buf sent;
    buf_init(&sent, 1000);
    client_feed(client, GREETING(mysql97), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    client_drain(client, &sent);
    uint32_t capabilities;
    memcpy(&capabilities, sent.data + 4, 4);
    CHECK((capabilities & CAPABILITY_LOCAL_FILES) == 0);
    CHECK((capabilities & BIT(16)) == 0);
    CHECK((capabilities & CAPABILITY_TLS) == 0);
    CHECK(memmem(sent.data, sent.len, "hunter2", 7) == NULL);
    CHECK(memmem(sent.data, sent.len,
                 "program_name\x07"
                 "binlogd",
                 20) != NULL);
    buf_clear(&sent);
}

TEST(client, says_nothing_of_the_account_before_tls)
{
    AUTO(client) client = new_client(CLIENT_TLS_ALWAYS);
    enum client_event event;
    struct err err;
    struct buf sent;
    buf_init(&sent, 1000);
    client_feed(client, GREETING(mysql97), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    CHECK(event == CLIENT_START_TLS);
    client_drain(client, &sent);
    CHECK(sent.len == 36 && sent.data[3] == 1);
    buf_reset(&sent);
    CHECK_OK(client_encrypted(client, &err), err);
    client_drain(client, &sent);
    CHECK(sent.data[3] == 2 && memmem(sent.data, sent.len, "repl", 4) != NULL);
    buf_clear(&sent);
}

TEST(client, refuses_a_server_without_tls_where_tls_is_demanded)
{
    AUTO(client) client = new_client(CLIENT_TLS_ALWAYS);
    enum client_event event;
    struct err err;
    client_feed(client, GREETING(mariadb1011), NO_CHUNKS);
    CHECK(!client_next(client, &event, &err));
    CHECK(err.code == ERR_CONFIG && client_output(client).len == 0);
}

TEST(client, bytes_smuggled_in_before_tls_end_the_session)
{
    AUTO(client) client = new_client(CLIENT_TLS_ALWAYS);
    enum client_event event;
    struct err err;
    struct buf server;
    buf_init(&server, 1000);
    buf_append(&server, GREETING(mysql97).data, GREETING(mysql97).len);
    SERVER_SAYS(&server, 2, OK_PACKET);
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK(!client_next(client, &event, &err));
    CHECK(err.code == ERR_PROTOCOL && strstr(err.text, "before TLS") != NULL);
    buf_clear(&server);
}

TEST(client, follows_a_switch_of_the_plugin)
{
    AUTO(client) client = new_client(CLIENT_TLS_NEVER);
    enum client_event event;
    struct err err;
    struct buf server, sent;
    buf_init(&server, 1000);
    buf_init(&sent, 1000);
    client_feed(client, GREETING(mysql97), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    client_drain(client, &sent);
    buf_reset(&sent);
    SERVER_SAYS(&server, 2, "\xfemysql_native_password\0abcdefghijklmnopqrst\0");
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    client_drain(client, &sent);
    CHECK(sent.len == 24 && sent.data[3] == 3);
    buf_reset(&server);
    SERVER_SAYS(&server, 4, OK_PACKET);
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    CHECK(event == CLIENT_DONE);
    buf_clear(&server);
    buf_clear(&sent);
}

TEST(client, a_refused_login_says_what_to_check)
{
    AUTO(client) client = new_client(CLIENT_TLS_NEVER);
    enum client_event event;
    struct err err;
    struct buf server;
    buf_init(&server, 1000);
    client_feed(client, GREETING(mysql97), NO_CHUNKS);
    CHECK_OK(client_next(client, &event, &err), err);
    SERVER_SAYS(&server, 2, "\xff\x15\x04#28000Access denied");
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK(!client_next(client, &event, &err));
    CHECK(err.code == ERR_REFUSED && err.server_errno == 1045);
    CHECK_STR(err.text, "error 1045 (28000): Access denied: check user name and password of "
                        "account 'repl', that it may log in from this host, and, if it demands "
                        "TLS, ssl-mode");
    buf_clear(&server);
}

TEST(client, a_session_cut_anywhere_waits_and_with_any_bit_flipped_ends_or_goes_on)
{
    struct buf server;
    buf_init(&server, 1000);
    server_result(&server, true);
    for (size_t bit = 0; bit < server.len * 8; bit++) {
        AUTO(client) client = ready_client(true);
        enum client_event event = CLIENT_RESULT;
        struct err err;
        CHECK_OK(client_query(client, bytes_of_str("x"), &err), err);
        server.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        client_feed(client, buf_bytes(&server), NO_CHUNKS);
        server.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        bool going = true;
        while (going && event != CLIENT_WAIT && event != CLIENT_DONE)
            going = client_next(client, &event, &err);
        CHECK(going || err.code == ERR_PROTOCOL || err.code == ERR_REFUSED);
    }
    buf_clear(&server);
}

TEST(client, bytes_that_nobody_asked_for_end_the_session)
{
    AUTO(client) client = ready_client(true);
    struct err err;
    struct buf server;
    buf_init(&server, 1000);
    SERVER_SAYS(&server, 1, OK_PACKET);
    client_feed(client, buf_bytes(&server), NO_CHUNKS);
    CHECK(!client_query(client, bytes_of_str("x"), &err));
    CHECK(err.code == ERR_PROTOCOL);
    buf_clear(&server);
}

UNIT_MAIN(RUN(client, reads_a_result_of_either_form_in_chunks_of_any_size),
          RUN(client, a_refused_statement_leaves_the_session_ready),
          RUN(client, a_request_for_a_local_file_ends_the_session),
          RUN(client, never_offers_local_files_nor_several_statements),
          RUN(client, says_nothing_of_the_account_before_tls),
          RUN(client, refuses_a_server_without_tls_where_tls_is_demanded),
          RUN(client, bytes_smuggled_in_before_tls_end_the_session),
          RUN(client, follows_a_switch_of_the_plugin),
          RUN(client, a_refused_login_says_what_to_check),
          RUN(client, a_session_cut_anywhere_waits_and_with_any_bit_flipped_ends_or_goes_on),
          RUN(client, bytes_that_nobody_asked_for_end_the_session))

/* test_connection.c - connections over real sockets to a server that is a thread with a script: it
 * says its first line at once and each next one when a packet has come. */
// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "../wire/server_side.h"
#include "net/cancel.h"
#include "unit.h"

enum { LINES_MAX = 8 };

struct script {
    struct buf lines[LINES_MAX];
    unsigned count;
    bool stays;            /* after the last line it reads on until the client goes */
    struct cancel *cancel; /* fired when the first packet has come that has no line */
    int listener;
    pthread_t thread;
    uint8_t last[64]; /* the last packet that came */
    size_t last_len;
    struct source_address address;
    char socket_path[64];
};

static struct buf *script_line(struct script *s)
{
    buf_init(&s->lines[s->count], 1 << 20);
    return &s->lines[s->count++];
}

static bool read_all(int fd, uint8_t *data, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = read(fd, data + got, size - got);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static bool read_packet(struct script *s, int fd)
{
    uint8_t packet[4096];
    if (!read_all(fd, packet, 4))
        return false;
    size_t len = (size_t)packet[0] | (size_t)packet[1] << 8;
    if (len > sizeof packet || !read_all(fd, packet, len))
        return false;
    s->last_len = len < sizeof s->last ? len : sizeof s->last;
    memcpy(s->last, packet, s->last_len);
    return true;
}

static void *script_run(void *argument)
{
    struct script *s = argument;
    int fd = accept(s->listener, NULL, NULL);
    for (unsigned i = 0; i < s->count; i++) {
        if (i > 0 && !read_packet(s, fd))
            break;
        (void)!write(fd, s->lines[i].data, s->lines[i].len);
    }
    if (s->stays && read_packet(s, fd)) {
        if (s->cancel != NULL)
            cancel_fire(s->cancel);
        while (read_packet(s, fd))
            ;
    }
    close(fd);
    return NULL;
}

static void script_init(struct script *s)
{
    *s = (struct script){ .stays = true };
    s->address = (struct source_address){ .host = "127.0.0.1", .user = "repl", .password = "pw" };
}

static bool script_listen_tcp(struct script *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof to;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    bool done = bind(s->listener, (struct sockaddr *)&to, size) == 0 &&
                listen(s->listener, 1) == 0 &&
                getsockname(s->listener, (struct sockaddr *)&to, &size) == 0;
    s->address.port = ntohs(to.sin_port);
    return done;
}

static bool script_listen_unix(struct script *s)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    snprintf(s->socket_path, sizeof s->socket_path, "/tmp/unit-net-%d.sock", (int)getpid());
    snprintf(to.sun_path, sizeof to.sun_path, "%s", s->socket_path);
    unlink(s->socket_path);
    s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    s->address.socket_path = s->socket_path;
    return bind(s->listener, (struct sockaddr *)&to, sizeof to) == 0 && listen(s->listener, 1) == 0;
}

static bool script_start(struct script *s)
{
    bool listening = s->socket_path[0] != 0 || script_listen_tcp(s);
    return listening && pthread_create(&s->thread, NULL, script_run, s) == 0;
}

static void script_end(struct script *s)
{
    pthread_join(s->thread, NULL);
    close(s->listener);
    if (s->socket_path[0] != 0)
        unlink(s->socket_path);
    for (unsigned i = 0; i < s->count; i++)
        buf_clear(&s->lines[i]);
}

/* Greeting and OK: what every script that lets the client in begins with. */
static void script_login(struct script *s)
{
    struct buf *line = script_line(s);
    buf_append(line, GREETING(mariadb1011).data, GREETING(mariadb1011).len);
    SERVER_SAYS(script_line(s), 2, OK_PACKET);
}

static void script_one_value(struct script *s, const char *value)
{
    struct buf *line = script_line(s);
    struct buf row;
    SERVER_SAYS(line, 1, "\x01");
    server_column(line, 2, "v");
    buf_init(&row, 1000);
    buf_lenenc_bytes(&row, bytes_of_str(value));
    server_says(line, 3, row.data, row.len);
    SERVER_SAYS(line, 4, "\xfe\x00\x00\x02\x00\x00\x00");
    buf_clear(&row);
}

TEST(connection, logs_in_asks_and_says_goodbye)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    char text[8];
    bool found = false;
    script_init(&s);
    script_login(&s);
    script_one_value(&s, "ON");
    SERVER_SAYS(script_line(&s), 1, OK_PACKET);
    script_one_value(&s, "longer than the room");
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, NULL, &c, &err), err);
    CHECK_STR(connection_server_version(c), "10.11.19-MariaDB-0+deb12u1-log");
    CHECK(connection_flavour(c) == FLAVOUR_MARIADB);
    CHECK(connection_version_number(c) == 101119);
    CHECK(connection_thread_id(c) == 28);
    CHECK(!connection_is_encrypted(c));
    CHECK_OK(connection_query_text(c, "SELECT @@x", text, sizeof text, &found, &err), err);
    CHECK(found);
    CHECK_STR(text, "ON");
    CHECK_OK(connection_execute(c, "SET @a = 1", &err), err);
    CHECK_OK(connection_query_text(c, "SELECT @@y", text, sizeof text, &found, &err), err);
    CHECK_STR(text, "longer ");
    connection_free(c);
    script_end(&s);
    CHECK(s.last_len == 1 && s.last[0] == 0x01); /* COM_QUIT */
}

TEST(connection, goes_over_a_unix_socket)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    CHECK(script_listen_unix(&s));
    script_login(&s);
    s.address.ssl_mode = SSL_MODE_PREFERRED;
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, NULL, &c, &err), err);
    connection_free(c);
    script_end(&s);
}

TEST(connection, refused_says_what_to_check)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    char want[200];
    script_init(&s);
    CHECK(script_listen_tcp(&s));
    close(s.listener);
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(err.code == ERR_SYSTEM);
    snprintf(want, sizeof want,
             "cannot connect to 127.0.0.1:%u: connection refused: is the server running, and do "
             "host and port match?",
             s.address.port);
    CHECK_STR(err.text, want);
    s.address.socket_path = "/nonexistent/s.sock";
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(strstr(err.text, "/nonexistent/s.sock: no such file or directory") != NULL);
}

TEST(connection, to_a_server_that_says_nothing_times_out)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    s.address.connect_timeout_ms = 50;
    CHECK(script_start(&s));
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(err.code == ERR_TIMEOUT);
    script_end(&s);
}

TEST(connection, read_timeout_ends_a_wait_for_an_answer)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    script_login(&s);
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, NULL, &c, &err), err);
    connection_set_read_timeout(c, 20);
    CHECK(!connection_execute(c, "DO 1", &err));
    CHECK(err.code == ERR_TIMEOUT);
    connection_free(c);
    script_end(&s);
}

TEST(connection, cancelled_from_another_thread_returns_at_once)
{
    AUTO(cancel) cancel = cancel_new();
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    script_login(&s);
    s.cancel = cancel;
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, cancel, &c, &err), err);
    CHECK(!connection_execute(c, "DO SLEEP(1000)", &err));
    CHECK(err.code == ERR_CANCELLED);
    connection_free(c);
    CHECK(!connection_open(&s.address, cancel, &c, &err));
    CHECK(err.code == ERR_CANCELLED);
    script_end(&s);
}

TEST(connection, closed_by_the_server_is_a_system_error)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    script_login(&s);
    script_line(&s); /* an answer of no bytes */
    s.stays = false;
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, NULL, &c, &err), err);
    CHECK(!connection_execute(c, "DO 1", &err));
    CHECK(err.code == ERR_SYSTEM && strstr(err.text, "closed the connection") != NULL);
    CHECK(!connection_execute(c, "DO 1", &err));
    connection_free(c);
    script_end(&s);
}

TEST(connection, demands_tls_before_it_says_a_word)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    script_login(&s);
    s.address.ssl_mode = SSL_MODE_REQUIRED;
    CHECK(script_start(&s));
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(err.code == ERR_CONFIG && strstr(err.text, "ssl-mode demands TLS") != NULL);
    script_end(&s);
    CHECK(s.last_len == 0);
}

TEST(connection, verify_ca_without_a_ca_is_a_mistake)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    buf_append(script_line(&s), GREETING(mysql97).data, GREETING(mysql97).len);
    s.address.ssl_mode = SSL_MODE_VERIFY_CA;
    CHECK(script_start(&s));
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(err.code == ERR_CONFIG && strstr(err.text, "ssl-ca") != NULL);
    script_end(&s);
}

TEST(connection, a_broken_tls_handshake_is_an_error)
{
    struct script s;
    struct connection *c = NULL;
    struct err err;
    script_init(&s);
    buf_append(script_line(&s), GREETING(mysql97).data, GREETING(mysql97).len);
    buf_str(script_line(&s), "this is not TLS");
    s.address.ssl_mode = SSL_MODE_REQUIRED;
    CHECK(script_start(&s));
    CHECK(!connection_open(&s.address, NULL, &c, &err));
    CHECK(err.code == ERR_PROTOCOL && strstr(err.text, "TLS") != NULL);
    script_end(&s);
}

static void say_event(struct buf *out, uint8_t sequence, uint8_t len)
{
    uint8_t payload[100] = { 0 };
    payload[1 + 4] = 4;
    payload[1 + 9] = len;
    server_says(out, sequence, payload, (size_t)len + 1);
}

TEST(connection, a_dump_gives_events_and_then_its_end)
{
    struct dump_request request = { .server_id = 7, .flags = 1, .file = "", .offset = 4 };
    struct script s;
    struct connection *c = NULL;
    struct dump_piece piece;
    struct err err;
    bool more = true;
    bool end = true;
    script_init(&s);
    script_login(&s);
    struct buf *stream = script_line(&s);
    say_event(stream, 1, 19);
    say_event(stream, 2, 90);
    SERVER_SAYS(stream, 3, "\xfe\x00\x00\x02\x00");
    script_one_value(&s, "after");
    CHECK(script_start(&s));
    CHECK_OK(connection_open(&s.address, NULL, &c, &err), err);
    CHECK_OK(connection_dump(c, &request, &err), err);
    CHECK_OK(connection_next_piece(c, &piece, &more, &end, &err), err);
    CHECK(piece.first && piece.last && piece.bytes.len == 19 && more && !end);
    CHECK_OK(connection_next_piece(c, &piece, &more, &end, &err), err);
    CHECK(piece.bytes.len == 90 && more && connection_is_readable(c));
    CHECK_OK(connection_next_piece(c, &piece, &more, &end, &err), err);
    CHECK(end && !more);
    char text[20];
    bool found;
    CHECK_OK(connection_query_text(c, "SELECT", text, sizeof text, &found, &err), err);
    CHECK_STR(text, "after"); /* the connection is good for statements again */
    connection_free(c);
    script_end(&s);
}

UNIT_MAIN(RUN(connection, logs_in_asks_and_says_goodbye), RUN(connection, goes_over_a_unix_socket),
          RUN(connection, refused_says_what_to_check),
          RUN(connection, to_a_server_that_says_nothing_times_out),
          RUN(connection, read_timeout_ends_a_wait_for_an_answer),
          RUN(connection, cancelled_from_another_thread_returns_at_once),
          RUN(connection, closed_by_the_server_is_a_system_error),
          RUN(connection, demands_tls_before_it_says_a_word),
          RUN(connection, verify_ca_without_a_ca_is_a_mistake),
          RUN(connection, a_broken_tls_handshake_is_an_error),
          RUN(connection, a_dump_gives_events_and_then_its_end))

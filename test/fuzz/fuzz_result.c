/* fuzz_result.c - answers to a statement. After a sound login the input is what the server says:
 * rows must have as many values as columns, inside what was received, and the session must come to
 * rest as ready, waiting or dead. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../unit/wire/server_side.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPRECATE_EOF_AT = 32 /* in the MySQL greeting */ };

static struct client *logged_in(bool deprecate_eof)
{
    struct client_options options = { .user = "u", .password = "", .tls = CLIENT_TLS_NEVER };
    struct client *client;
    enum client_event event;
    struct err err;
    struct buf server, sent;
    buf_init(&server, 1000);
    buf_init(&sent, 1000);
    buf_append(&server, GREETING(mysql97).data, GREETING(mysql97).len);
    if (!deprecate_eof)
        server.data[DEPRECATE_EOF_AT] &= (uint8_t)~1;
    if (!client_new(&options, &client, &err))
        abort();
    client_feed(client, buf_bytes(&server), server.len);
    if (!client_next(client, &event, &err))
        abort();
    client_drain(client, &sent);
    buf_reset(&server);
    SERVER_SAYS(&server, 2, OK_PACKET);
    client_feed(client, buf_bytes(&server), server.len);
    if (!client_next(client, &event, &err) || event != CLIENT_DONE)
        abort();
    buf_clear(&server);
    buf_clear(&sent);
    return client;
}

/* Reads every byte of a row, so that a sanitizer sees one that is not there. */
static size_t read_row(struct client *client)
{
    const struct bytes *row = client_row(client);
    size_t sum = 0;
    for (unsigned i = 0; i < client_column_count(client); i++) {
        sum += strlen(client_column_name(client, i)) + row[i].len;
        for (size_t at = 0; at < row[i].len; at++)
            sum += row[i].data[at];
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct client *client = logged_in((data[0] & 1) != 0);
    struct bytes server = bytes_of(data + 2, size - 2);
    enum client_event event = CLIENT_WAIT;
    struct err err;
    bool going = client_query(client, bytes_of_str("SELECT"), &err);
    while (going && event != CLIENT_DONE) {
        going = client_next(client, &event, &err);
        if (going && event == CLIENT_ROW && read_row(client) == SIZE_MAX)
            abort();
        if (going && event == CLIENT_WAIT) {
            size_t n = server.len < (size_t)data[1] + 1 ? server.len : (size_t)data[1] + 1;
            if (n == 0)
                break;
            client_feed(client, bytes_of(server.data, n), n);
            server = bytes_of(server.data + n, server.len - n);
        }
    }
    if (going && event == CLIENT_DONE && !client_is_ready(client))
        abort();
    client_free(client);
    return 0;
}

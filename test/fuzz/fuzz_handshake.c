/* fuzz_handshake.c - a login against a hostile server. The first byte chooses the client's options;
 * the rest is what the server says. Whatever that is, over an open connection the password never
 * leaves in the clear, over unverified TLS never by mysql_clear_password, the account is not named
 * before TLS where TLS is demanded, and local files are never offered. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../unit/wire/server_side.h"
#include "wire/capability.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USER     "canary-user"
#define PASSWORD "canary-password"

static bool holds(const struct buf *sent, const char *text)
{
    return sent->len > 0 && memmem(sent->data, sent->len, text, strlen(text)) != NULL;
}

static void check_sent(const struct buf *sent, const struct client_options *options, bool encrypted)
{
    if (!encrypted && !options->local && holds(sent, PASSWORD))
        abort();
    if (!encrypted && options->tls == CLIENT_TLS_ALWAYS && holds(sent, USER))
        abort();
    if (sent->len >= 36 && (sent->data[4] & CAPABILITY_LOCAL_FILES) != 0)
        abort();
}

static void login(const struct client_options *options, struct bytes server)
{
    struct client *client;
    struct err err;
    struct buf sent;
    bool encrypted = false;
    bool going = client_new(options, &client, &err);
    buf_init(&sent, 1 << 20);
    while (going) {
        enum client_event event;
        going = client_next(client, &event, &err);
        client_drain(client, &sent);
        check_sent(&sent, options, encrypted);
        if (!going || event == CLIENT_DONE)
            break;
        if (event == CLIENT_START_TLS) {
            encrypted = true;
            going = client_encrypted(client, &err);
        } else if (server.len == 0) {
            break;
        } else {
            size_t len = server.len < 4
                             ? server.len
                             : 4 + ((size_t)server.data[0] | (size_t)server.data[1] << 8);
            len = len < server.len ? len : server.len;
            client_feed(client, bytes_of(server.data, len), len); /* a packet at a time */
            server = bytes_of(server.data + len, server.len - len);
        }
    }
    buf_clear(&sent);
    client_free(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client_options options = { .user = USER, .password = PASSWORD };
    if (size < 1)
        return 0;
    options.tls = (enum client_tls)(data[0] % 3);
    options.tls_verifies = (data[0] & 0x10) != 0;
    options.local = (data[0] & 0x20) != 0;
    options.fetch_public_key = (data[0] & 0x40) != 0;
    options.public_key_pem = (data[0] & 0x80) != 0 ? "no key" : NULL;
    login(&options, bytes_of(data + 1, size - 1));
    return 0;
}

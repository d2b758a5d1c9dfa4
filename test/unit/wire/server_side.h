/* server_side.h - what a server sends, built by hand for tests and fuzz targets: greetings as real
 * servers sent them, small answers, and a client that is fed with them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string.h>
#include "base/buf.h"
#include "wire/client.h"

/* Packets (header and payload) that a MySQL 9.7, a MariaDB 10.11 and an 11.8 greeted with. */
static const char greeting_mysql97[] =
    "\x4b\x00\x00\x00\x0a"
    "9.7.4-"
    "2\x00\x24\x00\x00\x00\x3d\x3b\x12\x09\x75\x38\x1d\x1a\x00\xff\xff\xff\x02\x00\xff\xdf\x15"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7a\x02\x6d\x09\x49\x1a\x31\x70\x47\x5c\x12\x67\x00"
    "caching_sha2_password";
static const char greeting_mariadb1011[] =
    "\x68\x00\x00\x00\x0a"
    "5.5.5-10.11.19-MariaDB-0+deb12u1-log\x00\x1c\x00\x00\x00\x6b\x2a\x2e\x46\x56\x5d\x52\x63\x00"
    "\xfe\xf7\x08\x02\x00\xff\x81\x15\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x00\x7c\x63\x5d\x28\x4d"
    "\x2e\x3d\x26\x47\x72\x2a\x76\x00mysql_native_password";
static const char greeting_mariadb118[] =
    "\x6c\x00\x00\x00\x0a"
    "11.8.6-MariaDB-0+deb13u1 from Debian-log\x00\x13\x00\x00\x00\x48\x5d\x7b\x73\x4f\x6f\x60\x74"
    "\x00\xfe\xff\x2d\x02\x00\xff\x81\x15\x00\x00\x00\x00\x00\x00\x3d\x00\x00\x00\x47\x45\x62\x3e"
    "\x4e\x4c\x74\x23\x4d\x3c\x24\x3e\x00mysql_native_password";

/* The text's NUL is the plugin name's. */
#define GREETING(name) bytes_of(greeting_##name, sizeof greeting_##name)

static inline struct bytes greeting_payload(struct bytes packet)
{
    return bytes_of(packet.data + 4, packet.len - 4);
}

static inline void server_says(struct buf *out, uint8_t sequence, const void *data, size_t len)
{
    buf_le(out, len, 3);
    buf_u8(out, sequence);
    buf_append(out, data, len);
}

#define SERVER_SAYS(out, sequence, text) server_says(out, sequence, text, sizeof(text) - 1)
#define OK_PACKET                        "\x00\x00\x00\x02\x00\x00\x00"

/* A column definition of type VAR_STRING. */
static inline void server_column(struct buf *out, uint8_t sequence, const char *name)
{
    struct buf payload;
    buf_init(&payload, 70000);
    buf_lenenc_bytes(&payload, bytes_of_str("def"));
    buf_lenenc_bytes(&payload, bytes_of_str("shop"));
    buf_lenenc_bytes(&payload, bytes_of_str("item"));
    buf_lenenc_bytes(&payload, bytes_of_str("item"));
    buf_lenenc_bytes(&payload, bytes_of_str(name));
    buf_lenenc_bytes(&payload, bytes_of_str(name));
    buf_append(&payload, "\x0c\x2d\x00\xff\x00\x00\x00\xfd\x00\x00\x00\x00\x00", 13);
    server_says(out, sequence, payload.data, payload.len);
    buf_clear(&payload);
}

/* Lets the client receive all of bytes, chunk bytes at a time. */
static inline void client_feed(struct client *client, struct bytes bytes, size_t chunk)
{
    while (bytes.len > 0) {
        size_t size;
        uint8_t *room = client_room(client, &size);
        size_t n = bytes.len < size ? bytes.len : size;
        n = n < chunk ? n : chunk;
        memcpy(room, bytes.data, n);
        client_received(client, n);
        bytes.data += n;
        bytes.len -= n;
    }
}

/* Moves what the client wants to send to the end of sent. */
static inline void client_drain(struct client *client, struct buf *sent)
{
    struct bytes output = client_output(client);
    buf_append(sent, output.data, output.len);
    client_sent(client, output.len);
}

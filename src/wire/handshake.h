/* handshake.h - the first packets of a connection: greeting (version 10) in, response out.
 *
 * Greeting: 0a, version NUL, thread id u32, scramble[8], 00, capabilities low u16, charset u8,
 * status u16, capabilities high u16, scramble length u8, 10 bytes of filler (MariaDB: the last four
 * are more capabilities), scramble rest, plugin NUL.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum { GREETING_VERSION_MAX = 127, GREETING_PLUGIN_MAX = 63, SCRAMBLE_MAX = 64 };

struct greeting {
    char version[GREETING_VERSION_MAX + 1]; /* without MariaDB's "5.5.5-" */
    uint32_t version_number;                /* 9.7.4 is 90704; 0 when it has no numbers */
    bool mariadb;
    uint32_t thread_id;
    uint32_t capabilities;
    uint32_t mariadb_capabilities; /* 0 from a MySQL */
    uint16_t status;
    char plugin[GREETING_PLUGIN_MAX + 1]; /* the server's default */
    uint8_t scramble[SCRAMBLE_MAX];
    size_t scramble_len;
};

/* An error packet in its place (too many connections, host blocked) is ERR_REFUSED. */
bool greeting_decode(struct bytes payload, struct greeting *out, struct err *err) MUST_CHECK;

struct handshake_response {
    uint32_t capabilities; /* ours and the server's */
    const char *user;
    const char *plugin;
    struct bytes auth; /* the plugin's first response */
};

/* The part before TLS starts. */
void tls_request_encode(uint32_t capabilities, struct buf *out);
void handshake_response_encode(const struct handshake_response *response, struct buf *out);

/* server_handshake.h - the first packets of a connection as the server makes and reads them.
 * Layouts: handshake.h. Pure; a response's views point into the payload given. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/scramble.h"

struct greeting_facts {
    const char *version; /* as shown: a MariaDB before 11 has "5.5.5-" in front */
    bool mariadb;
    uint32_t thread_id;
    uint32_t capabilities;
    const char *plugin;   /* the default one */
    const uint8_t *nonce; /* SCRAMBLE_LEN bytes, none of them NUL */
};
void greeting_encode(const struct greeting_facts *facts, struct buf *out);

enum { RESPONSE_HEAD_SIZE = 32 }; /* what a client says before TLS starts */

struct response {
    uint32_t capabilities; /* the client's own, not yet and'ed with the server's */
    uint16_t collation;    /* id: the client's texts, and what it wants them in */
    bool tls_request;      /* nothing below is there yet */
    struct bytes user;
    struct bytes auth;
    struct bytes database;
    struct bytes plugin;     /* "" when none is named */
    struct bytes attributes; /* length-encoded names and values, in turn */
    uint8_t zstd_level;      /* 0: not told */
};
/* ours: the capabilities that the server offered; a field is read only when both have its bit. */
bool response_decode(struct bytes payload, uint32_t ours, struct response *out,
                     struct err *err) MUST_CHECK;
/* COM_CHANGE_USER without its first byte, in a session that has agreed upon `both`: what is not in
 * it (capabilities, zstd_level) is 0. */
bool change_user_decode(struct bytes payload, uint32_t both, struct response *out,
                        struct err *err) MUST_CHECK;
/* The value of one attribute; data NULL when there is none. */
struct bytes response_attribute(const struct response *response, const char *name);

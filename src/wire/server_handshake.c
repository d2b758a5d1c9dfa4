/* server_handshake.c - greeting out, handshake response in. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server_handshake.h"
#include "base/reader.h"
#include "wire/capability.h"

enum {
    PROTOCOL_VERSION = 10,
    SCRAMBLE_PART1 = 8,
    CHARSET_UTF8MB4 = 45, /* utf8mb4_general_ci: every client knows it */
    STATUS_AUTOCOMMIT = 2,
    RESPONSE_FILLER = 19,
    MARIADB_FILLER = 4,
};

void greeting_encode(const struct greeting_facts *facts, struct buf *out)
{
    uint32_t capabilities = facts->capabilities;
    if (facts->mariadb)
        capabilities &= ~CAPABILITY_MYSQL;
    buf_u8(out, PROTOCOL_VERSION);
    buf_append(out, facts->version, strlen(facts->version) + 1);
    buf_le(out, facts->thread_id, 4);
    buf_append(out, facts->nonce, SCRAMBLE_PART1);
    buf_u8(out, 0);
    buf_le(out, capabilities & 0xffff, 2);
    buf_u8(out, CHARSET_UTF8MB4);
    buf_le(out, STATUS_AUTOCOMMIT, 2);
    buf_le(out, capabilities >> 16, 2);
    buf_u8(out, SCRAMBLE_LEN + 1);
    buf_le(out, 0, 6); /* filler, and MariaDB's own capabilities: none */
    buf_le(out, 0, 4);
    buf_append(out, facts->nonce + SCRAMBLE_PART1, SCRAMBLE_LEN - SCRAMBLE_PART1);
    buf_u8(out, 0);
    buf_append(out, facts->plugin, strlen(facts->plugin) + 1);
}

static struct bytes read_auth(struct reader *r, uint32_t both)
{
    if ((both & CAPABILITY_LENENC_AUTH_RESPONSE) != 0)
        return reader_lenenc_bytes(r);
    return reader_bytes(r, reader_u8(r));
}

/* Some clients leave the last NUL out. */
static struct bytes read_last_text(struct reader *r)
{
    if (reader_left(r) > 0 && memchr(r->pos, 0, reader_left(r)) == NULL)
        return reader_rest(r);
    return reader_cstring(r);
}

bool response_decode(struct bytes payload, uint32_t ours, struct response *out, struct err *err)
{
    struct response response = { 0 };
    struct reader r = reader_of(payload);
    response.capabilities = reader_u32(&r);
    reader_take(&r, 4); /* the client's largest packet: it gets what it asks for */
    response.collation = reader_u8(&r);
    reader_take(&r, RESPONSE_FILLER + MARIADB_FILLER);
    if (r.failed || (response.capabilities & CAPABILITY_PROTOCOL_41) == 0)
        return err_set(err, ERR_PROTOCOL, "a login of %zu bytes is none of protocol 4.1",
                       payload.len);
    uint32_t both = response.capabilities & ours;
    response.tls_request = (both & CAPABILITY_TLS) != 0 && reader_left(&r) == 0;
    if (response.tls_request) {
        *out = response;
        return true;
    }
    response.user = reader_cstring(&r);
    response.auth = read_auth(&r, both);
    if ((both & CAPABILITY_CONNECT_WITH_DB) != 0 && reader_left(&r) > 0)
        response.database = read_last_text(&r);
    if ((both & CAPABILITY_PLUGIN_AUTH) != 0 && reader_left(&r) > 0)
        response.plugin = read_last_text(&r);
    if ((both & CAPABILITY_CONNECT_ATTRIBUTES) != 0 && reader_left(&r) > 0)
        response.attributes = reader_lenenc_bytes(&r);
    if (r.failed)
        return err_set(err, ERR_PROTOCOL, "a login of %zu bytes is cut off", payload.len);
    if ((both & CAPABILITY_ZSTD) != 0 && reader_left(&r) > 0)
        response.zstd_level = reader_u8(&r);
    *out = response;
    return true;
}

bool change_user_decode(struct bytes payload, uint32_t both, struct response *out, struct err *err)
{
    struct response change = { 0 };
    struct reader r = reader_of(payload);
    change.user = reader_cstring(&r);
    change.auth = read_auth(&r, both & ~(uint32_t)CAPABILITY_LENENC_AUTH_RESPONSE);
    change.database = reader_cstring(&r);
    if (reader_left(&r) > 0) /* old clients end here */
        change.collation = reader_u16(&r);
    if ((both & CAPABILITY_PLUGIN_AUTH) != 0 && reader_left(&r) > 0)
        change.plugin = read_last_text(&r);
    if ((both & CAPABILITY_CONNECT_ATTRIBUTES) != 0 && reader_left(&r) > 0)
        change.attributes = reader_lenenc_bytes(&r);
    if (r.failed)
        return err_set(err, ERR_PROTOCOL, "a change of user of %zu bytes is cut off", payload.len);
    *out = change;
    return true;
}

struct bytes response_attribute(const struct response *response, const char *name)
{
    struct reader r = reader_of(response->attributes);
    while (reader_left(&r) > 0 && !r.failed) {
        struct bytes key = reader_lenenc_bytes(&r);
        struct bytes value = reader_lenenc_bytes(&r);
        if (!r.failed && bytes_equal_str(key, name))
            return value;
    }
    return (struct bytes){ NULL, 0 };
}

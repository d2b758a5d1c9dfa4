/* handshake.c - greeting and handshake response. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/handshake.h"
#include "base/reader.h"
#include "wire/capability.h"
#include "wire/result.h"

enum {
    PROTOCOL_VERSION = 10,
    SCRAMBLE_PART1 = 8,
    SCRAMBLE_PART2_MIN = 13,
    MAX_PACKET = 1 << 30,
    CHARSET_UTF8MB4 = 45, /* utf8mb4_general_ci: every server since 5.5 has it */
    RESPONSE_FILLER = 23,
};

/* "9.7.4-2" is 90704: up to three numbers of at most two digits. */
static uint32_t version_parse(const char *text)
{
    uint32_t number = 0;
    for (unsigned part = 0; part < 3; part++) {
        uint32_t digits = 0;
        for (unsigned i = 0; i < 2 && *text >= '0' && *text <= '9'; i++)
            digits = digits * 10 + (uint32_t)(*text++ - '0');
        number = number * 100 + digits;
        if (*text == '.')
            text++;
    }
    return number;
}

static bool greeting_take_text(struct bytes from, char *to, size_t max, struct err *err)
{
    if (from.len > max)
        return err_set(err, ERR_PROTOCOL, "a greeting with a name of %zu bytes", from.len);
    memcpy(to, from.data, from.len);
    to[from.len] = 0;
    return true;
}

static bool greeting_take_version(struct bytes version, struct greeting *g, struct err *err)
{
    static const char mask[] = "5.5.5-"; /* what a MariaDB before 11 puts in front */
    g->mariadb = (g->capabilities & CAPABILITY_MYSQL) == 0 ||
                 memmem(version.data, version.len, "MariaDB", 7) != NULL;
    if (g->mariadb && version.len > sizeof mask - 1 &&
        memcmp(version.data, mask, sizeof mask - 1) == 0) {
        version.data += sizeof mask - 1;
        version.len -= sizeof mask - 1;
    }
    if (!greeting_take_text(version, g->version, GREETING_VERSION_MAX, err))
        return false;
    g->version_number = version_parse(g->version);
    return true;
}

static void greeting_take_scramble(struct reader *r, size_t declared, struct greeting *g)
{
    size_t part2 = declared > SCRAMBLE_PART1 + SCRAMBLE_PART2_MIN ? declared - SCRAMBLE_PART1
                                                                  : SCRAMBLE_PART2_MIN;
    struct bytes rest = reader_bytes(r, part2);
    if (rest.len > 0 && rest.data[rest.len - 1] == 0)
        rest.len--; /* the NUL is not part of it */
    if (rest.len > SCRAMBLE_MAX - SCRAMBLE_PART1) {
        r->failed = true;
        return;
    }
    if (rest.len > 0)
        memcpy(g->scramble + SCRAMBLE_PART1, rest.data, rest.len);
    g->scramble_len = SCRAMBLE_PART1 + rest.len;
}

static struct bytes greeting_plugin(struct reader *r)
{
    struct bytes rest = reader_rest(r); /* some servers forget the NUL */
    const uint8_t *nul = rest.len > 0 ? memchr(rest.data, 0, rest.len) : NULL;
    if (nul != NULL)
        rest.len = (size_t)(nul - rest.data);
    return rest;
}

bool greeting_decode(struct bytes payload, struct greeting *out, struct err *err)
{
    struct greeting g = { 0 };
    struct reader r = reader_of(payload);
    if (payload.len > 0 && payload.data[0] == 0xff)
        return error_packet_report(payload, err);
    uint8_t protocol = reader_u8(&r);
    if (protocol != PROTOCOL_VERSION)
        return err_set(err, ERR_PROTOCOL,
                       "the greeting has protocol version %u, not 10: "
                       "is this the port of a MySQL or MariaDB server?",
                       protocol);
    struct bytes version = reader_cstring(&r);
    g.thread_id = reader_u32(&r);
    reader_copy(&r, g.scramble, SCRAMBLE_PART1);
    reader_take(&r, 1);
    g.capabilities = reader_u16(&r);
    reader_take(&r, 1); /* charset: ours is said in the response */
    g.status = reader_u16(&r);
    g.capabilities |= (uint32_t)reader_u16(&r) << 16;
    uint8_t scramble_len = reader_u8(&r);
    reader_take(&r, 6);
    uint32_t more = reader_u32(&r);
    if (r.failed)
        return err_set(err, ERR_PROTOCOL, "a greeting of %zu bytes is too short", payload.len);
    if ((g.capabilities & CAPABILITY_PROTOCOL_41) == 0 ||
        (g.capabilities & CAPABILITY_SECURE_CONNECTION) == 0 ||
        (g.capabilities & CAPABILITY_PLUGIN_AUTH) == 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "the server is too old: it has no authentication plugins "
                       "(MySQL 5.5.7, MariaDB 5.5 or later do)");
    greeting_take_scramble(&r, scramble_len, &g);
    if (r.failed)
        return err_set(err, ERR_PROTOCOL, "a greeting whose scramble is cut off or too long");
    if (!greeting_take_version(version, &g, err) ||
        !greeting_take_text(greeting_plugin(&r), g.plugin, GREETING_PLUGIN_MAX, err))
        return false;
    g.mariadb_capabilities = (g.capabilities & CAPABILITY_MYSQL) == 0 ? more : 0;
    *out = g;
    return true;
}

void tls_request_encode(uint32_t capabilities, struct buf *out)
{
    static const uint8_t filler[RESPONSE_FILLER];
    buf_le(out, capabilities, 4);
    buf_le(out, MAX_PACKET, 4);
    buf_u8(out, CHARSET_UTF8MB4);
    buf_append(out, filler, sizeof filler);
}

static void attributes_encode(struct buf *out)
{
    static const char *const attributes[] = { "program_name", "binlogd", "_client_name",
                                              "binlogd" };
    size_t size = 0;
    for (size_t i = 0; i < ARRAY_COUNT(attributes); i++)
        size += 1 + strlen(attributes[i]);
    buf_lenenc(out, size);
    for (size_t i = 0; i < ARRAY_COUNT(attributes); i++)
        buf_lenenc_bytes(out, bytes_of_str(attributes[i]));
}

void handshake_response_encode(const struct handshake_response *response, struct buf *out)
{
    tls_request_encode(response->capabilities, out);
    buf_append(out, response->user, strlen(response->user) + 1);
    if ((response->capabilities & CAPABILITY_LENENC_AUTH_RESPONSE) != 0)
        buf_lenenc(out, response->auth.len);
    else
        buf_u8(out, (uint8_t)response->auth.len); /* first responses have at most 64 bytes, or are
                                                     made only where lenenc is spoken */
    buf_append(out, response->auth.data, response->auth.len);
    buf_append(out, response->plugin, strlen(response->plugin) + 1);
    if ((response->capabilities & CAPABILITY_CONNECT_ATTRIBUTES) != 0)
        attributes_encode(out);
}

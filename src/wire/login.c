/* login.c - the conversation before the first command. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/login.h"
#include <stdlib.h>
#include "base/macros.h"
#include "base/memory.h"
#include "base/reader.h"
#include "wire/capability.h"
#include "wire/result.h"

enum {
    TEXT_MAX = 1024,        /* user name, password */
    SECRET_ROOM = 8 * 1024, /* more than any answer has, so that none is moved and left behind */
};

#define CLIENT_CAPABILITIES                                                                        \
    (CAPABILITY_MYSQL | CAPABILITY_LONG_FLAG | CAPABILITY_PROTOCOL_41 | CAPABILITY_TLS |           \
     CAPABILITY_TRANSACTIONS | CAPABILITY_SECURE_CONNECTION | CAPABILITY_PLUGIN_AUTH |             \
     CAPABILITY_CONNECT_ATTRIBUTES | CAPABILITY_LENENC_AUTH_RESPONSE | CAPABILITY_DEPRECATE_EOF)

void secret_buf_init(struct buf *buf)
{
    buf_init(buf, SECRET_ROOM);
    buf_reserve(buf, SECRET_ROOM);
}

void secret_buf_clear(struct buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->cap);
    buf_clear(buf);
}

static void text_wipe(const char **text)
{
    char *own = (char *)(uintptr_t)*text;
    if (own != NULL)
        explicit_bzero(own, strlen(own));
    free(own);
    *text = NULL;
}

bool login_init(struct login *login, const struct client_options *options, struct err *err)
{
    if (strlen(options->user) > TEXT_MAX || strlen(options->password) > TEXT_MAX)
        return err_set(err, ERR_CONFIG, "a user name or password of more than %d bytes", TEXT_MAX);
    *login = (struct login){ .options = *options };
    login->options.user = memory_str(options->user);
    login->options.password = memory_str(options->password);
    login->options.public_key_pem = memory_str(options->public_key_pem);
    return true;
}

void login_clear(struct login *login)
{
    text_wipe(&login->options.user);
    text_wipe(&login->options.password);
    text_wipe(&login->options.public_key_pem);
}

bool login_greeting(struct login *login, struct bytes payload, bool *tls, struct err *err)
{
    if (!greeting_decode(payload, &login->greeting, err))
        return false;
    bool offered = (login->greeting.capabilities & CAPABILITY_TLS) != 0;
    if (login->options.tls == CLIENT_TLS_ALWAYS && !offered)
        return err_set(err, ERR_CONFIG,
                       "ssl-mode demands TLS, but the server does not offer it: turn it on there "
                       "(ssl_cert, ssl_key), or use ssl-mode=PREFERRED on a network you trust");
    *tls = offered && login->options.tls != CLIENT_TLS_NEVER;
    login->capabilities = CLIENT_CAPABILITIES & login->greeting.capabilities;
    login->capabilities |= CAPABILITY_MYSQL; /* clients of either flavour set it */
    if (!*tls)
        login->capabilities &= ~CAPABILITY_TLS;
    return true;
}

void login_request_tls(const struct login *login, struct buf *out)
{
    tls_request_encode(login->capabilities, out);
}

static void login_set_channel(struct login *login, bool encrypted)
{
    const struct client_options *o = &login->options;
    login->auth.options = (struct auth_options){
        .user = o->user,
        .password = o->password,
        .public_key_pem = o->public_key_pem,
        .fetch_public_key = o->fetch_public_key,
        .private_channel = o->local || encrypted,
        .verified_channel = o->local || (encrypted && o->tls_verifies),
    };
}

bool login_respond(struct login *login, bool encrypted, struct buf *out, struct err *err)
{
    const struct greeting *g = &login->greeting;
    const char *plugin = g->plugin;
    if (auth_plugin_find(plugin) == NULL)
        plugin = "mysql_native_password"; /* the server says in a switch what the account has */
    struct buf first;
    secret_buf_init(&first);
    login_set_channel(login, encrypted);
    bool done =
        auth_start(&login->auth, plugin, bytes_of(g->scramble, g->scramble_len), &first, err);
    if (done) {
        struct handshake_response r = { login->capabilities, login->options.user, plugin,
                                        buf_bytes(&first) };
        handshake_response_encode(&r, out);
    }
    secret_buf_clear(&first);
    return done;
}

/* A server that names another plugin: fe, name NUL, scramble NUL. */
static bool login_switch(struct login *login, struct bytes payload, struct buf *out,
                         struct err *err)
{
    char name[GREETING_PLUGIN_MAX + 1];
    struct reader r = reader_of(payload);
    reader_take(&r, 1);
    if (reader_left(&r) == 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "account '%s' has a password hash from before MySQL 4.1: set it anew",
                       login->options.user);
    struct bytes plugin = reader_cstring(&r);
    struct bytes nonce = reader_rest(&r);
    if (r.failed || plugin.len >= sizeof name)
        return err_set(err, ERR_PROTOCOL, "a request to switch the plugin that is malformed");
    memcpy(name, plugin.data, plugin.len);
    name[plugin.len] = 0;
    if (nonce.len % 2 == 1 && nonce.data[nonce.len - 1] == 0)
        nonce.len--; /* scrambles have even lengths, their NUL is not part of them */
    return auth_start(&login->auth, name, nonce, out, err);
}

/* Adds what to do to a refusal, where that is known. */
static void login_advise(const struct login *login, struct err *err)
{
    static const struct {
        uint16_t code;
        const char *before, *after; /* the user's name */
    } advice[] = {
#define ADVICE(code, before, after) { code, before, after },
#include "wire/login_errors.def"
#undef ADVICE
    };
    for (size_t i = 0; i < ARRAY_COUNT(advice); i++) {
        if (advice[i].code != err->server_errno)
            continue;
        uint16_t code = err->server_errno;
        err_set(err, ERR_REFUSED, "%s: %s'%s'%s", err->text, advice[i].before, login->options.user,
                advice[i].after);
        err->server_errno = code;
        return;
    }
}

static bool login_more(struct login *login, struct bytes data, struct buf *out,
                       enum login_step *step, struct err *err)
{
    bool answer = false;
    if (!auth_continue(&login->auth, data, out, &answer, err))
        return false;
    *step = answer ? LOGIN_ANSWER : LOGIN_WAIT;
    return true;
}

static bool login_ok(struct login *login, struct bytes payload, struct err *err)
{
    struct ok_packet ok;
    if (!ok_packet_decode(payload, &ok, err))
        return false;
    text_wipe(&login->options.password);
    login->auth.options.password = NULL;
    return true;
}

bool login_continue(struct login *login, struct bytes payload, struct buf *out,
                    enum login_step *step, struct err *err)
{
    switch (payload.len > 0 ? payload.data[0] : -1) {
    case 0x00:
        *step = LOGIN_DONE;
        return login_ok(login, payload, err);
    case 0x01:
        return login_more(login, bytes_of(payload.data + 1, payload.len - 1), out, step, err);
    case 0xfe:
        *step = LOGIN_ANSWER;
        return login_switch(login, payload, out, err);
    case 0xff:
        error_packet_report(payload, err);
        if (err->code == ERR_REFUSED)
            login_advise(login, err);
        return false;
    default:
        return err_set(err, ERR_PROTOCOL, "%zu bytes that are no answer to a login", payload.len);
    }
}

/* auth.h - the client's side of a login: what each authentication plugin says, and when.
 *
 * Promises: (1) a password leaves in the clear only over a private channel (TLS or a unix socket),
 * and for mysql_clear_password only when TLS has also verified the server; (2) over plain TCP an
 * RSA key is used only if the user gave it or allowed fetching it; (3) what the server sends out of
 * turn is ERR_PROTOCOL. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/handshake.h"
#include "wire/scramble.h"

/* What the login may rely on; text lives as long as the struct auth. */
struct auth_options {
    const char *user;
    const char *password;
    const char *public_key_pem; /* NULL: not given */
    bool fetch_public_key;
    bool private_channel;  /* TLS or a unix socket */
    bool verified_channel; /* a unix socket, or TLS that checked the server's certificate */
};

struct auth_plugin;
struct auth {
    struct auth_options options;
    const struct auth_plugin *plugin;
    uint8_t nonce[SCRAMBLE_MAX];
    size_t nonce_len;
    bool key_asked; /* the next data is the server's public key */
    bool done;      /* nothing more to say: OK, an error or a switch must come */
};

/* NULL when the plugin is unknown here. */
const struct auth_plugin *auth_plugin_find(const char *name);
const char *auth_plugin_name(const struct auth_plugin *plugin);

/* Starts with a plugin (the greeting's, or the one of an auth switch) and appends its first
 * response, which may be empty. ERR_UNSUPPORTED: the plugin is unknown; ERR_CONFIG: it may not be
 * used here, and the sentence says what to change. */
bool auth_start(struct auth *auth, const char *plugin, struct bytes nonce, struct buf *reply,
                struct err *err) MUST_CHECK;
/* The content of an "auth more data" packet, after its 01. *answer false: say nothing. */
bool auth_continue(struct auth *auth, struct bytes data, struct buf *reply, bool *answer,
                   struct err *err) MUST_CHECK;

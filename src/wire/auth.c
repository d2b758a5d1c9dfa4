/* auth.c - one row per plugin: how it starts, and how it goes on when the server says more. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/auth.h"

struct auth_plugin {
    const char *name;
    bool (*start)(struct auth *, struct buf *reply, struct err *);
    bool (*more)(struct auth *, struct bytes data, struct buf *reply, bool *answer, struct err *);
};

enum { SHA2_FAST_OK = 3, SHA2_FULL = 4, SHA2_ASK_KEY = 2, SHA256_ASK_KEY = 1 };

static struct bytes auth_password(const struct auth *auth)
{
    return bytes_of_str(auth->options.password);
}

static bool auth_check_nonce(const struct auth *auth, size_t want, struct err *err)
{
    if (auth->nonce_len == want)
        return true;
    return err_set(err, ERR_PROTOCOL, "%s with a scramble of %zu bytes instead of %zu",
                   auth_plugin_name(auth->plugin), auth->nonce_len, want);
}

static void reply_password(const struct auth *auth, struct buf *reply)
{
    struct bytes password = auth_password(auth);
    buf_append(reply, password.data, password.len + 1);
}

static bool native_start(struct auth *auth, struct buf *reply, struct err *err)
{
    uint8_t response[SCRAMBLE_NATIVE_SIZE];
    if (auth_password(auth).len == 0)
        return true;
    if (!auth_check_nonce(auth, SCRAMBLE_LEN, err) ||
        !scramble_native(auth_password(auth), auth->nonce, response, err))
        return false;
    buf_append(reply, response, sizeof response);
    return true;
}

static bool sha2_start(struct auth *auth, struct buf *reply, struct err *err)
{
    uint8_t response[SCRAMBLE_SHA2_SIZE];
    if (auth_password(auth).len == 0) {
        buf_u8(reply, 0);
        return true;
    }
    if (!auth_check_nonce(auth, SCRAMBLE_LEN, err) ||
        !scramble_sha2(auth_password(auth), auth->nonce, response, err))
        return false;
    buf_append(reply, response, sizeof response);
    auth->done = false;
    return true;
}

static bool reply_rsa(struct auth *auth, struct bytes pem, struct buf *reply, struct err *err)
{
    struct scramble_rsa in = { auth_password(auth), auth->nonce, pem };
    auth->done = true;
    return scramble_rsa(&in, reply, err);
}

/* The whole password, by the safest way there is: in a private channel, or under the server's key.
 * ask is the byte with which this plugin asks for the key. */
static bool reply_whole_password(struct auth *auth, uint8_t ask, struct buf *reply, struct err *err)
{
    const struct auth_options *o = &auth->options;
    auth->done = true;
    if (o->private_channel) {
        reply_password(auth, reply);
        return true;
    }
    if (!auth_check_nonce(auth, SCRAMBLE_LEN, err))
        return false;
    if (o->public_key_pem != NULL)
        return reply_rsa(auth, bytes_of_str(o->public_key_pem), reply, err);
    if (o->fetch_public_key) {
        buf_u8(reply, ask);
        auth->key_asked = true;
        auth->done = false;
        return true;
    }
    return err_set(err, ERR_CONFIG,
                   "account '%s' logs in with %s, and the server asks for the password itself, "
                   "which is not sent over an unencrypted connection: use TLS (ssl-mode=REQUIRED "
                   "or better), or give server-public-key-path, or, on a network you trust, "
                   "get-server-public-key",
                   o->user, auth_plugin_name(auth->plugin));
}

static bool key_more(struct auth *auth, struct bytes data, struct buf *reply, struct err *err)
{
    auth->key_asked = false;
    return reply_rsa(auth, data, reply, err);
}

static bool sha2_more(struct auth *auth, struct bytes data, struct buf *reply, bool *answer,
                      struct err *err)
{
    if (auth->key_asked) {
        *answer = true;
        return key_more(auth, data, reply, err);
    }
    if (data.len == 1 && data.data[0] == SHA2_FAST_OK) {
        auth->done = true;
        *answer = false;
        return true;
    }
    if (data.len != 1 || data.data[0] != SHA2_FULL)
        return err_set(err, ERR_PROTOCOL, "caching_sha2_password: %zu bytes that mean nothing",
                       data.len);
    *answer = true;
    return reply_whole_password(auth, SHA2_ASK_KEY, reply, err);
}

static bool sha256_start(struct auth *auth, struct buf *reply, struct err *err)
{
    if (auth_password(auth).len == 0) {
        buf_u8(reply, 0);
        return true;
    }
    return reply_whole_password(auth, SHA256_ASK_KEY, reply, err);
}

static bool sha256_more(struct auth *auth, struct bytes data, struct buf *reply, bool *answer,
                        struct err *err)
{
    *answer = true;
    return key_more(auth, data, reply, err); /* nothing else leaves this plugin not done */
}

static bool ed25519_start(struct auth *auth, struct buf *reply, struct err *err)
{
    uint8_t response[SCRAMBLE_ED25519_SIZE];
    if (!auth_check_nonce(auth, SCRAMBLE_ED25519_LEN, err) ||
        !scramble_ed25519(auth_password(auth), bytes_of(auth->nonce, auth->nonce_len), response,
                          err))
        return false;
    buf_append(reply, response, sizeof response);
    return true;
}

static bool clear_start(struct auth *auth, struct buf *reply, struct err *err)
{
    if (!auth->options.verified_channel)
        return err_set(err, ERR_CONFIG,
                       "account '%s' logs in with mysql_clear_password, which sends the password "
                       "itself: that is done only over TLS that has verified the server "
                       "(ssl-mode=VERIFY_CA or VERIFY_IDENTITY) or over a unix socket",
                       auth->options.user);
    reply_password(auth, reply);
    return true;
}

static const struct auth_plugin plugins[] = {
    { "mysql_native_password", native_start, NULL },
    { "caching_sha2_password", sha2_start, sha2_more },
    { "sha256_password", sha256_start, sha256_more },
    { "client_ed25519", ed25519_start, NULL },
    { "mysql_clear_password", clear_start, NULL },
};

const struct auth_plugin *auth_plugin_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(plugins); i++)
        if (strcmp(plugins[i].name, name) == 0)
            return &plugins[i];
    return NULL;
}

const char *auth_plugin_name(const struct auth_plugin *plugin)
{
    return plugin->name;
}

bool auth_start(struct auth *auth, const char *plugin, struct bytes nonce, struct buf *reply,
                struct err *err)
{
    const struct auth_plugin *found = auth_plugin_find(plugin);
    if (found == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "account '%s' logs in with plugin '%.63s', which binlogd does not speak: "
                       "give it another one, e.g. on MySQL ALTER USER ... IDENTIFIED WITH "
                       "caching_sha2_password BY '...', on MariaDB ALTER USER ... IDENTIFIED VIA "
                       "ed25519 USING PASSWORD('...')",
                       auth->options.user, plugin);
    if (nonce.len > sizeof auth->nonce)
        return err_set(err, ERR_PROTOCOL, "%s with a scramble of %zu bytes", plugin, nonce.len);
    auth->plugin = found;
    if (nonce.len > 0)
        memcpy(auth->nonce, nonce.data, nonce.len);
    auth->nonce_len = nonce.len;
    auth->key_asked = false;
    auth->done = true; /* unless the plugin's start says otherwise */
    return found->start(auth, reply, err);
}

bool auth_continue(struct auth *auth, struct bytes data, struct buf *reply, bool *answer,
                   struct err *err)
{
    if (auth->done || auth->plugin->more == NULL)
        return err_set(err, ERR_PROTOCOL, "%s has said all it has to say, but the server goes on",
                       auth_plugin_name(auth->plugin));
    return auth->plugin->more(auth, data, reply, answer, err);
}

/* server_auth.c - one row per plugin: what it asks for, and how an answer is checked. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server_auth.h"

enum {
    MORE_DATA = 0x01,
    AUTH_SWITCH = 0xfe,
    SHA2_ASK_KEY = 2,
    SHA2_FAST_OK = 3,
    SHA2_FULL = 4,
};

/* Where a login by caching_sha2_password stands. */
enum { SHA2_ANSWER, SHA2_PASSWORD, SHA2_ENCRYPTED };

struct server_plugin {
    const char *name;
    size_t nonce_len;
    enum auth_step (*check)(struct server_auth *, struct bytes payload, struct buf *out);
    const uint8_t *(*hash)(const struct account_secret *, size_t *len); /* for the proof, or NULL */
};

void server_auth_init(struct server_auth *auth, const struct server_auth_options *options)
{
    *auth = (struct server_auth){ .options = *options };
}

void server_auth_clear(struct server_auth *auth)
{
    explicit_bzero(&auth->account.secret, sizeof auth->account.secret);
    explicit_bzero(auth->account.fast, sizeof auth->account.fast);
}

static enum auth_step verdict(const struct server_auth *auth, bool answer_is_right)
{
    return auth->is_known && answer_is_right ? AUTH_ACCEPTED : AUTH_REFUSED;
}

static enum auth_step native_check(struct server_auth *auth, struct bytes payload, struct buf *out)
{
    (void)out;
    return verdict(auth, account_accepts_native(&auth->account, auth->options.nonce, payload));
}

static const uint8_t *native_hash(const struct account_secret *secret, size_t *len)
{
    *len = sizeof secret->native;
    return secret->native;
}

static enum auth_step ed25519_check(struct server_auth *auth, struct bytes payload, struct buf *out)
{
    (void)out;
    return verdict(auth,
                   account_accepts_ed25519(&auth->account, auth->options.nonce_ed25519, payload));
}

static const uint8_t *ed25519_hash(const struct account_secret *secret, size_t *len)
{
    *len = sizeof secret->ed25519;
    return secret->ed25519;
}

static enum auth_step sha2_say(struct buf *out, uint8_t word)
{
    buf_u8(out, MORE_DATA);
    buf_u8(out, word);
    return AUTH_SAY;
}

static enum auth_step sha2_answer(struct server_auth *auth, struct bytes payload, struct buf *out)
{
    if (payload.len == 0 || (payload.len == 1 && payload.data[0] == 0))
        return AUTH_REFUSED; /* no account has an empty password */
    bool is_right = account_accepts_fast(&auth->account, auth->options.nonce, payload);
    if (auth->is_known && is_right) {
        sha2_say(out, SHA2_FAST_OK);
        return AUTH_ACCEPTED;
    }
    auth->stage = SHA2_PASSWORD;
    return sha2_say(out, SHA2_FULL);
}

/* The password, its NUL included. */
static enum auth_step sha2_password(struct server_auth *auth, struct bytes text)
{
    struct err err;
    if (text.len == 0 || text.data[text.len - 1] != 0)
        return AUTH_REFUSED;
    text.len--;
    enum auth_step step = verdict(auth, account_accepts_password(&auth->account, text));
    if (step == AUTH_ACCEPTED && account_fast_make(text, auth->account.fast, &err)) {
        auth->account.has_fast = true;
        auth->options.accounts->remember(&auth->account, auth->options.accounts->arg);
    }
    return step;
}

static enum auth_step sha2_encrypted(struct server_auth *auth, struct bytes payload)
{
    uint8_t plain[RSA_KEY_SIZE_MAX];
    size_t len = 0;
    if (!rsa_key_decrypt(auth->options.rsa, payload, plain, &len))
        return AUTH_REFUSED;
    for (size_t i = 0; i < len; i++)
        plain[i] ^= auth->options.nonce[i % SCRAMBLE_LEN];
    enum auth_step step = sha2_password(auth, bytes_of(plain, len));
    explicit_bzero(plain, sizeof plain);
    return step;
}

static enum auth_step sha2_check(struct server_auth *auth, struct bytes payload, struct buf *out)
{
    if (auth->stage == SHA2_ANSWER)
        return sha2_answer(auth, payload, out);
    if (auth->stage == SHA2_PASSWORD && auth->private_channel)
        return sha2_password(auth, payload);
    if (auth->options.rsa == NULL)
        return AUTH_REFUSED;
    if (auth->stage == SHA2_PASSWORD && payload.len == 1 && payload.data[0] == SHA2_ASK_KEY) {
        struct bytes pem = rsa_key_public_pem(auth->options.rsa);
        buf_u8(out, MORE_DATA);
        buf_append(out, pem.data, pem.len);
        auth->stage = SHA2_ENCRYPTED;
        return AUTH_SAY;
    }
    return sha2_encrypted(auth, payload); /* a client may have the key already */
}

static const struct server_plugin plugins[] = {
    { "mysql_native_password", SCRAMBLE_LEN, native_check, native_hash },
    { "caching_sha2_password", SCRAMBLE_LEN, sha2_check, NULL },
    { "client_ed25519", SCRAMBLE_ED25519_LEN, ed25519_check, ed25519_hash },
};

static const struct server_plugin *plugin_for(struct bytes wanted)
{
    for (size_t i = 0; i < ARRAY_COUNT(plugins); i++)
        if (bytes_equal_str(wanted, plugins[i].name))
            return &plugins[i];
    return &plugins[0]; /* every client there is speaks it */
}

enum auth_step server_auth_start(struct server_auth *auth, const struct auth_claim *claim,
                                 struct buf *out)
{
    const struct account_book *accounts = auth->options.accounts;
    auth->is_known = accounts->find(claim->user, &auth->account, accounts->arg);
    auth->private_channel = claim->private_channel;
    auth->plugin = plugin_for(claim->plugin);
    auth->stage = 0;
    bool is_answered = bytes_equal_str(claim->plugin, auth->plugin->name) &&
                       strcmp(claim->greeted, auth->plugin->name) == 0;
    if (is_answered)
        return auth->plugin->check(auth, claim->answer, out);
    bool is_long = auth->plugin->nonce_len == SCRAMBLE_ED25519_LEN;
    buf_u8(out, AUTH_SWITCH);
    buf_append(out, auth->plugin->name, strlen(auth->plugin->name) + 1);
    buf_append(out, is_long ? auth->options.nonce_ed25519 : auth->options.nonce,
               auth->plugin->nonce_len);
    if (!is_long)
        buf_u8(out, 0);
    return AUTH_SAY;
}

enum auth_step server_auth_continue(struct server_auth *auth, struct bytes payload, struct buf *out)
{
    return auth->plugin->check(auth, payload, out);
}

void server_auth_prove(const struct server_auth *auth,
                       const uint8_t certificate_digest[SHA256_SIZE], struct buf *out)
{
    uint8_t hash_and_nonce[SHA256_SIZE + SCRAMBLE_LEN];
    uint8_t proof[SHA256_SIZE];
    size_t len = 0;
    struct err err;
    const uint8_t *hash =
        auth->plugin->hash == NULL ? NULL : auth->plugin->hash(&auth->account.secret, &len);
    if (hash == NULL)
        return;
    memcpy(hash_and_nonce, hash, len);
    memcpy(hash_and_nonce + len, auth->options.nonce, SCRAMBLE_LEN);
    bool done = digest(DIGEST_SHA256,
                       (struct bytes[]){ bytes_of(hash_and_nonce, len + SCRAMBLE_LEN),
                                         bytes_of(certificate_digest, SHA256_SIZE) },
                       proof, &err);
    explicit_bzero(hash_and_nonce, sizeof hash_and_nonce);
    if (!done)
        return;
    buf_u8(out, 1);
    for (size_t i = 0; i < sizeof proof; i++)
        buf_printf(out, "%02X", proof[i]);
}

const char *server_auth_plugin(const struct server_auth *auth)
{
    return auth->plugin == NULL ? "" : auth->plugin->name;
}

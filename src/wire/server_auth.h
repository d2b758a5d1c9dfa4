/* server_auth.h - the server's side of a login: which plugin, what it sends, and whether the answer
 * is right.
 *
 * Promises: (1) an unknown name is taken through the same steps, with the same work, as a known one
 * and refused at the end; (2) a password in the clear is accepted over a private channel only, or
 * under our RSA key; (3) what was decrypted is wiped. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "wire/account.h"
#include "wire/rsa_key.h"

/* Where accounts are looked up. */
struct account_book {
    /* Copies the account; false: none of that name, and *out is then one that nobody has, with
     * secrets of its own. */
    bool (*find)(struct bytes name, struct account *out, void *arg);
    /* A full exchange has succeeded: remember what the next, short one needs. */
    void (*remember)(const struct account *account, void *arg);
    void *arg;
};

struct server_auth_options {
    const struct account_book *accounts;
    const struct rsa_key *rsa; /* NULL: no caching_sha2_password over an unencrypted connection */
    const uint8_t *nonce;      /* SCRAMBLE_LEN */
    const uint8_t *nonce_ed25519; /* SCRAMBLE_ED25519_LEN */
};

enum auth_step {
    AUTH_SAY,      /* out is the payload to send; then comes the client's next packet */
    AUTH_ACCEPTED, /* out, when not empty, goes before the OK */
    AUTH_REFUSED,
};

struct server_plugin;
struct server_auth {
    struct server_auth_options options;
    const struct server_plugin *plugin;
    struct account account;
    bool is_known;
    bool private_channel;
    unsigned stage;
};

void server_auth_init(struct server_auth *auth, const struct server_auth_options *options);
void server_auth_clear(struct server_auth *auth); /* wipes the secrets */

struct auth_claim {
    struct bytes user;
    struct bytes plugin; /* what the client logs in with by itself */
    struct bytes answer; /* to the greeting's nonce, when `plugin` is greeted */
    const char *greeted; /* the greeting's plugin */
    bool private_channel;
};
/* The handshake response: takes the client's plugin if it is one of ours, else asks for
 * mysql_native_password. */
enum auth_step server_auth_start(struct server_auth *auth, const struct auth_claim *claim,
                                 struct buf *out);
enum auth_step server_auth_continue(struct server_auth *auth, struct bytes payload,
                                    struct buf *out);
/* MariaDB's proof that whoever sends it knows the password's hash and holds this certificate:
 * 01, then the hash in hex. Empty for a plugin that has none. */
void server_auth_prove(const struct server_auth *auth,
                       const uint8_t certificate_digest[SHA256_SIZE], struct buf *out);
const char *server_auth_plugin(const struct server_auth *auth);

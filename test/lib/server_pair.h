/* server_pair.h - a server session and a client session of ours that talk to each other in memory,
 * `chunk` bytes at a time. What real clients make of the server is e2e's: here every step can be
 * cut anywhere. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string.h>
#include "wire/client.h"
#include "wire/server.h"
#include "wire/server_answer.h"

#define PAIR_USER     "repl"
#define PAIR_PASSWORD "hunter2"

struct pair {
    struct server *server;
    struct client *client;
    struct account account; /* the only one */
    unsigned looked_up;     /* how often */
    unsigned remembered;
    struct account_book book;
    struct rsa_key *rsa;
    struct codec *codec;
    size_t chunk;
    bool client_done;
    bool refused; /* by the server */
    bool ready;
    bool failed; /* either side */
    struct err server_err;
    struct err client_err;
};

static inline bool pair_find(struct bytes name, struct account *out, void *arg)
{
    struct pair *pair = arg;
    pair->looked_up++;
    *out = pair->account;
    return bytes_equal_str(name, PAIR_USER);
}

static inline void pair_remember(const struct account *account, void *arg)
{
    struct pair *pair = arg;
    pair->remembered++;
    pair->account = *account;
}

/* account: zeroed, or as an earlier call left it. */
static inline bool pair_init_account(struct pair *pair, struct account *account)
{
    static const uint8_t salt[ACCOUNT_SALT_SIZE] = "twenty bytes of salt";
    struct err err;
    memset(pair, 0, sizeof *pair);
    pair->book = (struct account_book){ pair_find, pair_remember, pair };
    pair->codec = codec_new();
    pair->chunk = 1 << 20;
    if (account->name[0] == 0) {
        account->role = ROLE_replication;
        memcpy(account->name, PAIR_USER, sizeof PAIR_USER);
        if (!account_secret_make(bytes_of_str(PAIR_PASSWORD), salt, &account->secret, &err))
            return false;
    }
    pair->account = *account;
    return true;
}

static inline bool pair_init(struct pair *pair)
{
    struct account account = { 0 };
    return pair_init_account(pair, &account);
}

static inline void pair_clear(struct pair *pair)
{
    server_free(pair->server);
    client_free(pair->client);
    rsa_key_free(pair->rsa);
    codec_free(pair->codec);
}

struct pair_login {
    bool mariadb;
    bool tls;
    bool tls_demanded;
    const char *user;
    const char *password;
    enum client_tls client_tls;
    bool fetch_public_key;
};

static inline bool pair_start(struct pair *pair, const struct pair_login *login)
{
    struct server_options server = { .version = login->mariadb ? "10.11.19-MariaDB" : "9.7.4",
                                     .mariadb = login->mariadb,
                                     .thread_id = 7,
                                     .peer = "127.0.0.1",
                                     .tls = login->tls,
                                     .tls_demanded = login->tls_demanded,
                                     .nonce = "any twenty bytes !!",
                                     .nonce_ed25519 = "any thirty-two bytes go in here",
                                     .accounts = &pair->book,
                                     .rsa = pair->rsa,
                                     .codec = pair->codec };
    struct client_options client = { .user = login->user,
                                     .password = login->password,
                                     .tls = login->client_tls,
                                     .fetch_public_key = login->fetch_public_key };
    server_free(pair->server);
    client_free(pair->client);
    pair->client = NULL;
    pair->client_done = pair->refused = pair->ready = pair->failed = false;
    pair->server = server_new(&server);
    return client_new(&client, &pair->client, &pair->client_err);
}

static inline bool pair_to_client(struct pair *pair)
{
    struct bytes out = server_output(pair->server);
    size_t size;
    if (out.len == 0)
        return false;
    uint8_t *room = client_room(pair->client, &size);
    size_t n = out.len < size ? out.len : size;
    n = n < pair->chunk ? n : pair->chunk;
    memcpy(room, out.data, n);
    client_received(pair->client, n);
    server_sent(pair->server, n);
    return true;
}

static inline bool pair_to_server(struct pair *pair)
{
    struct bytes out = client_output(pair->client);
    size_t size;
    if (out.len == 0)
        return false;
    uint8_t *room = server_room(pair->server, &size);
    size_t n = out.len < size ? out.len : size;
    n = n < pair->chunk ? n : pair->chunk;
    memcpy(room, out.data, n);
    client_sent(pair->client, n);
    pair->failed = pair->failed || !server_received(pair->server, n, &pair->server_err);
    return true;
}

static inline void pair_step_client(struct pair *pair)
{
    enum client_event event = CLIENT_WAIT;
    if (!client_next(pair->client, &event, &pair->client_err))
        pair->failed = true;
    else if (event == CLIENT_DONE)
        pair->client_done = true;
    else if (event == CLIENT_START_TLS)
        pair->failed = pair->failed || !client_encrypted(pair->client, &pair->client_err);
}

/* *event: the first thing that the server did not do by itself. */
static inline void pair_step_server(struct pair *pair, enum server_event *event)
{
    if (!server_next(pair->server, event, &pair->server_err)) {
        pair->failed = true;
        return;
    }
    if (*event == SERVER_TLS)
        server_encrypted(pair->server);
    pair->refused = pair->refused || *event == SERVER_REFUSED;
    if (*event == SERVER_READY)
        server_welcome(pair->server);
    pair->ready = pair->ready || *event == SERVER_READY;
}

/* Until the client is through or somebody has failed. */
static inline void pair_log_in(struct pair *pair)
{
    bool moved = true;
    while (moved && !pair->client_done && !pair->failed) {
        enum server_event event = SERVER_WAIT;
        moved = pair_to_client(pair);
        if (moved)
            pair_step_client(pair);
        if (!pair->failed && pair_to_server(pair)) {
            moved = true;
            pair_step_server(pair, &event);
            if (event == SERVER_TLS) { /* the client says its part of TLS elsewhere */
                pair_step_client(pair);
            }
        }
    }
}

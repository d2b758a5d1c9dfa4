/* login.h - what a client says from the greeting to the OK: whether TLS, which plugin, and what
 * to do when the server says no. Payloads in, payloads out; client.h frames them.
 *
 * Promises: TLS is decided, and done, before a credential is said; the password is wiped once the
 * login is through or given up. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/auth.h"
#include "wire/handshake.h"

enum client_tls { CLIENT_TLS_NEVER, CLIENT_TLS_IF_OFFERED, CLIENT_TLS_ALWAYS };

struct client_options { /* copied */
    const char *user;
    const char *password;
    enum client_tls tls;
    bool tls_verifies;          /* the TLS to come checks the server's certificate */
    bool local;                 /* a unix socket: nobody listens in between */
    const char *public_key_pem; /* NULL: not given */
    bool fetch_public_key;
};

struct login {
    struct client_options options; /* its texts are owned */
    struct auth auth;
    struct greeting greeting;
    uint32_t capabilities; /* ours and the server's */
};

enum login_step { LOGIN_ANSWER, LOGIN_WAIT, LOGIN_DONE };

bool login_init(struct login *login, const struct client_options *options,
                struct err *err) MUST_CHECK;
void login_clear(struct login *login);

/* *tls: say login_request_tls, then do TLS; else login_respond at once. */
bool login_greeting(struct login *login, struct bytes payload, bool *tls,
                    struct err *err) MUST_CHECK;
void login_request_tls(const struct login *login, struct buf *out);
bool login_respond(struct login *login, bool encrypted, struct buf *out,
                   struct err *err) MUST_CHECK;
/* What the server says next. LOGIN_ANSWER: out holds the answer, maybe an empty one. The server's
 * refusal is ERR_REFUSED with advice. */
bool login_continue(struct login *login, struct bytes payload, struct buf *out,
                    enum login_step *step, struct err *err) MUST_CHECK;

/* A buffer for secrets: never moved while it grows, wiped when cleared. */
void secret_buf_init(struct buf *buf);
void secret_buf_clear(struct buf *buf);

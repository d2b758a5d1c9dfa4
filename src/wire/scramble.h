/* scramble.h - passwords turned into what each authentication plugin sends instead of them.
 * Nothing here keeps a copy: intermediate secrets are wiped. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    SCRAMBLE_LEN = 20, /* the nonce of the native and sha2 plugins */
    SCRAMBLE_ED25519_LEN = 32,
    SCRAMBLE_NATIVE_SIZE = 20,
    SCRAMBLE_SHA2_SIZE = 32,
    SCRAMBLE_ED25519_SIZE = 64,
};

/* SHA1(password) XOR SHA1(nonce, SHA1(SHA1(password))) */
bool scramble_native(struct bytes password, const uint8_t nonce[SCRAMBLE_LEN],
                     uint8_t out[SCRAMBLE_NATIVE_SIZE], struct err *err) MUST_CHECK;
/* SHA256(password) XOR SHA256(SHA256(SHA256(password)), nonce) */
bool scramble_sha2(struct bytes password, const uint8_t nonce[SCRAMBLE_LEN],
                   uint8_t out[SCRAMBLE_SHA2_SIZE], struct err *err) MUST_CHECK;
/* An Ed25519 signature (RFC 8032) of the nonce whose secret scalar comes from SHA512(password):
 * MariaDB has a password of any length where the RFC has a 32-byte seed. */
bool scramble_ed25519(struct bytes password, struct bytes nonce, uint8_t out[SCRAMBLE_ED25519_SIZE],
                      struct err *err) MUST_CHECK;
/* The public key that checks such signatures: what a server stores of the password. */
bool scramble_ed25519_public_key(struct bytes password, uint8_t out[32],
                                 struct err *err) MUST_CHECK;

struct scramble_rsa {
    struct bytes password;
    const uint8_t *nonce; /* SCRAMBLE_LEN bytes */
    struct bytes pem;     /* the server's public key */
};
/* RSA-OAEP of (password, NUL) XOR the nonce repeated, appended to out. */
bool scramble_rsa(const struct scramble_rsa *in, struct buf *out, struct err *err) MUST_CHECK;

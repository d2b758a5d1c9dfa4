/* rsa_key.h - the key pair under which a client sends its password over an unencrypted connection
 * (caching_sha2_password). Read-only once made: any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum { RSA_KEY_BITS = 2048, RSA_KEY_SIZE_MAX = 2048 /* bytes of a cipher text */ };

struct rsa_key;
bool rsa_key_make(struct rsa_key **out, struct err *err) MUST_CHECK; /* a new one, at random */
bool rsa_key_read(struct bytes private_pem, struct rsa_key **out, struct err *err) MUST_CHECK;
void rsa_key_free(struct rsa_key *key); /* NULL is allowed */
AUTO_DEFINE(rsa_key);
/* PKCS #8 PEM; the caller wipes it. */
bool rsa_key_print(const struct rsa_key *key, struct buf *private_pem, struct err *err) MUST_CHECK;
struct bytes rsa_key_public_pem(const struct rsa_key *key); /* lives as long as the key */
/* OAEP. *len is at most RSA_KEY_SIZE_MAX; false for anything that is no cipher text of this key. */
bool rsa_key_decrypt(const struct rsa_key *key, struct bytes cipher,
                     uint8_t plain[RSA_KEY_SIZE_MAX], size_t *len);

/* scramble.c - SHA and RSA by OpenSSL, curve arithmetic by libsodium. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/scramble.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include "wire/digest.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 16384, SECRET_MAX = 1024 };

static void xor_into(uint8_t *to, const uint8_t *with, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] ^= with[i];
}

bool scramble_native(struct bytes password, const uint8_t nonce[SCRAMBLE_LEN],
                     uint8_t out[SCRAMBLE_NATIVE_SIZE], struct err *err)
{
    uint8_t once[SCRAMBLE_NATIVE_SIZE];
    uint8_t twice[SCRAMBLE_NATIVE_SIZE];
    bool done =
        digest(DIGEST_SHA1, (struct bytes[]){ password, { NULL, 0 } }, once, err) &&
        digest(DIGEST_SHA1, (struct bytes[]){ bytes_of(once, sizeof once), { NULL, 0 } }, twice,
               err) &&
        digest(DIGEST_SHA1,
               (struct bytes[]){ bytes_of(nonce, SCRAMBLE_LEN), bytes_of(twice, sizeof twice) },
               out, err);
    if (done)
        xor_into(out, once, sizeof once);
    explicit_bzero(once, sizeof once);
    explicit_bzero(twice, sizeof twice);
    return done;
}

bool scramble_sha2(struct bytes password, const uint8_t nonce[SCRAMBLE_LEN],
                   uint8_t out[SCRAMBLE_SHA2_SIZE], struct err *err)
{
    uint8_t once[SCRAMBLE_SHA2_SIZE];
    uint8_t twice[SCRAMBLE_SHA2_SIZE];
    bool done =
        digest(DIGEST_SHA256, (struct bytes[]){ password, { NULL, 0 } }, once, err) &&
        digest(DIGEST_SHA256, (struct bytes[]){ bytes_of(once, sizeof once), { NULL, 0 } }, twice,
               err) &&
        digest(DIGEST_SHA256,
               (struct bytes[]){ bytes_of(twice, sizeof twice), bytes_of(nonce, SCRAMBLE_LEN) },
               out, err);
    if (done)
        xor_into(out, once, sizeof once);
    explicit_bzero(once, sizeof once);
    explicit_bzero(twice, sizeof twice);
    return done;
}

/* SHA512 of up to three parts, reduced to a scalar. */
static void hash_to_scalar(const struct bytes parts[3], uint8_t scalar[32])
{
    uint8_t wide[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (unsigned i = 0; i < 3; i++)
        crypto_hash_sha512_update(&state, parts[i].data, parts[i].len);
    crypto_hash_sha512_final(&state, wide);
    crypto_core_ed25519_scalar_reduce(scalar, wide);
    explicit_bzero(wide, sizeof wide);
    explicit_bzero(&state, sizeof state);
}

/* The secret scalar, clamped in place, and its point: expanded = SHA512(password). */
static bool ed25519_key(uint8_t expanded[64], uint8_t public_key[32])
{
    expanded[0] &= 248;
    expanded[31] &= 63;
    expanded[31] |= 64;
    return crypto_scalarmult_ed25519_base_noclamp(public_key, expanded) == 0;
}

/* RFC 8032, 5.1.6: the first half of expanded is the secret scalar, the second the prefix that
 * makes r. */
static bool ed25519_sign(uint8_t expanded[64], struct bytes nonce, uint8_t signature[64])
{
    uint8_t public_key[32];
    uint8_t r[32];
    uint8_t k[32];
    if (!ed25519_key(expanded, public_key))
        return false;
    hash_to_scalar((struct bytes[]){ bytes_of(expanded + 32, 32), nonce, { NULL, 0 } }, r);
    bool done = crypto_scalarmult_ed25519_base_noclamp(signature, r) == 0;
    hash_to_scalar((struct bytes[]){ bytes_of(signature, 32), bytes_of(public_key, 32), nonce }, k);
    crypto_core_ed25519_scalar_mul(k, k, expanded);
    crypto_core_ed25519_scalar_add(signature + 32, k, r);
    explicit_bzero(r, sizeof r);
    explicit_bzero(k, sizeof k);
    return done;
}

bool scramble_ed25519(struct bytes password, struct bytes nonce, uint8_t out[SCRAMBLE_ED25519_SIZE],
                      struct err *err)
{
    uint8_t expanded[crypto_hash_sha512_BYTES];
    if (sodium_init() < 0)
        return err_set(err, ERR_UNSUPPORTED, "libsodium does not start, ed25519 needs it");
    crypto_hash_sha512(expanded, password.data, password.len);
    bool done = ed25519_sign(expanded, nonce, out);
    explicit_bzero(expanded, sizeof expanded);
    return done || err_set(err, ERR_UNSUPPORTED, "libsodium makes no ed25519 signature");
}

bool scramble_ed25519_public_key(struct bytes password, uint8_t out[32], struct err *err)
{
    uint8_t expanded[crypto_hash_sha512_BYTES];
    if (sodium_init() < 0)
        return err_set(err, ERR_UNSUPPORTED, "libsodium does not start, ed25519 needs it");
    crypto_hash_sha512(expanded, password.data, password.len);
    bool done = ed25519_key(expanded, out);
    explicit_bzero(expanded, sizeof expanded);
    return done || err_set(err, ERR_UNSUPPORTED, "libsodium makes no ed25519 key");
}

static EVP_PKEY *rsa_key(struct bytes pem, struct err *err)
{
    BIO *bio = pem.len > 0 && pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (key == NULL) {
        err_set(err, ERR_PROTOCOL, "the server's public key is no PEM public key");
        return NULL;
    }
    int bits = EVP_PKEY_get_bits(key);
    if (!EVP_PKEY_is_a(key, "RSA") || bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
        err_set(err, ERR_PROTOCOL, "the server's public key is not RSA of %d to %d bits",
                RSA_BITS_MIN, RSA_BITS_MAX);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static bool rsa_encrypt(EVP_PKEY *key, struct bytes secret, struct buf *out, struct err *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t size = (size_t)EVP_PKEY_get_size(key);
    uint8_t *room = buf_reserve(out, size);
    bool done = ctx != NULL && room != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_encrypt(ctx, room, &size, secret.data, secret.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!done)
        return err_set(err, ERR_CONFIG,
                       "the password of %zu bytes does not fit the server's RSA key: "
                       "use TLS, or a shorter password",
                       secret.len - 1);
    out->len += size;
    return true;
}

bool scramble_rsa(const struct scramble_rsa *in, struct buf *out, struct err *err)
{
    uint8_t secret[SECRET_MAX];
    size_t len = in->password.len + 1;
    if (len > sizeof secret)
        return err_set(err, ERR_CONFIG, "a password of %zu bytes is too long", in->password.len);
    EVP_PKEY *key = rsa_key(in->pem, err);
    if (key == NULL)
        return false;
    memcpy(secret, in->password.data, len - 1);
    secret[len - 1] = 0;
    for (size_t i = 0; i < len; i++)
        secret[i] ^= in->nonce[i % SCRAMBLE_LEN];
    bool done = rsa_encrypt(key, bytes_of(secret, len), out, err);
    explicit_bzero(secret, sizeof secret);
    EVP_PKEY_free(key);
    return done;
}

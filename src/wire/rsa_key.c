/* rsa_key.c - RSA by OpenSSL. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/rsa_key.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include "base/memory.h"

struct rsa_key {
    EVP_PKEY *pkey;
    struct buf public_pem;
};

enum { PEM_MAX = 16 * 1024 };

static bool pem_take(BIO *bio, struct buf *out)
{
    const char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    if (len > 0)
        buf_append(out, text, (size_t)len);
    return len > 0 && !out->failed;
}

static bool key_wrap(EVP_PKEY *pkey, struct rsa_key **out, struct err *err)
{
    AUTO(rsa_key) key = memory_new(sizeof *key);
    key->pkey = pkey;
    buf_init(&key->public_pem, PEM_MAX);
    BIO *bio = BIO_new(BIO_s_mem());
    bool done = bio != NULL && EVP_PKEY_is_a(pkey, "RSA") &&
                (size_t)EVP_PKEY_get_size(pkey) <= RSA_KEY_SIZE_MAX &&
                PEM_write_bio_PUBKEY(bio, pkey) == 1 && pem_take(bio, &key->public_pem);
    BIO_free(bio);
    if (!done)
        return err_set(err, ERR_CONFIG, "it is no RSA key of at most %d bits",
                       RSA_KEY_SIZE_MAX * 8);
    *out = key;
    key = NULL;
    return true;
}

bool rsa_key_make(struct rsa_key **out, struct err *err)
{
    EVP_PKEY *pkey = EVP_RSA_gen(RSA_KEY_BITS);
    ERR_clear_error();
    if (pkey == NULL)
        return err_set(err, ERR_UNSUPPORTED, "OpenSSL makes no RSA key of %d bits", RSA_KEY_BITS);
    return key_wrap(pkey, out, err);
}

bool rsa_key_read(struct bytes private_pem, struct rsa_key **out, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(private_pem.data, (int)private_pem.len);
    EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (pkey == NULL)
        return err_set(err, ERR_CONFIG, "it holds no private key (PEM)");
    return key_wrap(pkey, out, err);
}

void rsa_key_free(struct rsa_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    buf_clear(&key->public_pem);
    free(key);
}

bool rsa_key_print(const struct rsa_key *key, struct buf *private_pem, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool done = bio != NULL &&
                PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
                pem_take(bio, private_pem);
    BIO_free(bio);
    return done || err_set(err, ERR_UNSUPPORTED, "OpenSSL does not print its own RSA key");
}

struct bytes rsa_key_public_pem(const struct rsa_key *key)
{
    return buf_bytes(&key->public_pem);
}

bool rsa_key_decrypt(const struct rsa_key *key, struct bytes cipher,
                     uint8_t plain[RSA_KEY_SIZE_MAX], size_t *len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    size_t got = RSA_KEY_SIZE_MAX;
    bool done = ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_decrypt(ctx, plain, &got, cipher.data, cipher.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    if (done)
        *len = got;
    return done;
}

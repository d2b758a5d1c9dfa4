/* test_scramble.c - what each plugin sends for a password, against values computed elsewhere from
 * the published formulas; RSA by decrypting again. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/scramble.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include "unit.h"

static const uint8_t nonce[32] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                   17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 };

static const char *hex(const uint8_t *data, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", data[i]);
    return text;
}

TEST(scramble, native_is_as_published)
{
    uint8_t out[SCRAMBLE_NATIVE_SIZE];
    char text[2 * sizeof out + 1];
    struct err err;
    CHECK_OK(scramble_native(bytes_of_str("secret"), nonce, out, &err), err);
    CHECK_STR(hex(out, sizeof out, text), "b32bb3a583e1340c0a1108d58b1be49781ad8c2f");
}

TEST(scramble, sha2_is_as_published)
{
    uint8_t out[SCRAMBLE_SHA2_SIZE];
    char text[2 * sizeof out + 1];
    struct err err;
    CHECK_OK(scramble_sha2(bytes_of_str("secret"), nonce, out, &err), err);
    CHECK_STR(hex(out, sizeof out, text),
              "746ebe205d56a0707acb3e796e834e0dd7b1d61743b26bd5202c7a623230c7c9");
}

TEST(scramble, ed25519_signs_with_a_password_of_any_length)
{
    uint8_t out[SCRAMBLE_ED25519_SIZE];
    char text[2 * sizeof out + 1];
    struct err err;
    CHECK_OK(scramble_ed25519(bytes_of_str("secret"), bytes_of(nonce, 32), out, &err), err);
    CHECK_STR(hex(out, sizeof out, text),
              "60a0f4f8bcb6396043e44b2a25521af16f0815ff6369cc541c281e2c4455c823"
              "2b79b21ee5bb933507725db2f2919ea09e676f6abee19c5c7b98b40a627a9707");
    CHECK_OK(scramble_ed25519(bytes_of_str("a password of more than thirty-two bytes"),
                              bytes_of(nonce, 32), out, &err),
             err);
    CHECK_STR(hex(out, sizeof out, text),
              "ae5f79c6e2bd53900ba746cb618fc1246637605b4ac7593c094fe769d29d158b"
              "edcb8d67560fd31ea03ceff718d29e3ca055adb113da4c516321e09d33da6a0e");
}

/* A fresh key pair; its public half as PEM in text. */
static EVP_PKEY *make_key(unsigned bits, char *text, size_t size)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    int n = BIO_read(bio, text, (int)size - 1);
    text[n] = 0;
    BIO_free(bio);
    return key;
}

TEST(scramble, rsa_gives_back_the_password_to_who_has_the_key)
{
    char pem[4096];
    uint8_t plain[512];
    size_t plain_len = sizeof plain;
    struct buf out;
    struct err err;
    buf_init(&out, 4096);
    EVP_PKEY *key = make_key(2048, pem, sizeof pem);
    struct scramble_rsa in = { bytes_of_str("a password of more than twenty bytes"), nonce,
                               bytes_of_str(pem) };
    CHECK_OK(scramble_rsa(&in, &out, &err), err);
    CHECK(out.len == 256);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    CHECK(EVP_PKEY_decrypt_init(ctx) == 1 &&
          EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
          EVP_PKEY_decrypt(ctx, plain, &plain_len, out.data, out.len) == 1);
    CHECK(plain_len == in.password.len + 1);
    for (size_t i = 0; i < plain_len; i++)
        plain[i] ^= nonce[i % SCRAMBLE_LEN];
    CHECK(memcmp(plain, "a password of more than twenty bytes", plain_len) == 0);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    buf_clear(&out);
}

TEST(scramble, rsa_refuses_what_is_no_sound_key)
{
    char pem[4096];
    struct buf out;
    struct err err;
    buf_init(&out, 4096);
    EVP_PKEY_free(make_key(1024, pem, sizeof pem));
    const char *const bad[] = { "", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n",
                                pem };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct scramble_rsa in = { bytes_of_str("pw"), nonce, bytes_of_str(bad[i]) };
        CHECK(!scramble_rsa(&in, &out, &err));
        CHECK(err.code == ERR_PROTOCOL);
    }
    CHECK(out.len == 0);
    buf_clear(&out);
}

TEST(scramble, rsa_says_when_the_password_is_too_long_for_the_key)
{
    char pem[4096];
    char password[300];
    struct buf out;
    struct err err;
    buf_init(&out, 4096);
    memset(password, 'x', sizeof password);
    EVP_PKEY_free(make_key(2048, pem, sizeof pem));
    struct scramble_rsa in = { bytes_of(password, sizeof password), nonce, bytes_of_str(pem) };
    CHECK(!scramble_rsa(&in, &out, &err));
    CHECK(err.code == ERR_CONFIG);
    buf_clear(&out);
}

UNIT_MAIN(RUN(scramble, native_is_as_published), RUN(scramble, sha2_is_as_published),
          RUN(scramble, ed25519_signs_with_a_password_of_any_length),
          RUN(scramble, rsa_gives_back_the_password_to_who_has_the_key),
          RUN(scramble, rsa_refuses_what_is_no_sound_key),
          RUN(scramble, rsa_says_when_the_password_is_too_long_for_the_key))

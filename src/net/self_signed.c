/* self_signed.c - see self_signed.h. */
// SPDX-License-Identifier: Apache-2.0
#include "net/self_signed.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { GOOD_FOR_S = 3650 * 86400, BACK_DATED_S = 86400, HOST_MAX = 64 };

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool done = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

static bool set_names(X509 *cert, const char *host)
{
    char names[HOST_MAX + 64];
    X509_NAME *name = X509_get_subject_name(cert);
    snprintf(names, sizeof names, "DNS:%.*s,DNS:localhost,IP:127.0.0.1", HOST_MAX, host);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 &&
           add_extension(cert, NID_subject_alt_name, names) &&
           add_extension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *host)
{
    uint64_t serial = 0;
    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           X509_set_version(cert, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -BACK_DATED_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), GOOD_FOR_S) != NULL &&
           X509_set_pubkey(cert, key) == 1 && set_names(cert, host) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

static bool take(BIO *bio, int written, struct buf *out)
{
    const char *text = NULL;
    long len = bio == NULL ? 0 : BIO_get_mem_data(bio, &text);
    if (written == 1 && len > 0)
        buf_append(out, text, (size_t)len);
    BIO_free(bio);
    return written == 1 && len > 0 && !out->failed;
}

static bool print(X509 *cert, EVP_PKEY *key, struct buf *cert_pem, struct buf *key_pem)
{
    BIO *text = BIO_new(BIO_s_mem());
    BIO *secret = BIO_new(BIO_s_secmem());
    int wrote_cert = text == NULL ? 0 : PEM_write_bio_X509(text, cert);
    int wrote_key =
        secret == NULL ? 0 : PEM_write_bio_PKCS8PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL);
    bool has_cert = take(text, wrote_cert, cert_pem);
    bool has_key = take(secret, wrote_key, key_pem);
    return has_cert && has_key;
}

bool self_signed_make(const char *host, struct buf *cert_pem, struct buf *key_pem, struct err *err)
{
    char name[HOST_MAX + 1];
    snprintf(name, sizeof name, "%s", host);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    bool done =
        key != NULL && cert != NULL && fill(cert, key, name) && print(cert, key, cert_pem, key_pem);
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return done || err_set(err, ERR_UNSUPPORTED,
                           "OpenSSL makes no certificate: give one with --tls-cert and --tls-key");
}

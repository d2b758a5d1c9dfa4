/* tls_server.c - see tls_server.h. */
// SPDX-License-Identifier: Apache-2.0
#include "net/tls_server.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include "base/memory.h"
#include "net/tls_internal.h"

struct tls_server {
    SSL_CTX *ctx;
    uint8_t digest[SHA256_SIZE];
};

static bool bad_file(const char *option, const char *path, struct err *err)
{
    char text[128];
    return err_set(err, ERR_CONFIG, "%s '%s' cannot be used: %s", option, path,
                   tls_reason(text, sizeof text));
}

static bool set_up(struct tls_server *server, const char *cert_path, const char *key_path,
                   struct err *err)
{
    unsigned len = SHA256_SIZE;
    server->ctx = SSL_CTX_new(TLS_server_method());
    if (server->ctx == NULL || SSL_CTX_set_min_proto_version(server->ctx, TLS1_2_VERSION) != 1)
        return bad_file("TLS", "server", err);
    SSL_CTX_set_options(server->ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(server->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
    /* A session per login, none kept: a thousand idle replicas would fill the cache. */
    SSL_CTX_set_session_cache_mode(server->ctx, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_use_certificate_chain_file(server->ctx, cert_path) != 1)
        return bad_file("the certificate", cert_path, err);
    if (SSL_CTX_use_PrivateKey_file(server->ctx, key_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(server->ctx) != 1)
        return bad_file("the private key", key_path, err);
    if (X509_digest(SSL_CTX_get0_certificate(server->ctx), EVP_sha256(), server->digest, &len) != 1)
        return bad_file("the certificate", cert_path, err);
    return true;
}

bool tls_server_open(const char *cert_path, const char *key_path, struct tls_server **out,
                     struct err *err)
{
    AUTO(tls_server) server = memory_new(sizeof *server);
    ERR_clear_error();
    if (!set_up(server, cert_path, key_path, err))
        return false;
    *out = server;
    server = NULL;
    return true;
}

void tls_server_free(struct tls_server *server)
{
    if (server == NULL)
        return;
    SSL_CTX_free(server->ctx);
    free(server);
}

bool tls_server_accept(const struct tls_server *server, int fd, struct tls **out, struct err *err)
{
    return tls_new_accepting(server->ctx, fd, out, err);
}

const uint8_t *tls_server_digest(const struct tls_server *server)
{
    return server->digest;
}

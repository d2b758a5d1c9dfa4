/* tls.c - OpenSSL behind four verbs. The BIO is our own, since OpenSSL's socket BIO raises SIGPIPE
 * on a connection that is gone. */
// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "base/memory.h"
#include "net/tls_internal.h"

enum { READ_AHEAD = 128 * 1024 };

struct tls {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

const char *tls_reason(char *text, size_t size)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    if (code != 0 && ERR_SYSTEM_ERROR(code))
        reason = strerror_r(ERR_GET_REASON(code), text, size);
    ERR_clear_error();
    return reason == NULL ? "no reason given" : reason;
}

static bool tls_bad_option(const char *option, const char *value, struct err *err)
{
    char text[128];
    return err_set(err, ERR_CONFIG, "%s '%s' cannot be used: %s", option, value,
                   tls_reason(text, sizeof text));
}

/* ---- our BIO ---- */

static int bio_done(BIO *bio, ssize_t n)
{
    BIO_clear_retry_flags(bio);
    return n < 0 ? -1 : (int)n;
}

static int bio_read(BIO *bio, char *data, int size)
{
    const struct tls *tls = BIO_get_data(bio);
    ssize_t n = recv(tls->fd, data, (size_t)size, 0);
    int done = bio_done(bio, n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return done;
}

static int bio_write(BIO *bio, const char *data, int size)
{
    const struct tls *tls = BIO_get_data(bio);
    ssize_t n = send(tls->fd, data, (size_t)size, MSG_NOSIGNAL);
    int done = bio_done(bio, n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return done;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* One for the process: OpenSSL numbers them, and has few numbers. */
static BIO_METHOD *method;

static void make_method(void)
{
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made != NULL && BIO_meth_set_read(made, bio_read) == 1 &&
        BIO_meth_set_write(made, bio_write) == 1 && BIO_meth_set_ctrl(made, bio_ctrl) == 1)
        method = made;
}

static bool tls_attach(struct tls *tls)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    BIO *bio = method == NULL ? NULL : BIO_new(method);
    if (bio == NULL)
        return false;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    return true;
}

/* ---- options ---- */

static int tls_version_number(const char *name, size_t len)
{
    if (len == 7 && strncasecmp(name, "TLSv1.2", len) == 0)
        return TLS1_2_VERSION;
    if (len == 7 && strncasecmp(name, "TLSv1.3", len) == 0)
        return TLS1_3_VERSION;
    return 0;
}

/* "TLSv1.2,TLSv1.3": the least and the greatest named. */
static bool tls_set_versions(struct tls *tls, const char *list, struct err *err)
{
    int least = TLS1_2_VERSION;
    int most = 0;
    for (const char *at = list; at != NULL && *at != 0;) {
        size_t len = strcspn(at, ",");
        int number = tls_version_number(at, len);
        if (number == 0)
            return err_set(err, ERR_CONFIG,
                           "tls-version '%s': only TLSv1.2 and TLSv1.3 can be used", list);
        least = most == 0 || number < least ? number : least;
        most = number > most ? number : most;
        at += len + (at[len] == ',');
    }
    return (SSL_CTX_set_min_proto_version(tls->ctx, least) == 1 &&
            SSL_CTX_set_max_proto_version(tls->ctx, most) == 1) ||
           tls_bad_option("tls-version", list, err);
}

static bool tls_set_own_certificate(struct tls *tls, const struct source_address *a,
                                    struct err *err)
{
    if (a->ssl_cert == NULL && a->ssl_key == NULL)
        return true;
    if (a->ssl_cert == NULL || a->ssl_key == NULL)
        return err_set(err, ERR_CONFIG, "ssl-cert and ssl-key go together, one is missing");
    if (SSL_CTX_use_certificate_chain_file(tls->ctx, a->ssl_cert) != 1)
        return tls_bad_option("ssl-cert", a->ssl_cert, err);
    if (SSL_CTX_use_PrivateKey_file(tls->ctx, a->ssl_key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(tls->ctx) != 1)
        return tls_bad_option("ssl-key", a->ssl_key, err);
    return true;
}

static bool tls_set_trust(struct tls *tls, const struct source_address *a, struct err *err)
{
    if (a->ssl_mode < SSL_MODE_VERIFY_CA) {
        SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_NONE, NULL);
        return true;
    }
    SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
    if (a->ssl_ca != NULL && SSL_CTX_load_verify_file(tls->ctx, a->ssl_ca) != 1)
        return tls_bad_option("ssl-ca", a->ssl_ca, err);
    if (a->ssl_capath != NULL && SSL_CTX_load_verify_dir(tls->ctx, a->ssl_capath) != 1)
        return tls_bad_option("ssl-capath", a->ssl_capath, err);
    if (a->ssl_ca != NULL || a->ssl_capath != NULL)
        return true;
    if (a->ssl_mode == SSL_MODE_VERIFY_CA) /* any holder of a public certificate would pass */
        return err_set(err, ERR_CONFIG,
                       "ssl-mode=VERIFY_CA needs ssl-ca or ssl-capath: whom should it trust?");
    return SSL_CTX_set_default_verify_paths(tls->ctx) == 1 ||
           tls_bad_option("ssl-ca", "(of the system)", err);
}

static bool tls_set_identity(struct tls *tls, const struct source_address *a, struct err *err)
{
    const char *host = a->socket_path != NULL ? "localhost" : a->host;
    unsigned char address[sizeof(struct in6_addr)];
    bool numeric =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    bool done = numeric || SSL_ctrl(tls->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                    TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host) == 1;
    if (a->ssl_mode == SSL_MODE_VERIFY_IDENTITY) {
        X509_VERIFY_PARAM *param = SSL_get0_param(tls->ssl);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        done = done && (numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1
                                : X509_VERIFY_PARAM_set1_host(param, host, 0) == 1);
    }
    return done || tls_bad_option("host name", host, err);
}

static bool tls_set_up(struct tls *tls, const struct source_address *a, struct err *err)
{
    tls->ctx = SSL_CTX_new(TLS_client_method());
    if (tls->ctx == NULL)
        return tls_bad_option("TLS", "client", err);
    SSL_CTX_set_options(tls->ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                      SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(tls->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(tls->ctx, 1);
    SSL_CTX_set_default_read_buffer_len(tls->ctx, READ_AHEAD);
    if (!tls_set_versions(tls, a->tls_version, err) || !tls_set_trust(tls, a, err) ||
        !tls_set_own_certificate(tls, a, err))
        return false;
    if (a->ssl_cipher != NULL && SSL_CTX_set_cipher_list(tls->ctx, a->ssl_cipher) != 1)
        return tls_bad_option("ssl-cipher", a->ssl_cipher, err);
    tls->ssl = SSL_new(tls->ctx);
    if (tls->ssl == NULL || !tls_attach(tls))
        return tls_bad_option("TLS", "session", err);
    SSL_set_connect_state(tls->ssl);
    return tls_set_identity(tls, a, err);
}

bool tls_new(const struct source_address *address, int fd, struct tls **out, struct err *err)
{
    struct tls *tls = memory_new(sizeof *tls);
    tls->fd = fd;
    ERR_clear_error();
    if (!tls_set_up(tls, address, err)) {
        tls_free(tls);
        return false;
    }
    *out = tls;
    return true;
}

bool tls_new_accepting(SSL_CTX *ctx, int fd, struct tls **out, struct err *err)
{
    struct tls *tls = memory_new(sizeof *tls);
    tls->fd = fd;
    ERR_clear_error();
    if (SSL_CTX_up_ref(ctx) == 1)
        tls->ctx = ctx;
    tls->ssl = SSL_new(ctx);
    if (tls->ssl == NULL || !tls_attach(tls)) {
        tls_free(tls);
        return err_set(err, ERR_SYSTEM, "OpenSSL starts no TLS session");
    }
    SSL_set_accept_state(tls->ssl);
    *out = tls;
    return true;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl); /* and the BIO */
    SSL_CTX_free(tls->ctx);
    free(tls);
}

/* ---- the four verbs ---- */

/* What a call that did not succeed came to. */
static bool tls_outcome(struct tls *tls, int returned, enum tls_result *result, struct err *err)
{
    int saved = errno;
    char text[128];
    switch (SSL_get_error(tls->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        *result = TLS_WANTS_READ;
        return true;
    case SSL_ERROR_WANT_WRITE:
        *result = TLS_WANTS_WRITE;
        return true;
    case SSL_ERROR_ZERO_RETURN:
        *result = TLS_CLOSED;
        return true;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        errno = saved;
        if (saved != 0)
            return err_sys(err, "the connection broke");
        *result = TLS_CLOSED;
        return true;
    default:
        return err_set(err, ERR_PROTOCOL, "TLS: %s", tls_reason(text, sizeof text));
    }
}

bool tls_handshake(struct tls *tls, enum tls_result *result, struct err *err)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_do_handshake(tls->ssl);
    if (n == 1) {
        *result = TLS_OK;
        return true;
    }
    long verified = SSL_get_verify_result(tls->ssl);
    if (tls_outcome(tls, n, result, err))
        return true;
    if (err->code == ERR_PROTOCOL && verified != X509_V_OK)
        return err_set(err, ERR_CONFIG,
                       "the server's certificate is refused: %s: check ssl-ca, and that the "
                       "certificate is for this host",
                       X509_verify_cert_error_string(verified));
    return false;
}

bool tls_read(struct tls *tls, void *data, size_t size, size_t *got, enum tls_result *result,
              struct err *err)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_read_ex(tls->ssl, data, size, got);
    if (n == 1) {
        *result = TLS_OK;
        return true;
    }
    return tls_outcome(tls, n, result, err);
}

bool tls_write(struct tls *tls, const void *data, size_t size, size_t *done,
               enum tls_result *result, struct err *err)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_write_ex(tls->ssl, data, size, done);
    if (n == 1) {
        *result = TLS_OK;
        return true;
    }
    return tls_outcome(tls, n, result, err);
}

bool tls_has_pending(const struct tls *tls)
{
    return SSL_has_pending(tls->ssl) == 1;
}

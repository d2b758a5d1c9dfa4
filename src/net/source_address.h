/* source_address.h - how to reach a source: host, port, account, TLS. Filled by config from URI and
 * options. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum ssl_mode {
    SSL_MODE_DISABLED,
    SSL_MODE_PREFERRED,
    SSL_MODE_REQUIRED,
    SSL_MODE_VERIFY_CA,
    SSL_MODE_VERIFY_IDENTITY
};

struct source_address {
    const char *host;        /* name or address; with socket_path set: unused */
    const char *socket_path; /* unix socket, or NULL */
    uint16_t port;
    const char *user;
    const char *password; /* never logged; "" is a password */
    enum ssl_mode ssl_mode;
    const char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher,
        *tls_version;                   /* NULL: unset */
    const char *server_public_key_path; /* caching_sha2 without TLS; NULL: unset */
    bool get_server_public_key;         /* ask the server for it: only safe on trusted networks */
    unsigned connect_timeout_ms;
};

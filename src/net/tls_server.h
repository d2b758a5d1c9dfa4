/* tls_server.h - our certificate and key, and TLS sessions that show them. At least TLS 1.2; no
 * client certificates are asked for: accounts have passwords. A session keeps what it was started
 * with, so that a new certificate can take the old one's place at any time. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "net/tls.h"
#include "wire/digest.h"

struct tls_server;
/* ERR_CONFIG says which file is wrong. */
bool tls_server_open(const char *cert_path, const char *key_path, struct tls_server **out,
                     struct err *err) MUST_CHECK;
void tls_server_free(struct tls_server *server); /* NULL is allowed */
AUTO_DEFINE(tls_server);
bool tls_server_accept(const struct tls_server *server, int fd, struct tls **out,
                       struct err *err) MUST_CHECK;
/* SHA-256 of the certificate (DER), SHA256_SIZE bytes: what MariaDB's replicas compare. */
const uint8_t *tls_server_digest(const struct tls_server *server);

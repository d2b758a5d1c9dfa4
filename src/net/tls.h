/* tls.h - TLS over a non-blocking socket, fail-closed: at least TLS 1.2, and what an ssl-mode
 * demands holds before a credential is sent.
 *
 *   DISABLED        none
 *   PREFERRED       when the server offers it, else in the clear; certificates are not checked
 *                   (over a unix socket: none)
 *   REQUIRED        TLS or nothing; certificates are not checked
 *   VERIFY_CA       and the certificate chains up to ssl_ca / ssl_capath
 *   VERIFY_IDENTITY and it is for the host name or address dialled; without ssl_ca the system's CAs
 *
 * No renegotiation, no compression. One thread per struct tls. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "base/macros.h"
#include "net/source_address.h"

struct tls;

/* Reads keys and certificates; ERR_CONFIG says which option is wrong. fd stays the caller's. */
bool tls_new(const struct source_address *address, int fd, struct tls **out,
             struct err *err) MUST_CHECK;
void tls_free(struct tls *tls); /* NULL is allowed */
AUTO_DEFINE(tls);

enum tls_result { TLS_OK, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_CLOSED };

/* One step each; on false err says why. Try again once the socket is ready as *result says. */
bool tls_handshake(struct tls *tls, enum tls_result *result, struct err *err) MUST_CHECK;
bool tls_read(struct tls *tls, void *data, size_t size, size_t *got, enum tls_result *result,
              struct err *err) MUST_CHECK;
bool tls_write(struct tls *tls, const void *data, size_t size, size_t *done,
               enum tls_result *result, struct err *err) MUST_CHECK;
bool tls_has_pending(const struct tls *tls); /* a read would give bytes without the socket */

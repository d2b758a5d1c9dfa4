/* tls_internal.h - what the client's and the server's side of TLS share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/ssl.h>
#include "net/tls.h"

/* The server's side over an accepted socket; the context is kept as long as the session. */
bool tls_new_accepting(SSL_CTX *ctx, int fd, struct tls **out, struct err *err) MUST_CHECK;
/* The first OpenSSL error, which is the cause, as a sentence's end; the queue is emptied. */
const char *tls_reason(char *text, size_t size);

/* certificate.h - what the port shows: the user's certificate, or one of our own in DATA, and the
 * RSA key for passwords sent without TLS. Files in DATA are mode 0600, made when they are missing:
 * listen-cert.pem, listen-key.pem (a self-signed pair), listen-rsa.pem. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "net/tls_server.h"
#include "wire/rsa_key.h"

struct certificate_options {
    const char *data_dir;
    const char *cert_path; /* both NULL: our own */
    const char *key_path;
};
bool certificate_load(const struct certificate_options *options, struct tls_server **out,
                      struct err *err) MUST_CHECK;
bool certificate_load_rsa(const char *data_dir, struct rsa_key **out, struct err *err) MUST_CHECK;

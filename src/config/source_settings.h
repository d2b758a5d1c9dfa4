/* source_settings.h - how to reach the source, put together from --source and the options beside
 * it.
 *
 * A part that the URI says and an option of a higher rank says too: the option counts. Of equal
 * rank: they must agree, else it is an error that names both. The same struct as net's
 * source_address, which this layer does not see. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "config/options.h"

struct source_settings {
    const char *host;        /* NULL with a socket; texts live as long as the options */
    const char *socket_path; /* or NULL */
    uint16_t port;
    const char *user;
    const char *password; /* "" when there is none */
    unsigned ssl_mode;    /* index of options.def's words */
    const char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher, *tls_version;
    const char *server_public_key_path;
    bool get_server_public_key;
    uint64_t connect_timeout_us;
};

/* Merges, reads --source-password-file, and asks on the terminal where a password is wanted: for
 * --source-password without a value, and when a user but no password is known and standard input is
 * a terminal. Changes the options: parts of the URI become their values. */
bool source_settings_resolve(struct options *options, struct source_settings *out,
                             struct err *err) MUST_CHECK;

/* source.c - config's settings copied into net's struct: config may not see net. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/source.h"
#include <assert.h>
#include "base/log.h"
#include "config/source_settings.h"

/* options.def lists the words of --ssl-mode in the order of enum ssl_mode. */
static_assert(SSL_MODE_DISABLED == 0 && SSL_MODE_PREFERRED == 1 && SSL_MODE_REQUIRED == 2 &&
                  SSL_MODE_VERIFY_CA == 3 && SSL_MODE_VERIFY_IDENTITY == 4,
              "the words of --ssl-mode follow enum ssl_mode");

bool source_address_from(struct options *options, struct source_address *out, struct err *err)
{
    struct source_settings settings;
    if (!source_settings_resolve(options, &settings, err))
        return false;
    for (unsigned i = 0; i < options->warnings.count; i++)
        log_warning("%s", options->warnings.items[i]);
    options->warnings.count = 0;
    *out = (struct source_address){
        .host = settings.host,
        .socket_path = settings.socket_path,
        .port = settings.port,
        .user = settings.user,
        .password = settings.password,
        .ssl_mode = (enum ssl_mode)settings.ssl_mode,
        .ssl_ca = settings.ssl_ca,
        .ssl_capath = settings.ssl_capath,
        .ssl_cert = settings.ssl_cert,
        .ssl_key = settings.ssl_key,
        .ssl_cipher = settings.ssl_cipher,
        .tls_version = settings.tls_version,
        .server_public_key_path = settings.server_public_key_path,
        .get_server_public_key = settings.get_server_public_key,
        .connect_timeout_ms = (unsigned)(settings.connect_timeout_us / 1000),
    };
    return true;
}

bool filter_add_options(struct filter *filter, const struct options *options, struct err *err)
{
    for (unsigned i = 0; i < options->include.count; i++)
        if (!filter_include(filter, options->include.items[i], err))
            return err_wrap(err, "--include");
    for (unsigned i = 0; i < options->exclude.count; i++)
        if (!filter_exclude(filter, options->exclude.items[i], err))
            return err_wrap(err, "--exclude");
    return true;
}

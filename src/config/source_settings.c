/* source_settings.c - the URI's parts become options of the URI's own rank, then the options are
 * read off. */
// SPDX-License-Identifier: Apache-2.0
#include "config/source_settings.h"
#include <string.h>
#include <unistd.h>
#include "config/secret.h"
#include "config/uri.h"

static struct origin origin_of(const struct options *options, enum option_index index)
{
    return options->origins[index];
}

/* Sets an option from a part of the URI, unless the option itself was given with a higher rank. */
static bool set_part(struct options *options, enum option_index index, const char *text,
                     struct err *err)
{
    char name[OPTION_NAME_MAX];
    struct origin uri = origin_of(options, OPTION_INDEX_source);
    const struct option *row = &option_rows[index];
    struct buf before;
    struct buf after;
    bool given = origin_of(options, index).rank == uri.rank;
    buf_init(&before, 1 << 16);
    buf_init(&after, 1 << 16);
    option_print(options, row, &before);
    bool ok = option_set(options, row, text, uri, err);
    option_print(options, row, &after);
    if (ok && given &&
        (row->type == OPTION_TYPE_secret || !bytes_equal(buf_bytes(&before), buf_bytes(&after))))
        ok = err_set(err, ERR_CONFIG, "--source and --%s both say it: leave one out",
                     option_name(row, name));
    buf_clear(&before);
    buf_clear(&after);
    return ok;
}

/* Host, port and socket are one thing: a URI that says where also clears what a lower rank said. */
static void forget_place(struct options *options)
{
    static const enum option_index places[] = { OPTION_INDEX_source_host, OPTION_INDEX_source_port,
                                                OPTION_INDEX_source_socket };
    enum origin_rank uri = origin_of(options, OPTION_INDEX_source).rank;
    for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
        if (origin_of(options, places[i]).rank >= uri)
            continue;
        if (places[i] == OPTION_INDEX_source_host)
            options->source_host = NULL;
        if (places[i] == OPTION_INDEX_source_socket)
            options->source_socket = NULL;
        if (places[i] == OPTION_INDEX_source_port)
            options->source_port = 3306;
    }
}

static bool set_parameter(struct options *options, const struct uri_parameter *parameter,
                          struct err *err)
{
    char suggestion[64];
    const struct option *row = option_find(parameter->key);
    if (row == NULL || row->section != OPTION_SECTION_SOURCE ||
        row == &option_rows[OPTION_INDEX_source] || row->type == OPTION_TYPE_secret)
        return err_set(err, ERR_CONFIG, "unknown parameter %s%s", parameter->key,
                       option_suggest(parameter->key, UINT32_MAX, suggestion));
    return set_part(options, (enum option_index)(row - option_rows), parameter->value, err) ||
           err_wrap(err, "parameter %s", parameter->key);
}

static bool spread_uri(struct options *options, struct err *err)
{
    struct uri uri;
    if (!uri_parse(options->source, &options->arena, &uri, err))
        return false;
    const char *port = uri.port != 0 ? arena_printf(&options->arena, "%u", uri.port) : NULL;
    const struct {
        enum option_index index;
        const char *text;
    } parts[] = {
        { OPTION_INDEX_source_host, uri.host },         { OPTION_INDEX_source_port, port },
        { OPTION_INDEX_source_socket, uri.socket },     { OPTION_INDEX_source_user, uri.user },
        { OPTION_INDEX_source_password, uri.password },
    };
    if (uri.host != NULL || uri.socket != NULL)
        forget_place(options);
    for (unsigned i = 0; i < ARRAY_COUNT(parts); i++)
        if (parts[i].text != NULL && !set_part(options, parts[i].index, parts[i].text, err))
            return false;
    for (unsigned i = 0; i < uri.parameter_count; i++)
        if (!set_parameter(options, &uri.parameters[i], err))
            return false;
    return true;
}

static bool read_password_file(struct options *options, struct err *err)
{
    bool readable_by_all = false;
    const char *path = options->source_password_file;
    if (!secret_read_file(path, &options->arena, &options->source_password, &readable_by_all, err))
        return false;
    if (readable_by_all)
        text_list_add(&options->warnings,
                      arena_printf(&options->arena,
                                   "password file %s may be read by everyone: chmod 600 %s", path,
                                   path),
                      &options->arena);
    return true;
}

static bool find_password(struct options *options, struct err *err)
{
    enum origin_rank word = origin_of(options, OPTION_INDEX_source_password).rank;
    enum origin_rank file = origin_of(options, OPTION_INDEX_source_password_file).rank;
    if (options->source_password_file != NULL && word > ORIGIN_DEFAULT && word == file)
        return err_set(err, ERR_CONFIG,
                       "--source-password and --source-password-file both say it: leave one out");
    if (options->source_password_file != NULL && file > word)
        return read_password_file(options, err);
    bool known = word > ORIGIN_DEFAULT;
    if (options->prompt_password ||
        (!known && isatty(STDIN_FILENO) && options->source_user != NULL))
        return secret_prompt(arena_printf(&options->arena, "Password of %s on the source: ",
                                          options->source_user != NULL ? options->source_user : ""),
                             &options->arena, &options->source_password, err);
    return true;
}

bool source_settings_resolve(struct options *options, struct source_settings *out, struct err *err)
{
    if (options->source != NULL && !spread_uri(options, err))
        return err_wrap(err, "--source");
    if (options->source_socket != NULL && options->source_host != NULL &&
        origin_of(options, OPTION_INDEX_source_host).rank >=
            origin_of(options, OPTION_INDEX_source_socket).rank)
        options->source_socket = NULL;
    if (options->source_socket == NULL && options->source_host == NULL)
        return err_set(err, ERR_CONFIG,
                       "no source: say --source=mysql://USER@HOST:PORT/ (see --help)");
    if (options->source_user == NULL)
        return err_set(err, ERR_CONFIG,
                       "no user for the source: say --source=mysql://USER@HOST:PORT/ or "
                       "--source-user");
    if (!find_password(options, err))
        return false;
    *out = (struct source_settings){
        .host = options->source_socket == NULL ? options->source_host : NULL,
        .socket_path = options->source_socket,
        .port = (uint16_t)options->source_port,
        .user = options->source_user,
        .password = options->source_password != NULL ? options->source_password : "",
        .ssl_mode = options->ssl_mode,
        .ssl_ca = options->ssl_ca,
        .ssl_capath = options->ssl_capath,
        .ssl_cert = options->ssl_cert,
        .ssl_key = options->ssl_key,
        .ssl_cipher = options->ssl_cipher,
        .tls_version = options->tls_version,
        .server_public_key_path = options->server_public_key_path,
        .get_server_public_key = options->get_server_public_key,
        .connect_timeout_us = options->connect_timeout,
    };
    return true;
}

/* followed.c - an address and its file; one table says where each text is kept, in the file and in
 * a CHANGE. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include "node/followed.h"
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/files.h"
#include "base/log.h"

static const char file_name[] = "source.json";

enum {
    TEXT_MAX = 4096,
    TEXTS_MAX = 64 * 1024,
    VERSION = 1,
    DEFAULT_PORT = 3306,
    CONNECT_TIMEOUT_MS = 10000,
};

static const struct kept_text {
    const char *key;
    size_t offset;
    enum session_change item;
    bool is_optional; /* "" is none of it */
} kept_texts[] = {
#define KEPT(member, item, is_optional)                                                            \
    {                                                                                              \
#member, offsetof(struct source_address, member), SESSION_CHANGE_##item, is_optional       \
    }
    KEPT(host, host, true),
    KEPT(user, user, false),
    KEPT(password, password, false),
    KEPT(ssl_ca, ssl_ca, true),
    KEPT(ssl_capath, ssl_capath, true),
    KEPT(ssl_cert, ssl_cert, true),
    KEPT(ssl_key, ssl_key, true),
    KEPT(ssl_cipher, ssl_cipher, true),
    KEPT(tls_version, tls_version, true),
    KEPT(server_public_key_path, public_key_path, true),
#undef KEPT
};

static const char **text_of(struct source_address *address, const struct kept_text *kept)
{
    return (const char **)((char *)address + kept->offset);
}

void followed_name(const struct source_address *address, char out[FOLLOWED_NAME_MAX])
{
    const char *user = address->user != NULL ? address->user : "";
    if (address->socket_path != NULL)
        snprintf(out, FOLLOWED_NAME_MAX, "%s@%s", user, address->socket_path);
    else if (address->host == NULL)
        out[0] = 0;
    else
        snprintf(out, FOLLOWED_NAME_MAX, "%s@%s:%u", user, address->host, address->port);
}

void followed_begin(const struct source_address *options, struct followed *out)
{
    out->address = (struct source_address){ .user = "",
                                            .password = "",
                                            .ssl_mode = SSL_MODE_PREFERRED,
                                            .connect_timeout_ms = CONNECT_TIMEOUT_MS };
    out->delay_s = 0;
    out->is_changed = true;
    out->instead_of[0] = 0;
    if (options != NULL)
        followed_name(options, out->instead_of);
    arena_init(&out->texts, TEXTS_MAX);
}

void followed_clear(struct followed *followed)
{
    arena_clear(&followed->texts);
}

/* ---- the file ---- */

static bool save(const char *data_dir, const struct followed *followed, struct err *err)
{
    struct source_address address = followed->address;
    json_t *root = json_pack("{s:i, s:s, s:s*, s:i, s:i, s:b, s:i, s:i, s:i}", "version", VERSION,
                             "instead_of", followed->instead_of, "socket", address.socket_path,
                             "port", (int)address.port, "ssl_mode", (int)address.ssl_mode,
                             "get_server_public_key", (int)address.get_server_public_key,
                             "heartbeat_ms", (int)followed->heartbeat_ms, "backoff_max_ms",
                             (int)followed->backoff_max_ms, "delay_s", (int)followed->delay_s);
    bool ok = root != NULL;
    for (size_t i = 0; ok && i < ARRAY_COUNT(kept_texts); i++) {
        const char *text = *text_of(&address, &kept_texts[i]);
        ok = text == NULL || json_object_set_new(root, kept_texts[i].key, json_string(text)) == 0;
    }
    char *text = ok ? json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_CONFIG, "a text of the source's address is not UTF-8");
    ok = files_replace(&files_os, data_dir, file_name, bytes_of_str(text), err);
    explicit_bzero(text, strlen(text));
    free(text);
    return ok;
}

/* The file's texts, in out->texts. */
static bool read_texts(const json_t *root, struct followed *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(kept_texts); i++) {
        const char *text = json_string_value(json_object_get(root, kept_texts[i].key));
        if (text != NULL && strlen(text) > TEXT_MAX)
            return false;
        *text_of(&out->address, &kept_texts[i]) =
            text == NULL ? NULL : arena_str(&out->texts, text);
    }
    return true;
}

static bool read_numbers(json_t *root, struct followed *out)
{
    int version = 0;
    int port = 0;
    int ssl_mode = 0;
    int heartbeat_ms = 0;
    int backoff_max_ms = 0;
    int delay_s = 0; /* a file from before there was one has none */
    int get_key = 0;
    const char *socket = NULL;
    const char *instead_of = "";
    bool ok =
        json_unpack(root, "{s:i, s:s, s?s, s:i, s:i, s:b, s:i, s:i, s?i}", "version", &version,
                    "instead_of", &instead_of, "socket", &socket, "port", &port, "ssl_mode",
                    &ssl_mode, "get_server_public_key", &get_key, "heartbeat_ms", &heartbeat_ms,
                    "backoff_max_ms", &backoff_max_ms, "delay_s", &delay_s) == 0 &&
        version == VERSION && port >= 0 && port <= UINT16_MAX && ssl_mode >= 0 &&
        ssl_mode <= SSL_MODE_VERIFY_IDENTITY && heartbeat_ms > 0 && backoff_max_ms > 0 &&
        delay_s >= 0 && strlen(instead_of) < sizeof out->instead_of;
    if (!ok)
        return false;
    out->address.socket_path = socket == NULL ? NULL : arena_str(&out->texts, socket);
    out->address.port = (uint16_t)port;
    out->address.ssl_mode = (enum ssl_mode)ssl_mode;
    out->address.get_server_public_key = get_key != 0;
    out->heartbeat_ms = (unsigned)heartbeat_ms;
    out->backoff_max_ms = (unsigned)backoff_max_ms;
    out->delay_s = (unsigned)delay_s;
    snprintf(out->instead_of, sizeof out->instead_of, "%s", instead_of);
    return true;
}

static bool read_file(const char *path, struct followed *out, struct err *err)
{
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    bool ok = root != NULL && read_numbers(root, out) && read_texts(root, out);
    const struct source_address *a = &out->address;
    ok =
        ok && (a->host != NULL || a->socket_path != NULL) && a->user != NULL && a->password != NULL;
    json_decref(root);
    return ok ||
           err_set(err, ERR_CORRUPT,
                   "%s is damaged: restore it, or remove it to follow what the options name", path);
}

bool followed_is_kept(const char *data_dir)
{
    char path[PATH_MAX];
    int none = 0;
    snprintf(path, sizeof path, "%s/%s", data_dir, file_name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool is_none = root != NULL && json_unpack(root, "{s:b}", "none", &none) == 0 && none;
    json_decref(root);
    return access(path, F_OK) == 0 && !is_none;
}

static void use_options(const struct followed *options, struct followed *out)
{
    *out = *options;
    out->is_changed = false;
    arena_init(&out->texts, TEXTS_MAX);
}

bool followed_load(const char *data_dir, const struct followed *options, struct followed *out,
                   struct err *err)
{
    char path[PATH_MAX];
    char named[FOLLOWED_NAME_MAX];
    char changed[FOLLOWED_NAME_MAX];
    snprintf(path, sizeof path, "%s/%s", data_dir, file_name);
    use_options(options, out);
    if (access(path, F_OK) != 0)
        return errno == ENOENT || err_sys(err, "%s", path);
    if (!read_file(path, out, err)) {
        followed_clear(out);
        return false;
    }
    followed_name(&options->address, named);
    followed_name(&out->address, changed);
    if (strcmp(named, out->instead_of) == 0) {
        log_info("following %s, as CHANGE REPLICATION SOURCE TO has said, instead of %s", changed,
                 named[0] == 0 ? "nobody" : named);
        out->is_changed = true;
        return true;
    }
    log_warning(
        "following %s: the options name it anew; until now CHANGE REPLICATION SOURCE TO had "
        "said %s",
        named, changed);
    followed_clear(out);
    use_options(options, out);
    return unlink(path) == 0 || err_sys(err, "remove %s", path);
}

/* ---- RESET REPLICA ALL ---- */

static void name_instead(const struct followed *now, char out[FOLLOWED_NAME_MAX])
{
    if (now->is_changed)
        snprintf(out, FOLLOWED_NAME_MAX, "%s", now->instead_of);
    else
        followed_name(&now->address, out);
}

bool followed_forget(const char *data_dir, const struct followed *now, struct err *err)
{
    char instead_of[FOLLOWED_NAME_MAX];
    name_instead(now, instead_of);
    json_t *root =
        json_pack("{s:i, s:s, s:b}", "version", VERSION, "instead_of", instead_of, "none", 1);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_CONFIG, "a text of the source's address is not UTF-8");
    bool ok = files_replace(&files_os, data_dir, file_name, bytes_of_str(text), err);
    free(text);
    return ok;
}

bool followed_is_none(const char *data_dir, const struct source_address *options, bool *out,
                      struct err *err)
{
    char path[PATH_MAX];
    char named[FOLLOWED_NAME_MAX] = "";
    const char *instead_of = NULL;
    int none = 0;
    *out = false;
    snprintf(path, sizeof path, "%s/%s", data_dir, file_name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool is_said = root != NULL &&
                   json_unpack(root, "{s:s, s:b}", "instead_of", &instead_of, "none", &none) == 0 &&
                   none;
    if (options != NULL)
        followed_name(options, named);
    *out = is_said && (options == NULL || strcmp(named, instead_of) == 0);
    bool is_over = is_said && !*out;
    json_decref(root);
    if (is_over)
        log_warning(
            "following %s: the options name it anew; until now RESET REPLICA ALL had made a "
            "primary of this node",
            named);
    return !is_over || unlink(path) == 0 || err_sys(err, "remove %s", path);
}

/* ---- CHANGE ---- */

static bool is_given(const struct session_control *change, enum session_change item)
{
    return change->given[item];
}

/* MySQL's words for TLS are single switches; one mode follows from all of them. */
static enum ssl_mode mode_after(const struct source_address *address,
                                const struct session_control *change)
{
    enum ssl_mode now = address->ssl_mode;
    bool is_on = is_given(change, SESSION_CHANGE_ssl)
                     ? change->number[SESSION_CHANGE_ssl] != 0
                     : now != SSL_MODE_DISABLED || is_given(change, SESSION_CHANGE_ssl_verify);
    bool verifies = is_given(change, SESSION_CHANGE_ssl_verify)
                        ? change->number[SESSION_CHANGE_ssl_verify] != 0
                        : now == SSL_MODE_VERIFY_IDENTITY;
    bool has_ca = address->ssl_ca != NULL || address->ssl_capath != NULL;
    if (!is_on)
        return SSL_MODE_DISABLED;
    if (verifies)
        return SSL_MODE_VERIFY_IDENTITY;
    return has_ca ? SSL_MODE_VERIFY_CA : SSL_MODE_REQUIRED;
}

static bool speaks_of_tls(const struct session_control *change)
{
    static const enum session_change items[] = { SESSION_CHANGE_ssl, SESSION_CHANGE_ssl_verify,
                                                 SESSION_CHANGE_ssl_ca, SESSION_CHANGE_ssl_capath };
    for (size_t i = 0; i < ARRAY_COUNT(items); i++)
        if (is_given(change, items[i]))
            return true;
    return false;
}

static void change_texts(const struct session_control *change, struct followed *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(kept_texts); i++) {
        const struct kept_text *kept = &kept_texts[i];
        const char **text = text_of(&out->address, kept);
        const char *now = is_given(change, kept->item) ? change->text[kept->item] : *text;
        bool is_none = now == NULL || (kept->is_optional && now[0] == 0);
        *text = is_none ? NULL : arena_str(&out->texts, now);
    }
    const char *socket = out->address.socket_path;
    bool is_moved = is_given(change, SESSION_CHANGE_host);
    out->address.socket_path = socket == NULL || is_moved ? NULL : arena_str(&out->texts, socket);
}

static void change_numbers(const struct session_control *change, struct followed *out)
{
    const uint64_t *number = change->number;
    if (is_given(change, SESSION_CHANGE_port))
        out->address.port = (uint16_t)number[SESSION_CHANGE_port];
    else if (out->address.port == 0)
        out->address.port = DEFAULT_PORT;
    if (is_given(change, SESSION_CHANGE_connect_retry))
        out->backoff_max_ms = (unsigned)number[SESSION_CHANGE_connect_retry] * 1000;
    if (is_given(change, SESSION_CHANGE_heartbeat_ms))
        out->heartbeat_ms = (unsigned)number[SESSION_CHANGE_heartbeat_ms];
    if (is_given(change, SESSION_CHANGE_delay))
        out->delay_s = (unsigned)number[SESSION_CHANGE_delay];
    if (is_given(change, SESSION_CHANGE_get_public_key))
        out->address.get_server_public_key = number[SESSION_CHANGE_get_public_key] != 0;
    if (speaks_of_tls(change))
        out->address.ssl_mode = mode_after(&out->address, change);
}

bool followed_names_more_than_delay(const struct session_control *change)
{
    bool names_delay = is_given(change, SESSION_CHANGE_delay);
    for (unsigned item = 0; item < SESSION_CHANGES; item++)
        if (item != SESSION_CHANGE_delay && change->given[item])
            return true;
    return !names_delay;
}

bool followed_change(const char *data_dir, const struct followed *now,
                     const struct session_control *change, struct followed *out, struct err *err)
{
    struct followed changed = *now;
    arena_init(&changed.texts, TEXTS_MAX);
    if (!now->is_changed)
        followed_name(&now->address, changed.instead_of);
    changed.is_changed = true;
    change_texts(change, &changed);
    change_numbers(change, &changed);
    const struct source_address *a = &changed.address;
    if (a->host == NULL && a->socket_path == NULL) {
        followed_clear(&changed);
        return err_set(err, ERR_CONFIG,
                       "nobody was followed until now: SOURCE_HOST, SOURCE_USER and "
                       "SOURCE_PASSWORD have to be given");
    }
    if (!save(data_dir, &changed, err)) {
        followed_clear(&changed);
        return false;
    }
    *out = changed;
    return true;
}

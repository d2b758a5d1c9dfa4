/* identity.c - node.json through jansson. */
// SPDX-License-Identifier: Apache-2.0
#include "node/identity.h"
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "base/files.h"
#include "binlog/gtid.h"

static const char file_name[] = "node.json";

static bool random_bytes(void *out, size_t size, struct err *err)
{
    if (getrandom(out, size, 0) != (ssize_t)size)
        return err_sys(err, "getrandom");
    return true;
}

static bool identity_new(struct identity *out, struct err *err)
{
    uint8_t uuid[16];
    if (!random_bytes(uuid, sizeof uuid, err) ||
        !random_bytes(&out->server_id, sizeof out->server_id, err))
        return false;
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* RFC 9562: version 4, variant 1 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    uuid_text(uuid, out->server_uuid);
    out->server_id =
        (out->server_id & 0x3fffffff) | 0x40000000; /* far from the small numbers people choose */
    return true;
}

static bool identity_read(const char *path, struct identity *out, struct err *err)
{
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return err_set(err, ERR_CORRUPT,
                       "%s: line %d: %s: restore the file, or copy into an empty --data directory",
                       path, why.line, why.text);
    json_int_t id = 0;
    const char *uuid = "";
    const char *source = "";
    const char *zone = "";
    uint8_t parsed[16];
    bool ok = json_unpack(root, "{s:I, s:s, s:s, s?s}", "server_id", &id, "server_uuid", &uuid,
                          "source", &source, "source_time_zone", &zone) == 0 &&
              id > 0 && id <= UINT32_MAX && strlen(source) < sizeof out->source &&
              strlen(zone) < sizeof out->source_time_zone && uuid_parse(uuid, parsed);
    if (ok) {
        out->server_id = (uint32_t)id;
        uuid_text(parsed, out->server_uuid);
        snprintf(out->source, sizeof out->source, "%s", source);
        snprintf(out->source_time_zone, sizeof out->source_time_zone, "%s", zone);
    }
    json_decref(root);
    return ok ? true
              : err_set(err, ERR_CORRUPT,
                        "%s: server_id, server_uuid or source is missing or wrong", path);
}

bool identity_save(const char *data_dir, const struct identity *identity, struct err *err)
{
    json_t *root = json_pack("{s:I, s:s, s:s, s:s}", "server_id", (json_int_t)identity->server_id,
                             "server_uuid", identity->server_uuid, "source", identity->source,
                             "source_time_zone", identity->source_time_zone);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_SYSTEM, "%s/%s: the source's name is not UTF-8", data_dir,
                       file_name);
    bool ok = files_replace(&files_os, data_dir, file_name, bytes_of_str(text), err);
    free(text);
    return ok;
}

bool identity_load(const char *data_dir, uint32_t server_id, struct identity *out, struct err *err)
{
    char path[PATH_MAX];
    *out = (struct identity){ .server_id = 0 };
    snprintf(path, sizeof path, "%s/%s", data_dir, file_name);
    bool is_new = access(path, F_OK) != 0;
    if (is_new && errno != ENOENT)
        return err_sys(err, "%s", path);
    if (is_new ? !identity_new(out, err) : !identity_read(path, out, err))
        return false;
    bool is_changed = server_id != 0 && server_id != out->server_id;
    if (is_changed)
        out->server_id = server_id;
    return !is_new && !is_changed ? true : identity_save(data_dir, out, err);
}

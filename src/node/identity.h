/* identity.h - DATA/node.json: who this node is, and the source its log came from. Replaced as a
 * whole. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"

struct identity {
    uint32_t server_id;
    char server_uuid[37];
    char source[64];           /* as receive.h names a source; "" before the first one */
    char source_time_zone[64]; /* what SYSTEM means there: "UTC", …; "": not known */
};

/* Reads it, or makes one: a random uuid, and server_id (0: a random one too). A server_id that
 * differs from the recorded one replaces it. */
bool identity_load(const char *data_dir, uint32_t server_id, struct identity *out,
                   struct err *err) MUST_CHECK;
bool identity_save(const char *data_dir, const struct identity *identity,
                   struct err *err) MUST_CHECK;

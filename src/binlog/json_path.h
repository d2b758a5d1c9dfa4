/* json_path.h - a path of a partial JSON update, leg by leg: $.name."other name"[2][last-1]. Paths
 * that may lead to more than one place (*, **, ranges) are none here: no server logs them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/reader.h"

struct json_leg {
    bool is_member;
    bool from_end; /* index counts from the last cell */
    uint32_t index;
    struct buf name;   /* of a member */
    struct buf quoted; /* the same as json_text() writes it */
};

struct json_path {
    struct reader rest;
    struct json_leg leg; /* the last one read */
};

bool json_path_open(struct json_path *path, struct bytes text, struct err *err) MUST_CHECK;
void json_path_clear(struct json_path *path); /* after any json_path_open */
bool json_path_at_end(const struct json_path *path);
bool json_path_next(struct json_path *path, struct err *err) MUST_CHECK;

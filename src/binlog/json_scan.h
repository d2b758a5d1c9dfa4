/* json_scan.h - walks through JSON text as json_text() writes it (", " and ": " between things),
 * without building anything and without recursion. Offsets are into the whole text. Every function
 * is false where the text is not of that form. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"

enum { JSON_NAME_MAX = 65535 }; /* bytes of a member's name: MySQL's own limit */

struct json_item {
    size_t start;     /* of the member's name, or of the value */
    struct bytes key; /* with its quotes */
    size_t value_start;
    size_t value_end;
};

/* The items of an array or object, from the one at `at` on. */
struct json_items {
    struct bytes text;
    size_t at;
    bool is_object;
    bool is_begun;
};

/* *end: behind the value that starts at `at`. */
bool json_scan_value(struct bytes text, size_t at, size_t *end) MUST_CHECK;
/* False: no array or object stands at `at`. */
bool json_items_open(struct bytes text, size_t at, struct json_items *out) MUST_CHECK;
bool json_items_next(struct json_items *items, struct json_item *item, bool *more) MUST_CHECK;
bool json_items_count(struct json_items *items, uint64_t *count) MUST_CHECK; /* of those left */
/* Steps over ", "; false (and stays) where there is none. */
bool json_items_separator(struct json_items *items);
/* Appends the bytes that a string in quotes stands for. */
bool json_unquote(struct bytes quoted, struct buf *out) MUST_CHECK;

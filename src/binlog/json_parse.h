/* json_parse.h - JSON text as a tree of values, as json_encode.c writes them. In an arena. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"

/* Value types of the binary form. */
enum json_type {
    JSON_SMALL_OBJECT = 0x00,
    JSON_LARGE_OBJECT = 0x01,
    JSON_SMALL_ARRAY = 0x02,
    JSON_LARGE_ARRAY = 0x03,
    JSON_LITERAL = 0x04,
    JSON_INT16 = 0x05,
    JSON_UINT16 = 0x06,
    JSON_INT32 = 0x07,
    JSON_UINT32 = 0x08,
    JSON_INT64 = 0x09,
    JSON_UINT64 = 0x0a,
    JSON_DOUBLE = 0x0b,
    JSON_STRING = 0x0c,
    JSON_OPAQUE = 0x0f,
};
enum { JSON_TREE_MAX = 256 << 20 }; /* bytes of one document's tree, beside its strings */

struct json_node {
    struct json_node *next;  /* in its container */
    struct json_node *first; /* of a container, in the order in which members are stored */
    struct bytes key;        /* of a member of an object */
    struct bytes text;       /* JSON_STRING */
    uint64_t bits;           /* numbers, literals */
    uint64_t count;          /* of a container */
    uint64_t size;           /* bytes of the value, without its type */
    uint8_t type;            /* of what is no container */
    bool is_container;
    bool is_object;
    bool is_large;
};

/* A tree with all sizes. arena: born with JSON_TREE_MAX and text.len at least. */
bool json_parse(struct bytes text, struct arena *arena, struct json_node **out,
                struct err *err) MUST_CHECK;

/* ---- json_encode.c ---- */
void json_node_measure(struct json_node *container); /* its children have been */
uint8_t json_node_type(const struct json_node *node);

/* ---- json_print.c ---- */
/* As json_text prints the same document. */
void json_node_print(const struct json_node *node, struct buf *out);
/* Where a member with that key stands, or would stand; members are in the order in which they are
 * stored. */
struct json_node **json_node_member(struct json_node *object, struct bytes key);
bool json_node_is_member(const struct json_node *node, struct bytes key);
/* Where that cell stands, or the end. */
struct json_node **json_node_cell(struct json_node *array, uint64_t index);

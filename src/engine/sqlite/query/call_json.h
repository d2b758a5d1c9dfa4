/* call_json.h - what the files of JSON functions share: documents as trees in the evaluation's
 * arena. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/json_parse.h"
#include "engine/sqlite/query/function.h"

enum { LITERAL_NULL, LITERAL_TRUE, LITERAL_FALSE };

struct json_place {
    struct json_node *parent; /* NULL: the document itself */
    struct json_node **at;    /* where it stands, or would stand; NULL: nowhere */
    bool found;
    bool wraps;       /* a cell of what is no array */
    struct bytes key; /* of a member; in the arena */
};

/* The argument's text as a document; 3140 where it is none. */
bool json_argument(struct evaluation *e, unsigned i, struct json_node **out);
/* Follows a path up to its last leg. */
bool json_find(struct evaluation *e, struct json_node **root, struct bytes text,
               struct json_place *out);
/* call_json_many.c: may the path lead to several places? What it finds, in order; false: failed. */
bool json_is_many(struct bytes path);
typedef bool json_found_fn(void *arg, const struct json_node *node);
bool json_find_many(struct evaluation *e, struct json_node *root, struct bytes path,
                    json_found_fn *found, void *arg);
/* The argument's value as a node: a document, or a scalar made of it. */
bool json_of_value(struct evaluation *e, unsigned i, struct json_node **out);
/* In the place of one of the same name, or in its order. */
void json_put_member(struct json_node *object, struct json_node *node, struct bytes key);
bool eval_cast_json(struct evaluation *e, struct datum *out);
bool json_give(struct evaluation *e, const struct json_node *node, struct datum *out);

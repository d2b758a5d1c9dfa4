/* json_encode.c - JSON text to MySQL's binary form (json.h has the format): parsed into a tree,
 * whose sizes are worked out from the leaves up, then written once.
 *
 * A container whose bytes do not fit 16-bit offsets is a large one, and so it is before the first
 * byte is written. The tree is bounded by JSON_TREE_MAX; depth by JSON_DEPTH_MAX. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json.h"
#include "binlog/json_parse.h"

enum { SMALL_WIDTH = 2, LARGE_WIDTH = 4, SMALL_SIZE_MAX = 65535, TREE_SLACK = 4096 };

static size_t width_of(const struct json_node *node)
{
    return node->is_large ? LARGE_WIDTH : SMALL_WIDTH;
}

static bool is_inlined(uint8_t type, size_t width)
{
    return type == JSON_LITERAL || type == JSON_INT16 || type == JSON_UINT16 ||
           (width == LARGE_WIDTH && (type == JSON_INT32 || type == JSON_UINT32));
}

static uint64_t container_size(const struct json_node *node, size_t width)
{
    uint64_t entry = 1 + width + (node->is_object ? width + 2 : 0);
    uint64_t size = 2 * width + node->count * entry;
    for (const struct json_node *child = node->first; child != NULL; child = child->next) {
        size += child->key.len;
        if (!is_inlined(json_node_type(child), width))
            size += child->size;
    }
    return size;
}

void json_node_measure(struct json_node *node)
{
    node->size = container_size(node, SMALL_WIDTH);
    node->is_large = node->size > SMALL_SIZE_MAX;
    if (node->is_large)
        node->size = container_size(node, LARGE_WIDTH);
}

uint8_t json_node_type(const struct json_node *node)
{
    if (!node->is_container)
        return node->type;
    return (uint8_t)((node->is_object ? JSON_SMALL_OBJECT : JSON_SMALL_ARRAY) +
                     (node->is_large ? 1 : 0));
}

static void put_varlen(struct buf *out, uint64_t len)
{
    while (len > 0x7f) {
        buf_u8(out, (uint8_t)(0x80 | (len & 0x7f)));
        len >>= 7;
    }
    buf_u8(out, (uint8_t)len);
}

static void put_container(struct buf *out, const struct json_node *node);

static void put_body(struct buf *out, const struct json_node *node)
{
    if (node->is_container) {
        put_container(out, node);
    } else if (node->type == JSON_STRING) {
        put_varlen(out, node->text.len);
        buf_append(out, node->text.data, node->text.len);
    } else {
        buf_le(out, node->bits, node->type == JSON_LITERAL ? 1 : node->size);
    }
}

/* Entries say where keys and values stand: keys first, then values, both in the members' order. */
static void put_container(struct buf *out, const struct json_node *node)
{
    size_t width = width_of(node);
    uint64_t entry = 1 + width + (node->is_object ? width + 2 : 0);
    uint64_t at = 2 * width + node->count * entry;
    buf_le(out, node->count, width);
    buf_le(out, node->size, width);
    for (const struct json_node *child = node->first; child != NULL && node->is_object;
         child = child->next) {
        buf_le(out, at, width);
        buf_le(out, child->key.len, 2);
        at += child->key.len;
    }
    for (const struct json_node *child = node->first; child != NULL; child = child->next) {
        bool inlined = is_inlined(json_node_type(child), width);
        buf_u8(out, json_node_type(child));
        buf_le(out, inlined ? child->bits : at, width);
        at += inlined ? 0 : child->size;
    }
    for (const struct json_node *child = node->first; child != NULL; child = child->next)
        buf_append(out, child->key.data, child->key.len);
    for (const struct json_node *child = node->first; child != NULL; child = child->next)
        if (!is_inlined(json_node_type(child), width))
            put_body(out, child);
}

bool json_binary(struct bytes text, struct buf *out, struct err *err)
{
    struct arena arena;
    struct json_node *root = NULL;
    arena_init(&arena, (size_t)JSON_TREE_MAX + text.len + TREE_SLACK);
    bool ok = json_parse(text, &arena, &root, err);
    if (ok) {
        buf_u8(out, json_node_type(root));
        put_body(out, root);
    }
    arena_clear(&arena);
    if (ok && out->failed)
        return err_set(err, ERR_UNSUPPORTED, "json: the document is larger than %zu bytes",
                       out->max);
    return ok;
}

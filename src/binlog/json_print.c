/* json_print.c - a tree of json_parse.h as text, as json_text prints it; and the changes of one. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json.h"
#include "binlog/json_parse.h"
#include "binlog/value_number.h"

enum { LITERAL_NULL, LITERAL_TRUE, LITERAL_FALSE };

static void print_double(uint64_t bits, struct buf *out)
{
    char text[NUMBER_TEXT_MAX];
    double number;
    memcpy(&number, &bits, sizeof number);
    size_t len = double_text(number, text);
    buf_append(out, text, len);
    if (memchr(text, '.', len) == NULL && memchr(text, 'e', len) == NULL)
        buf_str(out, ".0");
}

static void print_scalar(const struct json_node *node, struct buf *out)
{
    static const char *const words[] = { "null", "true", "false" };
    if (node->type == JSON_STRING)
        json_quote(out, node->text);
    else if (node->type == JSON_LITERAL)
        buf_str(out, words[node->bits <= LITERAL_FALSE ? node->bits : LITERAL_NULL]);
    else if (node->type == JSON_DOUBLE)
        print_double(node->bits, out);
    else if (node->type == JSON_UINT16 || node->type == JSON_UINT32 || node->type == JSON_UINT64)
        buf_printf(out, "%llu", (unsigned long long)node->bits);
    else
        buf_printf(out, "%lld", (long long)node->bits);
}

void json_node_print(const struct json_node *node, struct buf *out)
{
    if (!node->is_container) {
        print_scalar(node, out);
        return;
    }
    buf_u8(out, node->is_object ? '{' : '[');
    for (const struct json_node *child = node->first; child != NULL; child = child->next) {
        if (child != node->first)
            buf_str(out, ", ");
        if (node->is_object) {
            json_quote(out, child->key);
            buf_str(out, ": ");
        }
        json_node_print(child, out);
    }
    buf_u8(out, node->is_object ? '}' : ']');
}

static int compare_keys(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len > 0 ? memcmp(a.data, b.data, a.len) : 0;
}

struct json_node **json_node_member(struct json_node *object, struct bytes key)
{
    struct json_node **at = &object->first;
    while (*at != NULL && compare_keys((*at)->key, key) < 0)
        at = &(*at)->next;
    return at;
}

bool json_node_is_member(const struct json_node *node, struct bytes key)
{
    return node != NULL && bytes_equal(node->key, key);
}

struct json_node **json_node_cell(struct json_node *array, uint64_t index)
{
    struct json_node **at = &array->first;
    while (*at != NULL && index-- > 0)
        at = &(*at)->next;
    return at;
}

/* json_parse.c - see json_parse.h: RFC 8259, one function a kind of value.
 *
 * Members are sorted as they come to stand in the binary form (by length, then bytes) by a merge
 * sort, which keeps twins in their order: the last of them stays, as in MySQL. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json_parse.h"
#include <errno.h>
#include <stdlib.h>
#include "base/reader.h"
#include "binlog/json.h"

enum { KEY_MAX = 65535, NUMBER_MAX = 512, NODE_ROOM = 2 * (int)sizeof(struct json_node) };

struct parser {
    struct bytes text;
    size_t at;
    size_t tree_max; /* of arena, for nodes */
    struct arena *arena;
    unsigned depth;
    struct err *err;
};

static bool bad(struct parser *p, const char *what)
{
    return err_set(p->err, ERR_CORRUPT, "Invalid JSON text: \"%s\" at position %zu.", what, p->at);
}

static int peek(const struct parser *p)
{
    return p->at < p->text.len ? p->text.data[p->at] : -1;
}

static void skip_blank(struct parser *p)
{
    static const uint8_t blanks[] = { ' ', '\t', '\r', '\n' };
    while (p->at < p->text.len && memchr(blanks, p->text.data[p->at], sizeof blanks) != NULL)
        p->at++;
}

static bool take(struct parser *p, char byte)
{
    skip_blank(p);
    if (peek(p) != byte)
        return false;
    p->at++;
    return true;
}

static struct json_node *node_new(struct parser *p)
{
    if (p->arena->used + NODE_ROOM > p->tree_max) {
        (void)err_set(p->err, ERR_UNSUPPORTED, "json: more values than fit %d MiB",
                      JSON_TREE_MAX >> 20);
        return NULL;
    }
    return arena_alloc(p->arena, sizeof(struct json_node));
}

/* ---- strings ---- */

static int hex_digit(int byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The four digits after \u. */
static bool take_unit(struct parser *p, uint32_t *unit)
{
    *unit = 0;
    for (unsigned i = 0; i < 4; i++) {
        int digit = hex_digit(peek(p));
        if (digit < 0)
            return bad(p, "Incorrect hex digit after \\u escape in string.");
        *unit = *unit << 4 | (uint32_t)digit;
        p->at++;
    }
    return true;
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(heads[size] | c);
    return size;
}

static bool take_unicode(struct parser *p, uint8_t *out, size_t *size)
{
    uint32_t c = 0, low = 0;
    if (!take_unit(p, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00) {
        bool has_low = p->at + 1 < p->text.len && memcmp(p->text.data + p->at, "\\u", 2) == 0;
        p->at += has_low ? 2 : 0;
        if (!has_low || !take_unit(p, &low) || low < 0xdc00 || low > 0xdfff)
            return bad(p, "The surrogate pair in string is invalid.");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
        return bad(p, "The surrogate pair in string is invalid.");
    }
    *size = put_utf8(out, c);
    return true;
}

static bool take_escape(struct parser *p, uint8_t *out, size_t *size)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int byte = peek(p);
    const char *found = byte > 0 ? strchr(from, byte) : NULL;
    p->at++;
    if (byte == 'u')
        return take_unicode(p, out, size);
    if (found == NULL)
        return bad(p, "Invalid escape character in string.");
    out[0] = (uint8_t)to[found - from];
    *size = 1;
    return true;
}

/* The bytes that a string stands for: never more than its text has. At its first quote. */
static bool take_string(struct parser *p, struct bytes *out)
{
    const uint8_t *end = p->text.data + p->text.len;
    const uint8_t *from = p->text.data + ++p->at;
    const uint8_t *quote = from;
    while (quote < end && *quote != '"')
        quote += *quote == '\\' && quote + 1 < end ? 2 : 1;
    if (quote >= end)
        return bad(p, "Missing a closing quotation mark in string.");
    uint8_t *text = arena_alloc_raw(p->arena, (size_t)(quote - from) + 1);
    size_t len = 0, size = 1;
    while (p->text.data + p->at < quote) {
        uint8_t byte = p->text.data[p->at++];
        if (byte < 0x20)
            return bad(p, "Invalid encoding in string.");
        size = 1;
        text[len] = byte;
        if (byte == '\\' && !take_escape(p, text + len, &size))
            return false;
        len += size;
    }
    p->at++;
    *out = bytes_of(text, len);
    return true;
}

static bool parse_string(struct parser *p, struct json_node *node)
{
    node->type = JSON_STRING;
    if (!take_string(p, &node->text))
        return false;
    node->size = node->text.len + 1;
    for (size_t len = node->text.len; len > 0x7f; len >>= 7)
        node->size++;
    return true;
}

/* ---- numbers and words ---- */

/* As MySQL: what needs more than 32 bits and is not negative is unsigned. */
static void set_integer(struct json_node *node, long long number)
{
    static const struct {
        long long min, max;
        uint8_t type, size;
    } forms[] = {
        { INT16_MIN, INT16_MAX, JSON_INT16, 2 },
        { INT32_MIN, INT32_MAX, JSON_INT32, 4 },
        { INT64_MIN, INT64_MAX, JSON_INT64, 8 },
    };
    unsigned i = 0;
    while (number < forms[i].min || number > forms[i].max)
        i++;
    node->type = forms[i].type;
    node->size = forms[i].size;
    node->bits = (uint64_t)number;
}

static bool set_double(struct parser *p, struct json_node *node, const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (*end != 0 || number - number != 0)
        return bad(p, "Number too big to be stored in double.");
    node->type = JSON_DOUBLE;
    node->size = sizeof number;
    memcpy(&node->bits, &number, sizeof number);
    return true;
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][-+]?[0-9]+)? */
static bool scan_number(struct parser *p, bool *is_integer)
{
    size_t digits = 0;
    p->at += peek(p) == '-';
    bool leads_zero = peek(p) == '0';
    for (; peek(p) >= '0' && peek(p) <= '9'; p->at++)
        digits++;
    bool good = digits > 0 && (!leads_zero || digits == 1);
    *is_integer = true;
    if (peek(p) == '.') {
        *is_integer = false;
        for (p->at++, digits = 0; peek(p) >= '0' && peek(p) <= '9'; p->at++)
            digits++;
        good = good && digits > 0;
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        *is_integer = false;
        p->at++;
        p->at += peek(p) == '-' || peek(p) == '+';
        for (digits = 0; peek(p) >= '0' && peek(p) <= '9'; p->at++)
            digits++;
        good = good && digits > 0;
    }
    return good || bad(p, "Invalid value.");
}

static bool parse_number(struct parser *p, struct json_node *node)
{
    char text[NUMBER_MAX];
    size_t start = p->at;
    bool is_integer = false;
    if (!scan_number(p, &is_integer))
        return false;
    size_t len = p->at - start;
    if (len >= sizeof text)
        return bad(p, "Number too big to be stored in double.");
    memcpy(text, p->text.data + start, len);
    text[len] = 0;
    if (!is_integer)
        return set_double(p, node, text);
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno == 0 && number <= UINT32_MAX) {
        set_integer(node, number);
        return true;
    }
    errno = 0;
    unsigned long long magnitude = strtoull(text, NULL, 10);
    if (errno != 0 || text[0] == '-')
        return set_double(p, node, text);
    node->type = JSON_UINT64;
    node->size = sizeof magnitude;
    node->bits = magnitude;
    return true;
}

static bool parse_word(struct parser *p, struct json_node *node)
{
    static const char *const words[] = { "null", "true", "false" };
    node->type = JSON_LITERAL;
    node->size = 1;
    for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if (p->text.len - p->at < len || memcmp(p->text.data + p->at, words[i], len) != 0)
            continue;
        node->bits = i;
        p->at += len;
        return true;
    }
    return bad(p, "Invalid value.");
}

/* ---- containers ---- */

static int compare_keys(const struct json_node *a, const struct json_node *b)
{
    if (a->key.len != b->key.len)
        return a->key.len < b->key.len ? -1 : 1;
    return a->key.len == 0 ? 0 : memcmp(a->key.data, b->key.data, a->key.len);
}

static struct json_node *merge(struct json_node *a, struct json_node *b)
{
    struct json_node *first = NULL;
    struct json_node **end = &first;
    while (a != NULL && b != NULL) {
        struct json_node **from = compare_keys(a, b) <= 0 ? &a : &b;
        *end = *from;
        end = &(*from)->next;
        *from = *end;
    }
    *end = a != NULL ? a : b;
    return first;
}

static struct json_node *sort_members(struct json_node *first, uint64_t count)
{
    if (count < 2)
        return first;
    struct json_node *last = first;
    for (uint64_t i = 1; i < count / 2; i++)
        last = last->next;
    struct json_node *second = last->next;
    last->next = NULL;
    return merge(sort_members(first, count / 2), sort_members(second, count - count / 2));
}

static void drop_twins(struct json_node *object)
{
    for (struct json_node **at = &object->first; *at != NULL && (*at)->next != NULL;) {
        if (compare_keys(*at, (*at)->next) == 0) {
            *at = (*at)->next;
            object->count--;
        } else {
            at = &(*at)->next;
        }
    }
}

static struct json_node *parse_value(struct parser *p);

static bool take_key(struct parser *p, struct bytes *key)
{
    skip_blank(p);
    if (peek(p) != '"')
        return bad(p, "Missing a name for object member.");
    if (!take_string(p, key))
        return false;
    if (key->len > KEY_MAX)
        return bad(p, "The JSON object contains a key name that is too long.");
    return take(p, ':') || bad(p, "Missing a colon after a name of object member.");
}

static bool parse_items(struct parser *p, struct json_node *node, char closing)
{
    struct json_node **end = &node->first;
    if (take(p, closing))
        return true;
    do {
        struct bytes key = { NULL, 0 };
        if (node->is_object && !take_key(p, &key))
            return false;
        struct json_node *child = parse_value(p);
        if (child == NULL)
            return false;
        child->key = key;
        *end = child;
        end = &child->next;
        node->count++;
    } while (take(p, ','));
    return take(p, closing) ||
           bad(p, "Missing a comma or a closing bracket after an array element or member.");
}

static bool parse_container(struct parser *p, struct json_node *node)
{
    node->is_container = true;
    node->is_object = peek(p) == '{';
    p->at++;
    if (++p->depth > JSON_DEPTH_MAX)
        return err_set(p->err, ERR_UNSUPPORTED,
                       "The JSON document exceeds the maximum depth of %d.", JSON_DEPTH_MAX);
    if (!parse_items(p, node, node->is_object ? '}' : ']'))
        return false;
    p->depth--;
    if (node->is_object) {
        node->first = sort_members(node->first, node->count);
        drop_twins(node);
    }
    json_node_measure(node);
    return true;
}

/* NULL: an error is set. Recurses to JSON_DEPTH_MAX at most. */
static struct json_node *parse_value(struct parser *p)
{
    struct json_node *node = node_new(p);
    if (node == NULL)
        return NULL;
    skip_blank(p);
    int byte = peek(p);
    bool ok = byte == '{' || byte == '['                    ? parse_container(p, node)
              : byte == '"'                                 ? parse_string(p, node)
              : byte == '-' || (byte >= '0' && byte <= '9') ? parse_number(p, node)
                                                            : parse_word(p, node);
    return ok ? node : NULL;
}

bool json_parse(struct bytes text, struct arena *arena, struct json_node **out, struct err *err)
{
    struct parser p = { .text = text, .arena = arena, .err = err };
    p.tree_max = arena->used + JSON_TREE_MAX;
    skip_blank(&p);
    if (p.at == text.len)
        return bad(&p, "The document is empty.");
    struct json_node *root = parse_value(&p);
    if (root == NULL)
        return false;
    skip_blank(&p);
    if (p.at < text.len)
        return bad(&p, "The document root must not be followed by other values.");
    *out = root;
    return true;
}

/* json_order.c - see json_order.h. Depth is the parser's. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/json_order.h"
#include <string.h>
#include "engine/sqlite/query/call_json.h"

enum rank {
    RANK_NULL,
    RANK_NUMBER,
    RANK_STRING,
    RANK_OBJECT,
    RANK_ARRAY,
    RANK_BOOLEAN,
    RANK_OPAQUE
};

static enum rank rank_of(const struct json_node *node)
{
    if (node->is_container)
        return node->is_object ? RANK_OBJECT : RANK_ARRAY;
    switch (node->type) {
    case JSON_LITERAL:
        return node->bits == LITERAL_NULL ? RANK_NULL : RANK_BOOLEAN;
    case JSON_STRING:
        return RANK_STRING;
    case JSON_OPAQUE:
        return RANK_OPAQUE;
    default:
        return RANK_NUMBER;
    }
}

/* ---- numbers ---- */

static bool is_unsigned(const struct json_node *node)
{
    return node->type == JSON_UINT16 || node->type == JSON_UINT32 || node->type == JSON_UINT64;
}

static double real_of(const struct json_node *node)
{
    double real;
    memcpy(&real, &node->bits, sizeof real);
    return node->type == JSON_DOUBLE ? real
           : is_unsigned(node)       ? (double)node->bits
                                     : (double)(int64_t)node->bits;
}

static bool is_negative(const struct json_node *node)
{
    return node->type == JSON_DOUBLE ? real_of(node) < 0
                                     : !is_unsigned(node) && (int64_t)node->bits < 0;
}

/* The whole number next to 0, in two's complement; where two doubles are equal it tells their
 * integers apart. */
static uint64_t whole_of(const struct json_node *node)
{
    static const double limit = 18446744073709551616.0; /* 2^64 */
    double real = real_of(node);
    if (node->type != JSON_DOUBLE)
        return node->bits;
    if (real >= limit || real < -limit / 2)
        return 0;
    return real < 0 ? (uint64_t)(int64_t)real : (uint64_t)real;
}

static int order_of_numbers(const struct json_node *a, const struct json_node *b)
{
    double x = real_of(a), y = real_of(b);
    if (x < y || x > y)
        return x < y ? -1 : 1;
    uint64_t m = whole_of(a), n = whole_of(b);
    return m < n ? -1 : m > n; /* of one sign */
}

/* ---- all ---- */

static int order_of_counts(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Members are in one order in both. */
static int order_of_parts(const struct json_node *a, const struct json_node *b)
{
    int order = 0;
    const struct json_node *x = a->first, *y = b->first;
    for (; order == 0 && x != NULL && y != NULL; x = x->next, y = y->next) {
        order = a->is_object ? bytes_order(x->key, y->key) : 0;
        order = order != 0 ? order : json_order(x, y);
    }
    return order != 0 ? order : order_of_counts(x != NULL, y != NULL);
}

int json_order(const struct json_node *a, const struct json_node *b)
{
    enum rank rank = rank_of(a);
    if (rank != rank_of(b))
        return rank < rank_of(b) ? -1 : 1;
    switch (rank) {
    case RANK_NUMBER:
        return order_of_numbers(a, b);
    case RANK_STRING:
    case RANK_OPAQUE:
        return bytes_order(a->text, b->text);
    case RANK_OBJECT:
        if (a->count != b->count)
            return order_of_counts(a->count, b->count);
        return order_of_parts(a, b);
    case RANK_ARRAY:
        return order_of_parts(a, b);
    case RANK_BOOLEAN:
        return order_of_counts(b->bits, a->bits); /* LITERAL_FALSE is above LITERAL_TRUE */
    case RANK_NULL:
        break;
    }
    return 0;
}

/* ---- = < > ---- */

bool json_compare(struct evaluation *e, int *order)
{
    struct json_node *a, *b;
    if (!json_of_value(e, 0, &a) || !json_of_value(e, 1, &b))
        return false;
    *order = json_order(a, b);
    return true;
}

/* ---- keys to sort by ---- */

enum { WORD = 8, NUMBER_KEY = 1 + 2 * WORD, LITERAL_KEY = 2 };

static void put_big_endian(uint8_t *out, uint64_t word)
{
    for (int i = WORD - 1; i >= 0; i--, word >>= 8)
        out[i] = (uint8_t)word;
}

/* The rank; a double whose bits sort as it does; the whole number, for integers that share a
 * double. */
static struct bytes number_key(const struct json_node *node, struct arena *arena)
{
    uint8_t *key = arena_alloc(arena, NUMBER_KEY);
    double real = real_of(node) + 0.0; /* of the two zeros one */
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    key[0] = RANK_NUMBER;
    put_big_endian(key + 1, is_negative(node) ? ~bits : bits | 1ull << 63);
    put_big_endian(key + 1 + WORD, whole_of(node));
    return bytes_of(key, NUMBER_KEY);
}

static struct bytes text_key(const struct json_node *node, struct arena *arena)
{
    uint8_t *key = arena_alloc(arena, node->text.len + 1);
    key[0] = RANK_STRING;
    if (node->text.len > 0)
        memcpy(key + 1, node->text.data, node->text.len);
    return bytes_of(key, node->text.len + 1);
}

/* Nothing is told apart but true and false. */
static struct bytes literal_key(const struct json_node *node, enum rank rank, struct arena *arena)
{
    uint8_t *key = arena_alloc(arena, LITERAL_KEY);
    key[0] = (uint8_t)rank;
    key[1] = node->bits == LITERAL_TRUE;
    return bytes_of(key, LITERAL_KEY);
}

static bool eval_key(struct evaluation *e, struct datum *out)
{
    struct json_node *node;
    if (!json_argument(e, 0, &node))
        return false;
    enum rank rank = rank_of(node);
    *out = (struct datum){ .rep = REP_BYTES };
    if (rank == RANK_NUMBER)
        out->bytes = number_key(node, e->arena);
    else if (rank == RANK_STRING)
        out->bytes = text_key(node, e->arena);
    else if (rank == RANK_NULL || rank == RANK_BOOLEAN)
        out->bytes = literal_key(node, rank, e->arena);
    else
        return evaluation_refuse(e, "sorting or grouping by JSON arrays and objects");
    return true;
}

bool compile_json_key(struct compiler *c, const struct typed *typed, const char **sql)
{
    struct typed key, type = { .rep = REP_BYTES, .is_nullable = true };
    if (!compile_call_1(c, eval_key, typed, type, &key))
        return false;
    *sql = key.sql;
    return !c->failed;
}

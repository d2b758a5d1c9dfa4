/* demo_compare.c - see demo_compare.h. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_compare.h"
#include <stdio.h>
#include <stdlib.h>

const char *const demo_tables[] = { "item", "orders", NULL };

/* FNV-1a, 64 bits: nobody attacks a demo. */
static uint64_t add_bytes(uint64_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* NULL is told from a text, and where one value ends. */
static uint64_t add_value(uint64_t sum, struct bytes value)
{
    uint8_t head[1 + sizeof(uint64_t)] = { value.data != NULL };
    uint64_t len = value.len;
    memcpy(head + 1, &len, sizeof len);
    return add_bytes(add_bytes(sum, head, sizeof head), value.data, value.len);
}

static bool open_table(const struct demo_node *node, const struct demo_place *place,
                       const char *sql, struct connection **out, struct err *err)
{
    return demo_node_connect(node, place, out, err) &&
           connection_execute(*out, "SET time_zone = '+00:00'", err) &&
           connection_execute(*out, "SET NAMES utf8mb4", err) && connection_query(*out, sql, err);
}

bool demo_digest_table(const struct demo_node *node, const struct demo_place *place,
                       const char *table, struct demo_digest *out, struct err *err)
{
    AUTO(connection) connection = NULL;
    struct demo_digest digest = { .sum = UINT64_C(0xcbf29ce484222325) };
    const struct bytes *values;
    bool row = true;
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT * FROM shop.%s ORDER BY id", table);
    if (!open_table(node, place, sql, &connection, err))
        return false;
    for (;;) {
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            break;
        for (unsigned i = 0; i < connection_column_count(connection); i++)
            digest.sum = add_value(digest.sum, values[i]);
        digest.rows++;
    }
    *out = digest;
    return true;
}

bool demo_find_missing(const struct demo_node *node, const struct demo_place *place,
                       const struct demo_load *load, uint64_t *missing, struct err *err)
{
    AUTO(connection) connection = NULL;
    const struct bytes *values;
    uint64_t found = 0;
    bool row = true;
    if (!open_table(node, place, "SELECT id FROM shop.orders ORDER BY id", &connection, err))
        return false;
    for (;;) {
        char text[24];
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            break;
        snprintf(text, sizeof text, "%.*s", (int)values[0].len, (const char *)values[0].data);
        found += demo_load_has(load, strtoull(text, NULL, 10));
    }
    *missing = demo_load_acknowledged(load) - found;
    return true;
}

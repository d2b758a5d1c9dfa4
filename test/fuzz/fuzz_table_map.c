/* fuzz_table_map.c - the first byte is the flavour, the rest a table map's body: what is decoded
 * lies inside of one copy of the body, and is bounded by it. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/table_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t check_inside(const struct table_map *map, struct bytes part, size_t size)
{
    /* db is near the front of the copy that names and labels are borrowed from */
    if (part.len > 0 && (part.data < map->db.data || part.data + part.len > map->db.data + size))
        abort();
    return part.len;
}

static void check_map(const struct table_map *map, size_t size)
{
    size_t sum = 0;
    if (map->column_count == 0 || map->column_count > TABLE_COLUMNS_MAX)
        abort();
    for (unsigned i = 0; i < map->column_count; i++) {
        const struct column_metadata *metadata = &map->metadata[i];
        sum += check_inside(map, metadata->name, size);
        for (unsigned n = 0; n < metadata->label_count; n++)
            sum += check_inside(map, metadata->labels[n], size) + 1;
    }
    for (unsigned i = 0; i < map->primary_key_count; i++)
        if (map->primary_key[i] >= map->column_count)
            abort();
    if (sum > size)
        abort(); /* no byte is a part of two names */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table_map map;
    struct arena arena;
    struct err err;
    if (size < 1)
        return 0;
    struct event event = { .header.type = EVENT_TABLE_MAP, .body = { data + 1, size - 1 } };
    arena_init(&arena, 64 << 20);
    if (table_map_decode(&event, data[0] & 1 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL, &arena, &map, &err))
        check_map(&map, size);
    else if (err.code != ERR_CORRUPT && err.code != ERR_UNSUPPORTED)
        abort();
    arena_clear(&arena);
    return 0;
}

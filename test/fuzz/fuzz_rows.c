/* fuzz_rows.c - a table map and a rows event after it: flavour (1), scale of old temporals (1),
 * size of the map's body (2, LE), the body, the rows event's type (1), its body. Rows use up bytes,
 * their values lie inside of the event, and all of them print. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/rows.h"
#include "binlog/table_map.h"
#include "binlog/value_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_bytes(enum value_kind kind)
{
    return kind == VALUE_DECIMAL || kind == VALUE_TEXT || kind == VALUE_BLOB ||
           kind == VALUE_JSON || kind == VALUE_GEOMETRY || kind == VALUE_VECTOR;
}

static void check_values(const struct rows *rows, const struct value *values, struct bytes body)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    for (unsigned i = 0; i < rows->column_count; i++) {
        struct bytes bytes = has_bytes(values[i].kind) ? values[i].bytes : body;
        if (bytes.data < body.data || bytes.data + bytes.len > body.data + body.len)
            abort();
        value_print(&values[i], &rows->types[i], &out);
        buf_reset(&out);
    }
    buf_clear(&out);
}

static void check_rows(struct rows *rows, struct bytes body, struct value *before,
                       struct value *after)
{
    struct err err;
    bool more;
    for (;;) {
        size_t left = reader_left(&rows->data);
        if (!rows_next(rows, before, after, &more, &err)) {
            if (err.code != ERR_CORRUPT && err.code != ERR_UNSUPPORTED)
                abort();
            return;
        }
        if (!more)
            return;
        if (reader_left(&rows->data) >= left)
            abort();
        if (rows->kind != ROWS_WRITE)
            check_values(rows, before, body);
        if (rows->kind != ROWS_DELETE)
            check_values(rows, after, body);
    }
}

static void check_event(const struct table_map *map, const struct event *event)
{
    struct value *values = calloc(2 * (size_t)map->column_count, sizeof *values);
    struct rows rows;
    struct err err;
    if (rows_decode(event, &rows, &err) && rows_bind(&rows, map->types, map->column_count, &err))
        check_rows(&rows, event->body, values, values + map->column_count);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = { data, data + size, false };
    struct table_map map;
    struct arena arena;
    struct err err;
    if (size < 6)
        return 0;
    enum flavour flavour = reader_u8(&r) & 1 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
    uint8_t scale = reader_u8(&r);
    struct event event = { .header.type = EVENT_TABLE_MAP };
    event.body = reader_bytes(&r, reader_u16(&r));
    struct event rows = { .header.type = reader_u8(&r) };
    if (r.failed)
        return 0;
    rows.body = reader_rest(&r);
    arena_init(&arena, 64 << 20);
    if (table_map_decode(&event, flavour, &arena, &map, &err)) {
        for (unsigned i = 0; i < map.column_count; i++)
            if (map.types[i].scale == COLUMN_SCALE_UNKNOWN)
                map.types[i].scale = scale;
        check_event(&map, &rows);
    }
    arena_clear(&arena);
    return 0;
}

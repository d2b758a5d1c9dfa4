/* row_tables.c - see row_tables.h: a small open list, the table used last in front. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_tables.h"
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/compressed.h"
#include "print/row_schema.h"

enum { TABLES_MAX = 1024, ARENA_MAX = 64 << 20 };

struct entry {
    struct row_table table;
    struct arena arena;
};

struct row_tables {
    struct entry *entries[TABLES_MAX]; /* the one used last comes first */
    size_t count;
    struct row_scope scope;
    void *(*extra_of)(const struct row_table *);
    void (*extra_free)(void *);
};

struct row_tables *row_tables_new(const struct row_scope *scope,
                                  void *(*extra_of)(const struct row_table *),
                                  void (*extra_free)(void *))
{
    struct row_tables *tables = memory_new(sizeof *tables);
    tables->scope = *scope;
    tables->extra_of = extra_of;
    tables->extra_free = extra_free;
    return tables;
}

static void entry_free(const struct row_tables *tables, struct entry *entry)
{
    if (entry->table.extra != NULL && tables->extra_free != NULL)
        tables->extra_free(entry->table.extra);
    arena_clear(&entry->arena);
    free(entry);
}

void row_tables_free(struct row_tables *tables)
{
    if (tables == NULL)
        return;
    for (size_t i = 0; i < tables->count; i++)
        entry_free(tables, tables->entries[i]);
    free(tables);
}

static void move_to_front(struct row_tables *tables, size_t at)
{
    struct entry *entry = tables->entries[at];
    memmove(&tables->entries[1], &tables->entries[0], at * sizeof entry);
    tables->entries[0] = entry;
}

static struct entry *find(struct row_tables *tables, uint64_t id)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (tables->entries[i]->table.map.table_id != id)
            continue;
        if (i > 0)
            move_to_front(tables, i);
        return tables->entries[0];
    }
    return NULL;
}

static void drop_front(struct row_tables *tables)
{
    entry_free(tables, tables->entries[0]);
    tables->count--;
    memmove(&tables->entries[0], &tables->entries[1], tables->count * sizeof tables->entries[0]);
}

static void push_front(struct row_tables *tables, struct entry *entry)
{
    if (tables->count == TABLES_MAX)
        entry_free(tables, tables->entries[--tables->count]);
    memmove(&tables->entries[1], &tables->entries[0], tables->count * sizeof entry);
    tables->entries[0] = entry;
    tables->count++;
}

static void find_charsets(struct entry *entry)
{
    struct table_map *map = &entry->table.map;
    entry->table.charsets =
        arena_alloc(&entry->arena, (map->column_count + 1) * sizeof *entry->table.charsets);
    for (unsigned i = 0; i < map->column_count; i++)
        if (map->metadata[i].collation != 0)
            entry->table.charsets[i] = charset_by_collation_id(map->metadata[i].collation);
}

/* What the log does not say itself. */
static void complete(const struct row_tables *tables, struct entry *entry)
{
    const struct row_scope *scope = &tables->scope;
    struct row_table *table = &entry->table;
    table->db = arena_strn(&entry->arena, table->map.db.data, table->map.db.len);
    table->name = arena_strn(&entry->arena, table->map.table.data, table->map.table.len);
    table->is_kept = scope->keep == NULL || scope->keep(table->db, table->name, scope->keep_arg);
    find_charsets(entry);
    if (scope->catalog != NULL)
        row_schema_complete(table, scope->catalog, &entry->arena);
}

bool row_tables_map(struct row_tables *tables, const struct event *event, enum flavour flavour,
                    struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t id = reader_u48(&r);
    struct entry *known = find(tables, id);
    if (known != NULL && known->table.flavour == flavour &&
        bytes_equal(known->table.body, event->body))
        return true;
    struct entry *entry = memory_new(sizeof *entry);
    arena_init(&entry->arena, ARENA_MAX);
    entry->table.flavour = flavour;
    entry->table.body = arena_copy(&entry->arena, event->body);
    if (!table_map_decode(event, flavour, &entry->arena, &entry->table.map, err)) {
        entry_free(tables, entry);
        return false;
    }
    complete(tables, entry);
    if (tables->extra_of != NULL)
        entry->table.extra = tables->extra_of(&entry->table);
    if (known != NULL)
        drop_front(tables);
    push_front(tables, entry);
    return true;
}

static bool is_compressed(uint8_t type)
{
    return type >= EVENT_WRITE_ROWS_COMPRESSED_V1 && type <= EVENT_DELETE_ROWS_COMPRESSED;
}

/* MariaDB's compressed rows are the plain ones with what follows the bitmaps compressed. */
uint8_t row_tables_plain_type(uint8_t type)
{
    if (!is_compressed(type))
        return type;
    return type <= EVENT_DELETE_ROWS_COMPRESSED_V1
               ? (uint8_t)(type - EVENT_WRITE_ROWS_COMPRESSED_V1 + EVENT_WRITE_ROWS_V1)
               : (uint8_t)(type - EVENT_WRITE_ROWS_COMPRESSED + EVENT_WRITE_ROWS);
}

bool row_tables_is_rows(uint8_t type)
{
    return rows_is_rows_event(row_tables_plain_type(type));
}

bool row_tables_open(struct row_tables *tables, const struct event *event, struct buf *scratch,
                     struct rows *rows, const struct row_table **table, struct err *err)
{
    struct event plain = *event;
    plain.header.type = row_tables_plain_type(event->header.type);
    if (!rows_decode(&plain, rows, err))
        return false;
    if (is_compressed(event->header.type)) {
        buf_reset(scratch);
        if (!compressed_decode(reader_rest(&rows->data), scratch, err))
            return false;
        rows->data = reader_of(buf_bytes(scratch));
    }
    struct entry *entry = find(tables, rows->table_id);
    if (entry == NULL)
        return err_set(err, ERR_CORRUPT, "no table map names its table id %llu",
                       (unsigned long long)rows->table_id);
    *table = &entry->table;
    return rows_bind(rows, entry->table.map.types, entry->table.map.column_count, err);
}

const struct row_table *row_tables_newest(const struct row_tables *tables)
{
    return &tables->entries[0]->table;
}

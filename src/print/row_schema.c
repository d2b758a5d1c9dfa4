/* row_schema.c - see row_schema.h. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_schema.h"
#include "binlog/column.h"
#include "sql/column_wire.h"

/* MariaDB writes hidden columns behind the others: such a table is left alone. */
static bool fits(const struct table_def *def, const struct table_map *map)
{
    if (def->column_count != map->column_count)
        return false;
    for (unsigned i = 0; i < def->column_count; i++)
        if (!column_fits_wire(&def->columns[i], &map->types[i]) ||
            !column_has_name(&def->columns[i], map->metadata[i].name))
            return false;
    return true;
}

static void complete_labels(const struct column_def *column, struct column_metadata *metadata,
                            struct arena *arena)
{
    if (metadata->has_labels || column->label_count == 0)
        return;
    metadata->labels = arena_alloc(arena, column->label_count * sizeof *metadata->labels);
    for (unsigned i = 0; i < column->label_count; i++)
        metadata->labels[i] = bytes_of_str(column->labels[i]);
    metadata->label_count = column->label_count;
    metadata->has_labels = true;
}

/* Labels of a definition are UTF-8, those of a log are in the column's character set. */
static const struct charset *charset_of(const struct column_def *column, bool has_labels)
{
    bool is_choice = column->type == SQL_ENUM || column->type == SQL_SET;
    if (is_choice && !has_labels)
        return charset_by_name("utf8mb4");
    return column->charset != NULL ? charset_by_name(column->charset) : NULL;
}

static void complete_column(struct row_table *table, unsigned i, struct arena *arena)
{
    const struct column_def *column = &table->def->columns[i];
    struct column_type *type = &table->map.types[i];
    struct column_metadata *metadata = &table->map.metadata[i];
    if (metadata->name.data == NULL)
        metadata->name = bytes_of_str(column->name);
    if (!table->map.has_signedness)
        type->is_unsigned = column->is_unsigned;
    if (!table->map.has_charsets)
        type->is_binary = column_is_bytes(column);
    if (table->charsets[i] == NULL)
        table->charsets[i] = charset_of(column, metadata->has_labels);
    if (type->scale == COLUMN_SCALE_UNKNOWN)
        type->scale = column->scale;
    complete_labels(column, metadata, arena);
}

static void complete_key(struct row_table *table, struct arena *arena)
{
    const struct key_def *key = table_def_row_key(table->def);
    struct table_map *map = &table->map;
    if (map->primary_key != NULL || key == NULL)
        return;
    map->primary_key = arena_alloc(arena, key->part_count * sizeof *map->primary_key);
    for (unsigned i = 0; i < key->part_count; i++)
        map->primary_key[i] = (unsigned)table_def_column(table->def, key->parts[i].column);
    map->primary_key_count = key->part_count;
}

void row_schema_complete(struct row_table *table, const struct catalog *catalog,
                         struct arena *arena)
{
    const struct table_def *def = catalog_table(catalog, table->db, table->name);
    if (def == NULL || !fits(def, &table->map))
        return;
    table->def = def;
    for (unsigned i = 0; i < def->column_count; i++)
        complete_column(table, i, arena);
    complete_key(table, arena);
    table->map.has_signedness = table->map.has_charsets = table->map.has_names = true;
}

/* table.c - tables as table maps: types, collations, labels and key of a definition. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "binlog/column.h"
#include "primary/state.h"
#include "sql/charset.h"
#include "sql/types.h"

enum {
    COLLATION_BINARY = 63,
    TABLE_ARENA_KEPT = 64 << 20, /* beyond it everything is forgotten, and made again */
    NAME_BYTES_MAX = 255,
    BLOB_LENGTH_BYTES = 4,
    NOT_SUPPORTED = 1235,
};

static uint16_t blob_length_bytes(enum sql_type type)
{
    switch (sql_type_name(type)[0]) {
    case 't': /* tinytext, tinyblob; and text */
        return strcmp(sql_type_name(type), "text") == 0 ? 2 : 1;
    case 'm':
        return 3;
    case 'l':
        return 4;
    default:
        return 2;
    }
}

static uint16_t label_bytes(const struct column_def *column)
{
    unsigned n = column->label_count;
    if (column->type == SQL_ENUM)
        return n > UINT8_MAX ? 2 : 1;
    unsigned bytes = (n + 7) / 8;
    return (uint16_t)(bytes > 4 ? 8 : bytes);
}

static uint16_t byte_length(const struct column_def *column)
{
    const struct charset *charset =
        column->charset == NULL ? NULL : charset_by_name(column->charset);
    bool is_text = column->type == SQL_CHAR || column->type == SQL_VARCHAR;
    unsigned wide = is_text && charset != NULL ? charset_max_bytes(charset) : 1;
    return (uint16_t)(column->length * wide);
}

static uint16_t wire_length(const struct column_def *column)
{
    switch ((unsigned)sql_type_wire(column->type)) {
    case COLUMN_FLOAT:
        return sizeof(float);
    case COLUMN_DOUBLE:
        return sizeof(double);
    case COLUMN_BIT:
        return (uint16_t)column->length;
    case COLUMN_BLOB:
        return blob_length_bytes(column->type);
    case COLUMN_JSON:
    case COLUMN_GEOMETRY:
    case COLUMN_VECTOR:
        return BLOB_LENGTH_BYTES;
    case COLUMN_STRING:
    case COLUMN_VARCHAR:
        return column->labels != NULL ? label_bytes(column) : byte_length(column);
    default:
        return 0;
    }
}

static uint8_t geometry_kind(const char *name)
{
    static const char *const kinds[] = { "geometry",     "point",
                                         "linestring",   "polygon",
                                         "multipoint",   "multilinestring",
                                         "multipolygon", "geometrycollection" };
    for (size_t i = 0; name != NULL && i < ARRAY_COUNT(kinds); i++)
        if (strcasecmp(kinds[i], name) == 0)
            return (uint8_t)i;
    return 0;
}

static unsigned collation_of(const struct column_def *column)
{
    if (!sql_type_has_charset(column->type))
        return COLLATION_BINARY;
    unsigned id = column->collation[0] == 0 ? 0 : charset_collation_id(column->collation);
    if (id == 0)
        id = charset_collation_id(charset_default_collation(charset_by_name(column->charset)));
    return id;
}

static void fill_type(const struct column_def *column, struct column_type *type)
{
    bool is_label = column->type == SQL_ENUM || column->type == SQL_SET;
    *type = (struct column_type){
        .type = (uint8_t)(!is_label                  ? sql_type_wire(column->type)
                          : column->type == SQL_ENUM ? COLUMN_ENUM
                                                     : COLUMN_SET),
        .is_unsigned = column->is_unsigned || column->type == SQL_YEAR,
        .nullable = column->nullable,
        .length = wire_length(column),
        .precision = column->precision,
        .scale = column->scale,
    };
}

static void fill_labels(const struct column_def *column, struct arena *arena,
                        struct column_metadata *out)
{
    out->labels = arena_alloc(arena, (column->label_count + 1) * sizeof *out->labels);
    out->label_count = column->label_count;
    for (unsigned i = 0; i < column->label_count; i++)
        out->labels[i] = arena_copy(arena, bytes_of_str(column->labels[i]));
}

static bool fill_column(const struct column_def *column, struct arena *arena, struct table_map *map,
                        unsigned i)
{
    struct column_metadata *metadata = &map->metadata[i];
    fill_type(column, &map->types[i]);
    metadata->name = arena_copy(arena, bytes_of_str(column->name));
    metadata->collation = collation_of(column);
    metadata->invisible = column->invisible;
    metadata->geometry_kind = geometry_kind(column->geometry_kind);
    metadata->dimensions = column->type == SQL_VECTOR ? column->length : 0;
    map->types[i].is_binary = metadata->collation == COLLATION_BINARY && column->labels == NULL;
    if (column->type == SQL_ENUM || column->type == SQL_SET)
        fill_labels(column, arena, metadata);
    return metadata->collation != 0;
}

static void fill_key(const struct table_def *def, struct arena *arena, struct table_map *map)
{
    const struct key_def *key = table_def_primary_key(def);
    if (key == NULL)
        return;
    map->primary_key = arena_alloc(arena, key->part_count * sizeof *map->primary_key);
    for (unsigned i = 0; i < key->part_count; i++) {
        int column = table_def_column(def, key->parts[i].column);
        if (column < 0 || key->parts[i].prefix != 0) { /* a part that this field cannot say */
            map->primary_key_count = 0;
            return;
        }
        map->primary_key[map->primary_key_count++] = (unsigned)column;
    }
}

/* What row images of ours would not hold as the server's do. */
static const char *unwritten(const struct table_def *def, enum flavour flavour)
{
    for (unsigned i = 0; i < def->column_count; i++) {
        const struct column_def *column = &def->columns[i];
        bool is_of_mariadb =
            column->type == SQL_UUID || column->type == SQL_INET4 || column->type == SQL_INET6;
        if (is_of_mariadb || column->compressed ||
            (column->type == SQL_VECTOR && flavour == FLAVOUR_MARIADB))
            return column->name;
    }
    return NULL;
}

static bool is_loggable(const struct table_def *def, enum flavour flavour, struct err *err)
{
    const char *column = unwritten(def, flavour);
    if (column != NULL)
        return err_refuse(err, NOT_SUPPORTED,
                          "column %s of %s.%s has a type that a primary here does not write (UUID, "
                          "INET, COMPRESSED, MariaDB's VECTOR)",
                          column, def->db, def->name);
    if (def->system_versioned || def->is_sequence)
        return err_refuse(err, NOT_SUPPORTED,
                          "%s.%s is a sequence or has system versioning, which a primary here does "
                          "not write",
                          def->db, def->name);
    if (strlen(def->db) <= NAME_BYTES_MAX && strlen(def->name) <= NAME_BYTES_MAX &&
        def->column_count <= TABLE_COLUMNS_MAX)
        return true;
    return err_set(err, ERR_UNSUPPORTED, "table %s.%s has names or columns that no table map holds",
                   def->db, def->name);
}

void logged_tables_forget(struct primary *primary)
{
    primary->tables = NULL;
    arena_reset(&primary->table_arena);
}

struct logged_table *logged_table_get(struct primary *primary, const struct engine_table *table,
                                      const struct table_def *def, struct err *err)
{
    struct arena *arena = &primary->table_arena;
    for (struct logged_table *known = primary->tables; known != NULL; known = known->next)
        if (known->table == table)
            return known;
    if (!is_loggable(def, primary->options.flavour, err))
        return NULL;
    if (arena->used > TABLE_ARENA_KEPT && primary->transaction.table == NULL)
        logged_tables_forget(primary);
    struct logged_table *made = arena_alloc(arena, sizeof *made);
    struct table_map *map = &made->map;
    made->table = table;
    map->table_id = primary->next_table_id++;
    map->flags = 1; /* BIT lengths are exact */
    map->db = arena_copy(arena, bytes_of_str(def->db));
    map->table = arena_copy(arena, bytes_of_str(def->name));
    map->column_count = def->column_count;
    map->types = arena_alloc(arena, def->column_count * sizeof *map->types);
    map->metadata = arena_alloc(arena, def->column_count * sizeof *map->metadata);
    for (unsigned i = 0; i < def->column_count; i++) {
        if (fill_column(&def->columns[i], arena, map, i))
            continue;
        (void)err_set(err, ERR_UNSUPPORTED, "column %s of %s.%s has a collation without a number",
                      def->columns[i].name, def->db, def->name);
        return NULL;
    }
    fill_key(def, arena, map);
    struct engine *engine = primary->options.engine;
    write_keys_find(engine->ops->catalog(engine), def, arena, &made->keys);
    made->next = primary->tables;
    primary->tables = made;
    return made;
}

/* table_map_encode.c - the inverse of table_map.c: a table map as servers write it with
 * binlog_row_metadata=FULL. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/column.h"
#include "binlog/table_map.h"
#include "binlog/table_map_fields.h"

typedef bool column_test(const struct column_type *type);

static bool has_trait(const struct column_type *type, unsigned trait)
{
    static const uint8_t traits[256] = {
#define COLUMN(name, code, metadata_size, traits, text) [code] = traits,
#include "binlog/column.def"
#undef COLUMN
    };
    return (traits[type->type] & trait) != 0;
}

static bool is_numeric(const struct column_type *type)
{
    return has_trait(type, NUMERIC);
}

static bool is_character_of_mysql(const struct column_type *type)
{
    return has_trait(type, MYSQL_CHAR);
}

static bool is_character_of_mariadb(const struct column_type *type)
{
    return has_trait(type, MARIADB_CHAR);
}

static bool is_enum(const struct column_type *type)
{
    return type->type == COLUMN_ENUM;
}

static bool is_set(const struct column_type *type)
{
    return type->type == COLUMN_SET;
}

static bool is_labelled(const struct column_type *type)
{
    return is_enum(type) || is_set(type);
}

static bool is_geometry(const struct column_type *type)
{
    return type->type == COLUMN_GEOMETRY;
}

static bool is_vector(const struct column_type *type)
{
    return type->type == COLUMN_VECTOR;
}

static bool is_any(const struct column_type *type)
{
    (void)type;
    return true;
}

/* ---- the fixed part ---- */

static void put_metadata(const struct column_type *type, struct buf *out)
{
    switch (type->type) {
    case COLUMN_STRING: /* two bits of the length hide in the type, inverted */
        buf_u8(out, (uint8_t)(COLUMN_STRING ^ (type->length & 0x300) >> 4));
        buf_u8(out, (uint8_t)type->length);
        break;
    case COLUMN_ENUM:
    case COLUMN_SET:
        buf_u8(out, type->type);
        buf_u8(out, (uint8_t)type->length);
        break;
    case COLUMN_VARCHAR:
    case COLUMN_VAR_STRING:
        buf_le(out, type->length, 2);
        break;
    case COLUMN_NEWDECIMAL:
        buf_u8(out, type->precision);
        buf_u8(out, type->scale);
        break;
    case COLUMN_BIT:
        buf_u8(out, (uint8_t)(type->length % 8));
        buf_u8(out, (uint8_t)(type->length / 8));
        break;
    case COLUMN_TIMESTAMP2:
    case COLUMN_DATETIME2:
    case COLUMN_TIME2:
        buf_u8(out, type->scale);
        break;
    case COLUMN_FLOAT:
    case COLUMN_DOUBLE:
    case COLUMN_TINY_BLOB:
    case COLUMN_BLOB:
    case COLUMN_MEDIUM_BLOB:
    case COLUMN_LONG_BLOB:
    case COLUMN_JSON:
    case COLUMN_GEOMETRY:
    case COLUMN_VECTOR:
        buf_u8(out, (uint8_t)type->length);
        break;
    default:
        break; /* none; old and compressed types are never written */
    }
}

static void put_name(struct bytes name, struct buf *out)
{
    buf_u8(out, (uint8_t)name.len);
    buf_append(out, name.data, name.len);
    buf_u8(out, 0);
}

static void put_types(const struct table_map *map, struct buf *out)
{
    uint8_t nulls[TABLE_COLUMNS_MAX / 8] = { 0 };
    struct buf metadata;
    buf_init(&metadata, (size_t)TABLE_COLUMNS_MAX * 2);
    for (unsigned i = 0; i < map->column_count; i++) {
        const struct column_type *type = &map->types[i];
        buf_u8(out, is_labelled(type) ? COLUMN_STRING : type->type);
        put_metadata(type, &metadata);
        nulls[i / 8] |= (uint8_t)(type->nullable << i % 8);
    }
    buf_lenenc_bytes(out, buf_bytes(&metadata));
    buf_append(out, nulls, (map->column_count + 7) / 8);
    buf_clear(&metadata);
}

/* ---- the optional fields: each is filled, then put with its number and length ---- */

struct fields {
    const struct table_map *map;
    struct buf *out;
    struct buf field;
};

static void put_field(struct fields *f, enum table_map_field field)
{
    if (f->field.len > 0) {
        buf_u8(f->out, (uint8_t)field);
        buf_lenenc_bytes(f->out, buf_bytes(&f->field));
    }
    f->out->failed = f->out->failed || f->field.failed;
    buf_reset(&f->field);
}

static bool bit_unsigned(const struct table_map *map, unsigned column)
{
    return map->types[column].is_unsigned;
}

static bool bit_visible(const struct table_map *map, unsigned column)
{
    return !map->metadata[column].invisible;
}

/* One bit for each column that counts, the first one highest. */
static void put_bits(struct fields *f, column_test *counts,
                     bool (*bit)(const struct table_map *map, unsigned column))
{
    uint8_t byte = 0;
    unsigned n = 0;
    for (unsigned i = 0; i < f->map->column_count; i++) {
        if (!counts(&f->map->types[i]))
            continue;
        byte |= (uint8_t)((bit(f->map, i) ? 0x80u : 0u) >> n % 8);
        if (++n % 8 != 0)
            continue;
        buf_u8(&f->field, byte);
        byte = 0;
    }
    if (n % 8 != 0)
        buf_u8(&f->field, byte);
}

static void put_collations(struct fields *f, column_test *counts)
{
    for (unsigned i = 0; i < f->map->column_count; i++)
        if (counts(&f->map->types[i]))
            buf_lenenc(&f->field, f->map->metadata[i].collation);
}

static void put_labels(struct fields *f, column_test *counts)
{
    for (unsigned i = 0; i < f->map->column_count; i++) {
        const struct column_metadata *metadata = &f->map->metadata[i];
        if (!counts(&f->map->types[i]))
            continue;
        buf_lenenc(&f->field, metadata->label_count);
        for (unsigned n = 0; n < metadata->label_count; n++)
            buf_lenenc_bytes(&f->field, metadata->labels[n]);
    }
}

static void put_names(struct fields *f)
{
    for (unsigned i = 0; i < f->map->column_count; i++)
        buf_lenenc_bytes(&f->field, f->map->metadata[i].name);
}

static void put_numbers(struct fields *f, column_test *counts)
{
    for (unsigned i = 0; i < f->map->column_count; i++) {
        const struct column_metadata *metadata = &f->map->metadata[i];
        if (counts(&f->map->types[i]))
            buf_lenenc(&f->field, is_vector(&f->map->types[i]) ? metadata->dimensions
                                                               : metadata->geometry_kind);
    }
}

static void put_primary_key(struct fields *f)
{
    for (unsigned i = 0; i < f->map->primary_key_count; i++)
        buf_lenenc(&f->field, f->map->primary_key[i]);
}

static bool hides_a_column(const struct table_map *map)
{
    bool hides = false;
    for (unsigned i = 0; i < map->column_count; i++)
        hides = hides || map->metadata[i].invisible;
    return hides;
}

/* What only MySQL tells. */
static void put_visibility(struct fields *f)
{
    if (hides_a_column(f->map))
        put_bits(f, is_any, bit_visible);
    put_field(f, FIELD_VISIBILITY);
    put_numbers(f, is_vector);
    put_field(f, FIELD_VECTOR_DIMENSIONS);
}

static void put_optional(struct fields *f, enum flavour flavour)
{
    bool is_mysql = flavour == FLAVOUR_MYSQL;
    put_bits(f, is_numeric, bit_unsigned);
    put_field(f, FIELD_SIGNEDNESS);
    put_collations(f, is_mysql ? is_character_of_mysql : is_character_of_mariadb);
    put_field(f, FIELD_COLUMN_CHARSET);
    put_names(f);
    put_field(f, FIELD_COLUMN_NAME);
    put_labels(f, is_set);
    put_field(f, FIELD_SET_LABELS);
    put_labels(f, is_enum);
    put_field(f, FIELD_ENUM_LABELS);
    put_numbers(f, is_geometry);
    put_field(f, FIELD_GEOMETRY_KIND);
    put_primary_key(f);
    put_field(f, FIELD_PRIMARY_KEY);
    put_collations(f, is_labelled);
    put_field(f, FIELD_LABEL_COLUMN_CHARSET);
    if (is_mysql)
        put_visibility(f);
}

void table_map_encode(const struct table_map *map, enum flavour flavour, struct buf *body)
{
    struct fields f = { .map = map, .out = body };
    buf_init(&f.field, body->max);
    buf_le(body, map->table_id, 6);
    buf_le(body, map->flags, 2);
    put_name(map->db, body);
    put_name(map->table, body);
    buf_lenenc(body, map->column_count);
    put_types(map, body);
    put_optional(&f, flavour);
    buf_clear(&f.field);
}

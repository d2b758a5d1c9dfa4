/* table_map.c - columns and their metadata, in two passes: the fixed part, which every table map
 * has, and the optional fields, each of which lists its columns in its own numbering.
 *
 * Every count is bounded by the bytes that carry it. A field that is absent leaves its zeroes; a
 * field whose number is unknown is passed over, as its format (type, length, value) provides for.
 */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/table_map.h"
#include "base/reader.h"
#include "binlog/column.h"
#include "binlog/table_map_fields.h"

enum { COLLATION_BINARY = 63, LABELS_MAX = 65535 };

struct column_traits {
    bool known;
    uint8_t metadata_size;
    uint8_t traits;
};
static const struct column_traits column_traits_of[256] = {
#define COLUMN(name, code, metadata_size, traits, text) [code] = { true, metadata_size, traits },
#include "binlog/column.def"
#undef COLUMN
};

struct decoder {
    struct table_map *map;
    struct arena *arena;
    enum flavour flavour;
};

/* Does the column count in a field's own numbering? */
typedef bool column_filter(const struct decoder *d, const struct column_type *type);

static bool is_numeric(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return (column_traits_of[type->type].traits & NUMERIC) != 0;
}

static bool is_character(const struct decoder *d, const struct column_type *type)
{
    unsigned trait = d->flavour == FLAVOUR_MYSQL ? MYSQL_CHAR : MARIADB_CHAR;
    return (column_traits_of[type->type].traits & trait) != 0;
}

static bool is_labelled(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return type->type == COLUMN_ENUM || type->type == COLUMN_SET;
}

static bool is_enum(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return type->type == COLUMN_ENUM;
}

static bool is_set(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return type->type == COLUMN_SET;
}

static bool is_geometry(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return type->type == COLUMN_GEOMETRY;
}

static bool is_vector(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    return type->type == COLUMN_VECTOR;
}

/* The next column after *at that counts; false at the end. Start with *at = -1. */
static bool column_next(const struct decoder *d, column_filter *counts, int *at)
{
    for (int i = *at + 1; i < (int)d->map->column_count; i++) {
        if (counts(d, &d->map->types[i])) {
            *at = i;
            return true;
        }
    }
    return false;
}

/* STRING holds CHAR, BINARY, ENUM and SET: the first byte is the real type, with two bits of a
 * length above 255 in its bits 4 and 5, inverted. */
static void decode_string_type(const uint8_t metadata[2], struct column_type *type)
{
    unsigned real = metadata[0];
    unsigned length = metadata[1];
    if ((real & 0x30) != 0x30) {
        length |= ((real & 0x30) ^ 0x30) << 4;
        real |= 0x30;
    }
    type->type = (uint8_t)real;
    type->length = (uint16_t)length;
}

static void decode_type(const uint8_t *metadata, struct column_type *type)
{
    switch ((enum column_wire_type)type->type) {
    case COLUMN_STRING:
    case COLUMN_ENUM:
    case COLUMN_SET:
        decode_string_type(metadata, type);
        break;
    case COLUMN_VARCHAR:
    case COLUMN_VAR_STRING:
    case COLUMN_VARCHAR_COMPRESSED:
        type->length = (uint16_t)(metadata[0] | metadata[1] << 8);
        break;
    case COLUMN_NEWDECIMAL:
        type->precision = metadata[0];
        type->scale = metadata[1];
        break;
    case COLUMN_BIT:
        type->length = (uint16_t)(metadata[1] * 8 + metadata[0]);
        break;
    case COLUMN_TIMESTAMP2:
    case COLUMN_DATETIME2:
    case COLUMN_TIME2:
        type->scale = metadata[0];
        break;
    case COLUMN_TIMESTAMP:
    case COLUMN_DATETIME:
    case COLUMN_TIME:
        type->scale = COLUMN_SCALE_UNKNOWN;
        break;
    case COLUMN_FLOAT:
    case COLUMN_DOUBLE:
    case COLUMN_TINY_BLOB:
    case COLUMN_MEDIUM_BLOB:
    case COLUMN_LONG_BLOB:
    case COLUMN_BLOB:
    case COLUMN_BLOB_COMPRESSED:
    case COLUMN_JSON:
    case COLUMN_GEOMETRY:
    case COLUMN_VECTOR:
        type->length = metadata[0];
        break;
    case COLUMN_DECIMAL:
    case COLUMN_TINY:
    case COLUMN_SHORT:
    case COLUMN_LONG:
    case COLUMN_LONGLONG:
    case COLUMN_INT24:
    case COLUMN_NULL:
    case COLUMN_DATE:
    case COLUMN_YEAR:
    case COLUMN_NEWDATE:
    case COLUMN_TYPED_ARRAY:
        break;
    }
}

static bool decode_types(struct decoder *d, struct reader *r, struct err *err)
{
    struct table_map *map = d->map;
    const uint8_t *codes = reader_take(r, map->column_count);
    struct bytes metadata = reader_lenenc_bytes(r);
    const uint8_t *nullable = reader_take(r, (map->column_count + 7) / 8);
    if (r->failed)
        return err_set(err, ERR_CORRUPT, "table map: its columns are cut off");
    struct reader m = reader_of(metadata);
    for (unsigned i = 0; i < map->column_count; i++) {
        struct column_type *type = &map->types[i];
        if (!column_traits_of[codes[i]].known)
            return err_set(err, ERR_UNSUPPORTED,
                           "table map: column %u has type %u, which is not known here", i + 1,
                           codes[i]);
        type->type = codes[i];
        type->nullable = (nullable[i / 8] >> i % 8 & 1) != 0;
        const uint8_t *bytes = reader_take(&m, column_traits_of[codes[i]].metadata_size);
        if (bytes != NULL)
            decode_type(bytes, type);
    }
    if (m.failed || reader_left(&m) > 0)
        return err_set(err, ERR_CORRUPT, "table map: the metadata does not fit the columns");
    return true;
}

static void decode_bits(struct decoder *d, struct reader *r, column_filter *counts,
                        void (*put)(struct table_map *map, int column, bool bit))
{
    uint8_t byte = 0;
    unsigned n = 0;
    for (int i = -1; column_next(d, counts, &i); n++) {
        if (n % 8 == 0)
            byte = reader_u8(r);
        put(d->map, i, (byte & 0x80u >> n % 8) != 0);
    }
}

static void put_unsigned(struct table_map *map, int column, bool bit)
{
    map->types[column].is_unsigned = bit;
}

static void put_visible(struct table_map *map, int column, bool bit)
{
    map->metadata[column].invisible = !bit;
}

static bool is_any(const struct decoder *d, const struct column_type *type)
{
    (void)d;
    (void)type;
    return true;
}

static void put_collation(struct decoder *d, int column, uint64_t collation)
{
    struct column_type *type = &d->map->types[column];
    d->map->metadata[column].collation = (unsigned)(collation & UINT32_MAX);
    if (!is_labelled(d, type))
        type->is_binary = collation == COLLATION_BINARY;
}

/* One collation for all, then the exceptions: pairs of the column's number among its like, in
 * rising order, and its collation. */
static void decode_default_charset(struct decoder *d, struct reader *r, column_filter *counts)
{
    uint64_t standard = reader_lenenc(r);
    bool more = reader_left(r) > 0;
    uint64_t exception = more ? reader_lenenc(r) : 0;
    uint64_t n = 0;
    for (int i = -1; column_next(d, counts, &i); n++) {
        if (!more || n != exception) {
            put_collation(d, i, standard);
            continue;
        }
        put_collation(d, i, reader_lenenc(r));
        more = reader_left(r) > 0;
        exception = more ? reader_lenenc(r) : 0;
    }
    if (more)
        r->failed = true; /* an exception for a column that is not there */
}

static void decode_column_charset(struct decoder *d, struct reader *r, column_filter *counts)
{
    for (int i = -1; column_next(d, counts, &i);)
        put_collation(d, i, reader_lenenc(r));
}

static void decode_names(struct decoder *d, struct reader *r)
{
    for (unsigned i = 0; i < d->map->column_count; i++)
        d->map->metadata[i].name = reader_lenenc_bytes(r);
}

static void decode_labels(struct decoder *d, struct reader *r, column_filter *counts)
{
    for (int i = -1; column_next(d, counts, &i);) {
        struct column_metadata *metadata = &d->map->metadata[i];
        uint64_t count = reader_lenenc(r);
        if (count > reader_left(r) || count > LABELS_MAX) {
            r->failed = true;
            return;
        }
        metadata->labels = arena_alloc(d->arena, (count + 1) * sizeof *metadata->labels);
        for (uint64_t n = 0; n < count; n++)
            metadata->labels[n] = reader_lenenc_bytes(r);
        metadata->label_count = (unsigned)count;
        metadata->has_labels = true;
    }
}

static void decode_geometry_kinds(struct decoder *d, struct reader *r)
{
    for (int i = -1; column_next(d, is_geometry, &i);)
        d->map->metadata[i].geometry_kind = (uint8_t)(reader_lenenc(r) & 0xff);
}

static void decode_dimensions(struct decoder *d, struct reader *r)
{
    for (int i = -1; column_next(d, is_vector, &i);)
        d->map->metadata[i].dimensions = (uint32_t)(reader_lenenc(r) & UINT32_MAX);
}

static void decode_primary_key(struct decoder *d, struct reader *r, bool with_prefixes)
{
    struct table_map *map = d->map;
    map->primary_key = arena_alloc(d->arena, map->column_count * sizeof *map->primary_key);
    map->primary_key_count = 0;
    while (reader_left(r) > 0) {
        uint64_t column = reader_lenenc(r);
        if (with_prefixes)
            (void)reader_lenenc(r);
        if (r->failed || column >= map->column_count ||
            map->primary_key_count == map->column_count) {
            r->failed = true;
            return;
        }
        map->primary_key[map->primary_key_count++] = (unsigned)column;
    }
}

static void decode_field(struct decoder *d, uint8_t field, struct reader *r)
{
    switch ((enum table_map_field)field) {
    case FIELD_SIGNEDNESS:
        decode_bits(d, r, is_numeric, put_unsigned);
        d->map->has_signedness = true;
        break;
    case FIELD_DEFAULT_CHARSET:
        decode_default_charset(d, r, is_character);
        d->map->has_charsets = true;
        break;
    case FIELD_COLUMN_CHARSET:
        decode_column_charset(d, r, is_character);
        d->map->has_charsets = true;
        break;
    case FIELD_COLUMN_NAME:
        decode_names(d, r);
        d->map->has_names = true;
        break;
    case FIELD_SET_LABELS:
        decode_labels(d, r, is_set);
        break;
    case FIELD_ENUM_LABELS:
        decode_labels(d, r, is_enum);
        break;
    case FIELD_GEOMETRY_KIND:
        decode_geometry_kinds(d, r);
        break;
    case FIELD_PRIMARY_KEY:
        decode_primary_key(d, r, false);
        break;
    case FIELD_PRIMARY_KEY_PREFIXES:
        decode_primary_key(d, r, true);
        break;
    case FIELD_LABEL_DEFAULT_CHARSET:
        decode_default_charset(d, r, is_labelled);
        break;
    case FIELD_LABEL_COLUMN_CHARSET:
        decode_column_charset(d, r, is_labelled);
        break;
    case FIELD_VISIBILITY:
        decode_bits(d, r, is_any, put_visible);
        break;
    case FIELD_VECTOR_DIMENSIONS:
        decode_dimensions(d, r);
        break;
    }
}

/* Each field at most once, so that what it allocates is bounded by the event's size. */
static bool decode_optional(struct decoder *d, struct reader *r, struct err *err)
{
    bool seen[256] = { false };
    while (reader_left(r) > 0) {
        uint8_t field = reader_u8(r);
        struct bytes bytes = reader_lenenc_bytes(r);
        if (r->failed)
            return err_set(err, ERR_CORRUPT, "table map: optional metadata field %u is cut off",
                           field);
        if (seen[field])
            return err_set(err, ERR_CORRUPT, "table map: optional metadata field %u stands twice",
                           field);
        seen[field] = true;
        struct reader value = reader_of(bytes);
        decode_field(d, field, &value);
        if (value.failed)
            return err_set(err, ERR_CORRUPT,
                           "table map: optional metadata field %u does not fit the columns", field);
    }
    return true;
}

static struct bytes read_name(struct reader *r)
{
    struct bytes name = reader_bytes(r, reader_u8(r));
    if (reader_u8(r) != 0)
        r->failed = true;
    return name;
}

/* Room for the most that a map of this size can ask for: its bytes, a label for each of them, and
 * its columns, of which each takes a byte at least. */
static bool arena_has_room(const struct arena *arena, size_t body_size)
{
    enum { LIST_SLACK = 32, TOTAL_SLACK = 4096 }; /* alignment; a list has one element too many */
    size_t columns = body_size < TABLE_COLUMNS_MAX ? body_size : TABLE_COLUMNS_MAX;
    size_t per_column =
        sizeof(struct column_type) + sizeof(struct column_metadata) + sizeof(unsigned) + LIST_SLACK;
    size_t need = body_size * (1 + sizeof(struct bytes)) + columns * per_column + TOTAL_SLACK;
    return arena->max - arena->used >= need;
}

bool table_map_decode(const struct event *event, enum flavour flavour, struct arena *arena,
                      struct table_map *out, struct err *err)
{
    struct table_map map = { 0 };
    struct decoder d = { &map, arena, flavour };
    if (!arena_has_room(arena, event->body.len))
        return err_set(err, ERR_UNSUPPORTED,
                       "table map: no room to decode %zu bytes; too many tables are open at once",
                       event->body.len);
    struct reader r = reader_of(arena_copy(arena, event->body)); /* names and labels stay in it */
    map.table_id = reader_u48(&r);
    map.flags = reader_u16(&r);
    map.db = read_name(&r);
    map.table = read_name(&r);
    uint64_t count = reader_lenenc(&r);
    if (r.failed || count == 0 || count > TABLE_COLUMNS_MAX)
        return err_set(err, ERR_CORRUPT, "table map: %zu bytes do not begin as one",
                       event->body.len);
    map.column_count = (unsigned)count;
    map.types = arena_alloc(arena, count * sizeof *map.types);
    map.metadata = arena_alloc(arena, count * sizeof *map.metadata);
    if (!decode_types(&d, &r, err) || !decode_optional(&d, &r, err))
        return err_wrap(err, "%.*s.%.*s", (int)map.db.len, (const char *)map.db.data,
                        (int)map.table.len, (const char *)map.table.data);
    *out = map;
    return true;
}

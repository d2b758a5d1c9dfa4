/* test_table_map.c - optional metadata: names, charsets, labels and keys reach the right columns.
 * Whole maps of real servers are in test_rows_servers.c; here they are read for what they say. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/column.h"
#include "binlog/table_map.h"

struct map_file {
    uint8_t *data;
    struct arena arena;
    struct table_map map;
};

static struct event event_at(const uint8_t *data, size_t size, const struct format *format)
{
    struct event_header header;
    struct event event;
    struct err err;
    void **unit_state = NULL;
    CHECK_OK(event_header_decode(bytes_of(data, size), &header, &err), err);
    CHECK_OK(event_decode(bytes_of(data, header.size), format, &event, &err), err);
    return event;
}

/* The first table map of test/data/rows/NAME.bin. */
static void map_open(const char *name, struct map_file *out)
{
    char path[512];
    struct format format;
    struct err err;
    void **unit_state = NULL;
    snprintf(path, sizeof path, "%s/rows/%s.bin", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    out->data = malloc(1 << 16);
    size_t size = fread(out->data, 1, 1 << 16, file);
    fclose(file);
    arena_init(&out->arena, 4 << 20);
    struct event first = event_at(out->data, size, NULL);
    CHECK_OK(format_decode(first.raw, &format, &err), err);
    struct event map = event_at(out->data + first.raw.len, size - first.raw.len, &format);
    CHECK(map.header.type == EVENT_TABLE_MAP);
    CHECK_OK(table_map_decode(&map, format.flavour, &out->arena, &out->map, &err), err);
}

static void map_close(struct map_file *file)
{
    arena_clear(&file->arena);
    free(file->data);
}

static unsigned column_named(const struct table_map *map, const char *name)
{
    for (unsigned i = 0; i < map->column_count; i++)
        if (bytes_equal_str(map->metadata[i].name, name))
            return i;
    fail_msg("no column %s", name);
    return 0;
}

static void check_column(const struct table_map *map, const char *name, unsigned collation,
                         bool is_binary, bool is_unsigned)
{
    unsigned i = column_named(map, name);
    if (map->metadata[i].collation != collation || map->types[i].is_binary != is_binary ||
        map->types[i].is_unsigned != is_unsigned)
        fail_msg("%s: collation %u, binary %d, unsigned %d", name, map->metadata[i].collation,
                 map->types[i].is_binary, map->types[i].is_unsigned);
}

TEST(table_map, mysql_full_metadata_reaches_its_columns)
{
    struct map_file file;
    map_open("mysql-9.7.t_all", &file);
    const struct table_map *map = &file.map;
    CHECK(bytes_equal_str(map->db, "types") && bytes_equal_str(map->table, "t_all"));
    CHECK(map->has_names && map->has_charsets && map->has_signedness);
    CHECK(map->primary_key_count == 1 && map->primary_key[0] == 0);
    check_column(map, "c_tiny", 0, false, false);
    check_column(map, "c_tinyu", 0, false, true);
    check_column(map, "c_bigu", 0, false, true);
    check_column(map, "c_year", 0, false, true);
    check_column(map, "c_dec65_30", 0, false, false);
    check_column(map, "c_char", 255, false, false);
    check_column(map, "c_varchar", 8, false, false);
    check_column(map, "c_bin8", 63, true, false);
    check_column(map, "c_varbin300", 63, true, false);
    check_column(map, "c_text", 46, false, false);
    check_column(map, "c_longtext", 255, false, false);
    check_column(map, "c_longblob", 63, true, false);
    check_column(map, "c_enum", 255, false, false);
    check_column(map, "c_json", 0, false, false);
    CHECK(map->metadata[column_named(map, "c_inv")].invisible);
    CHECK(!map->metadata[column_named(map, "c_gs")].invisible);
    CHECK(map->metadata[column_named(map, "c_geom")].geometry_kind == 0);
    CHECK(map->metadata[column_named(map, "c_point")].geometry_kind == 1);
    CHECK(map->metadata[column_named(map, "c_vec")].dimensions == 4);
    CHECK(!map->types[0].nullable && map->types[1].nullable);
    map_close(&file);
}

TEST(table_map, labels_of_enum_and_set_are_kept_as_bytes)
{
    struct map_file file;
    map_open("mariadb-11.8.t_all", &file);
    const struct column_metadata *choice = &file.map.metadata[column_named(&file.map, "c_enum")];
    CHECK(choice->has_labels && choice->label_count == 3);
    CHECK(bytes_equal_str(choice->labels[0], "a"));
    CHECK(bytes_equal_str(choice->labels[1], "b\xc3\xa9"));
    CHECK(bytes_equal_str(choice->labels[2], "c'q"));
    const struct column_metadata *set = &file.map.metadata[column_named(&file.map, "c_set64")];
    CHECK(set->label_count == 64 && bytes_equal_str(set->labels[63], "s64"));
    CHECK(!file.map.metadata[column_named(&file.map, "c_char")].has_labels);
    CHECK(file.map.metadata[column_named(&file.map, "c_enumbig")].label_count == 300);
    map_close(&file);
}

/* MariaDB counts GEOMETRY among the character columns, MySQL does not: taken for the other's, every
 * charset after the geometry would be off by one. */
TEST(table_map, mariadb_counts_geometry_among_character_columns)
{
    struct map_file file;
    map_open("mariadb-11.8.t_all", &file);
    const struct table_map *map = &file.map;
    CHECK(map->types[column_named(map, "c_geom")].type == COLUMN_GEOMETRY);
    check_column(map, "c_longblob", 63, true, false);
    check_column(map, "c_json", 46, false, false);
    check_column(map, "c_uuid", 63, true, false);
    check_column(map, "c_inet4", 63, true, false);
    check_column(map, "c_vbc", 63, true, false);
    check_column(map, "c_blobc", 63, true, false);
    check_column(map, "c_vec", 63, true, false);
    CHECK(!map->types[column_named(map, "c_vcc")].is_binary);
    CHECK(!map->types[column_named(map, "c_textc")].is_binary);
    map_close(&file);
}

enum { CHARSET_COLUMNS = 10 };

static void check_charsets(const char *name, const unsigned want[CHARSET_COLUMNS])
{
    struct map_file file;
    void **unit_state = NULL;
    map_open(name, &file);
    CHECK(file.map.column_count == CHARSET_COLUMNS);
    for (unsigned i = 0; i < CHARSET_COLUMNS; i++)
        if (file.map.metadata[i].collation != want[i])
            fail_msg("%s: column %u has collation %u, not %u", name, i + 1,
                     file.map.metadata[i].collation, want[i]);
    map_close(&file);
}

/* latin1, utf8mb3, ucs2, utf16, latin1, ENUM latin1, SET utf8mb4, BLOB, VARBINARY, ascii */
TEST(table_map, charsets_skip_enum_and_set_in_both_flavours)
{
    (void)unit_state;
    check_charsets("mysql-9.7.t_cs", (unsigned[]){ 8, 33, 35, 54, 8, 8, 255, 63, 63, 11 });
    check_charsets("mysql-9.7.t_cs_minimal", (unsigned[]){ 8, 33, 35, 54, 8, 0, 0, 63, 63, 11 });
    check_charsets("mariadb-10.11.t_cs", (unsigned[]){ 8, 33, 35, 54, 8, 8, 45, 63, 63, 11 });
    check_charsets("mariadb-11.8.t_cs",
                   (unsigned[]){ 8, 2048, 2560, 2816, 8, 8, 2304, 63, 63, 11 });
}

/* A map of two columns, INT and ENUM, and what the test adds as optional metadata. */
static bool decode_with(const void *metadata, size_t size, struct arena *arena,
                        struct table_map *map, struct err *err)
{
    static const uint8_t fixed[] = { 7, 0,   0, 0, 0, 0,   1, 0,   1, 'd', 0,
                                     1, 't', 0, 2, 3, 254, 2, 247, 1, 3 };
    uint8_t body[sizeof fixed + 64];
    memcpy(body, fixed, sizeof fixed);
    memcpy(body + sizeof fixed, metadata, size);
    struct event event = { .header.type = EVENT_TABLE_MAP,
                           .body = bytes_of(body, sizeof fixed + size) };
    return table_map_decode(&event, FLAVOUR_MYSQL, arena, map, err);
}

TEST(table_map, impossible_metadata_is_corrupt)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        { "\x01\x00", 2 },                                      /* signedness without its byte */
        { "\x01\x01\x80\x01\x01\x80", 6 },                      /* twice */
        { "\x04\x02\x01\x61", 4 },                              /* one name for two columns */
        { "\x04\x03\x01\x61\x05", 5 },                          /* a name longer than its field */
        { "\x06\x02\x02\x01", 4 },                              /* two labels, one byte */
        { "\x06\x09\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 11 }, /* 2^64 - 1 labels */
        { "\x08\x01\x02", 3 },                                  /* key column 2 of 0..1 */
        { "\x08\x03\x00\x01\x00", 5 },                          /* three key parts of two columns */
        { "\x09\x01\x00", 3 },                                  /* a key part without its prefix */
        { "\x0a\x03\x08\x01\x21", 5 },                          /* an exception for a second ENUM */
        { "\x0c\x00", 2 },                                      /* visibility without its byte */
        { "\x04\xfd\xff\xff\xff", 5 },                          /* longer than the event */
    };
    struct table_map map;
    struct arena arena;
    struct err err;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CHECK(!decode_with(cases[i].bytes, cases[i].size, &arena, &map, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
    arena_clear(&arena);
}

TEST(table_map, absent_and_unknown_metadata_is_fine)
{
    struct table_map map;
    struct arena arena;
    struct err err;
    arena_init(&arena, 1 << 20);
    CHECK_OK(decode_with("", 0, &arena, &map, &err), err);
    CHECK(map.table_id == 7 && map.flags == 1 && map.primary_key == NULL);
    CHECK(!map.has_names && !map.has_charsets && !map.has_signedness);
    CHECK(map.types[1].type == COLUMN_ENUM && map.types[1].length == 1);
    CHECK(map.metadata[0].name.data == NULL);
    CHECK_OK(decode_with("\xc8\x02xy\x01\x01\x80", 7, &arena, &map, &err), err);
    CHECK(map.has_signedness && map.types[0].is_unsigned);
    arena_clear(&arena);
}

TEST(table_map, that_does_not_fit_its_arena_is_an_error_not_an_abort)
{
    struct table_map map;
    struct arena arena;
    struct err err;
    arena_init(&arena, 1024);
    CHECK(!decode_with("", 0, &arena, &map, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    arena_clear(&arena);
}

UNIT_MAIN(RUN(table_map, mysql_full_metadata_reaches_its_columns),
          RUN(table_map, labels_of_enum_and_set_are_kept_as_bytes),
          RUN(table_map, mariadb_counts_geometry_among_character_columns),
          RUN(table_map, charsets_skip_enum_and_set_in_both_flavours),
          RUN(table_map, impossible_metadata_is_corrupt),
          RUN(table_map, absent_and_unknown_metadata_is_fine),
          RUN(table_map, that_does_not_fit_its_arena_is_an_error_not_an_abort))

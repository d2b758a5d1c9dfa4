/* fuzz_write_keys.c - the keys of any tables, and any values in their rows: size of the schema (2,
 * LE), its tables, each ended by a NUL byte; then columns' values: kind (1), size (1), bytes. The
 * keys of each table are found; a row has the same numbers each time it is told, before and after a
 * change alike, and so has one whose texts have spaces behind them; never more numbers than keys.
 */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "primary/write_keys.h"
#include "primary/write_set.h"
#include "sql/ddl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 64 << 20, COLUMNS_MAX = 64, VALUE_MAX = 255, SPACES = 2 };

struct row {
    struct value values[COLUMNS_MAX];
    uint8_t texts[COLUMNS_MAX][VALUE_MAX + SPACES];
};

struct input {
    struct catalog *catalog;
    struct reader rows;
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void read_number(struct reader *r, struct value *out)
{
    if (out->kind == VALUE_FLOAT || out->kind == VALUE_DOUBLE) {
        out->d = (double)reader_u64(r);
    } else if (out->kind >= VALUE_DATE && out->kind <= VALUE_DATETIME) {
        out->time = (struct time_parts){ .year = reader_u16(r), .day = reader_u8(r) };
        out->time.second = reader_u8(r);
    } else {
        out->u = reader_u64(r);
    }
}

static bool has_bytes(enum value_kind kind)
{
    return kind == VALUE_DECIMAL || kind >= VALUE_TEXT;
}

static void read_value(struct reader *r, struct value *out)
{
    *out = (struct value){ .kind = reader_u8(r) % (VALUE_JSON_DIFF + 1) };
    if (has_bytes(out->kind))
        out->bytes = reader_bytes(r, reader_u8(r));
    else if (out->kind > VALUE_NULL)
        read_number(r, out);
}

/* A value's texts with spaces behind: no key tells it from the row. */
static void spaced(const struct table_def *table, const struct row *row, struct row *out)
{
    for (unsigned i = 0; i < table->column_count; i++) {
        const struct value *value = &row->values[i];
        out->values[i] = *value;
        if (value->kind != VALUE_TEXT || value->bytes.len > VALUE_MAX)
            continue;
        memset(out->texts[i], ' ', sizeof out->texts[i]);
        if (value->bytes.len > 0)
            memcpy(out->texts[i], value->bytes.data, value->bytes.len);
        out->values[i].bytes = bytes_of(out->texts[i], value->bytes.len + SPACES);
    }
}

static void add(const struct write_keys *keys, const struct row *before, const struct row *after,
                struct write_set *set)
{
    struct row_change change = { .kind = before == NULL  ? CHANGE_INSERT
                                         : after == NULL ? CHANGE_DELETE
                                                         : CHANGE_UPDATE,
                                 .before = before == NULL ? NULL : before->values,
                                 .after = after == NULL ? NULL : after->values };
    write_set_begin(set);
    write_keys_add(keys, &change, set);
    must(set->own_count <= 2 * keys->count);
}

static bool is_same(const struct write_set *a, const struct write_set *b)
{
    if (a->is_alone || b->is_alone)
        return a->is_alone == b->is_alone;
    if (a->own_count != b->own_count)
        return false;
    for (unsigned i = 0; i < a->own_count; i++)
        if (a->own[i].number != b->own[i].number ||
            a->own[i].is_reference != b->own[i].is_reference)
            return false;
    return true;
}

static void check_row(const struct write_keys *keys, const struct row *row, const struct row *alike)
{
    struct write_set one, other;
    write_set_init(&one, WRITE_HISTORY_MAX);
    write_set_init(&other, WRITE_HISTORY_MAX);
    add(keys, NULL, row, &one);
    add(keys, row, NULL, &other);
    must(is_same(&one, &other));
    add(keys, NULL, alike, &other);
    must(is_same(&one, &other));
    add(keys, row, alike, &other);
    must(one.is_alone == other.is_alone);
    (void)write_set_place(&one, 1);
    (void)write_set_place(&other, 1);
    write_set_clear(&one);
    write_set_clear(&other);
}

static bool check_table(const struct table_def *table, void *arg)
{
    struct input *input = arg;
    struct arena arena;
    struct write_keys keys;
    static struct row row, alike;
    arena_init(&arena, ARENA_MAX);
    write_keys_find(input->catalog, table, &arena, &keys);
    for (unsigned i = 0; i < table->column_count && i < COLUMNS_MAX; i++)
        read_value(&input->rows, &row.values[i]);
    if (table->column_count <= COLUMNS_MAX && !input->rows.failed) {
        spaced(table, &row, &alike);
        check_row(&keys, &row, &alike);
    }
    arena_clear(&arena);
    return true;
}

static void put_tables(struct catalog *catalog, struct bytes schema)
{
    struct ddl_session session = { .db = "d", .explicit_defaults_for_timestamp = true };
    while (schema.len > 0) {
        const uint8_t *end = memchr(schema.data, 0, schema.len);
        size_t len = end == NULL ? schema.len : (size_t)(end - schema.data);
        struct table_def *table = NULL;
        struct err err;
        if (ddl_parse_table(bytes_of(schema.data, len), &session, &table, &err))
            catalog_put_table(catalog, table);
        size_t used = end == NULL ? len : len + 1;
        schema = bytes_of(schema.data + used, schema.len - used);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = { data, data + size, false };
    struct bytes schema = reader_bytes(&r, reader_u16(&r));
    if (r.failed)
        return 0;
    struct input input = { .catalog = catalog_new(FLAVOUR_MYSQL), .rows = r };
    catalog_put_database(input.catalog, "d", "utf8mb4", "utf8mb4_general_ci");
    put_tables(input.catalog, schema);
    must(catalog_each_table(input.catalog, check_table, &input));
    catalog_free(input.catalog);
    return 0;
}

/* table.c - see table.h.
 *
 * Servers write a table map before every statement's rows, nearly always the same bytes: those are
 * compared, and only other ones decoded. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/table.h"
#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "base/reader.h"
#include "binlog/column.h"
#include "binlog/value_equal.h"
#include "sql/column_wire.h"
#include "sql/expression.h"
#include "sql/types.h"

enum { TABLE_ARENA_MAX = 64 << 20, TABLE_ID_SIZE = 6 };

static void table_free(struct apply_table *table)
{
    arena_clear(&table->arena);
    free(table);
}

void table_cache_retire(struct table_cache *cache)
{
    for (unsigned i = 0; i < TABLE_CACHE_BUCKETS && cache->count > 0; i++) {
        while (cache->buckets[i] != NULL) {
            struct apply_table *table = cache->buckets[i];
            cache->buckets[i] = table->next_in_bucket;
            table->next_in_bucket = cache->retired;
            cache->retired = table;
            cache->count--;
        }
    }
}

void table_cache_sweep(struct table_cache *cache)
{
    while (cache->retired != NULL) {
        struct apply_table *table = cache->retired;
        cache->retired = table->next_in_bucket;
        table_free(table);
    }
}

struct apply_table *table_cache_find(const struct table_cache *cache, uint64_t id)
{
    struct apply_table *table = cache->buckets[id % TABLE_CACHE_BUCKETS];
    while (table != NULL && table->id != id)
        table = table->next_in_bucket;
    return table;
}

/* ---- agreement of log and catalog ---- */

static bool disagree(const struct apply_table *table, unsigned column, struct err *err)
{
    const struct column_def *known = &table->def->columns[column];
    const struct column_type *type = &table->map.types[column];
    struct bytes name = table->map.metadata[column].name;
    return err_set(
        err, ERR_CONFLICT,
        "column %u of %s.%s: the log says %.*s of wire type %u (%u,%u), the catalog says "
        "%s %s: the definition here is not the source's; make a new copy of the source",
        column + 1, table->def->db, table->def->name, name.data != NULL ? (int)name.len : 1,
        name.data != NULL ? (const char *)name.data : "?", type->type, type->precision, type->scale,
        known->name, sql_type_name(known->type));
}

/* MariaDB writes a hidden column behind the others for each UNIQUE key that is a hash: 64 bits. */
static bool has_only_hashes_more(const struct apply_table *table)
{
    const struct table_def *def = table->def;
    unsigned hashes = 0;
    for (unsigned i = 0; i < def->key_count; i++)
        hashes += def->keys[i].kind == KEY_UNIQUE;
    if (table->map.column_count < def->column_count ||
        table->map.column_count - def->column_count > hashes)
        return false;
    for (unsigned i = def->column_count; i < table->map.column_count; i++)
        if (table->map.types[i].type != COLUMN_LONGLONG)
            return false;
    return true;
}

static bool check_columns(struct apply_table *table, enum flavour flavour, struct err *err)
{
    const struct table_def *def = table->def;
    bool may_hash = flavour == FLAVOUR_MARIADB;
    if (def->column_count != table->map.column_count && !(may_hash && has_only_hashes_more(table)))
        return err_set(err, ERR_CONFLICT,
                       "table %s.%s: the log says %u columns, the catalog says %u: the definition "
                       "here is not the source's; make a new copy of the source",
                       def->db, def->name, table->map.column_count, def->column_count);
    for (unsigned i = 0; i < def->column_count; i++) {
        struct column_type *type = &table->map.types[i];
        const struct column_def *column = &def->columns[i];
        if (!column_fits_wire(column, type) ||
            !column_has_name(column, table->map.metadata[i].name))
            return disagree(table, i, err);
        type->is_unsigned = column->is_unsigned;
        type->is_binary = column_is_bytes(column);
        if (type->scale == COLUMN_SCALE_UNKNOWN)
            type->scale = column->scale;
    }
    return true;
}

/* ---- keys ---- */

static void find_key(struct apply_table *table)
{
    const struct key_def *key = table_def_row_key(table->def);
    if (key == NULL)
        return;
    table->key = arena_alloc(&table->arena, key->part_count * sizeof *table->key);
    for (unsigned i = 0; i < key->part_count; i++) {
        int column = table_def_column(table->def, key->parts[i].column);
        assert(column >= 0);
        table->key[table->key_count++] = (unsigned)column;
    }
}

static void find_unique(struct apply_table *table)
{
    const struct table_def *def = table->def;
    const struct key_def *row_key = table_def_row_key(def);
    for (unsigned k = 0; k < def->key_count; k++) {
        const struct key_def *key = &def->keys[k];
        if (key == row_key || (key->kind != KEY_PRIMARY && key->kind != KEY_UNIQUE))
            continue;
        if (table->unique == NULL)
            table->unique = arena_alloc(&table->arena,
                                        (table->map.column_count / 64 + 1) * sizeof *table->unique);
        for (unsigned i = 0; i < key->part_count; i++) {
            int column =
                key->parts[i].column != NULL ? table_def_column(def, key->parts[i].column) : -1;
            if (column >= 0)
                table->unique[column / 64] |= (uint64_t)1 << (column % 64);
        }
    }
}

static bool is_present(struct bytes bitmap, unsigned column)
{
    return column / 8 < bitmap.len && (bitmap.data[column / 8] >> column % 8 & 1) != 0;
}

/* An expression that is not known may name any column. */
static bool mentions(const char *expression, const char *name)
{
    return expression == NULL || expression_names(expression, name);
}

bool apply_table_lacks_generated(const struct apply_table *table, struct bytes after_present)
{
    const struct table_def *def = table->def;
    for (unsigned g = 0; table->has_generated && g < def->column_count; g++) {
        const struct column_def *generated = &def->columns[g];
        if (generated->generated == GENERATED_NO || is_present(after_present, g))
            continue;
        for (unsigned i = 0; i < def->column_count; i++)
            if (is_present(after_present, i) &&
                mentions(generated->generated_text, def->columns[i].name))
                return true;
    }
    return false;
}

/* An INSERT has no value before. */
static bool is_changed(const struct apply_table *table, enum change kind, unsigned column)
{
    const struct value *after = &table->after[column];
    if (after->kind == VALUE_ABSENT)
        return false;
    const struct value *before = &table->before[column];
    return kind != CHANGE_UPDATE || before->kind == VALUE_ABSENT || !value_equal(before, after);
}

bool apply_table_loses_generated(const struct apply_table *table, enum change kind,
                                 unsigned *column)
{
    const struct table_def *def = table->def;
    for (unsigned g = 0; g < def->column_count; g++) {
        const struct column_def *generated = &def->columns[g];
        if (generated->generated == GENERATED_NO || table->after[g].kind != VALUE_ABSENT)
            continue;
        for (unsigned i = 0; i < def->column_count; i++) {
            if (is_changed(table, kind, i) &&
                mentions(generated->generated_text, def->columns[i].name)) {
                *column = g;
                return true;
            }
        }
    }
    return false;
}

static bool has_generated(const struct table_def *def)
{
    for (unsigned i = 0; i < def->column_count; i++)
        if (def->columns[i].generated != GENERATED_NO)
            return true;
    return false;
}

/* A table whose engine was not said has the server's default. */
static bool is_lasting(const struct table_def *def)
{
    static const char *const transactional[] = { "", "InnoDB", "RocksDB", "TokuDB", "ndbcluster" };
    for (size_t i = 0; i < ARRAY_COUNT(transactional); i++)
        if (strcasecmp(def->engine, transactional[i]) == 0)
            return false;
    return true;
}

static bool find_target(struct apply_table *table, const struct table_context *context,
                        struct err *err)
{
    const char *db = arena_strn(&table->arena, table->map.db.data, table->map.db.len);
    const char *name = arena_strn(&table->arena, table->map.table.data, table->map.table.len);
    if (context->keep != NULL && !context->keep(db, name, context->keep_arg))
        return true;
    struct engine_table *target = context->engine->ops->table(context->engine, db, name);
    if (target == NULL || !context->engine->ops->has_rows(target))
        return err_set(err, ERR_CONFLICT,
                       "the log changes table %s.%s, which %s: make a new copy of the source, or "
                       "exclude the table",
                       db, name,
                       target == NULL ? "the catalog here does not know"
                                      : "was not copied when it was excluded");
    table->def = context->engine->ops->table_def(target);
    if (!check_columns(table, context->flavour, err))
        return false;
    find_key(table);
    find_unique(table);
    table->has_generated = has_generated(table->def);
    table->is_lasting = is_lasting(table->def);
    table->is_parent = context->engine->ops->is_cascade_parent(target);
    size_t columns = table->map.column_count;
    table->before = arena_alloc(&table->arena, columns * sizeof *table->before);
    table->after = arena_alloc(&table->arena, columns * sizeof *table->after);
    table->target = target;
    return true;
}

bool table_cache_put(struct table_cache *cache, const struct table_context *context,
                     const struct event *event, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t id = reader_le(&r, TABLE_ID_SIZE);
    struct apply_table *table = table_cache_find(cache, id);
    if (table != NULL && bytes_equal(table->body, event->body))
        return true;
    if (table != NULL || cache->count >= TABLE_CACHE_MAX)
        table_cache_retire(cache); /* an id has a new meaning, or ids do not come back */
    table = memory_new(sizeof *table);
    arena_init(&table->arena, TABLE_ARENA_MAX);
    table->id = id;
    table->body = arena_copy(&table->arena, event->body);
    if (!table_map_decode(event, context->flavour, &table->arena, &table->map, err) ||
        !find_target(table, context, err)) {
        table_free(table);
        return false;
    }
    struct apply_table **bucket = &cache->buckets[id % TABLE_CACHE_BUCKETS];
    table->next_in_bucket = *bucket;
    *bucket = table;
    cache->count++;
    return true;
}

/* tables.c - see tables.h: a chained hash by "db NUL name". */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/tables.h"
#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "engine/sqlite/cascade.h"
#include "engine/sqlite/statement.h"

enum { BUCKETS_FIRST = 64 };

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    return (hash ^ 0xffu) * 16777619u;
}

static uint32_t hash_name(const char *db, const char *name)
{
    return hash_text(hash_text(2166136261u, db), name);
}

static void grow(struct table_map_by_name *tables)
{
    unsigned count = tables->bucket_count > 0 ? tables->bucket_count * 2 : BUCKETS_FIRST;
    struct engine_table **buckets = memory_new(count * sizeof *buckets);
    for (unsigned i = 0; i < tables->bucket_count; i++) {
        for (struct engine_table *t = tables->buckets[i], *next; t != NULL; t = next) {
            struct engine_table **bucket = &buckets[hash_name(t->db, t->name) & (count - 1)];
            next = t->next_in_bucket;
            t->next_in_bucket = *bucket;
            *bucket = t;
        }
    }
    free(tables->buckets);
    tables->buckets = buckets;
    tables->bucket_count = count;
}

/* Drops all that was made from the definition. */
static void table_close(struct engine_table *table)
{
    statements_drop(table);
    cascades_forget(table);
    free(table->columns);
    free(table->key);
    table->columns = NULL;
    table->key = NULL;
    table->key_count = 0;
    table->has_sort_keys = false;
    table->number_known = false; /* what it was is what the rows, and the database, say */
    table->number_given = 0;
    table->number_kept = 0;
}

static void table_free(struct engine_table *table)
{
    table_close(table);
    free(table->db);
    free(table->name);
    free(table->sqlite_name);
    free(table);
}

void tables_clear(struct sqlite_engine *engine)
{
    struct table_map_by_name *tables = &engine->tables;
    for (unsigned i = 0; i < tables->bucket_count; i++) {
        for (struct engine_table *t = tables->buckets[i], *next; t != NULL; t = next) {
            next = t->next_in_bucket;
            table_free(t);
        }
    }
    free(tables->buckets);
    *tables = (struct table_map_by_name){ 0 };
}

struct engine_table *tables_find(struct sqlite_engine *engine, const char *db, const char *name)
{
    struct table_map_by_name *tables = &engine->tables;
    if (tables->count == 0)
        return NULL;
    struct engine_table *table = tables->buckets[hash_name(db, name) & (tables->bucket_count - 1)];
    while (table != NULL && (strcmp(table->name, name) != 0 || strcmp(table->db, db) != 0))
        table = table->next_in_bucket;
    return table;
}

struct engine_table *tables_add(struct sqlite_engine *engine, int64_t id, const char *sqlite_name,
                                const struct table_def *def, bool has_rows)
{
    struct table_map_by_name *tables = &engine->tables;
    if (tables->count >= tables->bucket_count)
        grow(tables);
    struct engine_table *table = memory_new(sizeof *table);
    struct engine_table **bucket =
        &tables->buckets[hash_name(def->db, def->name) & (tables->bucket_count - 1)];
    table->engine = engine;
    table->db = memory_str(def->db);
    table->name = memory_str(def->name);
    table->id = id;
    table->sqlite_name = memory_str(sqlite_name);
    table->def = def;
    table->has_rows = has_rows;
    table->next_in_bucket = *bucket;
    *bucket = table;
    tables->count++;
    return table;
}

void tables_remove(struct engine_table *table)
{
    struct table_map_by_name *tables = &table->engine->tables;
    uint32_t hash = hash_name(table->db, table->name);
    struct engine_table **at = &tables->buckets[hash & (tables->bucket_count - 1)];
    while (*at != table)
        at = &(*at)->next_in_bucket;
    *at = table->next_in_bucket;
    tables->count--;
    table_free(table);
}

void tables_close_all(struct sqlite_engine *engine)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++)
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket)
            table_close(t);
}

void tables_forget_undone(struct sqlite_engine *engine)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++)
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket) {
            t->number_kept = 0;
            t->has_sort_keys = false;
        }
}

void tables_rebind(struct sqlite_engine *engine)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++) {
        for (struct engine_table *t = engine->tables.buckets[i], *next; t != NULL; t = next) {
            next = t->next_in_bucket;
            t->def = catalog_table(engine->catalog, t->db, t->name);
            if (t->def == NULL)
                tables_remove(t);
        }
    }
}

/* "rowid" and its aliases mean the column where a column has that name. */
static const char *free_rowid_name(const struct table_def *def)
{
    static const char *const names[] = { "rowid", "_rowid_", "oid" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        bool taken = false;
        for (unsigned c = 0; c < def->column_count; c++)
            taken = taken || strcasecmp(def->columns[c].name, names[i]) == 0;
        if (!taken)
            return names[i];
    }
    return NULL;
}

static bool open_key(struct engine_table *table, struct err *err)
{
    const struct key_def *key = table_def_row_key(table->def);
    table->rowid_name = free_rowid_name(table->def);
    if (key == NULL && table->rowid_name == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "table %s.%s has no key and columns named rowid, _rowid_ and oid: nothing "
                       "names its rows; add a primary key",
                       table->def->db, table->def->name);
    if (key == NULL)
        return true;
    table->key = memory_new(key->part_count * sizeof *table->key);
    table->key_count = key->part_count;
    for (unsigned i = 0; i < key->part_count; i++) {
        int column = table_def_column(table->def, key->parts[i].column);
        assert(column >= 0);
        table->key[i] = (unsigned)column;
    }
    return true;
}

bool tables_open(struct engine_table *table, struct err *err)
{
    if (table->columns != NULL)
        return true;
    const struct table_def *def = table->def;
    struct storage *columns = memory_new((def->column_count + 1) * sizeof *columns);
    for (unsigned i = 0; i < def->column_count; i++) {
        if (!storage_init(&columns[i], &def->columns[i], &table->engine->scratch, err)) {
            free(columns);
            return err_wrap(err, "table %s.%s", def->db, def->name);
        }
    }
    if (!open_key(table, err)) {
        free(columns);
        return false;
    }
    table->columns = columns;
    table->mask_words = (def->column_count + 63) / 64;
    return true;
}

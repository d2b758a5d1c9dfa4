/* catalog.c - definitions and databases in two arrays, sorted by name (bytes). */
// SPDX-License-Identifier: Apache-2.0
#include "sql/catalog.h"
#include <stdlib.h>
#include "base/memory.h"

struct database {
    char *name, *charset, *collation;
};

struct catalog {
    enum flavour flavour;
    struct table_def **tables; /* by db, then name */
    size_t table_count, table_cap;
    struct database *databases; /* by name */
    size_t database_count, database_cap;
};

struct catalog *catalog_new(enum flavour flavour)
{
    struct catalog *catalog = memory_new(sizeof *catalog);
    catalog->flavour = flavour;
    return catalog;
}

static void database_clear(struct database *database)
{
    free(database->name);
    free(database->charset);
    free(database->collation);
}

void catalog_free(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    for (size_t i = 0; i < catalog->table_count; i++)
        table_def_free(catalog->tables[i]);
    for (size_t i = 0; i < catalog->database_count; i++)
        database_clear(&catalog->databases[i]);
    free(catalog->tables);
    free(catalog->databases);
    free(catalog);
}

enum flavour catalog_flavour(const struct catalog *catalog)
{
    return catalog->flavour;
}

static int compare_table(const struct table_def *table, const char *db, const char *name)
{
    int order = strcmp(table->db, db);
    return order != 0 ? order : strcmp(table->name, name);
}

/* Where the table is, or where it would be. */
static size_t find_table(const struct catalog *catalog, const char *db, const char *name,
                         bool *found)
{
    size_t low = 0;
    size_t high = catalog->table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_table(catalog->tables[middle], db, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < catalog->table_count && compare_table(catalog->tables[low], db, name) == 0;
    return low;
}

static size_t find_database(const struct catalog *catalog, const char *db, bool *found)
{
    size_t low = 0;
    size_t high = catalog->database_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(catalog->databases[middle].name, db) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < catalog->database_count && strcmp(catalog->databases[low].name, db) == 0;
    return low;
}

const struct table_def *catalog_table(const struct catalog *catalog, const char *db,
                                      const char *name)
{
    bool found;
    size_t at = find_table(catalog, db, name, &found);
    return found ? catalog->tables[at] : NULL;
}

/* Room for one more element of that size at place `at`: the rest moves up. */
static void *open_gap(void *array, size_t count, size_t *cap, size_t size, size_t at)
{
    if (count == *cap) {
        *cap = *cap == 0 ? 16 : *cap * 2;
        array = memory_resize(array, *cap * size);
    }
    char *base = array;
    memmove(base + (at + 1) * size, base + at * size, (count - at) * size);
    return array;
}

void catalog_put_table(struct catalog *catalog, struct table_def *table)
{
    bool found;
    size_t at = find_table(catalog, table->db, table->name, &found);
    if (found) {
        if (catalog->tables[at] != table)
            table_def_free(catalog->tables[at]);
        catalog->tables[at] = table;
        return;
    }
    if (!catalog_has_database(catalog, table->db))
        catalog_put_database(catalog, table->db, table->charset, table->collation);
    catalog->tables = open_gap(catalog->tables, catalog->table_count, &catalog->table_cap,
                               sizeof(struct table_def *), at);
    catalog->tables[at] = table;
    catalog->table_count++;
}

struct table_def *catalog_take_table(struct catalog *catalog, const char *db, const char *name)
{
    bool found;
    size_t at = find_table(catalog, db, name, &found);
    if (!found)
        return NULL;
    struct table_def *table = catalog->tables[at];
    catalog->table_count--;
    memmove(&catalog->tables[at], &catalog->tables[at + 1],
            (catalog->table_count - at) * sizeof(struct table_def *));
    return table;
}

bool catalog_drop_table(struct catalog *catalog, const char *db, const char *name)
{
    struct table_def *table = catalog_take_table(catalog, db, name);
    table_def_free(table);
    return table != NULL;
}

bool catalog_has_database(const struct catalog *catalog, const char *db)
{
    bool found;
    (void)find_database(catalog, db, &found);
    return found;
}

void catalog_put_database(struct catalog *catalog, const char *db, const char *charset,
                          const char *collation)
{
    bool found;
    size_t at = find_database(catalog, db, &found);
    struct database fresh = { memory_str(db), memory_str(charset == NULL ? "" : charset),
                              memory_str(collation == NULL ? "" : collation) };
    if (found) {
        database_clear(&catalog->databases[at]);
    } else {
        catalog->databases = open_gap(catalog->databases, catalog->database_count,
                                      &catalog->database_cap, sizeof(struct database), at);
        catalog->database_count++;
    }
    catalog->databases[at] = fresh;
}

void catalog_drop_database(struct catalog *catalog, const char *db)
{
    bool found;
    size_t at = find_database(catalog, db, &found);
    if (found) {
        database_clear(&catalog->databases[at]);
        catalog->database_count--;
        memmove(&catalog->databases[at], &catalog->databases[at + 1],
                (catalog->database_count - at) * sizeof(struct database));
    }
    size_t first = find_table(catalog, db, "", &found);
    size_t last = first;
    while (last < catalog->table_count && strcmp(catalog->tables[last]->db, db) == 0)
        table_def_free(catalog->tables[last++]);
    if (first == last)
        return;
    memmove(&catalog->tables[first], &catalog->tables[last],
            (catalog->table_count - last) * sizeof(struct table_def *));
    catalog->table_count -= last - first;
}

const char *catalog_database_charset(const struct catalog *catalog, const char *db)
{
    bool found;
    size_t at = find_database(catalog, db, &found);
    return found ? catalog->databases[at].charset : NULL;
}

const char *catalog_database_collation(const struct catalog *catalog, const char *db)
{
    bool found;
    size_t at = find_database(catalog, db, &found);
    return found ? catalog->databases[at].collation : NULL;
}

bool catalog_each_table(const struct catalog *catalog,
                        bool (*visit)(const struct table_def *, void *), void *arg)
{
    for (size_t i = 0; i < catalog->table_count; i++)
        if (!visit(catalog->tables[i], arg))
            return false;
    return true;
}

bool catalog_each_database(const struct catalog *catalog,
                           bool (*visit)(const char *db, const char *charset, const char *collation,
                                         void *),
                           void *arg)
{
    for (size_t i = 0; i < catalog->database_count; i++) {
        const struct database *d = &catalog->databases[i];
        if (!visit(d->name, d->charset, d->collation, arg))
            return false;
    }
    return true;
}

unsigned catalog_tables_named(const struct catalog *catalog, const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < catalog->table_count; i++)
        count += strcmp(catalog->tables[i]->name, name) == 0;
    return count;
}

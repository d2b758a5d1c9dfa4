/* snapshot/probe_tables.c - tables, their keys and cascades, from information_schema.
 *
 * Three passes in (schema, name) order over one sorted list: tables, then unique keys, then foreign
 * keys; names are found by bisection, bytes compared as the server's binary order does. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/probe_tables.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "net/connection.h"

enum { TABLES_MAX = 1 << 20 };
#define NOT_SYSTEM " NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')"

static const char *text_of(struct arena *arena, struct bytes value)
{
    return value.data == NULL ? "" : arena_strn(arena, value.data, value.len);
}

static int compare_tables(const void *a, const void *b)
{
    const struct source_table *one = a;
    const struct source_table *other = b;
    int order = strcmp(one->db, other->db);
    return order != 0 ? order : strcmp(one->name, other->name);
}

static struct source_table *find(struct source_facts *facts, const char *db, const char *name)
{
    struct source_table wanted = { .db = db, .name = name };
    return facts->table_count == 0 ? NULL
                                   : bsearch(&wanted, facts->tables, facts->table_count,
                                             sizeof *facts->tables, compare_tables);
}

static void add_table(struct source_facts *facts, const struct source_table *table,
                      unsigned *capacity)
{
    if (facts->table_count == *capacity) {
        *capacity = *capacity == 0 ? 256 : 2 * *capacity;
        struct source_table *grown = arena_alloc(&facts->arena, *capacity * sizeof *grown);
        if (facts->table_count > 0)
            memcpy(grown, facts->tables, facts->table_count * sizeof *grown);
        facts->tables = grown;
    }
    facts->tables[facts->table_count++] = *table;
}

static bool list_tables(struct connection *connection,
                        bool (*keep)(const char *db, const char *table, void *arg), void *keep_arg,
                        struct source_facts *facts, struct err *err)
{
    static const char sql[] =
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH"
        " FROM information_schema.TABLES WHERE TABLE_SCHEMA" NOT_SYSTEM;
    unsigned capacity = 0;
    if (!connection_query(connection, sql, err))
        return false;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            return true;
        struct arena *arena = &facts->arena;
        struct source_table table = { .db = text_of(arena, values[0]),
                                      .name = text_of(arena, values[1]) };
        const char *type = text_of(arena, values[2]);
        if (strcmp(type, "VIEW") == 0 || strcmp(type, "SYSTEM VIEW") == 0) {
            facts->view_count++;
            continue;
        }
        if ((keep != NULL && !keep(table.db, table.name, keep_arg)) ||
            strcmp(type, "TEMPORARY") == 0)
            continue;
        table.engine = text_of(arena, values[3]);
        table.rows = strtoull(text_of(arena, values[4]), NULL, 10);
        table.size_bytes = strtoull(text_of(arena, values[5]), NULL, 10);
        table.is_sequence = strcmp(type, "SEQUENCE") == 0;
        if (facts->table_count < TABLES_MAX)
            add_table(facts, &table, &capacity);
    }
}

/* For each (schema, table) the statement gives. */
static bool mark(struct connection *connection, const char *sql, struct source_facts *facts,
                 void (*set)(struct source_table *), struct err *err)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    bool ok = connection_query(connection, sql, err);
    bool row = ok;
    while (ok && row) {
        const struct bytes *values = NULL;
        ok = connection_next_row(connection, &row, &values, err);
        if (!ok || !row)
            break;
        arena_reset(&scratch);
        struct source_table *table =
            find(facts, text_of(&scratch, values[0]), text_of(&scratch, values[1]));
        if (table != NULL)
            set(table);
    }
    arena_clear(&scratch);
    return ok;
}

static void set_row_key(struct source_table *table)
{
    table->has_row_key = true;
}

static void set_cascades(struct source_table *table)
{
    table->cascades = true;
}

static void set_computed(struct source_table *table)
{
    table->is_computed = true;
}

/* Seen of 11.8.9, and not of 10.11.19; only an update of such a table would show it. */
bool probe_omits_generated(const struct source_facts *facts)
{
    return facts->flavour == FLAVOUR_MARIADB && facts->version_number >= 110809;
}

bool probe_tables(struct connection *connection,
                  bool (*keep)(const char *db, const char *table, void *arg), void *keep_arg,
                  struct source_facts *facts, struct err *err)
{
    /* a functional key part has no column name */
    static const char keys[] =
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS"
        " WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA" NOT_SYSTEM
        " GROUP BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME"
        " HAVING INDEX_NAME = 'PRIMARY'"
        " OR MAX(NULLABLE = 'YES' OR SUB_PART IS NOT NULL OR COLUMN_NAME IS NULL) = 0";
    static const char cascades[] =
        "SELECT CONSTRAINT_SCHEMA, TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS"
        " WHERE DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
        " OR UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')";
    static const char computed[] =
        "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS"
        " WHERE GENERATION_EXPRESSION <> '' AND TABLE_SCHEMA" NOT_SYSTEM;
    if (!list_tables(connection, keep, keep_arg, facts, err))
        return err_wrap(err, "listing the source's tables");
    if (facts->table_count > 0)
        qsort(facts->tables, facts->table_count, sizeof *facts->tables, compare_tables);
    return (mark(connection, keys, facts, set_row_key, err) &&
            mark(connection, cascades, facts, set_cascades, err) &&
            (!probe_omits_generated(facts) ||
             mark(connection, computed, facts, set_computed, err))) ||
           err_wrap(err, "listing the keys of the source's tables");
}

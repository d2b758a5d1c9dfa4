/* schema.c - see schema.h.
 *
 * Keys. One integer column that INTEGER holds: INTEGER PRIMARY KEY. Another primary key: WITHOUT
 * ROWID, unless a row may be longer than a page, or the key is not the table's first columns (older
 * releases' integrity_check then reports NULLs that are not there): a UNIQUE index. UNIQUE keys
 * over whole columns are UNIQUE here too: bytes are compared, and values that the source takes for
 * different differ in their bytes. Prefix keys index the whole column. A table with no key at all
 * gets an index over its first short columns, so that a row of it can be found. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/schema.h"
#include <assert.h>

enum { COLUMNS_MAX = 2000, FINDER_COLUMNS = 4, DUPLICATE_ENTRY = 1062 };

bool schema_check(const struct table_def *def, struct err *err)
{
    if (def->column_count <= COLUMNS_MAX)
        return true;
    return err_set(err, ERR_UNSUPPORTED,
                   "table %s.%s has %u columns, SQLite holds %d: exclude the table", def->db,
                   def->name, def->column_count, COLUMNS_MAX);
}

static const struct column_def *part_column(const struct table_def *def,
                                            const struct key_part *part)
{
    int column = part->column != NULL ? table_def_column(def, part->column) : -1;
    return column >= 0 ? &def->columns[column] : NULL;
}

static bool is_rowid_alias(const struct table_def *def, const struct key_def *primary)
{
    if (primary == NULL || primary->part_count != 1 || primary->without_overlaps)
        return false;
    const struct column_def *column = part_column(def, &primary->parts[0]);
    return column != NULL && storage_form_of(column) == FORM_INTEGER && !column->nullable;
}

static bool has_prefix(const struct key_def *key)
{
    for (unsigned i = 0; i < key->part_count; i++)
        if (key->parts[i].prefix != 0)
            return true;
    return false;
}

static bool is_without_rowid(const struct table_def *def, const struct key_def *primary)
{
    if (primary == NULL || is_rowid_alias(def, primary) || has_prefix(primary) ||
        primary->without_overlaps)
        return false;
    for (unsigned i = 0; i < primary->part_count; i++)
        if (part_column(def, &primary->parts[i]) != &def->columns[i])
            return false;
    for (unsigned i = 0; i < def->column_count; i++)
        if (storage_is_large(&def->columns[i]))
            return false;
    return true;
}

static void key_columns(const struct table_def *def, const struct key_def *key, struct buf *sql)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        buf_str(sql, i > 0 ? "," : "");
        db_quote_name(sql, part_column(def, &key->parts[i])->name);
    }
}

void schema_table_sql(const struct table_def *def, const char *sqlite_name, struct buf *sql)
{
    const struct key_def *primary = table_def_primary_key(def);
    const struct column_def *rowid =
        is_rowid_alias(def, primary) ? part_column(def, &primary->parts[0]) : NULL;
    buf_str(sql, "CREATE TABLE ");
    db_quote_name(sql, sqlite_name);
    for (unsigned i = 0; i < def->column_count; i++) {
        const struct column_def *column = &def->columns[i];
        const char *declared = storage_declared(column);
        buf_str(sql, i > 0 ? "," : "(");
        db_quote_name(sql, column->name);
        buf_str(sql, declared[0] != '\0' ? " " : "");
        buf_str(sql, declared);
        if (column == rowid)
            buf_str(sql, " PRIMARY KEY");
        else if (!column->nullable)
            buf_str(sql, " NOT NULL");
    }
    if (is_without_rowid(def, primary)) {
        buf_str(sql, ",PRIMARY KEY(");
        key_columns(def, primary, sql);
        buf_str(sql, ")) WITHOUT ROWID");
    } else {
        buf_str(sql, ")");
    }
}

static bool is_indexable(const struct table_def *def, const struct key_def *key)
{
    if (key->kind == KEY_FULLTEXT || key->kind == KEY_SPATIAL || key->kind == KEY_VECTOR)
        return false;
    for (unsigned i = 0; i < key->part_count; i++)
        if (part_column(def, &key->parts[i]) == NULL)
            return false;
    bool is_table =
        key->kind == KEY_PRIMARY && (is_rowid_alias(def, key) || is_without_rowid(def, key));
    return !is_table;
}

bool schema_index_sql(const struct engine_table *table, const struct table_def *def, unsigned key,
                      struct buf *sql, struct buf *name)
{
    const struct key_def *k = &def->keys[key];
    if (!is_indexable(def, k))
        return false;
    bool is_unique = k->kind != KEY_PLAIN && !has_prefix(k) && !k->without_overlaps;
    buf_printf(name, "ix%lld.%s", (long long)table->id, k->name);
    buf_str(sql, is_unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    db_quote_name(sql, buf_cstr(name));
    buf_str(sql, " ON ");
    db_quote_name(sql, table->sqlite_name);
    buf_str(sql, "(");
    key_columns(def, k, sql);
    buf_str(sql, ")");
    return true;
}

/* For tables without a row key: finding a row must not read the whole table. */
static bool create_finder(const struct engine_table *table, struct err *err)
{
    const struct table_def *def = table->def;
    unsigned used = 0;
    AUTO_BUF sql = db_sql();
    AUTO_BUF name = db_sql();
    buf_printf(&name, "ix%lld#finder", (long long)table->id);
    buf_str(&sql, "CREATE INDEX IF NOT EXISTS ");
    db_quote_name(&sql, buf_cstr(&name));
    buf_str(&sql, " ON ");
    db_quote_name(&sql, table->sqlite_name);
    for (unsigned i = 0; i < def->column_count && used < FINDER_COLUMNS; i++) {
        if (storage_is_large(&def->columns[i]))
            continue;
        buf_str(&sql, used++ > 0 ? "," : "(");
        db_quote_name(&sql, def->columns[i].name);
    }
    buf_str(&sql, ")");
    return used == 0 || db_exec_buf(table->engine->db, &sql, err);
}

static bool needs_finder(const struct table_def *def)
{
    if (table_def_row_key(def) != NULL)
        return false;
    for (unsigned i = 0; i < def->key_count; i++)
        if (is_indexable(def, &def->keys[i]))
            return false;
    return true;
}

bool schema_create_indexes(const struct engine_table *table, struct err *err)
{
    for (unsigned i = 0; i < table->def->key_count; i++) {
        AUTO_BUF sql = db_sql();
        AUTO_BUF name = db_sql();
        if (!schema_index_sql(table, table->def, i, &sql, &name) ||
            db_exec_buf(table->engine->db, &sql, err))
            continue;
        if (sqlite3_extended_errcode(table->engine->db) == SQLITE_CONSTRAINT_UNIQUE)
            err->server_errno = DUPLICATE_ENTRY;
        return err_wrap(err, "key %s of %s.%s", table->def->keys[i].name, table->def->db,
                        table->def->name);
    }
    return !needs_finder(table->def) || create_finder(table, err);
}

bool schema_create_row_key(const struct engine_table *table, struct err *err)
{
    const struct key_def *key = table_def_row_key(table->def);
    AUTO_BUF sql = db_sql();
    AUTO_BUF name = db_sql();
    unsigned index = (unsigned)(key - table->def->keys);
    return !schema_index_sql(table, table->def, index, &sql, &name) ||
           db_exec_buf(table->engine->db, &sql, err);
}

bool schema_create_table(const struct engine_table *table, bool with_indexes, struct err *err)
{
    AUTO_BUF sql = db_sql();
    if (!schema_check(table->def, err))
        return false;
    schema_table_sql(table->def, table->sqlite_name, &sql);
    if (!db_exec_buf(table->engine->db, &sql, err))
        return err_wrap(err, "table %s.%s", table->def->db, table->def->name);
    return !with_indexes || schema_create_indexes(table, err);
}

bool schema_drop_table(const struct engine_table *table, struct err *err)
{
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "DROP TABLE IF EXISTS ");
    db_quote_name(&sql, table->sqlite_name);
    return db_exec_buf(table->engine->db, &sql, err);
}

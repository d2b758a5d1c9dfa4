/* schema_rows.c - mysql_rows(pointer): rows of the program's own as a table of SQLite's. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/schema_tables.h"

const char SCHEMA_ROWS_POINTER[] = "binlogd_rows";
enum { SMALL_COST = 1, NO_COST = 1000000 };

struct rows_table {
    sqlite3_vtab base;
};

struct rows_cursor {
    sqlite3_vtab_cursor base;
    const struct schema_rows *rows;
    size_t at;
};

static int rows_connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **error)
{
    AUTO_BUF sql = db_sql();
    struct query_connection *connection = arg;
    bool was_compiling = connection->is_compiling;
    (void)argc;
    (void)argv;
    (void)error;
    buf_str(&sql, "CREATE TABLE x(");
    for (unsigned i = 0; i < SCHEMA_WIDTH_MAX; i++)
        buf_printf(&sql, "c%u,", i + 1);
    buf_str(&sql, "pointer HIDDEN)");
    connection->is_compiling = false; /* it is a CREATE TABLE, in a way */
    int rc = sqlite3_declare_vtab(db, buf_cstr(&sql));
    connection->is_compiling = was_compiling;
    if (rc != SQLITE_OK)
        return rc;
    struct rows_table *table = memory_new(sizeof *table);
    *out = &table->base;
    return SQLITE_OK;
}

static int rows_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

/* Only with its pointer, which comes from a parameter. */
static int rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != SCHEMA_WIDTH_MAX || !info->aConstraint[i].usable ||
            info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->estimatedCost = SMALL_COST;
        return SQLITE_OK;
    }
    info->estimatedCost = NO_COST;
    return SQLITE_CONSTRAINT;
}

static int rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    struct rows_cursor *cursor = memory_new(sizeof *cursor);
    *out = &cursor->base;
    return SQLITE_OK;
}

static int rows_close(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc,
                       sqlite3_value **argv)
{
    struct rows_cursor *cursor = (struct rows_cursor *)base;
    (void)number;
    (void)text;
    cursor->rows = argc > 0 ? sqlite3_value_pointer(argv[0], SCHEMA_ROWS_POINTER) : NULL;
    cursor->at = 0;
    return SQLITE_OK;
}

static int rows_next(sqlite3_vtab_cursor *base)
{
    ((struct rows_cursor *)base)->at++;
    return SQLITE_OK;
}

static int rows_eof(sqlite3_vtab_cursor *base)
{
    const struct rows_cursor *cursor = (const struct rows_cursor *)base;
    return cursor->rows == NULL || cursor->at >= cursor->rows->count;
}

static int rows_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct rows_cursor *cursor = (const struct rows_cursor *)base;
    if (column >= (int)cursor->rows->width)
        return SQLITE_OK;
    const struct value *value = &cursor->rows->rows[cursor->at][column];
    if (value->kind == VALUE_INT)
        sqlite3_result_int64(context, value->i);
    else if (value->kind == VALUE_TEXT)
        sqlite3_result_text64(context, (const char *)value->bytes.data, value->bytes.len,
                              SQLITE_TRANSIENT, SQLITE_UTF8);
    return SQLITE_OK;
}

static int rows_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((const struct rows_cursor *)base)->at;
    return SQLITE_OK;
}

/* Without xCreate it is there in every database by its name, and cannot be made again. */
bool schema_rows_register(struct query_connection *connection)
{
    static const sqlite3_module module = {
        .xConnect = rows_connect,
        .xBestIndex = rows_best_index,
        .xDisconnect = rows_disconnect,
        .xOpen = rows_open,
        .xClose = rows_close,
        .xFilter = rows_filter,
        .xNext = rows_next,
        .xEof = rows_eof,
        .xColumn = rows_column,
        .xRowid = rows_rowid,
    };
    return sqlite3_create_module_v2(connection->db, "mysql_rows", &module, connection, NULL) ==
           SQLITE_OK;
}

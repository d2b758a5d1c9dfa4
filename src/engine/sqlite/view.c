/* view.c - see view.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/view.h"
#include <stdio.h>
#include <strings.h>

static bool is_reserved(const char *name)
{
    return strncasecmp(name, "sqlite_", 7) == 0 || strncasecmp(name, "binlogd_", 8) == 0;
}

static bool kind_of(struct sqlite_engine *engine, const char *name, char kind[16], struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    kind[0] = '\0';
    if (!db_prepare(engine->db, "SELECT type FROM sqlite_schema WHERE lower(name)=lower(?)", &stmt,
                    err))
        return false;
    db_bind_text(stmt, 1, name);
    if (!db_step(engine->db, stmt, &row, err))
        return false;
    if (row)
        snprintf(kind, 16, "%s", db_column_text(stmt, 0));
    return true;
}

bool view_drop(struct sqlite_engine *engine, const char *table_name, struct err *err)
{
    char kind[16];
    AUTO_BUF sql = db_sql();
    if (is_reserved(table_name))
        return true;
    if (!kind_of(engine, table_name, kind, err))
        return false;
    if (strcmp(kind, "view") != 0)
        return true;
    buf_str(&sql, "DROP VIEW ");
    db_quote_name(&sql, table_name);
    return db_exec_buf(engine->db, &sql, err);
}

/* Old rows of a system-versioned table stand beside the current ones; a SELECT at the source shows
 * only those whose end is the last instant that a TIMESTAMP can hold (in 2038, or in 2106). */
static void only_current_rows(const struct table_def *def, struct buf *sql)
{
    for (unsigned i = 0; def->system_versioned && i < def->column_count; i++) {
        if (def->columns[i].row_edge != ROW_EDGE_END || def->columns[i].type != SQL_TIMESTAMP)
            continue;
        buf_str(sql, " WHERE ");
        db_quote_name(sql, def->columns[i].name);
        buf_str(sql, ">='2038-01-19 03:14:07.999999'");
    }
}

static bool create(struct engine_table *table, struct err *err)
{
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "CREATE VIEW ");
    db_quote_name(&sql, table->def->name);
    for (unsigned i = 0; i < table->def->column_count; i++) {
        const struct column_def *column = &table->def->columns[i];
        buf_str(&sql, i > 0 ? "," : " AS SELECT ");
        storage_view(column, &sql);
        buf_str(&sql, " AS ");
        db_quote_name(&sql, column->name);
    }
    buf_str(&sql, " FROM ");
    db_quote_name(&sql, table->sqlite_name);
    only_current_rows(table->def, &sql);
    return db_exec_buf(table->engine->db, &sql, err);
}

/* The one table with rows of that name (SQLite's names have no case); NULL: none, or several. */
static struct engine_table *only_table(struct sqlite_engine *engine, const char *name)
{
    struct engine_table *found = NULL;
    for (unsigned i = 0; i < engine->tables.bucket_count; i++) {
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket) {
            if (!t->has_rows || strcasecmp(t->def->name, name) != 0)
                continue;
            if (found != NULL)
                return NULL;
            found = t;
        }
    }
    return found;
}

bool view_refresh(struct sqlite_engine *engine, const char *table_name, struct err *err)
{
    char kind[16];
    struct engine_table *table = only_table(engine, table_name);
    if (!view_drop(engine, table_name, err))
        return false;
    if (table == NULL || is_reserved(table_name))
        return true;
    if (!kind_of(engine, table_name, kind, err))
        return false;
    return kind[0] != '\0' || create(table, err);
}

bool view_refresh_all(struct sqlite_engine *engine, struct err *err)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++)
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket)
            if (t->has_rows && !view_refresh(engine, t->def->name, err))
                return false;
    return true;
}

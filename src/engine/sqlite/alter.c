/* alter.c - see alter.h.
 *
 * The cheapest of three that is exact: nothing but indexes (the stored form stays), ALTER TABLE ADD
 * or RENAME COLUMN, or a rebuild: a new table, filled from the old one with conversions, takes its
 * name. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/alter.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/convert.h"
#include "engine/sqlite/generated.h"
#include "engine/sqlite/schema.h"
#include "engine/sqlite/sort_key.h"

#define REBUILD_NAME "binlogd_rebuild"

static bool keeps_columns(const struct alter *alter)
{
    for (unsigned i = 0; i < alter->after->column_count; i++)
        if (alter->column_from[i] != (int)i)
            return false;
    return alter->after->column_count == alter->before->column_count;
}

static bool needs_conversion(const struct alter *alter, unsigned to)
{
    int from = alter->column_from[to];
    return from >= 0 && convert_kind(&alter->before->columns[from], &alter->after->columns[to]) !=
                            CONVERSION_NONE;
}

static bool table_has_a_row(const struct engine_table *table, bool *out, struct err *err)
{
    int64_t found = 0;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, table->sqlite_name);
    buf_str(&sql, " LIMIT 1");
    if (!db_integer(table->engine->db, buf_cstr(&sql), 0, &found, err))
        return false;
    *out = found != 0;
    return true;
}

static bool check_conversions(const struct alter *alter, struct err *err)
{
    const struct table_def *after = alter->after;
    for (unsigned i = 0; i < after->column_count; i++) {
        int from = alter->column_from[i];
        if (from >= 0 &&
            convert_kind(&alter->before->columns[from], &after->columns[i]) == CONVERSION_REFUSED)
            return err_set(err, ERR_UNSUPPORTED,
                           "column %s of %s.%s changes to a type that its values cannot be "
                           "converted to here as the source did: make a new copy of the source",
                           after->columns[i].name, after->db, after->name);
        if (from < 0 && after->columns[i].auto_increment)
            return err_set(err, ERR_UNSUPPORTED,
                           "new column %s of %s.%s numbers rows in an order that only the source "
                           "knows: make a new copy of the source",
                           after->columns[i].name, after->db, after->name);
    }
    return true;
}

/* CURRENT_TIMESTAMP of a DATETIME is in the session's zone: known when it is an offset from UTC. */
static uint64_t now_of(const struct ddl_context *context, const struct column_def *column)
{
    int hours = 0, minutes = 0;
    char sign = '+';
    if (column->type == SQL_TIMESTAMP)
        return context->now_us;
    if (context->time_zone == NULL ||
        sscanf(context->time_zone, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-'))
        return 0;
    uint64_t offset_us = ((uint64_t)hours * 60 + (uint64_t)minutes) * 60000000u;
    return sign == '+' ? context->now_us + offset_us : context->now_us - offset_us;
}

/* binlogd_convert(value, column): called by the rebuild's SELECT. */
static void convert_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct alter *alter = sqlite3_user_data(context);
    int to = sqlite3_value_int(argv[1]);
    (void)argc;
    convert_value(context, argv[0], &alter->before->columns[alter->column_from[to]],
                  &alter->after->columns[to]);
}

static void write_copy(const struct engine_table *table, const struct alter *alter, struct buf *sql)
{
    buf_str(sql, "INSERT INTO " REBUILD_NAME " SELECT ");
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        int from = alter->column_from[i];
        buf_str(sql, i > 0 ? "," : "");
        if (from < 0) {
            buf_printf(sql, "?%u", i + 1);
            continue;
        }
        buf_str(sql, needs_conversion(alter, i) ? "binlogd_convert(" : "");
        db_quote_name(sql, alter->before->columns[from].name);
        if (needs_conversion(alter, i))
            buf_printf(sql, ",%u)", i);
    }
    buf_str(sql, " FROM ");
    db_quote_name(sql, table->sqlite_name);
}

static bool bind_new_column(const struct storage *storage, const struct alter *alter,
                            sqlite3_stmt *stmt, int index, struct err *err)
{
    const struct ddl_context *context = alter->context;
    struct value instant = { .kind = VALUE_TIMESTAMP };
    if (storage->column->row_edge == ROW_EDGE_NONE)
        return storage_bind_default(storage, stmt, index, now_of(context, storage->column), err);
    instant.u =
        storage->column->row_edge == ROW_EDGE_START ? context->now_us : context->last_instant_us;
    return storage_bind(storage, stmt, index, &instant, err);
}

static bool bind_new_columns(const struct engine_table *table, const struct alter *alter,
                             sqlite3_stmt *stmt, struct err *err)
{
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        struct storage storage;
        const struct column_def *column = &alter->after->columns[i];
        if (alter->column_from[i] >= 0)
            continue;
        if (!storage_init(&storage, column, &table->engine->scratch, err) ||
            !bind_new_column(&storage, alter, stmt, (int)i + 1, err))
            return false;
    }
    return true;
}

/* Says what was refused in place of the statement that it happened in. */
static bool refused(sqlite3 *db, struct err *err)
{
    int primary = sqlite3_errcode(db) & 0xff;
    if (primary == SQLITE_ERROR) /* by convert_value */
        return err_set(err, ERR_UNSUPPORTED, "%s", sqlite3_errmsg(db));
    if (primary == SQLITE_CONSTRAINT)
        return err_set(err, ERR_UNSUPPORTED,
                       "a row does not fit the new definition (%s), and what the source made of it "
                       "depends on its settings: make a new copy of the source",
                       sqlite3_errmsg(db));
    return false;
}

static bool copy_rows(const struct engine_table *table, const struct alter *alter, struct err *err)
{
    sqlite3 *db = table->engine->db;
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    union {
        const struct alter *in;
        void *out;
    } user = { alter };
    write_copy(table, alter, &sql);
    int rc = sqlite3_create_function_v2(db, "binlogd_convert", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                        user.out, convert_function, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return db_error(db, rc, err, "binlogd_convert");
    bool done = db_prepare(db, buf_cstr(&sql), &stmt, err) &&
                bind_new_columns(table, alter, stmt, err) && db_run(db, stmt, err);
    return done || refused(db, err);
}

/* Indexes go with the old table; the caller makes the new ones. */
static bool rebuild(const struct engine_table *table, const struct alter *alter, struct err *err)
{
    sqlite3 *db = table->engine->db;
    bool has_rows = false;
    AUTO_BUF create = db_sql();
    AUTO_BUF rename = db_sql();
    schema_table_sql(alter->after, REBUILD_NAME, &create);
    buf_str(&rename, "ALTER TABLE " REBUILD_NAME " RENAME TO ");
    db_quote_name(&rename, table->sqlite_name);
    if (!table_has_a_row(table, &has_rows, err) || (has_rows && !check_conversions(alter, err)) ||
        !db_exec_buf(db, &create, err))
        return false;
    if (has_rows && !copy_rows(table, alter, err))
        return false;
    return schema_drop_table(table, err) && db_exec_buf(db, &rename, err);
}

static bool rename_columns(const struct engine_table *table, const struct alter *alter,
                           struct err *err)
{
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        AUTO_BUF sql = db_sql();
        if (strcmp(alter->before->columns[i].name, alter->after->columns[i].name) == 0)
            continue;
        buf_str(&sql, "ALTER TABLE ");
        db_quote_name(&sql, table->sqlite_name);
        buf_str(&sql, " RENAME COLUMN ");
        db_quote_name(&sql, alter->before->columns[i].name);
        buf_str(&sql, " TO ");
        db_quote_name(&sql, alter->after->columns[i].name);
        if (!db_exec_buf(table->engine->db, &sql, err))
            return false;
    }
    return true;
}

/* Nullable columns without a default, all at the end: nothing of a row needs to be written. */
static bool only_adds_nulls(const struct alter *alter)
{
    unsigned old = alter->before->column_count;
    if (alter->after->column_count <= old)
        return false;
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        const struct column_def *column = &alter->after->columns[i];
        bool is_null =
            column->nullable && column->default_text == NULL && column->generated == GENERATED_NO;
        if (i < old ? alter->column_from[i] != (int)i : (alter->column_from[i] >= 0 || !is_null))
            return false;
    }
    return true;
}

/* Would `after`, cut to the columns of `before` and with their names, be the same SQLite table? */
static bool same_shape(const struct engine_table *table, const struct alter *alter)
{
    struct table_def cut = *alter->after; /* shallow: only read */
    struct column_def *columns = memory_new((alter->before->column_count + 1) * sizeof *columns);
    AUTO_BUF old = db_sql();
    AUTO_BUF new = db_sql();
    memcpy(columns, alter->after->columns, alter->before->column_count * sizeof *columns);
    cut.columns = columns;
    cut.column_count = alter->before->column_count;
    schema_table_sql(alter->before, table->sqlite_name, &old);
    schema_table_sql(&cut, table->sqlite_name, &new);
    free(columns);
    return bytes_equal(buf_bytes(&old), buf_bytes(&new));
}

static bool add_columns(const struct engine_table *table, const struct alter *alter,
                        struct err *err)
{
    for (unsigned i = alter->before->column_count; i < alter->after->column_count; i++) {
        const struct column_def *column = &alter->after->columns[i];
        AUTO_BUF sql = db_sql();
        buf_str(&sql, "ALTER TABLE ");
        db_quote_name(&sql, table->sqlite_name);
        buf_str(&sql, " ADD COLUMN ");
        db_quote_name(&sql, column->name);
        buf_printf(&sql, " %s", storage_declared(column));
        if (!db_exec_buf(table->engine->db, &sql, err))
            return false;
    }
    return true;
}

static bool converts_none(const struct alter *alter)
{
    for (unsigned i = 0; i < alter->after->column_count; i++)
        if (needs_conversion(alter, i))
            return false;
    return true;
}

static bool names_differ(const struct alter *alter)
{
    for (unsigned i = 0; i < alter->after->column_count; i++)
        if (strcmp(alter->before->columns[i].name, alter->after->columns[i].name) != 0)
            return true;
    return false;
}

/* A rename onto a name that another column gives up in the same statement needs a rebuild. */
static bool names_cross(const struct alter *alter)
{
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        int at = table_def_column(alter->before, alter->after->columns[i].name);
        if (at >= 0 && at != (int)i)
            return true;
    }
    return false;
}

static bool only_renames(const struct engine_table *table, const struct alter *alter)
{
    if (!keeps_columns(alter) || !names_differ(alter) || names_cross(alter))
        return false;
    struct table_def *renamed = table_def_copy(alter->before);
    for (unsigned i = 0; i < renamed->column_count; i++) {
        char *old = renamed->columns[i].name;
        for (unsigned k = 0; k < renamed->key_count; k++)
            for (unsigned p = 0; p < renamed->keys[k].part_count; p++)
                if (renamed->keys[k].parts[p].column != NULL &&
                    strcmp(renamed->keys[k].parts[p].column, old) == 0)
                    renamed->keys[k].parts[p].column = alter->after->columns[i].name;
        renamed->columns[i].name = alter->after->columns[i].name;
    }
    struct alter as_if = { .before = renamed, .after = alter->after };
    bool same = same_shape(table, &as_if);
    table_def_free(renamed);
    return same;
}

static bool change_table(const struct engine_table *table, const struct alter *alter,
                         struct err *err)
{
    bool is_exact = converts_none(alter);
    if (is_exact && keeps_columns(alter) && !names_differ(alter) && same_shape(table, alter))
        return true;
    if (is_exact && only_adds_nulls(alter) && same_shape(table, alter))
        return add_columns(table, alter, err);
    if (is_exact && only_renames(table, alter))
        return rename_columns(table, alter, err);
    return rebuild(table, alter, err);
}

/* Drops the indexes of `before` that `after` does not have in the same words. */
static bool drop_stale_indexes(const struct engine_table *table, const struct alter *alter,
                               struct err *err)
{
    AUTO_BUF kept = db_sql();
    AUTO_BUF unused = db_sql();
    for (unsigned i = 0; i < alter->after->key_count; i++) {
        buf_reset(&unused);
        (void)schema_index_sql(table, alter->after, i, &kept, &unused);
        buf_str(&kept, "\n");
    }
    for (unsigned i = 0; i < alter->before->key_count; i++) {
        AUTO_BUF sql = db_sql();
        AUTO_BUF name = db_sql();
        AUTO_BUF drop = db_sql();
        if (!schema_index_sql(table, alter->before, i, &sql, &name))
            continue;
        if (strstr(buf_cstr(&kept), buf_cstr(&sql)) != NULL)
            continue;
        buf_str(&drop, "DROP INDEX IF EXISTS ");
        db_quote_name(&drop, buf_cstr(&name));
        if (!db_exec_buf(table->engine->db, &drop, err))
            return false;
    }
    return true;
}

/* Those over texts are made again by the next statement that writes. */
static bool drop_sort_keys(const struct engine_table *table, const struct alter *alter,
                           struct err *err)
{
    for (unsigned i = 0; i < alter->before->key_count; i++) {
        AUTO_BUF name = db_sql();
        AUTO_BUF drop = db_sql();
        if (sort_key_is_kept(alter->before, alter->after, &alter->before->keys[i]))
            continue;
        sort_key_name(table, &alter->before->keys[i], &name);
        buf_str(&drop, "DROP INDEX IF EXISTS ");
        db_quote_name(&drop, buf_cstr(&name));
        if (!db_exec_buf(table->engine->db, &drop, err))
            return false;
    }
    return true;
}

/* Generated columns stand here as the values that the source computed. */
static bool check_generated(const struct engine_table *table, const struct alter *alter,
                            struct err *err)
{
    bool has_rows = false;
    const struct column_def *column = generated_recomputed(alter);
    if (column == NULL)
        return true;
    if (!table_has_a_row(table, &has_rows, err))
        return false;
    return !has_rows ||
           err_set(err, ERR_UNSUPPORTED,
                   "column %s is generated, and only the source can compute what this statement "
                   "makes of it in the rows that are there: make a new copy of the source",
                   column->name);
}

bool alter_table(const struct engine_table *table, const struct alter *alter, struct err *err)
{
    struct engine_table changed = *table;
    changed.def = alter->after;
    if (schema_check(alter->after, err) && check_generated(table, alter, err) &&
        drop_stale_indexes(table, alter, err) && drop_sort_keys(table, alter, err) &&
        change_table(table, alter, err) && schema_create_indexes(&changed, err))
        return true;
    return err_wrap(err, "ALTER TABLE %s.%s", alter->before->db, alter->before->name);
}

bool alter_rename(const struct engine_table *table, const char *new_sqlite_name, struct err *err)
{
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "ALTER TABLE ");
    db_quote_name(&sql, table->sqlite_name);
    buf_str(&sql, " RENAME TO ");
    db_quote_name(&sql, new_sqlite_name);
    return db_exec_buf(table->engine->db, &sql, err);
}

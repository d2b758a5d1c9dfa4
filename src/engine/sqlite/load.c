/* load.c - see load.h and engine/load.h.
 *
 * binlogd_meta 'copy' is "none", then "copying", then "complete"; the position counts only when it
 * is complete. Secondary indexes of tables with a row key wait for the end: rows come in key order
 * then, and the indexes are built by sorting. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/load.h"
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/checkpoint.h"
#include "engine/sqlite/position.h"
#include "engine/sqlite/rows.h"
#include "engine/sqlite/schema.h"
#include "engine/sqlite/tables.h"
#include "engine/sqlite/view.h"

static bool open_transaction(struct sqlite_engine *engine, struct err *err)
{
    return engine->in_transaction || engine->base.ops->begin(&engine->base, err);
}

static bool close_transaction(struct sqlite_engine *engine, struct err *err)
{
    if (!engine->in_transaction)
        return true;
    if (!db_run(engine->db, engine->commit, err))
        return false;
    engine->in_transaction = false;
    engine->catalog_changed = false;
    return checkpoint_after_commit(engine, err);
}

static bool drop_everything(struct sqlite_engine *engine, struct err *err)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++)
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket)
            if (t->has_rows &&
                (!view_drop(engine, t->def->name, err) || !schema_drop_table(t, err)))
                return false;
    return db_exec(engine->db, "DELETE FROM binlogd_catalog", err) &&
           db_exec(engine->db, "DELETE FROM binlogd_database", err) &&
           db_exec(engine->db, "DELETE FROM binlogd_meta WHERE key='copy_note'", err);
}

static bool load_begin(struct engine *base, enum flavour flavour, bool fresh, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    if (engine->copy_complete)
        return err_set(err, ERR_CONFLICT,
                       "%s holds a complete copy already: remove the data directory to make a new "
                       "one",
                       engine->path);
    if (!open_transaction(engine, err))
        return false;
    engine->catalog_changed = true;
    if (fresh && !drop_everything(engine, err))
        return false;
    if (!meta_set(engine, "flavour", flavour == FLAVOUR_MARIADB ? "mariadb" : "mysql", err) ||
        !meta_set(engine, "copy", "copying", err) || !close_transaction(engine, err))
        return false;
    return catalog_store_load(engine, err);
}

static bool load_database(struct engine *base, const char *db, const char *charset,
                          const char *collation, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    if (!open_transaction(engine, err))
        return false;
    catalog_put_database(engine->catalog, db, charset, collation);
    return catalog_store_databases(engine, err);
}

static bool load_table(struct engine *base, const struct table_def *def, bool with_rows,
                       struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    struct engine_table *table = tables_find(engine, def->db, def->name);
    if (table != NULL && table_def_equal(table->def, def) && table->has_rows == with_rows)
        return true;
    if (table != NULL)
        return err_set(err, ERR_CONFLICT,
                       "table %s.%s is not what it was when the copy began: start the copy over",
                       def->db, def->name);
    if (!open_transaction(engine, err) ||
        !catalog_store_add(engine, table_def_copy(def), with_rows, &table, err))
        return false;
    if (!with_rows)
        return true;
    bool has_key = table_def_row_key(def) != NULL;
    return schema_create_table(table, false, err) &&
           (!has_key || schema_create_row_key(table, err));
}

/* Rows go in by REPLACE, so that a chunk can be loaded again. */
static bool load_rows(struct engine *base, struct engine_table *table, const struct value *values,
                      unsigned row_count, struct err *err)
{
    struct row_change change = { .kind = CHANGE_INSERT };
    if (!open_transaction(sqlite_engine_of(base), err) || !tables_open(table, err))
        return false;
    enum change_mode mode = table->key != NULL ? CHANGE_REPAIR : CHANGE_STRICT;
    for (unsigned i = 0; i < row_count; i++) {
        change.after = values + (size_t)i * table->def->column_count;
        if (!rows_change(table, &change, mode, err))
            return false;
    }
    return true;
}

static bool set_progress(struct sqlite_engine *engine, const struct engine_table *table,
                         const char *progress, struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (table == NULL)
        return meta_set(engine, "copy_note", progress, err);
    if (!db_prepare(engine->db, "UPDATE binlogd_catalog SET progress=? WHERE id=?", &stmt, err))
        return false;
    db_bind_text(stmt, 1, progress);
    sqlite3_bind_int64(stmt, 2, table->id);
    return db_run(engine->db, stmt, err);
}

static bool load_restart_table(struct engine *base, struct engine_table *table, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "DELETE FROM ");
    db_quote_name(&sql, table->sqlite_name);
    return open_transaction(engine, err) && db_exec_buf(engine->db, &sql, err) &&
           set_progress(engine, table, "", err);
}

static bool load_chunk_commit(struct engine *base, struct engine_table *table, const char *progress,
                              struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    return open_transaction(engine, err) && set_progress(engine, table, progress, err) &&
           close_transaction(engine, err);
}

static bool load_progress(struct engine *base, const char *db, const char *name, struct buf *text,
                          struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_STMT stmt = NULL;
    bool row = false;
    if (db[0] == '\0' && name[0] == '\0')
        return meta_get(engine, "copy_note", text, err);
    buf_reset(text);
    if (!db_prepare(engine->db, "SELECT progress FROM binlogd_catalog WHERE db=? AND name=?", &stmt,
                    err))
        return false;
    db_bind_text(stmt, 1, db);
    db_bind_text(stmt, 2, name);
    if (!db_step(engine->db, stmt, &row, err))
        return false;
    if (row)
        buf_str(text, db_column_text(stmt, 0));
    return true;
}

static bool create_all_indexes(struct sqlite_engine *engine, struct err *err)
{
    for (unsigned i = 0; i < engine->tables.bucket_count; i++)
        for (struct engine_table *t = engine->tables.buckets[i]; t != NULL; t = t->next_in_bucket)
            if (t->has_rows && !schema_create_indexes(t, err))
                return false;
    return true;
}

static bool load_finish(struct engine *base, const struct position *position, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    if (position->file[0] == '\0')
        return err_set(err, ERR_CONFIG, "a copy without a position in the source's log");
    if (!open_transaction(engine, err) || !create_all_indexes(engine, err) ||
        !view_refresh_all(engine, err) || !position_write(engine, position, err) ||
        !meta_set(engine, "copy", "complete", err) || !close_transaction(engine, err))
        return false;
    engine->copy_complete = true;
    return checkpoint_sync(engine, err);
}

const struct engine_load_ops sqlite_load_ops = {
    .begin = load_begin,
    .database = load_database,
    .table = load_table,
    .rows = load_rows,
    .restart_table = load_restart_table,
    .chunk_commit = load_chunk_commit,
    .progress = load_progress,
    .finish = load_finish,
};

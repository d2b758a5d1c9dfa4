/* ddl.c - see ddl.h.
 *
 * The parser reports each change before the catalog itself changes. Database and binlogd_catalog
 * follow then and there, and the engine's object of the table goes, since the definition that it
 * borrows will. When the whole statement is through, the objects are made anew from
 * binlogd_catalog.
 */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/ddl.h"
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/alter.h"
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/schema.h"
#include "engine/sqlite/tables.h"
#include "engine/sqlite/view.h"

/* What is known of a table while a statement runs: a statement may change one table several times.
 */
struct target {
    int64_t id;
    char *sqlite_name;
    bool has_rows;
};

struct ddl_work {
    struct sqlite_engine *engine;
    const struct ddl_context *context;
    struct touched *touched; /* tables that are others now, or gone, or new */
    unsigned touched_count, touched_cap;
};

struct touched {
    char *db;
    char *name;
};

static void touch(struct ddl_work *work, const struct table_def *def)
{
    struct engine_table *table = tables_find(work->engine, def->db, def->name);
    if (table != NULL)
        tables_remove(table);
    if (work->touched_count == work->touched_cap) {
        work->touched_cap = work->touched_cap > 0 ? work->touched_cap * 2 : 16;
        work->touched = memory_resize(work->touched, work->touched_cap * sizeof *work->touched);
    }
    work->touched[work->touched_count++] =
        (struct touched){ memory_str(def->db), memory_str(def->name) };
}

static void target_clear(struct target *target)
{
    free(target->sqlite_name);
}
#define AUTO_TARGET __attribute__((cleanup(target_clear))) struct target

static bool target_find(struct ddl_work *work, const char *db, const char *name,
                        struct target *target, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    sqlite3 *handle = work->engine->db;
    if (!db_prepare(handle,
                    "SELECT id, sqlite_name, has_rows FROM binlogd_catalog WHERE db=? AND name=?",
                    &stmt, err))
        return false;
    db_bind_text(stmt, 1, db);
    db_bind_text(stmt, 2, name);
    if (!db_step(handle, stmt, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_CONFLICT, "table %s.%s is in the statement but not in the catalog",
                       db, name);
    target->id = sqlite3_column_int64(stmt, 0);
    target->sqlite_name = memory_str(db_column_text(stmt, 1));
    target->has_rows = sqlite3_column_int(stmt, 2) != 0;
    return true;
}

static bool is_kept(const struct ddl_work *work, const struct table_def *def)
{
    return work->context->keep == NULL ||
           work->context->keep(def->db, def->name, work->context->keep_arg);
}

static struct engine_table as_table(struct ddl_work *work, const struct target *target,
                                    const struct table_def *def)
{
    return (struct engine_table){ .engine = work->engine,
                                  .id = target->id,
                                  .sqlite_name = target->sqlite_name,
                                  .def = def,
                                  .has_rows = target->has_rows };
}

static bool bind_number(const struct engine_table *table, unsigned column, sqlite3_stmt *stmt,
                        struct err *err)
{
    struct storage storage;
    struct value number = { .kind = VALUE_UINT };
    const char *text = table->def->sequence_row[column];
    if (text[0] == '-')
        number = (struct value){ .kind = VALUE_INT, .i = strtoll(text, NULL, 10) };
    else
        number.u = strtoull(text, NULL, 10);
    return storage_init(&storage, &table->def->columns[column], &table->engine->scratch, err) &&
           storage_bind(&storage, stmt, (int)column + 1, &number, err);
}

/* The row of a new sequence, which no row event brings. */
static bool insert_sequence_row(const struct engine_table *table, struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    if (table->def->sequence_row == NULL || table->def->column_count != SEQUENCE_COLUMNS)
        return true;
    buf_str(&sql, "INSERT INTO ");
    db_quote_name(&sql, table->sqlite_name);
    buf_str(&sql, " VALUES(?,?,?,?,?,?,?,?)");
    if (!db_prepare(table->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0; i < SEQUENCE_COLUMNS; i++)
        if (!bind_number(table, i, stmt, err))
            return false;
    return db_run(table->engine->db, stmt, err);
}

static bool create_table(struct ddl_work *work, const struct table_def *after, struct err *err)
{
    struct sqlite_engine *engine = work->engine;
    AUTO_STMT stmt = NULL;
    AUTO_BUF name = db_sql();
    struct target target = { .has_rows = is_kept(work, after) };
    touch(work, after);
    if (!db_prepare(engine->db,
                    "INSERT INTO binlogd_catalog(db, name, sqlite_name, has_rows, definition)"
                    " VALUES(?,?,'',?,'')",
                    &stmt, err))
        return false;
    db_bind_text(stmt, 1, after->db);
    db_bind_text(stmt, 2, after->name);
    sqlite3_bind_int(stmt, 3, target.has_rows);
    if (!db_run(engine->db, stmt, err))
        return false;
    target.id = sqlite3_last_insert_rowid(engine->db);
    if (!catalog_store_name(engine, target.id, after->db, after->name, &name, err) ||
        !catalog_store_update(engine, target.id, after, buf_cstr(&name), err))
        return false;
    if (!target.has_rows)
        return true;
    struct engine_table table = as_table(work, &target, after);
    table.sqlite_name = (char *)name.data;
    return view_drop(engine, after->name, err) && schema_create_table(&table, true, err) &&
           insert_sequence_row(&table, err) &&
           (after->first_number <= 1 ||
            catalog_store_keep_number(engine, target.id, after->first_number - 1, err));
}

static bool drop_table(struct ddl_work *work, const struct table_def *before, struct err *err)
{
    AUTO_TARGET target = { 0 };
    touch(work, before);
    if (!target_find(work, before->db, before->name, &target, err) ||
        !catalog_store_remove(work->engine, target.id, err))
        return false;
    if (!target.has_rows)
        return true;
    struct engine_table table = as_table(work, &target, before);
    return view_drop(work->engine, before->name, err) && schema_drop_table(&table, err);
}

static bool set_has_rows(struct ddl_work *work, int64_t id, bool has_rows, struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (!db_prepare(work->engine->db, "UPDATE binlogd_catalog SET has_rows=? WHERE id=?", &stmt,
                    err))
        return false;
    sqlite3_bind_int(stmt, 1, has_rows);
    sqlite3_bind_int64(stmt, 2, id);
    return db_run(work->engine->db, stmt, err);
}

/* A rename may take a table out of what is replicated; it cannot bring one in, as its rows are not
 * here. */
static bool rename_table(struct ddl_work *work, const struct schema_change *change, struct err *err)
{
    const struct table_def *after = change->after;
    AUTO_TARGET target = { 0 };
    AUTO_BUF name = db_sql();
    touch(work, change->before);
    touch(work, after);
    if (!target_find(work, change->before->db, change->before->name, &target, err))
        return false;
    bool kept = is_kept(work, after);
    if (kept && !target.has_rows)
        return err_set(err, ERR_UNSUPPORTED,
                       "table %s.%s, whose rows are not kept here, becomes %s.%s, whose rows are: "
                       "make a new copy of the source, or exclude that table",
                       change->before->db, change->before->name, after->db, after->name);
    struct engine_table table = as_table(work, &target, change->before);
    if (!view_drop(work->engine, change->before->name, err) ||
        !view_drop(work->engine, after->name, err) ||
        !catalog_store_name(work->engine, target.id, after->db, after->name, &name, err))
        return false;
    if (target.has_rows && !kept &&
        (!schema_drop_table(&table, err) || !set_has_rows(work, target.id, false, err)))
        return false;
    return (!kept || alter_rename(&table, buf_cstr(&name), err)) &&
           catalog_store_update(work->engine, target.id, after, buf_cstr(&name), err);
}

static bool change_table(struct ddl_work *work, const struct schema_change *change, struct err *err)
{
    AUTO_TARGET target = { 0 };
    struct alter alter = { change->before, change->after, change->column_from, work->context };
    touch(work, change->before);
    if (!target_find(work, change->before->db, change->before->name, &target, err) ||
        !catalog_store_update(work->engine, target.id, change->after, NULL, err))
        return false;
    if (!target.has_rows)
        return true;
    struct engine_table table = as_table(work, &target, change->before);
    return view_drop(work->engine, change->before->name, err) && alter_table(&table, &alter, err);
}

static bool truncate_table(struct ddl_work *work, const struct table_def *before, struct err *err)
{
    AUTO_TARGET target = { 0 };
    AUTO_BUF sql = db_sql();
    if (!target_find(work, before->db, before->name, &target, err))
        return false;
    if (!target.has_rows)
        return true;
    if (!catalog_store_forget_number(work->engine, target.id, err))
        return false;
    buf_str(&sql, "DELETE FROM ");
    db_quote_name(&sql, target.sqlite_name);
    return db_exec_buf(work->engine->db, &sql, err);
}

/* ALTER TABLE … AUTO_INCREMENT; rows with larger numbers count more. */
static bool keep_first_number(struct ddl_work *work, const struct table_def *after, struct err *err)
{
    AUTO_TARGET target = { 0 };
    if (after->first_number == 0)
        return true;
    return target_find(work, after->db, after->name, &target, err) &&
           (!target.has_rows ||
            catalog_store_keep_number(work->engine, target.id, after->first_number - 1, err));
}

struct drop_visit {
    struct ddl_work *work;
    const char *db;
    struct err *err;
};

static bool drop_if_in(const struct table_def *def, void *arg)
{
    struct drop_visit *visit = arg;
    if (strcmp(def->db, visit->db) != 0)
        return true;
    return drop_table(visit->work, def, visit->err);
}

static bool drop_database(struct ddl_work *work, const char *db, struct err *err)
{
    struct drop_visit visit = { work, db, err };
    return catalog_each_table(work->engine->catalog, drop_if_in, &visit);
}

static bool on_change(const struct schema_change *change, void *arg, struct err *err)
{
    struct ddl_work *work = arg;
    switch (change->kind) {
    case CHANGE_CREATE_TABLE:
        return create_table(work, change->after, err);
    case CHANGE_ALTER_TABLE:
        return change_table(work, change, err) && keep_first_number(work, change->after, err);
    case CHANGE_RENAME_TABLE:
        return rename_table(work, change, err);
    case CHANGE_DROP_TABLE:
        return drop_table(work, change->before, err);
    case CHANGE_TRUNCATE:
        return truncate_table(work, change->before, err);
    case CHANGE_DROP_DATABASE:
        return drop_database(work, change->db, err);
    case CHANGE_CREATE_DATABASE:
    case CHANGE_ALTER_DATABASE:
        return true; /* the caller writes all databases afterwards */
    }
    return err_set(err, ERR_UNSUPPORTED, "a schema change of kind %d", (int)change->kind);
}

/* The object of a touched table, if there is such a table now. */
static bool make_table(struct ddl_work *work, const struct touched *touched, struct err *err)
{
    struct sqlite_engine *engine = work->engine;
    const struct table_def *def = catalog_table(engine->catalog, touched->db, touched->name);
    AUTO_TARGET target = { 0 };
    if (def == NULL || tables_find(engine, touched->db, touched->name) != NULL)
        return true;
    if (!target_find(work, touched->db, touched->name, &target, err))
        return false;
    tables_add(engine, target.id, target.sqlite_name, def, target.has_rows);
    return true;
}

/* The catalog may have put another object in the place of an equal definition, so all are asked
 * for.
 */
static bool finish(struct ddl_work *work, struct err *err)
{
    tables_rebind(work->engine);
    for (unsigned i = 0; i < work->touched_count; i++)
        if (!make_table(work, &work->touched[i], err))
            return false;
    for (unsigned i = 0; i < work->touched_count; i++)
        if (!view_refresh(work->engine, work->touched[i].name, err))
            return false;
    return catalog_store_databases(work->engine, err) &&
           catalog_store_note_change(work->engine, err);
}

static void work_clear(struct ddl_work *work)
{
    for (unsigned i = 0; i < work->touched_count; i++) {
        free(work->touched[i].db);
        free(work->touched[i].name);
    }
    free(work->touched);
}

bool ddl_run(struct sqlite_engine *engine, const struct ddl *ddl, const struct ddl_context *context,
             struct err *err)
{
    struct ddl_work work = { .engine = engine, .context = context };
    if (ddl_kind(ddl) != DDL_SCHEMA)
        return true;
    engine->catalog_changed = true;
    engine->catalog_changes++;
    tables_close_all(engine);
    bool done = ddl_apply(ddl, engine->catalog, NULL, on_change, &work, err) && finish(&work, err);
    work_clear(&work);
    return done;
}

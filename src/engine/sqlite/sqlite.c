/* sqlite.c - see sqlite.h: opening the database, and the operations of struct engine_ops.
 *
 * synchronous=NORMAL: a commit is not synced. What a power cut takes back is rows and position
 * alike, and the durable log replays from that position; `sync` makes a position safe before the
 * log in front of it is purged. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/sqlite.h"
#include <assert.h>
#include <stdlib.h>
#include "base/bug.h"
#include "base/memory.h"
#include "engine/sqlite/capture.h"
#include "engine/sqlite/cascade.h"
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/checkpoint.h"
#include "engine/sqlite/ddl.h"
#include "engine/sqlite/load.h"
#include "engine/sqlite/position.h"
#include "engine/sqlite/prepared.h"
#include "engine/sqlite/query/generate.h"
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/rows.h"
#include "engine/sqlite/sort_key.h"
#include "engine/sqlite/tables.h"

enum { BUSY_TIMEOUT_MS = 5000 };
#define DEFAULT_CACHE_BYTES ((uint64_t)64 << 20)
#define DEFAULT_WAL_BYTES   ((uint64_t)128 << 20)

static const struct catalog *op_catalog(struct engine *base)
{
    return sqlite_engine_of(base)->catalog;
}

static bool op_position(struct engine *base, struct position *out, struct err *err)
{
    return position_read(sqlite_engine_of(base), out, err);
}

static bool op_begin(struct engine *base, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    assert(!engine->in_transaction);
    if (engine->catalog_lost && !catalog_store_load(engine, err))
        return err_wrap(err, "%s: reading the catalog again", engine->path);
    engine->catalog_lost = false;
    if (!db_run(engine->db, engine->begin, err))
        return err_wrap(err, "%s", engine->path);
    engine->in_transaction = true;
    capture_forget(engine);
    return true;
}

static struct engine_table *op_table(struct engine *base, const char *db, const char *name)
{
    return tables_find(sqlite_engine_of(base), db, name);
}

static const struct table_def *op_table_def(struct engine_table *table)
{
    return table->def;
}

static bool op_has_rows(struct engine_table *table)
{
    return table->has_rows;
}

static bool op_change(struct engine *base, struct engine_table *table,
                      const struct row_change *change, enum change_mode mode, struct err *err)
{
    (void)base;
    table->number_known = false; /* not by a statement: its number is not noted */
    return rows_change(table, change, mode, err);
}

static bool op_insert(struct engine *base, struct engine_table *table,
                      const struct value *const *rows, unsigned count, struct err *err)
{
    (void)base;
    table->number_known = false;
    return rows_insert(table, rows, count, err);
}

static bool op_change_cascading(struct engine *base, struct engine_table *table,
                                const struct row_change *change, enum change_mode mode,
                                struct err *err)
{
    (void)base;
    table->number_known = false;
    return cascade_change(table, change, mode, err);
}

static bool op_change_generating(struct engine *base, struct engine_table *table,
                                 const struct row_change *change, struct err *err)
{
    (void)base;
    table->number_known = false;
    return generate_change(table, change, err);
}

static bool op_is_cascade_parent(struct engine_table *table)
{
    return cascade_is_parent(table);
}

static bool op_ddl(struct engine *base, const struct ddl *ddl, const struct ddl_context *context,
                   struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    assert(engine->in_transaction);
    capture_pause(engine);
    bool done = ddl_run(engine, ddl, context, err);
    capture_resume(engine);
    if (!done)
        return false;
    return !BUG(DDL_APART) ||
           (db_run(engine->db, engine->commit, err) && db_run(engine->db, engine->begin, err));
}

static void op_capture(struct engine *base, const struct engine_capture *capture)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    assert(!engine->in_transaction);
    capture_start(engine, capture);
}

static bool run_named(struct engine *base, const char *words, const char *name, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_BUF sql = db_sql();
    assert(engine->in_transaction);
    buf_str(&sql, words);
    db_quote_name(&sql, name);
    return db_exec_buf(engine->db, &sql, err);
}

static bool op_savepoint(struct engine *base, const char *name, struct err *err)
{
    sqlite_engine_of(base)->is_prepared = false;
    capture_note_savepoint(sqlite_engine_of(base), name);
    return run_named(base, "SAVEPOINT ", name, err);
}

static bool op_rollback_to(struct engine *base, const char *name, struct err *err)
{
    tables_forget_undone(sqlite_engine_of(base));
    struct sqlite_engine *engine = sqlite_engine_of(base);
    engine->is_prepared = false;
    if (!run_named(base, "ROLLBACK TO ", name, err))
        return false;
    capture_forget_since_savepoint(engine, name);
    return true;
}

static bool op_release(struct engine *base, const char *name, struct err *err)
{
    return run_named(base, "RELEASE ", name, err);
}

static void op_rollback(struct engine *base)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    struct err err = { 0 };
    if (!engine->in_transaction)
        return;
    engine->in_transaction = false;
    engine->is_prepared = false;
    /* SQLite may have rolled back by itself (disk full): then this fails, and nothing is lost. */
    (void)sqlite3_step(engine->rollback);
    (void)sqlite3_reset(engine->rollback);
    tables_forget_undone(engine);
    if (engine->catalog_changed && !catalog_store_load(engine, &err))
        engine->catalog_lost = true;
    engine->catalog_changed = false;
}

static bool op_prepare(struct engine *base, const struct position *position, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    assert(engine->in_transaction && !engine->is_prepared);
    if (!capture_is_whole(engine, err) || !position_write(engine, position, err))
        return err_wrap(err, "%s: the position", engine->path);
    engine->is_prepared = true;
    return true;
}

static bool op_commit(struct engine *base, const struct position *position, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    assert(engine->in_transaction);
    if (BUG(POSITION_APART) &&
        (!db_run(engine->db, engine->commit, err) || !db_run(engine->db, engine->begin, err)))
        return false;
    if ((!engine->is_prepared && !op_prepare(base, position, err)) ||
        !db_run(engine->db, engine->commit, err))
        return err_wrap(err, "%s: commit", engine->path);
    engine->in_transaction = false;
    engine->is_prepared = false;
    engine->catalog_changed = false;
    return checkpoint_after_commit(engine, err);
}

static bool op_sync(struct engine *base, struct err *err)
{
    return checkpoint_sync(sqlite_engine_of(base), err);
}

static void op_free(struct engine *base)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    if (engine->db != NULL) {
        op_rollback(base);
        capture_clear(engine);
        generate_close(engine);
        tables_clear(engine);
        sqlite3_finalize(engine->begin);
        sqlite3_finalize(engine->commit);
        sqlite3_finalize(engine->rollback);
        sqlite3_finalize(engine->set_position);
        int rc = sqlite3_close(engine->db);
        assert(rc == SQLITE_OK); /* a statement was forgotten */
        (void)rc;
    }
    catalog_free(engine->catalog);
    storage_scratch_clear(&engine->scratch);
    free(engine->path);
    free(engine);
}

static const struct engine_ops sqlite_ops = {
    .name = "sqlite",
    .load = &sqlite_load_ops,
    .prepared = &sqlite_prepared_ops,
    .query = &sqlite_query_ops,
    .catalog = op_catalog,
    .position = op_position,
    .begin = op_begin,
    .table = op_table,
    .table_def = op_table_def,
    .has_rows = op_has_rows,
    .is_cascade_parent = op_is_cascade_parent,
    .change = op_change,
    .insert = op_insert,
    .change_cascading = op_change_cascading,
    .change_generating = op_change_generating,
    .ddl = op_ddl,
    .capture = op_capture,
    .savepoint = op_savepoint,
    .rollback_to = op_rollback_to,
    .release = op_release,
    .prepare = op_prepare,
    .commit = op_commit,
    .rollback = op_rollback,
    .sync = op_sync,
    .free = op_free,
};

/* Before the first write: is this file ours, and of a format that this program knows? */
static bool check_identity(struct sqlite_engine *engine, bool *is_new, struct err *err)
{
    int64_t id = 0, format = 0, objects = 0;
    if (!db_integer(engine->db, "PRAGMA application_id", 0, &id, err) ||
        !db_integer(engine->db, "PRAGMA user_version", 0, &format, err) ||
        !db_integer(engine->db, "SELECT count(*) FROM sqlite_schema", 0, &objects, err))
        return err_wrap(err, "%s", engine->path);
    *is_new = objects == 0 && id == 0 && format == 0;
    if (*is_new)
        return true;
    if (id != APPLICATION_ID)
        return err_set(err, ERR_CONFLICT, "%s is another program's database: choose another place",
                       engine->path);
    if (format < SCHEMA_FORMAT_FIRST || format > SCHEMA_FORMAT)
        return err_set(err, ERR_CONFLICT,
                       "%s has format %lld, this program knows %d: run the program that wrote it",
                       engine->path, (long long)format, SCHEMA_FORMAT);
    return true;
}

static bool set_pragmas(struct sqlite_engine *engine, const struct sqlite_engine_options *options,
                        struct err *err)
{
    uint64_t cache =
        options->page_cache_bytes > 0 ? options->page_cache_bytes : DEFAULT_CACHE_BYTES;
    uint64_t wal = options->wal_limit_bytes > 0 ? options->wal_limit_bytes : DEFAULT_WAL_BYTES;
    AUTO_BUF sql = db_sql();
    buf_printf(&sql, "PRAGMA page_size=%d;", PAGE_SIZE); /* of a new file; before WAL */
    buf_str(&sql, "PRAGMA journal_mode=WAL;");
    buf_printf(&sql, "PRAGMA synchronous=%s;", options->durable ? "FULL" : "NORMAL");
    buf_printf(&sql, "PRAGMA cache_size=-%llu;", (unsigned long long)(cache / 1024));
    buf_printf(&sql, "PRAGMA journal_size_limit=%llu;", (unsigned long long)wal);
    buf_str(&sql, "PRAGMA wal_autocheckpoint=0;PRAGMA trusted_schema=OFF;"
                  "PRAGMA foreign_keys=OFF;PRAGMA legacy_alter_table=ON;");
    engine->wal_step = wal / PAGE_SIZE > 0 ? wal / PAGE_SIZE : 1;
    engine->wal_pages_max = engine->wal_step;
    if (!db_exec_buf(engine->db, &sql, err))
        return false;
    checkpoint_install(engine); /* PRAGMA wal_autocheckpoint takes any hook away */
    return true;
}

static bool create_if_new(struct sqlite_engine *engine, bool is_new, struct err *err)
{
    AUTO_BUF sql = db_sql();
    if (!is_new)
        return true;
    buf_printf(&sql, "PRAGMA application_id=%d;PRAGMA user_version=%d;", APPLICATION_ID,
               SCHEMA_FORMAT);
    return db_exec(engine->db, "BEGIN IMMEDIATE", err) && db_exec_buf(engine->db, &sql, err) &&
           catalog_store_create(engine, err) && prepared_create(engine, err) &&
           db_exec(engine->db, "COMMIT", err);
}

/* Format 1 had no tables for prepared transactions. */
static bool upgrade(struct sqlite_engine *engine, struct err *err)
{
    int64_t format = 0;
    AUTO_BUF sql = db_sql();
    if (!db_integer(engine->db, "PRAGMA user_version", 0, &format, err))
        return false;
    if (format == SCHEMA_FORMAT)
        return true;
    buf_printf(&sql, "PRAGMA user_version=%d;", SCHEMA_FORMAT);
    return db_exec(engine->db, "BEGIN IMMEDIATE", err) && prepared_create(engine, err) &&
           db_exec_buf(engine->db, &sql, err) && db_exec(engine->db, "COMMIT", err);
}

static bool prepare_database(struct sqlite_engine *engine,
                             const struct sqlite_engine_options *options, bool is_new,
                             struct err *err)
{
    bool ok = set_pragmas(engine, options, err) && create_if_new(engine, is_new, err) &&
              upgrade(engine, err) &&
              db_prepare(engine->db, "BEGIN IMMEDIATE", &engine->begin, err) &&
              db_prepare(engine->db, "COMMIT", &engine->commit, err) &&
              db_prepare(engine->db, "ROLLBACK", &engine->rollback, err) &&
              catalog_store_load(engine, err) && checkpoint_now(engine, err);
    return ok ? true : err_wrap(err, "%s", engine->path);
}

static bool open_database(struct sqlite_engine *engine, const struct sqlite_engine_options *options,
                          struct err *err)
{
    bool is_new = false;
    unsigned busy = options->busy_timeout_ms > 0 ? options->busy_timeout_ms : BUSY_TIMEOUT_MS;
    if (!db_open(options->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, (int)busy, &engine->db,
                 err))
        return false;
    sort_key_register(engine->db);
    return check_identity(engine, &is_new, err) && prepare_database(engine, options, is_new, err);
}

bool sqlite_engine_open(const struct sqlite_engine_options *options, struct engine **out,
                        struct err *err)
{
    struct sqlite_engine *engine = memory_new(sizeof *engine);
    engine->base.ops = &sqlite_ops;
    engine->path = memory_str(options->path);
    engine->catalog = catalog_new(FLAVOUR_MYSQL);
    storage_scratch_init(&engine->scratch);
    if (!open_database(engine, options, err)) {
        (void)err_wrap(err, "engine");
        op_free(&engine->base);
        return false;
    }
    *out = &engine->base;
    return true;
}

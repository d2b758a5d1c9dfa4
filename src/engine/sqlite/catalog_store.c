/* catalog_store.c - see catalog_store.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/catalog_store.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/tables.h"

static const char *const OWN_TABLES[] = {
    "CREATE TABLE binlogd_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE binlogd_database(name TEXT PRIMARY KEY, charset TEXT NOT NULL,"
    " collation TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE binlogd_catalog(id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL,"
    " name TEXT NOT NULL, sqlite_name TEXT NOT NULL, has_rows INTEGER NOT NULL,"
    " definition TEXT NOT NULL, progress TEXT, UNIQUE(db, name))",
    "CREATE TABLE binlogd_position(id INTEGER PRIMARY KEY CHECK(id = 1), file TEXT NOT NULL,"
    " \"offset\" INTEGER NOT NULL, gtids TEXT NOT NULL, repair_until_file TEXT NOT NULL,"
    " repair_until_offset INTEGER NOT NULL, source_uuid TEXT NOT NULL,"
    " last_commit_us INTEGER NOT NULL)",
    "INSERT INTO binlogd_position VALUES(1,'',0,'','',0,'',0)",
    "INSERT INTO binlogd_meta VALUES('flavour','mysql'),('copy','none')",
};

bool catalog_store_create(struct sqlite_engine *engine, struct err *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(OWN_TABLES); i++)
        if (!db_exec(engine->db, OWN_TABLES[i], err))
            return false;
    return true;
}

bool meta_set(struct sqlite_engine *engine, const char *key, const char *text, struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (!db_prepare(engine->db, "INSERT OR REPLACE INTO binlogd_meta VALUES(?,?)", &stmt, err))
        return false;
    db_bind_text(stmt, 1, key);
    db_bind_text(stmt, 2, text);
    return db_run(engine->db, stmt, err);
}

bool meta_get(struct sqlite_engine *engine, const char *key, struct buf *text, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row;
    buf_reset(text);
    if (!db_prepare(engine->db, "SELECT value FROM binlogd_meta WHERE key=?", &stmt, err))
        return false;
    db_bind_text(stmt, 1, key);
    if (!db_step(engine->db, stmt, &row, err))
        return false;
    if (row)
        buf_str(text, db_column_text(stmt, 0));
    return true;
}

static bool load_flavour(struct sqlite_engine *engine, struct err *err)
{
    AUTO_BUF text = db_sql();
    if (!meta_get(engine, "flavour", &text, err))
        return false;
    bool is_mariadb = strcmp(buf_cstr(&text), "mariadb") == 0;
    engine->flavour = is_mariadb ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
    if (!meta_get(engine, "copy", &text, err))
        return false;
    engine->copy_complete = strcmp(buf_cstr(&text), "complete") == 0;
    return true;
}

static bool load_databases(struct sqlite_engine *engine, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    if (!db_prepare(engine->db, "SELECT name, charset, collation FROM binlogd_database", &stmt,
                    err))
        return false;
    while (db_step(engine->db, stmt, &row, err)) {
        if (!row)
            return true;
        catalog_put_database(engine->catalog, db_column_text(stmt, 0), db_column_text(stmt, 1),
                             db_column_text(stmt, 2));
    }
    return false;
}

/* id, db, name, sqlite_name, has_rows, definition */
static bool load_table(struct sqlite_engine *engine, sqlite3_stmt *stmt, struct err *err)
{
    struct ddl_session session = { .db = db_column_text(stmt, 1),
                                   .flavour = engine->flavour,
                                   .explicit_defaults_for_timestamp = true };
    struct table_def *def = NULL;
    if (!ddl_parse_table(bytes_of_str(db_column_text(stmt, 5)), &session, &def, err))
        return err_wrap(err, "the stored definition of %s.%s", db_column_text(stmt, 1),
                        db_column_text(stmt, 2));
    if (strcmp(def->db, db_column_text(stmt, 1)) != 0 ||
        strcmp(def->name, db_column_text(stmt, 2)) != 0) {
        table_def_free(def);
        return err_set(err, ERR_CORRUPT, "the stored definition of %s.%s is of another table",
                       db_column_text(stmt, 1), db_column_text(stmt, 2));
    }
    catalog_put_table(engine->catalog, def);
    tables_add(engine, sqlite3_column_int64(stmt, 0), db_column_text(stmt, 3), def,
               sqlite3_column_int(stmt, 4) != 0);
    return true;
}

bool catalog_store_load(struct sqlite_engine *engine, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    engine->catalog_changes++;
    tables_clear(engine);
    catalog_free(engine->catalog);
    engine->catalog = catalog_new(FLAVOUR_MYSQL);
    if (!load_flavour(engine, err))
        return false;
    catalog_free(engine->catalog);
    engine->catalog = catalog_new(engine->flavour);
    if (!load_databases(engine, err) ||
        !db_prepare(engine->db,
                    "SELECT id, db, name, sqlite_name, has_rows, definition FROM binlogd_catalog",
                    &stmt, err))
        return false;
    while (db_step(engine->db, stmt, &row, err)) {
        if (!row)
            return true;
        if (!load_table(engine, stmt, err))
            return false;
    }
    return false;
}

static bool name_is_taken(struct sqlite_engine *engine, const char *name, bool *taken,
                          struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (!db_prepare(engine->db,
                    "SELECT 1 FROM sqlite_schema WHERE lower(name)=lower(?1) UNION ALL"
                    " SELECT 1 FROM binlogd_catalog WHERE lower(sqlite_name)=lower(?1)",
                    &stmt, err))
        return false;
    db_bind_text(stmt, 1, name);
    return db_step(engine->db, stmt, taken, err);
}

bool catalog_store_name(struct sqlite_engine *engine, int64_t id, const char *db, const char *name,
                        struct buf *out, struct err *err)
{
    bool taken = false;
    buf_reset(out);
    buf_printf(out, "%s.%s", db, name);
    if (!name_is_taken(engine, buf_cstr(out), &taken, err))
        return false;
    if (taken)
        buf_printf(out, "#%lld", (long long)id);
    return true;
}

bool catalog_store_update(struct sqlite_engine *engine, int64_t id, const struct table_def *def,
                          const char *sqlite_name, struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF text = db_sql();
    table_def_print(def, &text);
    if (text.failed)
        return err_set(err, ERR_UNSUPPORTED, "the definition of %s.%s is too long", def->db,
                       def->name);
    if (!db_prepare(engine->db,
                    "UPDATE binlogd_catalog SET db=?2, name=?3, definition=?4,"
                    " sqlite_name=coalesce(?5, sqlite_name) WHERE id=?1",
                    &stmt, err))
        return false;
    sqlite3_bind_int64(stmt, 1, id);
    db_bind_text(stmt, 2, def->db);
    db_bind_text(stmt, 3, def->name);
    db_bind_text(stmt, 4, buf_cstr(&text));
    db_bind_text(stmt, 5, sqlite_name);
    return db_run(engine->db, stmt, err);
}

static bool insert_row(struct sqlite_engine *engine, const struct table_def *def, bool has_rows,
                       int64_t *id, struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (!db_prepare(engine->db,
                    "INSERT INTO binlogd_catalog(db, name, sqlite_name, has_rows, definition)"
                    " VALUES(?,?,'',?,'')",
                    &stmt, err))
        return false;
    db_bind_text(stmt, 1, def->db);
    db_bind_text(stmt, 2, def->name);
    sqlite3_bind_int(stmt, 3, has_rows);
    if (!db_run(engine->db, stmt, err))
        return err_wrap(err, "table %s.%s", def->db, def->name);
    *id = sqlite3_last_insert_rowid(engine->db);
    return true;
}

bool catalog_store_add(struct sqlite_engine *engine, struct table_def *def, bool has_rows,
                       struct engine_table **out, struct err *err)
{
    int64_t id = 0;
    AUTO_BUF name = db_sql();
    engine->catalog_changed = true;
    if (!insert_row(engine, def, has_rows, &id, err) ||
        !catalog_store_name(engine, id, def->db, def->name, &name, err) ||
        !catalog_store_update(engine, id, def, buf_cstr(&name), err)) {
        table_def_free(def);
        return false;
    }
    catalog_put_table(engine->catalog, def);
    *out = tables_add(engine, id, buf_cstr(&name), def, has_rows);
    return true;
}

static bool run_with_id(struct sqlite_engine *engine, const char *sql, int64_t id, struct err *err)
{
    AUTO_STMT stmt = NULL;
    if (!db_prepare(engine->db, sql, &stmt, err))
        return false;
    sqlite3_bind_int64(stmt, 1, id);
    return db_run(engine->db, stmt, err);
}

enum { NUMBER_NAME_BYTES = 40, NUMBER_BYTES = 32 };

static void number_name(int64_t id, char name[NUMBER_NAME_BYTES])
{
    snprintf(name, NUMBER_NAME_BYTES, "number:%lld", (long long)id);
}

bool catalog_store_keep_number(struct sqlite_engine *engine, int64_t id, uint64_t number,
                               struct err *err)
{
    char name[NUMBER_NAME_BYTES], text[NUMBER_BYTES];
    number_name(id, name);
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return meta_set(engine, name, text, err);
}

bool catalog_store_kept_number(struct sqlite_engine *engine, int64_t id, uint64_t *out,
                               struct err *err)
{
    char name[NUMBER_NAME_BYTES];
    AUTO_BUF text;
    buf_init(&text, NUMBER_BYTES);
    number_name(id, name);
    if (!meta_get(engine, name, &text, err))
        return false;
    *out = text.len > 0 ? strtoull(buf_cstr(&text), NULL, 10) : 0;
    return true;
}

bool catalog_store_forget_number(struct sqlite_engine *engine, int64_t id, struct err *err)
{
    return run_with_id(engine, "DELETE FROM binlogd_meta WHERE key='number:'||?", id, err);
}

bool catalog_store_remove(struct sqlite_engine *engine, int64_t id, struct err *err)
{
    return run_with_id(engine, "DELETE FROM binlogd_catalog WHERE id=?", id, err) &&
           catalog_store_forget_number(engine, id, err);
}

struct database_writer {
    struct sqlite_engine *engine;
    sqlite3_stmt *stmt;
    struct err *err;
};

static bool write_database(const char *db, const char *charset, const char *collation, void *arg)
{
    struct database_writer *writer = arg;
    db_bind_text(writer->stmt, 1, db);
    db_bind_text(writer->stmt, 2, charset != NULL ? charset : "");
    db_bind_text(writer->stmt, 3, collation != NULL ? collation : "");
    return db_run(writer->engine->db, writer->stmt, writer->err);
}

bool catalog_store_databases(struct sqlite_engine *engine, struct err *err)
{
    AUTO_STMT stmt = NULL;
    engine->catalog_changed = true;
    if (!db_exec(engine->db, "DELETE FROM binlogd_database", err) ||
        !db_prepare(engine->db, "INSERT INTO binlogd_database VALUES(?,?,?)", &stmt, err))
        return false;
    struct database_writer writer = { engine, stmt, err };
    return catalog_each_database(engine->catalog, write_database, &writer);
}

/* They go by SQLite's own number of its schema (reader.c). */
bool catalog_store_note_change(struct sqlite_engine *engine, struct err *err)
{
    char sql[64];
    int64_t version = 0;
    if (!db_integer(engine->db, "PRAGMA schema_version", 0, &version, err))
        return false;
    snprintf(sql, sizeof sql, "PRAGMA schema_version=%lld",
             (long long)((version + 1) % (INT32_MAX / 2)));
    return db_exec(engine->db, sql, err);
}

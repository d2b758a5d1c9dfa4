/* reader.c - see reader.h: the engine's own loading of catalog and position, over a connection that
 * may only read. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/reader.h"
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/catalog_store.h"
#include "engine/sqlite/position.h"
#include "engine/sqlite/sort_key.h"
#include "engine/sqlite/tables.h"

enum { BUSY_TIMEOUT_MS = 5000 };

struct sqlite_reader {
    struct sqlite_engine engine; /* catalog, tables, database: nothing that writes */
    bool is_open;                /* a snapshot */
    int64_t schema_version;
    sqlite3_stmt *begin, *version, *rollback; /* kept: a snapshot is opened for every statement */
};

static bool check(struct sqlite_reader *reader, struct err *err)
{
    int64_t id = 0, format = 0;
    sqlite3 *db = reader->engine.db;
    if (!db_integer(db, "PRAGMA application_id", 0, &id, err) ||
        !db_integer(db, "PRAGMA user_version", 0, &format, err))
        return err_wrap(err, "%s", reader->engine.path);
    if (id != APPLICATION_ID || format != SCHEMA_FORMAT)
        return err_set(err, ERR_CONFIG, "%s is no database of this version of binlogd",
                       reader->engine.path);
    if (!sqlite_reader_load(reader, err))
        return false;
    if (!reader->engine.copy_complete)
        return err_set(err, ERR_CONFIG,
                       "%s: the first copy of the source is not complete yet; wait until binlogd "
                       "status says that it follows",
                       reader->engine.path);
    return true;
}

bool sqlite_reader_open(const char *path, struct sqlite_reader **out, struct err *err)
{
    AUTO(sqlite_reader) reader = memory_new(sizeof *reader);
    reader->engine.path = memory_str(path);
    reader->engine.catalog = catalog_new(FLAVOUR_MYSQL);
    storage_scratch_init(&reader->engine.scratch);
    if (!db_open(path, SQLITE_OPEN_READONLY, BUSY_TIMEOUT_MS, &reader->engine.db, err))
        return false;
    sort_key_register(reader->engine.db);
    if (!db_exec(reader->engine.db, "PRAGMA trusted_schema=OFF", err) ||
        !db_prepare(reader->engine.db, "BEGIN", &reader->begin, err) ||
        !db_prepare(reader->engine.db, "PRAGMA schema_version", &reader->version, err) ||
        !db_prepare(reader->engine.db, "ROLLBACK", &reader->rollback, err) || !check(reader, err))
        return false;
    *out = reader;
    reader = NULL;
    return true;
}

void sqlite_reader_free(struct sqlite_reader *reader)
{
    if (reader == NULL)
        return;
    sqlite_reader_end(reader);
    tables_clear(&reader->engine);
    sqlite3_finalize(reader->begin);
    sqlite3_finalize(reader->version);
    sqlite3_finalize(reader->rollback);
    sqlite3_close(reader->engine.db);
    catalog_free(reader->engine.catalog);
    storage_scratch_clear(&reader->engine.scratch);
    free(reader->engine.path);
    free(reader);
}

sqlite3 *sqlite_reader_db(struct sqlite_reader *reader)
{
    return reader->engine.db;
}

struct sqlite_engine *sqlite_reader_engine(struct sqlite_reader *reader)
{
    return &reader->engine;
}

static bool read_version(struct sqlite_reader *reader, int64_t *out, struct err *err)
{
    bool row = false;
    if (!db_step(reader->engine.db, reader->version, &row, err))
        return false;
    *out = row ? sqlite3_column_int64(reader->version, 0) : 0;
    sqlite3_reset(reader->version);
    return true;
}

bool sqlite_reader_begin(struct sqlite_reader *reader, bool *changed, struct err *err)
{
    int64_t version = 0;
    if (!db_run(reader->engine.db, reader->begin, err))
        return err_wrap(err, "%s", reader->engine.path);
    reader->is_open = true;
    /* the first read is what opens the snapshot */
    if (!read_version(reader, &version, err)) {
        sqlite_reader_end(reader);
        return false;
    }
    *changed = version != reader->schema_version;
    return true;
}

void sqlite_reader_end(struct sqlite_reader *reader)
{
    struct err ignored;
    if (reader->is_open)
        (void)!db_run(reader->engine.db, reader->rollback, &ignored);
    reader->is_open = false;
}

bool sqlite_reader_position(struct sqlite_reader *reader, struct position *out, struct err *err)
{
    return position_read(&reader->engine, out, err);
}

bool sqlite_reader_load(struct sqlite_reader *reader, struct err *err)
{
    bool changed = false;
    if (!sqlite_reader_begin(reader, &changed, err))
        return false;
    bool ok = read_version(reader, &reader->schema_version, err) &&
              catalog_store_load(&reader->engine, err);
    sqlite_reader_end(reader);
    return ok ? true : err_wrap(err, "%s: reading the catalog", reader->engine.path);
}

enum flavour sqlite_reader_flavour(const struct sqlite_reader *reader)
{
    return reader->engine.flavour;
}

const struct catalog *sqlite_reader_catalog(const struct sqlite_reader *reader)
{
    return reader->engine.catalog;
}

const char *sqlite_reader_table(struct sqlite_reader *reader, const char *db, const char *name)
{
    const struct engine_table *table = tables_find(&reader->engine, db, name);
    return table != NULL && table->has_rows ? table->sqlite_name : NULL;
}

/* catalog_store.h - the catalog in the database: CREATE TABLE texts in binlogd_catalog, databases
 * in binlogd_database, single facts in binlogd_meta. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* Creates the engine's own tables in an empty database. */
bool catalog_store_create(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
/* Reads everything again: catalog, tables, flavour. Engine tables from before are void. */
bool catalog_store_load(struct sqlite_engine *engine, struct err *err) MUST_CHECK;

/* A table that is not in the database yet; *out is in engine->tables. def is taken. */
bool catalog_store_add(struct sqlite_engine *engine, struct table_def *def, bool has_rows,
                       struct engine_table **out, struct err *err) MUST_CHECK;
/* Only the database: the callers change catalog and tables. name: NULL keeps the SQLite name. */
bool catalog_store_update(struct sqlite_engine *engine, int64_t id, const struct table_def *def,
                          const char *sqlite_name, struct err *err) MUST_CHECK;
bool catalog_store_remove(struct sqlite_engine *engine, int64_t id, struct err *err) MUST_CHECK;
/* The largest AUTO_INCREMENT number given (write_number.c): kept, read, or forgotten, so that it
 * begins anew. */
bool catalog_store_keep_number(struct sqlite_engine *engine, int64_t id, uint64_t number,
                               struct err *err) MUST_CHECK;
/* *out 0: none was. */
bool catalog_store_kept_number(struct sqlite_engine *engine, int64_t id, uint64_t *out,
                               struct err *err) MUST_CHECK;
bool catalog_store_forget_number(struct sqlite_engine *engine, int64_t id,
                                 struct err *err) MUST_CHECK;
/* Writes all databases of the catalog as they are now. */
bool catalog_store_databases(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
/* Readers read the catalog again, also where no table of SQLite's was changed (CREATE DATABASE). */
bool catalog_store_note_change(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
/* A free SQLite name for db.table: with "#id" where another table has the plain one. */
bool catalog_store_name(struct sqlite_engine *engine, int64_t id, const char *db, const char *name,
                        struct buf *out, struct err *err) MUST_CHECK;

bool meta_set(struct sqlite_engine *engine, const char *key, const char *text,
              struct err *err) MUST_CHECK;
/* text is reset; stays "" when there is no such key. */
bool meta_get(struct sqlite_engine *engine, const char *key, struct buf *text,
              struct err *err) MUST_CHECK;

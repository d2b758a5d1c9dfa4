/* reader.h - the database of an engine as another program reads it: snapshots, the position inside
 * them, the catalog.
 *
 * Opened read only: it takes no lock that a writer waits for, changes nothing and never
 * checkpoints. A snapshot that stays open keeps SQLite from taking its WAL back: keep it short. One
 * thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"
#include "engine/sqlite/db.h"

struct sqlite_reader;
struct sqlite_engine;
/* ERR_CONFIG: there is no complete copy of a source in that file. */
bool sqlite_reader_open(const char *path, struct sqlite_reader **out, struct err *err) MUST_CHECK;
void sqlite_reader_free(struct sqlite_reader *reader); /* NULL is allowed */
AUTO_DEFINE(sqlite_reader);
sqlite3 *sqlite_reader_db(struct sqlite_reader *reader);
/* Its catalog, tables and connection, for those who compile statements. */
struct sqlite_engine *sqlite_reader_engine(struct sqlite_reader *reader);

/* Everything read until sqlite_reader_end is of one commit. *changed: the schema is another one
 * than at the last sqlite_reader_load. */
bool sqlite_reader_begin(struct sqlite_reader *reader, bool *changed, struct err *err) MUST_CHECK;
void sqlite_reader_end(struct sqlite_reader *reader); /* also where none is open */
bool sqlite_reader_position(struct sqlite_reader *reader, struct position *out,
                            struct err *err) MUST_CHECK;

/* Reads the catalog again. Everything below lives until the next load. */
bool sqlite_reader_load(struct sqlite_reader *reader, struct err *err) MUST_CHECK;
enum flavour sqlite_reader_flavour(const struct sqlite_reader *reader);
const struct catalog *sqlite_reader_catalog(const struct sqlite_reader *reader);
/* NULL: its rows are not kept here. */
const char *sqlite_reader_table(struct sqlite_reader *reader, const char *db, const char *name);

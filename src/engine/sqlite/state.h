/* state.h - what the files of the SQLite engine share: the connection, the catalog, the tables.
 *
 * Invariants. (1) Between begin and commit or rollback everything that changes the database runs
 * inside one SQLite transaction. (2) `catalog` and `tables` say what the database says: whoever
 * changes binlogd_catalog changes them too, and a rollback after such a change reads them again.
 * (3) No statement is left half-stepped: DDL would find its table locked. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"
#include "engine/sqlite/db.h"
#include "engine/sqlite/storage.h"

enum { SCHEMA_FORMAT_FIRST = 1, SCHEMA_FORMAT = 2 };
enum { APPLICATION_ID = 0x42696e64 /* "Bind" */, STATEMENTS_MAX = 256, PAGE_SIZE = 4096 };

struct statement;
struct cascade;
struct generator;

/* A table that the catalog knows. */
struct engine_table {
    struct sqlite_engine *engine;
    struct engine_table *next_in_bucket;
    char *db;
    char *name;
    int64_t id;                  /* binlogd_catalog.id; names its indexes */
    char *sqlite_name;           /* "shop.item", or "shop.item#7" where names clash */
    const struct table_def *def; /* in the catalog */
    bool has_rows;               /* there is an SQLite table of it */
    bool has_sort_keys;          /* sort_key_create has been here */
    struct storage *columns;     /* def->column_count; made at first use */
    unsigned *key;               /* columns that name a row; NULL: the table has no key */
    unsigned key_count;
    unsigned mask_words;          /* of 64 columns each */
    const char *rowid_name;       /* of a table without a key: an alias that no column hides */
    struct statement *statements; /* most recently used first */
    struct cascade *cascades;     /* of its child tables; NULL: not looked up yet */
    unsigned cascade_count;
    bool cascades_known;
    unsigned child_count;         /* foreign keys on it, as of: */
    uint64_t children_counted_at; /* catalog_changes; 0: never */
    bool number_known;            /* AUTO_INCREMENT: number_given is the largest ever given */
    uint64_t number_given;        /* else: since the database was opened */
    uint64_t number_kept;         /* the largest that the database says was given */
};

struct table_map_by_name {
    struct engine_table **buckets;
    unsigned bucket_count; /* a power of two */
    unsigned count;
};

/* What capture.c keeps; all zero while nothing is captured. */
struct capture {
    struct engine_capture to;
    bool paused;
    bool failed;          /* since capture_forget */
    struct buf set_after; /* savepoints that were set since then: names, each with a NUL */
    struct err err;
    struct arena arena; /* of the change at hand */
};

struct sqlite_engine {
    struct engine base;
    sqlite3 *db;
    char *path;
    struct catalog *catalog;
    enum flavour flavour;
    struct table_map_by_name tables;
    struct storage_scratch scratch;
    struct statement *newest; /* of all statements, by last use */
    struct statement *oldest;
    unsigned statement_count;
    bool in_transaction;
    bool is_prepared;         /* the position is in it: commit or roll back */
    bool catalog_changed;     /* since begin: a rollback must read it again */
    uint64_t catalog_changes; /* counted */
    bool catalog_lost;        /* it could not be read again: nothing more may be done */
    bool copy_complete;
    uint64_t wal_pages;     /* in the WAL after the last commit */
    uint64_t wal_pages_max; /* checkpoint beyond it */
    uint64_t wal_step;      /* pages between two checkpoints */
    uint64_t wal_begun;     /* pages of it that the kernel was asked to write */
    struct capture capture;
    sqlite3_stmt *begin, *commit, *rollback, *set_position;
    struct generator *generator; /* NULL: not needed so far */
};

static inline struct sqlite_engine *sqlite_engine_of(struct engine *engine)
{
    return (struct sqlite_engine *)engine;
}

/* db.h - the SQLite library in this tree's words: errors as struct err, quoting, short statements.
 *
 * Used by one thread, the engine's. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>
#include "base/buf.h"
#include "base/err.h"

/* Opens path for one thread; more_flags: SQLITE_OPEN_READONLY or READWRITE, CREATE … A statement
 * that meets another's lock waits for busy_ms. *db is to be closed by the caller, also after a
 * failure. */
bool db_open(const char *path, int more_flags, int busy_ms, sqlite3 **db,
             struct err *err) MUST_CHECK;
/* After a failed read, write or sync: closing this connection moves and syncs nothing. What a
 * failed sync left in the page cache counts as clean, so a second sync would succeed and mean
 * nothing. */
void db_distrust(sqlite3 *db);
/* SQLITE_BUSY becomes ERR_CONFLICT (another program writes), a full disk ERR_SYSTEM, a damaged file
 * ERR_CORRUPT … the sentence ends with SQLite's own words. An I/O
 * error makes it distrust db. Always returns false. */
bool db_error(sqlite3 *db, int code, struct err *err, const char *format, ...) PRINTF_LIKE(4, 5);
bool db_exec(sqlite3 *db, const char *sql, struct err *err) MUST_CHECK;
/* text: failed (too long) is an error here. */
bool db_exec_buf(sqlite3 *db, struct buf *sql, struct err *err) MUST_CHECK;
bool db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *err) MUST_CHECK;
/* Steps a statement that gives no rows, and resets it. */
bool db_run(sqlite3 *db, sqlite3_stmt *stmt, struct err *err) MUST_CHECK;
/* *row: there is one; read its columns, then call again. When it is false stmt has been reset. */
bool db_step(sqlite3 *db, sqlite3_stmt *stmt, bool *row, struct err *err) MUST_CHECK;
void db_bind_text(sqlite3_stmt *stmt, int index, const char *text); /* NULL binds NULL; copied */
const char *db_column_text(sqlite3_stmt *stmt, int column);         /* "" for NULL */
/* The first column of the first row; `missing` when there is no row. */
bool db_integer(sqlite3 *db, const char *sql, int64_t missing, int64_t *out,
                struct err *err) MUST_CHECK;
void db_quote_name(struct buf *out, const char *name); /* "na""me" */
static inline void db_finalize(sqlite3_stmt **stmt)
{
    sqlite3_finalize(*stmt);
}
#define AUTO_STMT __attribute__((cleanup(db_finalize))) sqlite3_stmt *
enum { DB_SQL_MAX = 16 << 20 };
static inline struct buf db_sql(void)
{
    struct buf sql;
    buf_init(&sql, DB_SQL_MAX);
    return sql;
}

/* db.c - see db.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/db.h"
#include "base/bug.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* SQLite counts each allocation under one lock of the process; nobody asks for the count. */
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

bool db_open(const char *path, int more_flags, int busy_ms, sqlite3 **db, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    int rc = sqlite3_open_v2(path, db, more_flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return db_error(*db, rc, err, "open %s", path);
    sqlite3_extended_result_codes(*db, 1);
    sqlite3_busy_timeout(*db, busy_ms);
    return true;
}

static enum err_code code_of(int primary)
{
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* no such table or column: our statements follow the catalog */
        return ERR_CORRUPT;
    case SQLITE_TOOBIG:
        return ERR_UNSUPPORTED;
    default:
        return ERR_SYSTEM;
    }
}

static const char *advice_of(int primary)
{
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return " (another program holds a write lock on this database: close its transaction)";
    case SQLITE_FULL:
        return " (make room on the disk)";
    case SQLITE_IOERR:
        return " (the disk refused to read or write: see the system's log, free space and limits)";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return " (check the owner and the permissions of the data directory)";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return " (the database is damaged: remove it, and a new copy will be made)";
    case SQLITE_ERROR:
        return " (the data does not fit its catalog: another program may have changed it; remove "
               "the data, and a new copy will be made)";
    case SQLITE_TOOBIG:
        return " (SQLite holds at most 1,000,000,000 bytes in a value or row)";
    default:
        return "";
    }
}

void db_distrust(sqlite3 *db)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !BUG(SYNC_AGAIN), NULL);
}

bool db_error(sqlite3 *db, int code, struct err *err, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int primary = code & 0xff;
    if (primary == SQLITE_NOMEM)
        memory_exhausted("SQLite");
    const char *words = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    (void)err_set(err, code_of(primary), "%s: SQLite: %s%s", what, words, advice_of(primary));
    if (db != NULL && primary == SQLITE_IOERR)
        db_distrust(db);
    if (db != NULL && err->code == ERR_SYSTEM)
        err->os_errno = sqlite3_system_errno(db);
    return false;
}

bool db_exec(sqlite3 *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return db_error(db, rc, err, "%.200s", sql);
    return true;
}

bool db_exec_buf(sqlite3 *db, struct buf *sql, struct err *err)
{
    if (sql->failed)
        return err_set(err, ERR_UNSUPPORTED, "a statement of more than %d bytes for SQLite",
                       DB_SQL_MAX);
    return db_exec(db, buf_cstr(sql), err);
}

bool db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *err)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (rc != SQLITE_OK)
        return db_error(db, rc, err, "%.200s", sql);
    return true;
}

bool db_run(sqlite3 *db, sqlite3_stmt *stmt, struct err *err)
{
    (void)sqlite3_step(stmt);
    int rc = sqlite3_reset(stmt); /* repeats the error of the step */
    if (rc != SQLITE_OK)
        return db_error(db, rc, err, "%.200s", sqlite3_sql(stmt));
    return true;
}

bool db_step(sqlite3 *db, sqlite3_stmt *stmt, bool *row, struct err *err)
{
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *row = true;
        return true;
    }
    int rc = sqlite3_reset(stmt);
    if (rc != SQLITE_OK)
        return db_error(db, rc, err, "%.200s", sqlite3_sql(stmt));
    *row = false;
    return true;
}

void db_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
    sqlite3_bind_text(stmt, index, text, -1, SQLITE_TRANSIENT);
}

const char *db_column_text(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    return text != NULL ? (const char *)text : "";
}

bool db_integer(sqlite3 *db, const char *sql, int64_t missing, int64_t *out, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    if (!db_prepare(db, sql, &stmt, err) || !db_step(db, stmt, &row, err))
        return false;
    *out = row ? sqlite3_column_int64(stmt, 0) : missing;
    return true;
}

void db_quote_name(struct buf *out, const char *name)
{
    buf_u8(out, '"');
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"')
            buf_u8(out, '"');
        buf_u8(out, (uint8_t)*p);
    }
    buf_u8(out, '"');
}

/* prepared.c - see prepared.h.
 *
 * SQLite holds no value as large as the largest event, and needs each value in memory twice: so an
 * event is cut into pieces, a row each, in the order of their ids. A reader takes piece by piece
 * with a statement that is finished in between: applying one event may change the schema's locks.
 */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/prepared.h"
#include <assert.h>
#include "binlog/event.h"

enum { PIECE_MAX = 1 << 20, SHAPE_MAX = 16 << 20 };

static const char *const TABLES[] = {
    "CREATE TABLE binlogd_prepared(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " xid TEXT NOT NULL UNIQUE, gtid TEXT NOT NULL, file TEXT NOT NULL,"
    " \"offset\" INTEGER NOT NULL)",
    "CREATE TABLE binlogd_prepared_event(id INTEGER PRIMARY KEY, prepared INTEGER NOT NULL,"
    " type INTEGER NOT NULL, shape TEXT NOT NULL, is_last INTEGER NOT NULL,"
    " piece BLOB NOT NULL)",
    "CREATE INDEX binlogd_prepared_event_by ON binlogd_prepared_event(prepared)",
};

bool prepared_create(struct sqlite_engine *engine, struct err *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(TABLES); i++)
        if (!db_exec(engine->db, TABLES[i], err))
            return false;
    return true;
}

/* 0: not there. */
static bool find(struct sqlite_engine *engine, const char *xid, int64_t *id, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    if (!db_prepare(engine->db, "SELECT id FROM binlogd_prepared WHERE xid=?", &stmt, err))
        return false;
    db_bind_text(stmt, 1, xid);
    if (!db_step(engine->db, stmt, &row, err))
        return false;
    *id = row ? sqlite3_column_int64(stmt, 0) : 0;
    return true;
}

static bool op_begin(struct engine *base, const struct prepared *prepared, struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_STMT stmt = NULL;
    int64_t id = 0;
    assert(engine->in_transaction);
    if (!find(engine, prepared->xid, &id, err))
        return false;
    if (id != 0)
        return err_set(err, ERR_CONFLICT, "XA transaction %s is prepared already", prepared->xid);
    if (!db_prepare(engine->db,
                    "INSERT INTO binlogd_prepared(xid, gtid, file, \"offset\") VALUES(?,?,?,?)",
                    &stmt, err))
        return false;
    db_bind_text(stmt, 1, prepared->xid);
    db_bind_text(stmt, 2, prepared->gtid);
    db_bind_text(stmt, 3, prepared->file);
    sqlite3_bind_int64(stmt, 4, (int64_t)prepared->offset);
    return db_run(engine->db, stmt, err);
}

static bool keep_piece(struct sqlite_engine *engine, sqlite3_stmt *stmt, struct bytes piece,
                       bool is_last, struct err *err)
{
    sqlite3_bind_int(stmt, 4, is_last);
    int rc = sqlite3_bind_blob(stmt, 5, piece.len > 0 ? (const void *)piece.data : "",
                               (int)piece.len, SQLITE_STATIC);
    if (rc != SQLITE_OK)
        return db_error(engine->db, rc, err, "an event of a prepared transaction");
    return db_run(engine->db, stmt, err);
}

static bool op_keep(struct engine *base, const char *xid, const struct prepared_event *event,
                    struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_STMT stmt = NULL;
    int64_t id = 0;
    assert(engine->in_transaction);
    if (!find(engine, xid, &id, err))
        return false;
    if (id == 0)
        return err_set(err, ERR_CONFLICT, "XA transaction %s is not there", xid);
    if (!db_prepare(engine->db,
                    "INSERT INTO binlogd_prepared_event(prepared, type, shape, is_last, piece)"
                    " VALUES(?,?,?,?,?)",
                    &stmt, err))
        return false;
    sqlite3_bind_int64(stmt, 1, id);
    sqlite3_bind_int(stmt, 2, event->type);
    db_bind_text(stmt, 3, event->shape);
    struct bytes rest = event->body;
    while (rest.len > PIECE_MAX) {
        if (!keep_piece(engine, stmt, bytes_of(rest.data, PIECE_MAX), false, err))
            return false;
        rest = bytes_of(rest.data + PIECE_MAX, rest.len - PIECE_MAX);
    }
    return keep_piece(engine, stmt, rest, true, err);
}

/* One row of binlogd_prepared_event more: id, type, shape, is_last, piece. */
static bool take_piece(struct prepared_reader *reader, sqlite3_stmt *stmt, bool *is_last,
                       struct err *err)
{
    reader->after = sqlite3_column_int64(stmt, 0);
    reader->type = (uint8_t)sqlite3_column_int(stmt, 1);
    buf_reset(&reader->shape);
    buf_str(&reader->shape, db_column_text(stmt, 2));
    *is_last = sqlite3_column_int(stmt, 3) != 0;
    const void *piece = sqlite3_column_blob(stmt, 4);
    buf_append(&reader->body, piece, (size_t)sqlite3_column_bytes(stmt, 4));
    if (reader->body.failed || reader->shape.failed)
        return err_set(err, ERR_CORRUPT, "XA transaction %s: a kept event is too long",
                       reader->xid);
    return true;
}

static bool op_next(struct engine *base, struct prepared_reader *reader, bool *more,
                    struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    bool is_last = false;
    buf_reset(&reader->body);
    for (bool row = true; !is_last;) {
        AUTO_STMT stmt = NULL;
        if (!db_prepare(engine->db,
                        "SELECT e.id, e.type, e.shape, e.is_last, e.piece"
                        " FROM binlogd_prepared p JOIN binlogd_prepared_event e ON e.prepared=p.id"
                        " WHERE p.xid=? AND e.id>? ORDER BY e.id LIMIT 1",
                        &stmt, err))
            return false;
        db_bind_text(stmt, 1, reader->xid);
        sqlite3_bind_int64(stmt, 2, reader->after);
        if (!db_step(engine->db, stmt, &row, err))
            return false;
        if (!row && reader->body.len > 0)
            return err_set(err, ERR_CORRUPT, "XA transaction %s: a kept event is cut off",
                           reader->xid);
        *more = row;
        if (!row)
            return true;
        if (!take_piece(reader, stmt, &is_last, err))
            return false;
    }
    return true;
}

static bool op_forget(struct engine *base, const char *xid, bool *found, struct err *err)
{
    static const char *const deletes[] = { "DELETE FROM binlogd_prepared_event WHERE prepared=?",
                                           "DELETE FROM binlogd_prepared WHERE id=?" };
    struct sqlite_engine *engine = sqlite_engine_of(base);
    int64_t id = 0;
    assert(engine->in_transaction);
    if (!find(engine, xid, &id, err))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(deletes) && id != 0; i++) {
        AUTO_STMT stmt = NULL;
        if (!db_prepare(engine->db, deletes[i], &stmt, err))
            return false;
        sqlite3_bind_int64(stmt, 1, id);
        if (!db_run(engine->db, stmt, err))
            return false;
    }
    *found = id != 0;
    return true;
}

static bool op_each(struct engine *base, void (*see)(const struct prepared *, void *), void *arg,
                    struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    AUTO_STMT stmt = NULL;
    bool row = false;
    if (!db_prepare(engine->db,
                    "SELECT xid, gtid, file, \"offset\" FROM binlogd_prepared ORDER BY id", &stmt,
                    err))
        return false;
    while (db_step(engine->db, stmt, &row, err)) {
        if (!row)
            return true;
        struct prepared prepared = { db_column_text(stmt, 0), db_column_text(stmt, 1),
                                     db_column_text(stmt, 2),
                                     (uint64_t)sqlite3_column_int64(stmt, 3) };
        see(&prepared, arg);
    }
    return false;
}

const struct engine_prepared_ops sqlite_prepared_ops = {
    .begin = op_begin,
    .keep = op_keep,
    .next = op_next,
    .forget = op_forget,
    .each = op_each,
};

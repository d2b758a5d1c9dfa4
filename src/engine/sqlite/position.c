/* position.c - see position.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/position.h"
#include <stdio.h>

enum { GTIDS_TEXT_MAX = 64 << 20 };

bool position_read(struct sqlite_engine *engine, struct position *out, struct err *err)
{
    AUTO_STMT stmt = NULL;
    bool row = false;
    struct position read = { .offset = 0 };
    if (!db_prepare(engine->db,
                    "SELECT file, \"offset\", gtids, repair_until_file, repair_until_offset,"
                    " source_uuid, last_commit_us FROM binlogd_position WHERE id=1",
                    &stmt, err) ||
        !db_step(engine->db, stmt, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_CORRUPT, "%s: the position is missing: remove the data directory",
                       engine->path);
    if (!gtid_set_parse(db_column_text(stmt, 2), engine->flavour, &read.gtids, err))
        return err_wrap(err, "%s: the stored GTID set", engine->path);
    snprintf(read.file, sizeof read.file, "%s", db_column_text(stmt, 0));
    read.offset = (uint64_t)sqlite3_column_int64(stmt, 1);
    snprintf(read.repair_until_file, sizeof read.repair_until_file, "%s", db_column_text(stmt, 3));
    read.repair_until_offset = (uint64_t)sqlite3_column_int64(stmt, 4);
    snprintf(read.source_uuid, sizeof read.source_uuid, "%s", db_column_text(stmt, 5));
    read.last_commit_us = (uint64_t)sqlite3_column_int64(stmt, 6);
    if (!engine->copy_complete)
        read.file[0] = '\0';
    *out = read;
    return true;
}

bool position_write(struct sqlite_engine *engine, const struct position *position, struct err *err)
{
    AUTO_BUF gtids;
    buf_init(&gtids, GTIDS_TEXT_MAX);
    if (engine->set_position == NULL &&
        !db_prepare(engine->db,
                    "UPDATE binlogd_position SET file=?, \"offset\"=?, gtids=?,"
                    " repair_until_file=?, repair_until_offset=?, source_uuid=?,"
                    " last_commit_us=? WHERE id=1",
                    &engine->set_position, err))
        return false;
    if (position->gtids != NULL)
        gtid_set_print(position->gtids, &gtids);
    if (gtids.failed)
        return err_set(err, ERR_UNSUPPORTED, "a GTID set of more than %d bytes", GTIDS_TEXT_MAX);
    sqlite3_stmt *stmt = engine->set_position;
    db_bind_text(stmt, 1, position->file);
    sqlite3_bind_int64(stmt, 2, (int64_t)position->offset);
    db_bind_text(stmt, 3, buf_cstr(&gtids));
    db_bind_text(stmt, 4, position->repair_until_file);
    sqlite3_bind_int64(stmt, 5, (int64_t)position->repair_until_offset);
    db_bind_text(stmt, 6, position->source_uuid);
    sqlite3_bind_int64(stmt, 7, (int64_t)position->last_commit_us);
    return db_run(engine->db, stmt, err);
}

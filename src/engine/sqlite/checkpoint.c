/* checkpoint.c - see checkpoint.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/checkpoint.h"

enum { IDLE_SHARE = 8 };

/* Replaces SQLite's own automatic checkpoint. */
static int note_wal_size(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_engine *engine = arg;
    (void)db, (void)name;
    engine->wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

void checkpoint_install(struct sqlite_engine *engine)
{
    sqlite3_wal_hook(engine->db, note_wal_size, engine);
}

bool checkpoint_now(struct sqlite_engine *engine, struct err *err)
{
    int frames = 0, moved = 0;
    int rc =
        sqlite3_wal_checkpoint_v2(engine->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        return db_error(engine->db, rc, err, "checkpoint of %s", engine->path);
    /* All frames moved: the next commit starts the WAL again, unless a reader still needs it. */
    engine->wal_pages_max =
        moved == frames ? engine->wal_step : engine->wal_pages + engine->wal_step;
    engine->wal_pages = 0;
    return true;
}

bool checkpoint_after_commit(struct sqlite_engine *engine, struct err *err)
{
    return engine->wal_pages < engine->wal_pages_max || checkpoint_now(engine, err);
}

/* Syncing the WAL is enough: what is not in it any more was synced by the checkpoint. */
bool checkpoint_sync(struct sqlite_engine *engine, struct err *err)
{
    sqlite3_file *wal = NULL;
    int rc = sqlite3_file_control(engine->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (rc == SQLITE_OK && wal != NULL && wal->pMethods != NULL)
        rc = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
    if (rc != SQLITE_OK) {
        db_distrust(engine->db);
        return db_error(NULL, rc, err, "sync of %s-wal", engine->path);
    }
    /* Syncs come when there is time: a longer WAL is moved now rather than under load. */
    return engine->wal_pages < engine->wal_step / IDLE_SHARE || checkpoint_now(engine, err);
}

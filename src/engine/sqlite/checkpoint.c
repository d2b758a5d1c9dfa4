/* checkpoint.c - see checkpoint.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/checkpoint.h"
#include <fcntl.h>
#include <unistd.h>

enum { IDLE_SHARE = 8, BEGIN_PAGES = 256 };
enum { WAL_HEADER = 32, FRAME_HEADER = 24 };

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

/* A checkpoint syncs the WAL, and a commit that comes then waits for all that nobody wrote before:
 * so the kernel begins to write it from time to time, and nobody waits. Only a hint: what cannot be
 * done is left to the sync. (SQLite locks nothing in this file that closing it would unlock.) */
static void begin_writing(struct sqlite_engine *engine)
{
    if (engine->wal_pages < engine->wal_begun)
        engine->wal_begun = 0; /* it was started again */
    if (engine->wal_pages < engine->wal_begun + BEGIN_PAGES)
        return;
    int fd =
        open(sqlite3_filename_wal(sqlite3_db_filename(engine->db, "main")), O_RDONLY | O_CLOEXEC);
    uint64_t frame = FRAME_HEADER + PAGE_SIZE;
    uint64_t from = WAL_HEADER + engine->wal_begun * frame;
    uint64_t size = (engine->wal_pages - engine->wal_begun) * frame;
    engine->wal_begun = engine->wal_pages;
    if (fd < 0)
        return;
    (void)sync_file_range(fd, (off_t)from, (off_t)size, SYNC_FILE_RANGE_WRITE);
    close(fd);
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
    begin_writing(engine);
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

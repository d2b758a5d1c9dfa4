/* state.h - what stands behind store.h; for the .c files of this folder only.
 *
 * Three owners. The writer thread alone touches segment, gtids, points, marked, head_scanned. The
 * lock guards everything in struct shared. index_lock is held by whoever rewrites the index on
 * disk or rebuilds a GTID index (before the lock, never inside it). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include "store/gtid_index.h"
#include "store/index.h"
#include "store/recovery.h"
#include "store/scan.h"
#include "store/segment.h"
#include "store/store.h"

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* durable grew, a sync ended, the store failed, store_wake */
    pthread_cond_t grown;   /* appended grew, the store failed, store_wake */
    pthread_cond_t work;    /* for the syncing thread */
    pthread_mutex_t index_lock;
    struct log_pos durable;  /* end of what is synced: a transaction boundary */
    struct log_pos appended; /* end of what is marked and in the file: to be synced; same file */
    uint64_t due_us;         /* monotonic: the syncing thread may wait so long for more; 0: now */
    int sync_fd;             /* of the newest file */
    bool syncing;            /* one datasync at a time, by whichever thread */
    bool stop;
    uint64_t wakes;
    struct err failure; /* why has_failed */
    struct index index;
    struct cursor *cursors; /* all open ones */
    struct store_watch *watches;
    atomic_bool has_failed; /* set under the lock, read anywhere */
    atomic_bool is_busy;    /* == syncing, a hint without the lock */
};

struct store {
    char *dir;
    struct files *files;
    uint64_t sync_after_us;
    bool read_only;
    int lock_fd;
    bool has_thread;
    pthread_t thread;
    struct shared *shared;

    /* the writer thread's */
    struct segment segment;
    struct gtid_set *gtids;
    struct gtid_writer points;
    uint64_t number;       /* of the newest file */
    uint64_t marked;       /* offset of the last mark in it */
    uint64_t head_scanned; /* offset up to which the first file's head was looked at */
    bool in_head;          /* the first file, before its first transaction */
    struct format head_format;
    char name[INDEX_NAME_MAX + 1]; /* of the newest file; "" when there is none */
    uint64_t asked;                /* offset of the last sync request */
    uint64_t mark_time_us;         /* of the first mark that no sync was asked for; 0: none */
    struct {                       /* how much came lately: append.c's is_bulk */
        uint64_t start_us;
        uint64_t start_bytes;
        uint64_t bytes; /* written since the store was opened */
        bool bulk;
    } window;
};

struct cursor {
    struct store *store;
    struct cursor *next;     /* under the lock */
    struct cursor *previous; /* under the lock */
    uint64_t file;           /* written under the lock */
    uint64_t safe_offset;    /* under the lock: as far as purge knows */
    char *reader_name;
    struct scan scan;
    uint64_t event_start;
    uint64_t event_end;
    bool is_open;     /* the file could be opened already */
    bool reads_ahead; /* up to the appended end */
    char file_name[LOG_NAME_MAX + 1];
};

/* ---- syncer.c ---- */
bool syncer_start(struct store *store, struct err *err) MUST_CHECK;
void syncer_stop(struct store *store);
/* Any thread; the first failure stays. Adds what to do about a full disk. Returns false. */
bool store_fail(struct store *store, struct err *err);
/* False, with the reason, when the store has failed. */
bool store_alive(const struct store *store, struct err *err) MUST_CHECK;
/* The segment's bytes up to end (a boundary) are in the file: the syncing thread may go on, within
 * delay_us (0: at once). */
void sync_request(struct store *store, uint64_t end, unsigned delay_us);
/* Makes everything up to end durable, in this thread when no other is at it. */
bool sync_finish(struct store *store, uint64_t end, struct err *err) MUST_CHECK;

/* ---- store.c ---- */
/* Under the lock: the durable end moved, or the store failed. Wakes all who wait for that. */
void shared_tell(struct shared *shared);
void store_path(const struct store *store, const char *name, char path[]);
/* What there is to read of a file: the durable end in the newest, else its size. Under the lock.
 */
uint64_t shared_limit(const struct shared *shared, uint64_t file);
/* The GTID index of a file; a torn or missing one is made anew. May not reach to the end yet. Any
 * thread. */
bool store_points(struct store *store, uint64_t file, struct gtid_index *out,
                  struct err *err) MUST_CHECK;
/* One that covers the file exactly to limit, a durable boundary: walks what no point covers. */
bool store_points_to(struct store *store, struct log_pos limit, struct gtid_index *out,
                     struct err *err) MUST_CHECK;

/* ---- cursor.c ---- */
/* How far the cursor's file may be read now, and whether a next file follows; tells purge where the
 * cursor is. */
uint64_t cursor_limit(struct cursor *cursor, bool *has_next);
/* Opens the cursor's file at `offset`. *is_there false: the log has no such file yet. */
bool cursor_open_file(struct cursor *cursor, uint64_t offset, bool *is_there,
                      struct err *err) MUST_CHECK;
void cursor_cross(struct cursor *cursor); /* to the next file's first event */
bool cursor_open_at(struct store *store, struct log_pos at, const char *reader_name,
                    struct cursor **out, struct err *err) MUST_CHECK;

/* store.h - the durable log: ordinary binary log files, one writer, any number of readers.
 *
 * Promises. (1) Every file is byte for byte a file of the source, from its first byte, under its
 * name. (2) Bytes below the durable end never change, and the end only grows, and only after
 * fdatasync. (3) The durable end stands at a transaction boundary: no reader sees half a
 * transaction; so does the appended end, which is never behind it. (4) Opening cuts a torn tail
 * back to the last whole transaction; damage before the tail is an error (ERR_CORRUPT, with file
 * and offset), never skipped. (5) A failed fsync is final: the store refuses all further writes
 * (ERR_SYSTEM) and its durable end stays; reopen it to verify and go on.
 *
 * Directory: NAME.NNNNNN files, index (one file name a line, oldest first), NAME.NNNNNN.gtids
 * (sparse GTID index, rebuilt when missing), lock (flock); docs/formats/store.md.
 *
 * Threads: the writer functions belong to one thread (receive); a thread of the store's own syncs.
 * the ends, the waits and cursors: any thread (a cursor belongs to one thread at a time).
 *
 * Two ends. The durable end is what the log holds: whoever commits, serves or acknowledges goes by
 * it, and so does every cursor. The appended end is what will be durable when the disk has done its
 * work: bytes before it do not change while the store is open, but a crash or a failed fsync takes
 * them back. It is for a reader that works ahead and lets nobody see what it did before the durable
 * end has come there too: cursor_read_ahead. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdatomic.h>
#include "base/err.h"
#include "base/files.h"
#include "binlog/event.h"
#include "binlog/gtid_set.h"

enum { LOG_NAME_MAX = 255 };

/* A place in the log: files are numbered 0, 1, 2 … in the index's order since the store was made;
 * the number of a file never changes while the directory lives, also when older files are purged.
 */
struct log_pos {
    uint64_t file;
    uint64_t offset;
};
int log_pos_compare(struct log_pos a, struct log_pos b);

struct store;
struct store_options {
    const char *dir;
    struct files *files;    /* NULL: files_os */
    unsigned sync_after_us; /* group fsync under load: wait so long for company; see store_flush */
    bool read_only;         /* cursors only (cat, verify, status): takes no lock, changes nothing */
};

/* ERR_CONFLICT when another process holds the directory. Creates it when it is missing. */
bool store_open(const struct store_options *options, struct store **out,
                struct err *err) MUST_CHECK;
void store_free(struct store *store); /* NULL is allowed; syncs nothing that was not marked */
AUTO_DEFINE(store);

/* True while some process has the log open for writing. Takes and gives back a shared lock. */
bool store_has_writer(const char *dir);

/* ---- writer ---- */
/* Where the writer stands: the end of the last byte written. An empty store: file name "". */
struct log_pos store_write_end(const struct store *store);
const char *store_write_name(const struct store *store); /* the newest file's name */
/* The GTIDs of all whole transactions in the log, with those that its first file says came before
 * (PREVIOUS_GTIDS, GTID_LIST) or that store_set_base told. Copy it to keep it. Writer thread. */
const struct gtid_set *store_gtids(const struct store *store);
/* The set that the log's first byte comes after, when that file cannot say (before the first file
 * only). */
void store_set_base(struct store *store, const struct gtid_set *base);
/* Starts the next file: magic first. The file before it must end at a boundary. ERR_CONFLICT when a
 * file of that name exists. The directory is synced before the first event of the file becomes
 * durable. */
bool store_start_file(struct store *store, const char *name, struct err *err) MUST_CHECK;
/* Appends bytes of events, in any pieces: a 1 GiB event arrives in packets of 16 MiB. */
bool store_write(struct store *store, struct bytes piece, struct err *err) MUST_CHECK;
/* The bytes so far end a transaction (gtid not NULL; GTID_NONE when anonymous) or stand outside of
 * one (gtid NULL): the syncing thread may make them durable and visible. Cheap: call it for each.
 */
bool store_mark(struct store *store, const struct gtid *gtid, struct err *err) MUST_CHECK;
/* Call it when the source has nothing more to read: what is marked becomes durable at once, in this
 * thread (a commit waits for no other); when a sync is running or much waits, it is the syncing
 * thread's. sync_after_us does not delay it: that is for a source that never pauses. */
bool store_flush(struct store *store, struct err *err) MUST_CHECK;
/* Waits until everything marked is durable. */
bool store_sync(struct store *store, struct err *err) MUST_CHECK;
/* Takes back what was written after the last mark (the connection broke inside a transaction). */
bool store_rewind(struct store *store, struct err *err) MUST_CHECK;

/* ---- anyone ---- */
struct log_pos store_durable_end(const struct store *store);
struct log_pos store_appended_end(const struct store *store);
/* Waits until the durable end is past `seen`, the timeout (ms) is over, or store_wake was called.
 * ERR_SYSTEM when the store has failed. */
bool store_wait(struct store *store, struct log_pos seen, unsigned timeout_ms,
                struct err *err) MUST_CHECK;
/* The same for the appended end. */
bool store_wait_appended(struct store *store, struct log_pos seen, unsigned timeout_ms,
                         struct err *err) MUST_CHECK;
/* Waits until the durable end has come to `end`, which is not past the appended end: a sync of it
 * is asked for already. ERR_SYSTEM when the store failed first. */
bool store_wait_durable(struct store *store, struct log_pos end, struct err *err) MUST_CHECK;
void store_wake(struct store *store);
/* Instead of waiting: called when the durable end has moved or the store has failed, by the thread
 * that moved it and under the store's lock. It must not block and must not call the store. */
struct store_watch {
    void (*moved)(void *arg);
    void *arg;
    struct store_watch *next; /* the store's */
};
void store_watch(struct store *store, struct store_watch *watch);
void store_unwatch(struct store *store, struct store_watch *watch); /* also one that is not there */
bool store_has_failed(const struct store *store, struct err *err);  /* err: why */
/* The GTIDs of all that lies before `at`, a boundary that is durable: at the durable end what the
 * log holds, at the first file's start what was purged or never in it. May read a MiB of the log.
 */
bool store_gtids_before(struct store *store, struct log_pos at, struct gtid_set **out,
                        struct err *err) MUST_CHECK;
bool store_find_file(const struct store *store, const char *name,
                     uint64_t *file); /* false: not held */
/* A transaction boundary in at's file, at or before it: the nearest that the GTID index knows,
 * which is mostly at most 1 MiB or 4096 transactions away. */
bool store_boundary_before(struct store *store, struct log_pos at, uint64_t *offset,
                           struct err *err) MUST_CHECK;
/* "" when there is no such file. */
void store_file_name(const struct store *store, uint64_t file, char name[LOG_NAME_MAX + 1]);
uint64_t store_first_file(const struct store *store);
uint64_t store_file_end(const struct store *store, uint64_t file); /* durable bytes of that file */
uint64_t store_size_bytes(const struct store *store);

/* ---- purge ---- */
struct purge_limits {
    uint64_t keep_bytes;   /* 0: no limit by size */
    uint64_t keep_seconds; /* 0: no limit by age (of a file's last event) */
};
/* Drops whole files, oldest first, that the limits no longer want and that end at or before
 * `needed` (the engine's durable position) and before every open cursor. Names what holds a wanted
 * file back in `held` (may be ""). Writer thread or any: takes the store's lock. */
bool store_purge(struct store *store, const struct purge_limits *limits, struct log_pos needed,
                 unsigned *dropped, char held[256], struct err *err) MUST_CHECK;

/* ---- cursor: reads events up to the durable end; when it reads ahead, to the appended end ---- */
struct cursor;
enum cursor_result { CURSOR_EVENT, CURSOR_END, CURSOR_ERROR };
/* At an event's start (4 or later); {store_durable_end's file, 4} also before there is a file.
 * ERR_CONFLICT: no event starts there, it is past the durable end, or the file was purged.
 * Registered against purge until freed. name: shown when it holds a file back. */
bool cursor_open(struct store *store, struct log_pos at, const char *reader_name,
                 struct cursor **out, struct err *err) MUST_CHECK;
/* Positions just after everything in `done` (the first transaction that is not in it): an index
 * seek, to a point of at most 1 MiB or 4096 transactions before. What is in `done` and follows that
 * point is still delivered: the caller skips by GTID. MariaDB: the last GTID of a domain in `done`
 * stands for all of that domain before it in the log. ERR_CONFLICT: the log begins later. Before
 * there is a file: waits for the first one. */
bool cursor_open_after(struct store *store, const struct gtid_set *done, const char *reader_name,
                       struct cursor **out, struct err *err) MUST_CHECK;
/* From now on it delivers what is appended, too. What is made of that must be taken back when the
 * store fails, and may be seen only after store_wait_durable. */
void cursor_read_ahead(struct cursor *cursor);
void cursor_free(struct cursor *cursor);
AUTO_DEFINE(cursor);
/* The next event; *event lives until the next call. Crosses into the next file by itself, giving
 * that file's format description first. CURSOR_END: nothing more is durable (appended) now; call
 * again after store_wait (store_wait_appended). CURSOR_ERROR: ERR_CORRUPT with file and offset, or
 * ERR_SYSTEM. Always checks the CRC32. Events over 256 KiB are read into a buffer that is given
 * back after use. */
enum cursor_result cursor_next(struct cursor *cursor, struct event *event,
                               struct err *err) MUST_CHECK;
struct log_pos cursor_event_start(const struct cursor *cursor); /* of the last event */
struct log_pos cursor_event_end(const struct cursor *cursor);   /* where the next one starts */
const struct format *cursor_format(const struct cursor *cursor);
const char *cursor_file_name(const struct cursor *cursor);

/* ---- raw: the same cursor for who passes the bytes on ----
 * Not to be mixed with cursor_next. A block holds bytes from the cursor's place on, unchecked and
 * cut anywhere; cursor_take_raw moves the place to where another event starts. */
struct raw_block {
    uint8_t *data; /* the caller's */
    size_t size;
    size_t len;     /* out */
    uint64_t limit; /* out: up to where the file is durable, as far as was looked */
};
enum raw_result {
    RAW_BYTES,    /* at least one */
    RAW_FILE_END, /* the file is complete: cursor_next_file goes on */
    RAW_WAIT,     /* nothing more is durable now */
    RAW_ERROR,
};
enum raw_result cursor_read_raw(struct cursor *cursor, struct raw_block *block,
                                struct err *err) MUST_CHECK;
void cursor_take_raw(struct cursor *cursor, uint64_t size);
void cursor_next_file(struct cursor *cursor);

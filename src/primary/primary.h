/* primary.h - transactions of our own: what changes in the engine goes into the log first.
 *
 * Promises. (1) A transaction is in the log, durable, before the engine commits it: nothing is ever
 * seen or acknowledged that the log could lose. (2) What the engine changed is what is logged: rows
 * come from engine_capture, and a change that could not be told fails the commit. (3) After a crash
 * at any point the log holds all that was acknowledged; what the engine lacks of it the apply stage
 * replays before primary_open, which refuses an engine that is not where the log ends. (4) Events
 * are those of a server with row format, full images, full metadata and CRC32: a MySQL with GTIDs
 * of this node's uuid, or a MariaDB with GTIDs of its server id.
 *
 * A transaction's events are held in memory up to cache_bytes, then in a file; one of more than
 * cache_bytes_max is refused (1197), as is one whose file cannot be written (1026).
 *
 *   primary_begin … changes … primary_end_statement … primary_commit | primary_rollback
 *   the same with primary_log, for several, then primary_flush: one sync for all of them
 *   primary_ddl   a transaction of its own
 *
 * One thread at a time, which is also the store's writer and the engine's. After a failed write or
 * commit the primary refuses everything: reopening it is the way on. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"
#include "store/store.h"

struct primary_options {
    struct store *store;
    struct engine *engine; /* captures for the primary until it is freed */
    enum flavour flavour;  /* of the log: that of an engine that is not empty */
    uint32_t server_id;
    const char *server_uuid;
    const char
        *server_version;  /* "8.4.0-…", "10.11.0-MariaDB-…": of format descriptions and GTIDs */
    const char *log_name; /* of files: NAME.000001; only of a new log */
    uint64_t file_bytes;  /* the next file begins after so many; 0: 128 MiB */
    size_t cache_bytes;   /* of one transaction's events, in memory; 0: 1 MiB */
    uint64_t cache_bytes_max; /* of them in all; 0: 4 GiB */
    const char *spill_path;   /* of the file for the others; NULL: all stay in memory */
    /* In a flush, when the log is durable to that end: false (ERR_CANCELLED) and the engine does
     * not commit. NULL: it may at once. */
    bool (*before_commit)(struct log_pos durable, void *arg, struct err *err);
    void *before_commit_arg;
    struct files *files; /* for that one; NULL: files_os */
};

struct primary;
/* An empty store with an empty engine becomes a primary's; a log that another server wrote goes on
 * in a file of ours, nothing is added to the others'. ERR_CONFLICT: the engine is not where the log
 * ends (apply it first), or one of the two is missing. */
bool primary_open(const struct primary_options *options, struct primary **out,
                  struct err *err) MUST_CHECK;
void primary_free(struct primary *primary); /* NULL is allowed; rolls back */
AUTO_DEFINE(primary);

bool primary_begin(struct primary *primary, struct err *err) MUST_CHECK;
/* What a statement changed is whole: its last rows event says so. */
void primary_end_statement(struct primary *primary);
/* A place to go back to, with the engine's savepoint of the same moment. */
uint64_t primary_mark(struct primary *primary);
void primary_go_back(struct primary *primary, uint64_t mark);
bool primary_has_changes(const struct primary *primary);
/* *out (may be NULL): its GTID; GTID_NONE when there was nothing to log. ERR_REFUSED: this
 * transaction cannot be logged, and is rolled back. Any other error ends the primary. */
bool primary_commit(struct primary *primary, struct gtid *out, struct err *err) MUST_CHECK;
/* The transaction is in the log, but not safe there yet, nor seen by anyone: it is both when
 * primary_flush has returned true. Others may begin and end meanwhile, after it. Errors as
 * primary_commit's: what was logged before is not touched by a refusal. */
bool primary_log(struct primary *primary, struct gtid *out, struct err *err) MUST_CHECK;
bool primary_flush(struct primary *primary, struct err *err) MUST_CHECK;
void primary_rollback(struct primary *primary);
/* Outside of a transaction: what was logged is safe, and the next file begins. */
bool primary_rotate(struct primary *primary, struct err *err) MUST_CHECK;

/* A schema change, and the session it runs in: replicas run its text in the same. */
struct primary_statement {
    struct bytes text;
    const struct ddl *ddl; /* of that text */
    const char *db;
    const char *time_zone;
    uint64_t sql_mode;
    uint64_t now_us;
    uint32_t thread_id;
    bool ignores_foreign_keys; /* foreign_key_checks = 0 */
    uint16_t client_collation; /* ids */
    uint16_t connection_collation;
    uint16_t server_collation;
};
/* Outside of a transaction. ERR_CONFLICT or ERR_UNSUPPORTED: the engine refused it, and nothing has
 * changed; ERR_REFUSED: a foreign key would not stand (server_errno says why), and nothing has. */
bool primary_ddl(struct primary *primary, const struct primary_statement *statement,
                 struct gtid *out, struct err *err) MUST_CHECK;
bool primary_has_failed(const struct primary *primary);

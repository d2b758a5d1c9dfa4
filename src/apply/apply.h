/* apply.h - the log's transactions into the engine: rows, DDL, and the position with them.
 *
 * Promise: the engine's data is always that of a whole number of source transactions, in the
 * source's order, and its position says which. What cannot be applied exactly stops the stage with
 * the event, its GTID, its place in the log and what to do; everything before it is committed.
 *
 * When everything is applied, each transaction is carried out while the store syncs it, and
 * committed as soon as it is durable there: not before, and never when the sync fails.
 * When there is a backlog, many transactions share one commit, and changes of the same row within
 * it become one. Threads: apply_run is a thread's whole life and alone touches the engine;
 * apply_status and apply_synced_end may be called by any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "apply/until.h"
#include "binlog/gtid.h"
#include "binlog/xa.h"
#include "engine/engine.h"
#include "net/cancel.h"
#include "store/store.h"

struct apply_options {
    struct store *store;
    struct engine *engine;
    struct cancel *cancel; /* may be NULL; call store_wake after firing it */
    bool (*keep)(const char *db, const char *table, void *arg); /* NULL: every table */
    void *keep_arg;
    uint64_t batch_bytes;        /* of changes held back before they are written; 0: 32 MiB */
    unsigned batch_transactions; /* in one commit; 0: 50,000 */
    /* Is the source's time zone SYSTEM that of UTC? NULL: not known. */
    bool (*system_zone_is_utc)(void *arg);
    void *system_zone_arg;
    bool until_end;     /* apply_run returns when everything in the log is applied */
    struct until until; /* copied; apply_run returns when it is there, for good */
    unsigned delay_s;   /* a transaction begins when it is so old; 0: at once. Needs `cancel` */
    void (*on_commit)(const struct position *position, void *arg); /* may be NULL; apply's thread */
    void *on_commit_arg;
};

/* XA transactions that are prepared here, oldest first: all are counted, the first ones shown. */
enum { APPLY_PREPARED_SHOWN = 16 };
struct apply_prepared_one {
    char xid[XA_TEXT_MAX];
    char gtid[GTID_TEXT_MAX]; /* of its XA PREPARE; "": none */
    char file[LOG_NAME_MAX + 1];
    uint64_t offset;
};
struct apply_prepared {
    unsigned count;
    struct apply_prepared_one shown[APPLY_PREPARED_SHOWN];
};

struct apply_status {
    const char *state; /* "starting", "applying", "waiting", "delaying" (the next one is too
                          young), "checking" (one by one, after a failure), "stopped" */
    char file[LOG_NAME_MAX + 1]; /* committed */
    uint64_t offset;
    struct log_pos log_end; /* the same place, as the store counts */
    char *gtids;            /* text; owned */
    uint64_t gtid_count;
    uint64_t transactions; /* since apply_new: applied, */
    uint64_t rows;         /* and the row changes in them (of tables that are kept) */
    uint64_t skipped;      /* transactions whose GTID the engine had already */
    uint64_t commits;
    unsigned batch;          /* source transactions in the last commit */
    uint64_t last_commit_us; /* source's clock; 0: not known */
    uint32_t last_timestamp; /* the same in seconds, of the event's header; 0: none yet */
    bool repairing;          /* inside the range that a resumed copy left */
    bool is_until_reached;
    uint64_t delayed_commit_us; /* source's clock: of the transaction that is too young; 0: none */
    struct apply_prepared prepared;
    struct err error; /* why it stopped; ERR_NONE while it runs */
};

struct apply;
struct apply *apply_new(const struct apply_options *options); /* options are copied */
void apply_free(struct apply *apply);                         /* NULL is allowed */
AUTO_DEFINE(apply);
/* True when it was asked to stop, or has come to the end it was to go to, after committing what was
 * whole. */
bool apply_run(struct apply *apply, struct err *err) MUST_CHECK;
void apply_status(struct apply *apply, struct apply_status *out); /* out: zeroed or from before */
void apply_status_clear(struct apply_status *status);
/* The log up to here is in the engine and survives a power cut: purge may go so far. */
struct log_pos apply_synced_end(struct apply *apply);

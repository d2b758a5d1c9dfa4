/* state.h - what the files of the apply stage share. Apply's thread, but for `shared`.
 *
 * Invariants. (1) `position` is that after the last whole transaction read; the engine's own is
 * that after the last commit. (2) Changes are in the fold or in the engine's open transaction, and
 * a table's changes reach the engine in an order that gives the same rows as the log's. (3) The
 * engine commits only what the log holds durably; what was read ahead of that is in its open
 * transaction at most. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "apply/apply.h"
#include "apply/fold.h"
#include "apply/table.h"
#include "binlog/payload.h"
#include "binlog/rows.h"
#include "binlog/stream.h"

/* What other threads may see; under its lock. */
struct apply_shared {
    pthread_mutex_t lock;
    struct apply_status status; /* without gtids */
    struct gtid_set *gtids;
    struct log_pos synced;
};

/* The transaction being read. */
struct apply_transaction {
    bool open;
    bool skipped;     /* its GTID is in the engine already */
    bool has_changes; /* row changes or DDL */
    bool has_ddl;     /* commit right after it */
    bool has_lasting; /* row changes of tables that cannot roll back */
    uint32_t timestamp;
    uint64_t commit_us;
};

/* The XA transaction being read, if it is one. */
struct apply_xa {
    bool open; /* its changes are kept, not applied */
    char id[XA_TEXT_MAX];
    bool changed; /* since what is prepared was last shown */
};

struct apply {
    struct apply_options options;
    struct cursor *cursor;
    bool is_found_by_gtid; /* the log has not the position's file: what it repeats is passed over */
    struct stream stream;
    struct position position;
    uint64_t position_file; /* the store's number of position.file; UINT64_MAX: look again */
    struct log_pos end;     /* position as the store counts */
    struct log_pos committed;
    struct table_cache tables;
    struct fold *fold;
    struct buf scratch; /* inflated events */
    struct payload_reader *payload;
    struct buf documents; /* of the row being changed */
    struct append *append;
    struct apply_transaction transaction;
    struct apply_xa xa;
    bool in_engine; /* the engine's transaction is open */

    bool one_by_one; /* after a failure: no folding, one transaction a commit */
    struct log_pos one_by_one_until;
    bool is_at_end; /* of the log, or of what UNTIL names: it is to go no further */
    bool repairing;

    unsigned batch_transactions; /* whole ones that are not committed */
    uint64_t batch_rows;
    uint64_t batch_direct; /* bytes of rows events that went past the fold */
    bool batch_spilled;    /* it outgrew the fold: commit at the next end of a transaction */
    uint64_t batch_skipped;
    uint64_t synced_at_ms;
    struct apply_shared shared;
};

/* ---- event.c ---- */
/* Applies one event, commits nothing. */
bool apply_event(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;
/* "binlog.000042 at 8812" and the transaction, into err. Returns false. */
bool apply_wrap_place(struct apply *apply, const struct event *event, struct err *err);

/* What handlers.def says is done with it; the stream has seen it. */
bool apply_handle(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;

/* ---- payload.c ---- */
/* Applies the events in it. ERR_CANCELLED when it was asked to stop meanwhile. */
bool apply_payload(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;
/* A table map, or rows: applied now, whatever transaction it stands in. */
bool apply_change_event(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;

/* ---- prepared.c ---- */
bool apply_mariadb_gtid(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;
bool apply_xa_prepare(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;
/* text: a statement that begins with "XA ". */
bool apply_xa_statement(struct apply *apply, struct bytes text, struct err *err) MUST_CHECK;
/* A table map that is in the cache, or rows, of the open XA transaction. */
bool apply_keep_prepared(struct apply *apply, const struct event *event,
                         struct err *err) MUST_CHECK;
bool apply_read_prepared(struct apply *apply, struct apply_prepared *out,
                         struct err *err) MUST_CHECK;

/* ---- change.c ---- */
/* The empty rows event with which MySQL ends a statement whose last table changed nothing. */
bool apply_is_dummy_rows(const struct event *event);
bool apply_rows(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;
/* The image of a row, into the fold or, where it refuses, into the engine. */
bool apply_fold(struct apply *apply, struct apply_table *table, const struct row_change *change,
                struct err *err) MUST_CHECK;
/* Rows of the table have been read. */
void apply_note_rows(struct apply *apply, const struct apply_table *table, unsigned count);
/* Writes what is folded into the engine's transaction. */
bool apply_flush(struct apply *apply, struct err *err) MUST_CHECK;
bool apply_open_engine(struct apply *apply, struct err *err) MUST_CHECK;

/* ---- append.c ---- */
struct append *append_new(void);
void append_free(struct append *append);
/* An event whose rows may be inserted together: decoded, bound, with nothing read of its rows. */
bool apply_append(struct apply *apply, struct apply_table *table, struct rows *rows,
                  struct err *err) MUST_CHECK;
bool apply_can_append(const struct apply_table *table, const struct rows *rows);

/* ---- document.c ---- */
/* Makes documents of the table's row, as far as the before image has them, whole. They live until
 * the next call. */
bool apply_documents(struct apply *apply, struct apply_table *table, struct err *err) MUST_CHECK;

/* ---- statement.c ---- */
bool apply_query(struct apply *apply, const struct event *event, struct err *err) MUST_CHECK;

/* ---- delay.c ---- */
/* Before a transaction that its source committed then (0: not known). ERR_CANCELLED: asked to stop
 * meanwhile. */
bool apply_wait_delay(struct apply *apply, uint64_t commit_us, struct err *err) MUST_CHECK;

/* ---- apply.c ---- */
/* Commits all whole transactions, as soon as the log holds them durably. Not inside one that has
 * changes. */
bool apply_commit(struct apply *apply, struct err *err) MUST_CHECK;
/* What is committed survives a power cut, and purge may go up to it. */
bool apply_sync_engine(struct apply *apply, struct err *err) MUST_CHECK;
void apply_set_state(struct apply *apply, const char *state);
bool apply_is_cancelled(const struct apply *apply);

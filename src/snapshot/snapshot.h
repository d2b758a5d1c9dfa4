/* snapshot.h - the first copy of a source that is being written to.
 *
 * Promise: when snapshot_run returns true, the engine holds every kept table as of one point of
 * the source's log, and `out` (also committed in the engine) is where to follow from. After a kill
 * at any moment it can be called again on the same engine: finished chunks stay, the rest is read
 * at a new point, and `out` then carries the repair range (engine.h: repair_until_*) within which
 * changes are applied as "make it so". Where a resume would not be exact the copy starts over, and
 * says why in the log.
 *
 * Readers (one thread a connection) hand blocks of rows through a bounded queue to the calling
 * thread, which alone touches the engine. See README.md for the states and the refusals. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "engine/engine.h"
#include "net/cancel.h"
#include "net/source_address.h"

struct snapshot_progress {
    const char *phase; /* "locking", "copying", "finishing" */
    uint64_t rows_done;
    uint64_t rows_estimated; /* the source's own estimate: may be far off */
    uint64_t bytes_done;     /* as the source sent them, this run */
    double rows_per_s;
    double bytes_per_s;
    int64_t eta_s; /* -1: not known yet */
    unsigned tables_done;
    unsigned table_count;
    const char *tables; /* being read now: "shop.item, shop.order"; lives until the call returns */
};

struct snapshot_options {
    const struct source_address *address;
    struct engine *engine;
    struct cancel *cancel;    /* may be NULL */
    unsigned connections;     /* 0: 4 */
    unsigned chunk_rows;      /* rows a chunk, before their width is known; 0: 10000 */
    uint64_t max_bytes_per_s; /* of rows read from the source; 0: as fast as it goes */
    unsigned lock_wait_s;     /* for FLUSH TABLES WITH READ LOCK, each try; 0: 5 */
    bool (*keep)(const char *db, const char *table, void *arg); /* NULL: every table */
    void *keep_arg;
    /* The log must be kept from this file of the source's on: called once the consistent point is
     * known, before rows are copied, on this thread. NULL: nobody asks. False ends the copy. */
    bool (*on_point)(const char *file, void *arg, struct err *err);
    void *on_point_arg;
    void (*progress)(const struct snapshot_progress *progress, void *arg); /* about twice a second,
                                                                              on this thread */
    void *progress_arg;
};

/* ERR_CONFIG: privileges or tables that cannot be copied; the sentence names them and the SQL to
 * run. out: position_clear it when done. */
bool snapshot_run(const struct snapshot_options *options, struct position *out,
                  struct err *err) MUST_CHECK;

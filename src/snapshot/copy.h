/* copy.h - reads every table's rows inside the snapshot and loads them into the engine.
 *
 *   readers (one thread a connection) --blocks--> queue --> writer (the caller) --> engine
 *
 * A chunk's rows and the table's progress text are one commit of the engine. The readers take
 * slices from one list, largest tables first. Only the writer touches plans, engine and control. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/plan.h"
#include "snapshot/schema.h"
#include "snapshot/snapshot.h"

struct copy_table {
    const struct schema_table *schema;
    struct plan plan;
    struct chunk_key key;
    bool has_key;
    struct engine_table *engine_table;
    uint64_t rows_done; /* this run */
};

struct copy_request {
    const struct snapshot_options *options;
    const struct source_facts *facts;
    struct connection *control;
    struct connection **readers; /* inside the snapshot */
    unsigned reader_count;
    struct copy_table *tables; /* the kept ones */
    unsigned table_count;
};

/* ERR_CONFLICT: a table changed under the copy: start over. */
bool copy_run(const struct copy_request *request, struct err *err) MUST_CHECK;

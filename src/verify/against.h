/* against.h - a replica compared with a source, table by table, while both go on.
 *
 * Tables with a key that servers can be asked along are read from the source in chunks, each at a
 * place that the replica has too (agree.h); then the replica's keys are looked for at the source.
 * Rows that do not agree are looked at again one by one, at last with their rows locked at the
 * source for as long as the replica needs to get there (settle.h): so what is reported differs, and
 * nothing else is. Tables without such a key are compared as heaps of rows (heap.h). Nothing is
 * changed on either side. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "net/source_address.h"

struct cancel;

enum difference_kind {
    DIFFERENCE_MISSING,  /* a row of the source that is not in the replica */
    DIFFERENCE_EXTRA,    /* a row of the replica that is not at the source */
    DIFFERENCE_CHANGED,  /* the same key, other values */
    DIFFERENCE_NO_TABLE, /* of the source, not in the replica */
    DIFFERENCE_NO_SUCH,  /* of the replica, not at the source */
    DIFFERENCE_COLUMNS,  /* the definitions are not of the same columns */
};
const char *difference_name(enum difference_kind kind); /* "missing", "extra", "different" … */

struct difference {
    enum difference_kind kind;
    const char *db, *table;
    const char *key;    /* "id = 4"; "" when it is about the table */
    const char *detail; /* what differs, in words; "" */
};

struct against_table {
    char *db, *name;
    bool compared; /* false: it could not be */
    uint64_t rows;
    uint64_t missing, extra, changed;
    uint64_t unsettled; /* rows that changed whenever they were looked at */
    uint64_t columns;   /* 1: other columns, or on one side only */
};

struct against_progress {
    const char *db, *table;
    unsigned tables_done, table_count;
    uint64_t rows_done, rows_estimated;
    double rows_per_s;
    double eta_s; /* -1: not known */
    bool paused;  /* the source is busy */
};

struct against_options {
    const struct source_address *address;
    const char *database; /* path of data.db */
    struct cancel *cancel;
    bool (*keep)(const char *db, const char *table, void *arg);
    void *keep_arg;
    uint64_t chunk_us;    /* how long the source may read for one chunk */
    unsigned max_running; /* statements running at the source above which this waits; 0: never */
    unsigned wait_ms;     /* how long the replica may stand still */
    void (*on_difference)(const struct difference *difference, void *arg);
    void (*on_table)(const struct against_table *table, void *arg); /* when it is done */
    void (*on_progress)(const struct against_progress *progress, void *arg);
    void *arg;
};

struct against_report {
    struct against_table *tables;
    unsigned count;
    uint64_t rows;
    uint64_t differences; /* rows, and tables */
    uint64_t unsettled;
};
/* False: it could not be done, or not to the end. */
bool against_run(const struct against_options *options, struct against_report *out,
                 struct err *err) MUST_CHECK;
void against_clear(struct against_report *report);

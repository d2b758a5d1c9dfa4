/* table.h - table maps of the log, matched with the engine's catalog: what a rows event's table id
 * means until the next format description or DDL. Apply's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/table_map.h"
#include "engine/engine.h"

struct fold_table;

/* One table id. */
struct apply_table {
    struct apply_table *next_in_bucket;
    uint64_t id;
    struct bytes body; /* of the table map event, in arena */
    struct arena arena;
    struct table_map map;
    struct engine_table *target; /* NULL: not replicated, rows are passed over */
    const struct table_def *def;
    unsigned *key; /* columns that name a row; NULL: no key */
    unsigned key_count;
    bool is_parent;       /* of foreign keys with actions */
    bool is_lasting;      /* its storage engine cannot roll back */
    bool has_generated;   /* columns that only the source can compute */
    uint64_t *unique;     /* columns of UNIQUE keys beside the row key, a bit each; NULL: none */
    struct value *before; /* room for one row */
    struct value *after;
    struct fold_table *folded; /* made at its first folded change */
};

enum { TABLE_CACHE_BUCKETS = 256, TABLE_CACHE_MAX = 4096 };
struct table_cache {
    struct apply_table *buckets[TABLE_CACHE_BUCKETS];
    unsigned count;
    struct apply_table *retired; /* their ids mean nothing any more; folded changes may use them */
};

/* True when a rows event's after images leave out a generated column and hold some of what it is
 * made of: each of its rows must then be asked about. MariaDB from 11.8.9 on leaves all of them out
 * of its updates, whatever binlog_row_image says. */
bool apply_table_lacks_generated(const struct apply_table *table, struct bytes after_present);
/* True when the row in table->before and table->after changes what a generated column is made of
 * without naming the column itself: its value is then not known. column: the one. */
bool apply_table_loses_generated(const struct apply_table *table, enum change kind,
                                 unsigned *column);

struct table_context {
    struct engine *engine;
    bool (*keep)(const char *db, const char *table, void *arg);
    void *keep_arg;
    enum flavour flavour;
};

/* Forgets all ids. The tables themselves live until the sweep, when nothing folded is left. */
void table_cache_retire(struct table_cache *cache);
void table_cache_sweep(struct table_cache *cache);
/* Learns a table map event. ERR_CONFLICT where log and catalog disagree about the table. */
bool table_cache_put(struct table_cache *cache, const struct table_context *context,
                     const struct event *event, struct err *err) MUST_CHECK;
struct apply_table *table_cache_find(const struct table_cache *cache, uint64_t id);

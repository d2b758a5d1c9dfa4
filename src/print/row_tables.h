/* row_tables.h - the tables that a log's rows events speak of: the last table map of each id, ready
 * for decoding and printing.
 *
 * A map that says what the last one of its id said costs a comparison. Allocates nothing a row.
 * What find gives lives until the next map. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/rows.h"
#include "binlog/table_map.h"
#include "sql/catalog.h"
#include "sql/charset.h"

/* Which rows are printed, and what is known of their tables beside the log. All of it may be NULL:
 * every table, nothing. */
struct row_scope {
    bool (*keep)(const char *db, const char *table, void *arg);
    void *keep_arg;
    const struct catalog *catalog;
};

struct row_table {
    struct table_map map;            /* completed from the catalog */
    enum flavour flavour;            /* of its log */
    const char *db, *name;           /* the map's, as strings */
    bool is_kept;                    /* by the scope */
    const struct table_def *def;     /* that completed it; NULL: none */
    const struct charset **charsets; /* one a column; NULL: not in the log, or none */
    void *extra;                     /* the user's, from extra_of; freed with extra_free */
    struct bytes body;               /* of the table map event */
};

struct row_tables;
/* What scope points to lives longer. */
struct row_tables *row_tables_new(const struct row_scope *scope,
                                  void *(*extra_of)(const struct row_table *),
                                  void (*extra_free)(void *));
void row_tables_free(struct row_tables *tables); /* NULL is allowed */
/* A TABLE_MAP event. */
bool row_tables_map(struct row_tables *tables, const struct event *event, enum flavour flavour,
                    struct err *err) MUST_CHECK;
/* Opens a rows event of any kind, compressed ones too; scratch holds what was unpacked. */
bool row_tables_open(struct row_tables *tables, const struct event *event, struct buf *scratch,
                     struct rows *rows, const struct row_table **table, struct err *err) MUST_CHECK;
bool row_tables_is_rows(uint8_t type); /* what row_tables_open opens */
/* The type of the same rows without MariaDB's compression. */
uint8_t row_tables_plain_type(uint8_t type);
/* The table of the map, or of the rows event, that came last; there was one. */
const struct row_table *row_tables_newest(const struct row_tables *tables);

/* schema_tables.h - information_schema: the catalog as tables that a SELECT reads like any other.
 *
 * A table's rows are made from the catalog when a statement that names it is compiled, live in its
 * arena, and are read by SQLite through a virtual table (schema_rows.c). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/query_internal.h"

enum { SCHEMA_WIDTH_MAX = 32 };

struct schema_rows {
    unsigned width;
    size_t count, room;
    struct value **rows; /* TEXT, INT or NULL */
};

/* One table while it is filled. */
struct schema_fill {
    struct compiler *c;
    struct catalog *catalog;
    const struct table_def *table;
    struct schema_rows *out;
    struct value row[SCHEMA_WIDTH_MAX];
    unsigned next;
    bool failed;
};
void put_text(struct schema_fill *fill, const char *text); /* NULL: NULL */
void put_int(struct schema_fill *fill, int64_t number);
void put_null(struct schema_fill *fill);
bool end_row(struct schema_fill *fill); /* the rest is NULL; false: too many rows */

typedef bool schema_visit_fn(const struct table_def *table, void *fill);
/* Of those that the session's account may see. */
bool schema_each_table(struct schema_fill *fill, schema_visit_fn *visit);

typedef bool schema_fill_fn(struct schema_fill *fill);
#define SCHEMA_TABLE(name, fill) schema_fill_fn fill;
#define SCHEMA_COLUMN(table, name, kind, length)
#include "engine/sqlite/query/schema_tables.def"
#undef SCHEMA_TABLE
#undef SCHEMA_COLUMN

bool schema_is_own(const char *db);
/* A parenthesised SELECT of its rows; 1109 where there is none of that name. */
bool schema_table(struct compiler *c, const char *name, struct output *out, struct buf *sql);
/* The keys of a table, and what of a column is shown. */
const char *schema_key_word(const struct table_def *table, const char *column);
bool schema_extra(enum flavour flavour, const struct column_def *column, struct buf *out);
const char *schema_default(enum flavour flavour, const struct column_def *column,
                           struct arena *arena);
void schema_type(enum flavour flavour, const struct column_def *column, struct buf *out);
/* schema_rows.c */
bool schema_rows_register(struct query_connection *connection);
extern const char SCHEMA_ROWS_POINTER[];

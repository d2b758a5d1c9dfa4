/* compared.h - a table as both sides of a comparison see it, and rows of it in canonical form.
 *
 * A row is one field a column: 4 bytes of length, then the canonical value (form.h). Its key is the
 * same of the key's columns. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "engine/sqlite/reader.h"
#include "snapshot/select.h"
#include "verify/form.h"

struct connection;

struct compared {
    const struct table_def *def; /* the replica's */
    const char *sqlite_name;
    struct chunk_key key;
    bool has_key;          /* rows are told apart and read along by their key */
    bool is_transactional; /* at the source: rows can be locked one by one */
};

/* A row that outlives its result: borrowed from an arena. */
struct compared_row {
    struct bytes fields;
    struct bytes key; /* empty: the table has none */
};

/* Fields of the column list: all columns, or the key's. */
void compared_columns(const struct compared *table, bool key_only, struct buf *sql);
void compared_columns_stored(const struct compared *table, bool key_only, struct buf *sql);
/* A result's row; both give the same bytes for the same row. key_only: its columns are the key's.
 */
void compared_from_source(const struct compared *table, const struct bytes *sent, bool key_only,
                          struct buf *scratch, struct arena *arena, struct compared_row *out);
void compared_from_stored(const struct compared *table, sqlite3_stmt *stmt, bool key_only,
                          struct buf *scratch, struct arena *arena, struct compared_row *out);
bool compared_equal(const struct compared *table, struct bytes a, struct bytes b);
/* The next field; false at the end. */
bool compared_field(struct bytes *fields, struct bytes *out);

/* The statement that finds a row of the replica by its key; columns: all. */
bool compared_find(const struct compared *table, sqlite3 *db, sqlite3_stmt **out,
                   struct err *err) MUST_CHECK;
bool compared_bind_key(const struct compared *table, struct bytes key, sqlite3_stmt *stmt,
                       struct err *err) MUST_CHECK;
/* `a` = 1 AND `b` = 'x' */
void compared_key_condition(const struct compared *table, struct bytes key, struct buf *sql);
/* a = 1, b = 'x'; a row without a key: all its columns. */
void compared_print_key(const struct compared *table, const struct compared_row *row,
                        struct buf *out);
/* n: 2 here, 3 at the source; only columns that differ. */
void compared_print_differences(const struct compared *table, struct bytes source,
                                struct bytes replica, struct buf *out);

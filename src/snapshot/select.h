/* select.h - the statements that read a table's rows so that every value comes back exact. Pure.
 *
 * Sessions that run them have time_zone '+00:00', character_set_results NULL and sql_mode '': text
 * arrives in its column's own charset, TIMESTAMP in UTC. Expressions are those that value_from_text
 * (binlog/value_text.h) reads: FLOAT widened to double, BIT, ENUM and SET as numbers, MariaDB's
 * UUID and INET as bytes. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "binlog/value.h"
#include "sql/catalog.h"

enum { CHUNK_KEY_COLUMNS_MAX = 32 };

/* The key that a table is read along: whole ascending columns of types whose literals are exact. */
struct chunk_key {
    const char *index_name;
    unsigned columns[CHUNK_KEY_COLUMNS_MAX]; /* of the definition */
    unsigned count;
    bool first_is_integer; /* equal ranges of the first column can be read side by side */
    bool first_is_unsigned;
};
/* False: no such key; the table is read in one go. */
bool chunk_key_of(const struct table_def *table, struct chunk_key *out);

void select_identifier(struct buf *out, const char *name);              /* `name` */
void select_table_name(struct buf *out, const struct table_def *table); /* `db`.`name` */
/* A key column's value, as read, as a literal that compares equal to it. */
void select_literal(struct buf *out, const struct column_def *column, struct bytes value);

/* How value_from_text reads the column of a result of select_rows. */
struct column_type select_column_type(const struct column_def *column, enum flavour flavour);

/* What to read of a table. Literals are SQL text; "" or NULL: no such bound. */
struct select_range {
    const char *from;  /* first key column >= */
    const char *to;    /* first key column <= */
    const char *after; /* key tuple >, literals separated by tabs */
    uint64_t limit;    /* 0: all */
};
/* key NULL: the whole table, in no order; range is then not looked at. */
void select_rows(struct buf *out, const struct table_def *table, const struct chunk_key *key,
                 const struct select_range *range);
/* What follows the table's name in it: index, condition, order, limit. */
void select_along(struct buf *out, const struct table_def *table, const struct chunk_key *key,
                  const struct select_range *range);

/* table_build.h - a step's items applied to a definition: what CREATE and ALTER TABLE leave behind.
 *
 * Private to src/sql. The build goes columns (table_build.c), keys (build_keys.c), constraints
 * (build_constraints.c); each reads the items in their written order, as the servers do. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/collation.h"
#include "sql/ddl_tree.h"

struct table_build {
    const struct ddl_step *step;
    const struct ddl_session *session;
    const struct catalog *catalog;
    const struct table_def *before; /* NULL: CREATE */
    struct collation database;      /* the database's defaults */
    struct err *err;

    struct table_def *table; /* the result, in its own arena */
    int *column_from;        /* per column of table; in its arena */
    const char **new_names;  /* per column of before: its name now, or NULL: dropped */
};

/* ERR_CONFLICT where an item names what is not there, or brings what is. On success the caller owns
 * build->table. */
bool table_build(struct table_build *build) MUST_CHECK;

/* for the parts */
enum {
    BUILD_COLUMN_TWICE = 1060,
    BUILD_KEY_TWICE = 1061,
    BUILD_PRIMARY_TWICE = 1068,
    BUILD_NO_KEY_COLUMN = 1072,
    BUILD_NOTHING_LEFT = 1090,
    BUILD_NOTHING_TO_DROP = 1091,
    BUILD_NO_COLUMN = 1054,
    BUILD_NO_KEY = 1176,
    BUILD_FOREIGN_KEY_TWICE = 1826,
    BUILD_CHECK_TWICE = 3822,
};
/* number: what a server answers; 0: it has none */
bool build_conflict(struct table_build *b, uint16_t number, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Is it a check of a column that IF [NOT] EXISTS passes over? */
bool build_item_skipped(const struct table_build *b, const struct ddl_item *item);
/* The index in `before` of the column of that name, or -1. */
int build_old_column(const struct table_build *b, const char *name);
bool build_old_fk(const struct table_build *b,
                  const char *name); /* had `before` one of that name? */
bool build_keys(struct table_build *b);
bool build_constraints(struct table_build *b);
/* Keys of the foreign keys among the items go where the items are. */
const char *build_fk_key_name(const struct table_build *b, const struct ddl_item *item);

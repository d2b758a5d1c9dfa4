/* write.h - what the files of INSERT, REPLACE, UPDATE and DELETE share.
 *
 * One row at a time: its values stand in `after`, in the form that rows_change takes. The target's
 * columns may be a row's values instead of the table's (relation.row): so assignments from left to
 * right, ON DUPLICATE KEY UPDATE, generated columns and checks are expressions like any other. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/rows.h"

enum { WRITE_ROWS_MAX = 1000000 };
#define WRITE_BYTES_MAX ((size_t)512 << 20) /* of the rows that a statement holds at once */

struct rules;   /* generated columns and checks of a table */
struct foreign; /* a foreign key of another table on this one */

struct writing {
    struct compiler *c;
    struct engine_table *table;
    const struct table_def *def;
    struct relation *relation; /* the target's */
    struct query_outcome *outcome;
    struct rules *rules;
    struct value *after, *before; /* one per column */
    int64_t rowid;                /* of `before`, where the table has no key */
    uint64_t insert_id;           /* the first number that was made */
    uint64_t duplicates;
    bool ignore;
    bool checks_parents; /* the table has foreign keys */
    const struct foreign *children;
    unsigned child_count;
    unsigned depth; /* of cascades */
    bool was_gone;  /* write_change: a cascade had deleted the row already */
};

/* A row that is in the way of another. */
struct duplicate {
    const struct key_def *key; /* NULL: none */
    struct value *row;         /* all its columns */
    int64_t rowid;
};

/* write.c: the table may be written, and `relation` stands for it; false: refused. */
bool write_open(struct writing *w, struct relation *relation);
bool write_find_column(struct writing *w, const char *name, unsigned *out);
bool write_warn_duplicate(struct writing *w, const struct duplicate *duplicate);
bool write_fail_duplicate(struct writing *w, const struct duplicate *duplicate);
bool write_check_room(struct writing *w);

/* write_key.c */
/* The first key, in their order, that a row other than the one being changed has. */
bool write_find_duplicate(struct writing *w, bool is_update, struct duplicate *out);
/* Keys that SQLite's own indexes do not check as MySQL would: texts, by their collation. */
bool write_must_search(const struct writing *w);
bool write_touches_key(const struct writing *w, const struct value *row);
bool write_is_unique_column(const struct table_def *def, const char *name);
/* One row into the table, out of it, or into its new values. *duplicate: it is in the way, and
 * nothing was changed. */
bool write_change(struct writing *w, enum change kind, struct duplicate *duplicate);

/* write_value.c */
bool write_default(struct writing *w, const struct column_def *column, struct value *out);
bool write_now(struct writing *w, const struct column_def *column, struct value *out);
/* An expression over the relations at hand, whose columns are all values: its value for a column.
 */
bool write_evaluate(struct writing *w, const struct expr *expr, const struct column_def *column,
                    struct value *out);
/* A value that goes to a column: BIT is a number, b'101' where the column is one. */
void write_fit(struct compiler *c, const struct column_def *column, struct typed *typed);
/* The value of an assignment, as the column stores it; DEFAULT too. */
bool write_assigned(struct writing *w, unsigned column, const struct expr *expr, struct value *out);
/* after: what of the row differs from before; the rest is absent. */
void write_keep_changed(const struct writing *w, const struct value *row,
                        const struct value *before, struct value *after);
bool write_touch_times(struct writing *w); /* ON UPDATE CURRENT_TIMESTAMP of those absent */

/* write_number.c: AUTO_INCREMENT */
bool write_next_number(struct writing *w, unsigned column, struct value *out);
void write_note_number(struct writing *w, const struct value *row);
/* A row goes: its number must not come again, after a restart either. */
bool write_keep_number(struct writing *w, const struct value *row);
int write_number_column(const struct table_def *def);

/* write_rules.c: generated columns are computed into w->after, checks asked of it. */
bool write_rules_open(struct writing *w);
bool write_rules_open_generated(struct writing *w); /* checks are not asked */
bool write_rules_apply(struct writing *w, struct value *row);
void write_rules_clear(struct writing *w);

/* write_foreign.c */
void write_foreign_open(struct writing *w);
bool write_foreign_matters(const struct writing *w);
/* Behind a change: row is the whole new one (DELETE: not looked at), w->before the whole old one.
 */
bool write_foreign_follow(struct writing *w, enum change kind, const struct value *row);

/* write_returning.c: columns of the result; a row of it: all columns of the row are given. */
bool write_describe_returning(struct compiler *c);
bool write_return(struct writing *w, const struct value *row);

/* write_insert.c, write_found.c */
bool write_insert(struct writing *w);
bool write_update(struct writing *w);
bool write_delete(struct writing *w);

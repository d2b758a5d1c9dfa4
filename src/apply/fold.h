/* fold.h - many changes of rows become one change a row.
 *
 * Within a batch: insert + update = insert, update + update = update, insert + delete = nothing,
 * delete + insert = replace, update of the key = delete + insert. fold_flush then writes a table's
 * changes in the order of their keys; of a table with UNIQUE keys beside its row key, everything
 * that gives a value up comes before everything that takes one. Tables do not depend on each other.
 * A change that contradicts an earlier one (insert of a row that is there) is ERR_CONFLICT.
 *
 * Everything is copied into one arena; fold_used tells how much. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "apply/table.h"

enum { FOLD_GROUP = 32 }; /* rows that are inserted together */

struct fold;
struct fold *fold_new(void);
void fold_free(struct fold *fold); /* NULL is allowed */
AUTO_DEFINE(fold);

enum fold_result {
    FOLD_DONE,
    FOLD_REFUSED, /* cannot be folded (a part of an image whose key or UNIQUE value moves, a change
                     of a document that only the engine has): flush, then apply it directly */
    FOLD_FAILED,
};
/* before, after: as in struct row_change. table has a key. */
enum fold_result fold_add(struct fold *fold, struct apply_table *table,
                          const struct row_change *change, struct err *err) MUST_CHECK;
/* Some change of the table is in it. */
bool fold_holds(const struct fold *fold, const struct apply_table *table);
/* A flush would write these rows in this order. table has a key. */
bool fold_is_in_order(const struct apply_table *table, const struct value *const *rows,
                      unsigned count);
size_t fold_used(const struct fold *fold); /* bytes */
bool fold_is_empty(const struct fold *fold);
/* Writes everything into the engine's open transaction and forgets it. After a failure the fold is
 * empty too. */
bool fold_flush(struct fold *fold, struct engine *engine, struct err *err) MUST_CHECK;
/* Forgets everything; the engine's tables may be others afterwards. */
void fold_reset(struct fold *fold);

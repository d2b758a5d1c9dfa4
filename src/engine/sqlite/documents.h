/* documents.h - partial JSON updates: the changes that the log has, applied to the documents that
 * the row here has. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

struct documents {
    struct row_change change; /* as it was, but with whole documents in its after image */
    struct value *after;      /* change.after */
    struct buf text;
};

bool documents_has_diff(const struct engine_table *table, const struct row_change *change);
void documents_init(struct documents *documents, const struct engine_table *table,
                    const struct row_change *change);
void documents_clear(struct documents *documents);
/* *is_there false: no row is as the before image says. ERR_CONFLICT when a document is not one that
 * the changes fit. */
bool documents_read(struct documents *documents, struct engine_table *table, bool *is_there,
                    struct err *err) MUST_CHECK;

/* storage_read.h - stored forms back to values: the inverse of storage.h's bind functions. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "engine/sqlite/storage.h"

/* What the column's row image holds for a stored value. *out borrows from `stored` and arena.
 * ERR_CORRUPT: not of the column's form (another program wrote it?); ERR_UNSUPPORTED: a form that
 * MySQL does not have, or a character set that nobody here converts to. */
bool storage_read(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                  struct value *out, struct err *err) MUST_CHECK;

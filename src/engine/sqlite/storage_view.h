/* storage_view.h - the SQL that turns a stored value back into the source's own text, for the
 * plain-name views. Pure SQL: the sqlite3 shell runs it without any function of ours. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "sql/catalog.h"

typedef void storage_view_fn(const struct column_def *column, struct buf *sql);
storage_view_fn view_plain, view_big_unsigned, view_decimal, view_time, view_inet4;

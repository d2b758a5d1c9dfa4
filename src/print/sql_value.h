/* sql_value.h - a value of a row image as an SQL literal: the same value where it is stored, and
 * one that finds its row where it is compared. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"

enum sql_use { SQL_STORED, SQL_COMPARED };
/* value: not absent. In a session with UTC and strict mode. Texts stand in quotes where they are
 * plain, else as X'…' in their own character set. ERR_UNSUPPORTED: SQL has no words for it. */
bool sql_value_put(const struct row_table *table, unsigned column, const struct value *value,
                   enum sql_use use, struct buf *out, struct err *err) MUST_CHECK;

/* column_wire.h - does a column of the catalog fit what a log says of it? Facts about types; pure.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/value.h"
#include "sql/catalog.h"

/* The column may have that type in a table map: kind and size, as far as the log tells them. */
bool column_fits_wire(const struct column_def *column, const struct column_type *type);
/* Its wire form is a string of bytes and not of characters. */
bool column_is_bytes(const struct column_def *column);
/* name is its name (any case), or data is NULL: the log does not tell. */
bool column_has_name(const struct column_def *column, struct bytes name);

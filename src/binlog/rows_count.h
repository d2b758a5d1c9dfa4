/* rows_count.h - how many rows a rows event has, without reading their values: a log does not say,
 * so their images are passed over by the widths of their columns.
 *
 * What is the same for every row of a table is worked out once, in row_widths_new. Bounds are
 * checked, values are not. Any thread may count with the same widths. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/rows.h"

struct row_widths;
struct row_widths *row_widths_new(const struct column_type *types, unsigned count);
void row_widths_free(struct row_widths *widths); /* NULL is allowed */
/* False: these rows have to be read one by one (rows_next), for a column's width is not known or
 * parts of JSON documents stand between the images. */
bool rows_can_count(const struct rows *rows, const struct row_widths *widths);
/* Reads to the end of the event. rows: rows_can_count. ERR_CORRUPT: a row is cut off. */
bool rows_count(struct rows *rows, const struct row_widths *widths, uint64_t *count,
                struct err *err) MUST_CHECK;

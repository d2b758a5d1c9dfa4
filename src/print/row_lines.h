/* row_lines.h - the rows of a rows event as lines of comments, as mysqlbinlog -v prints them:
 *
 *     ### UPDATE `shop`.`item`
 *     ### WHERE
 *     ###   @1=7 -- id INT meta=0 nullable=0 is_null=0 --
 *     ### SET
 *     ###   @2=…
 *
 * The column's name stands where the log has it, its type on demand. What is the same for all rows
 * of a table is made once. Pure; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"
#include "print/text_out.h"

/* For row_tables_new: what a table's lines are made of. */
void *row_lines_table(const struct row_table *table);
void row_lines_table_free(void *lines);

struct row_lines;
struct row_lines *row_lines_new(bool with_types);
void row_lines_free(struct row_lines *lines); /* NULL is allowed */
/* rows are as row_tables_open gave them; table->extra is of row_lines_table. */
bool row_lines_put(struct row_lines *lines, struct rows *rows, const struct row_table *table,
                   const struct text_out *out, struct err *err) MUST_CHECK;
/* "Table_map: `db`.`table` mapped to number 7" and a newline; ": table id 7". */
void row_lines_put_map(const struct row_table *table, struct buf *out);
void row_lines_put_id(const struct row_table *table, struct buf *out);
/* `name`, as SQL quotes identifiers; control characters are shown as \xNN in comments only. */
void line_name_put(struct bytes name, struct buf *out);

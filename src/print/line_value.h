/* line_value.h - values of row images as mysqlbinlog and mariadb-binlog print them behind `###
 * @n=`.
 *
 * Numbers, dates, BIT, ENUM and SET stand as those tools write them, but exactly: a FLOAT has the
 * digits that read back to it, a number that the log calls unsigned has no sign, COMPRESSED columns
 * are unpacked, geometry and partial JSON are shown by every flavour. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"

/* scratch: for what has to be made first. is_sign_known: the log says which numbers are unsigned;
 * where it does not, a negative one is followed by what it is without a sign, in parentheses. */
struct line_column {
    const struct column_type *type;
    unsigned number; /* from 1 */
    bool is_sign_known;
};
void line_value_put(const struct line_column *column, const struct value *value,
                    struct buf *scratch, struct buf *out);
/* INT, DECIMAL(10,4), VARSTRING(300): the tools' words. */
void line_type_put(const struct column_type *type, struct buf *out);
/* The two bytes that the table map has for the column, as a number. */
unsigned line_type_metadata(const struct column_type *type);
/* 'text', on one line: quotes, backslashes and control characters are escaped. */
void line_text_put(struct bytes text, struct buf *out);

/* row_match.h - the rows of one table whose columns have given values: shop.item:id=42,kind='a b'.
 *
 * A value is compared as its column's type has it: the text is made into what would stand in the
 * log, and that is compared byte by byte. So 007 is 7 in an INT, texts compare by their bytes in
 * the column's character set, labels of ENUM and SET where they are known, TIMESTAMP in UTC, bytes
 * are written 0x00ff, and NULL without quotes is SQL NULL. Pure; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"

struct row_match;
/* ERR_CONFIG: it is not of that form. */
bool row_match_new(const char *condition, struct row_match **out, struct err *err) MUST_CHECK;
void row_match_free(struct row_match *match); /* NULL is allowed */
bool row_match_is_table(const struct row_match *match, const char *db, const char *table);
/* Before rows of the table, whenever its map may be another one. ERR_CONFIG: it has no such column,
 * or the value is none of the column's type. */
bool row_match_bind(struct row_match *match, const struct row_table *table,
                    struct err *err) MUST_CHECK;
/* Has the image all these values? What the image lacks matches nothing. */
bool row_match_image(struct row_match *match, const struct row_table *table,
                     const struct value *values);

/* json_value.h - values of row images as JSON, exactly: docs/formats/cat.md. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "print/row_tables.h"

/* "text" with its quotes; text is UTF-8: what is not becomes U+FFFD. */
void json_put_string(struct bytes text, struct buf *out);
/* {"hex":"00ff"} */
void json_put_hex(struct bytes bytes, struct buf *out);
/* Room for what a value is made of on its way, kept from value to value. */
struct json_scratch {
    struct buf content; /* unpacked, or put together of labels */
    struct buf utf8;
};
void json_scratch_init(struct json_scratch *scratch);
void json_scratch_clear(struct json_scratch *scratch);
/* value: not absent. */
void json_put_value(const struct value *value, const struct row_table *table, unsigned column,
                    struct json_scratch *scratch, struct buf *out);
/* int unsigned, varchar, decimal(10,2), datetime(6): as far as the log tells. */
void json_put_type(const struct row_table *table, unsigned column, struct buf *out);
/* The document after the changes of a partial update. False: they do not fit, nothing is appended.
 */
bool json_put_changed(struct bytes before, struct bytes diffs, struct json_scratch *scratch,
                      struct buf *out);

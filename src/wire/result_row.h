/* result_row.h - result sets as a server sends them: column definitions, and rows of the text
 * and of the binary protocol (COM_QUERY, COM_STMT_EXECUTE).
 *
 * Payloads are appended to the caller's buffer (packet_open and packet_close put the header around
 * them in place), so that a row costs no allocation. Only out->failed tells of no room. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/column.h"
#include "binlog/value.h"

enum {
    RESULT_FLOATING = 31, /* decimals of a FLOAT or DOUBLE without a fixed number of them */
    RESULT_ZEROFILL = 64, /* a flag: text is filled up with zeros to the column's length */
};

/* A column as its definition packet has it. */
struct result_column {
    const char *db; /* "" as all names where there is none */
    const char *table;
    const char *org_table;
    const char *name;
    const char *org_name;
    uint16_t charset; /* a collation's id */
    uint32_t length;
    uint8_t type; /* enum column_wire_type */
    uint16_t flags;
    uint8_t decimals;
};
void result_column_encode(const struct result_column *column, struct buf *out);

/* values: one a column, of the kinds NULL, INT, UINT, FLOAT, DOUBLE, DATE, TIME, DATETIME, TEXT,
 * BLOB. Texts are already in the charset that their column tells. ERR_UNSUPPORTED: another kind, or
 * a number that the column's type does not hold; the row is then half there. */
bool result_row_text(const struct result_column *columns, const struct value *values,
                     unsigned count, struct buf *out, struct err *err) MUST_CHECK;
bool result_row_binary(const struct result_column *columns, const struct value *values,
                       unsigned count, struct buf *out, struct err *err) MUST_CHECK;

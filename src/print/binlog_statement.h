/* binlog_statement.h - events as a BINLOG statement, which a server of the same flavour carries out
 * as a replica would: exactly, whatever the types.
 *
 * One statement holds one rows event with its table map, and ends what it belongs to
 * (STMT_END_F), so that it is no larger than an event. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

/* Appends the statement with the format that rules all BINLOG statements after it. */
void binlog_statement_format(const struct event *format_description, enum flavour flavour,
                             struct buf *out);
/* A rows event: its header's type is of the plain or compressed kind that body has. */
struct rows_statement {
    struct event_header header;
    struct bytes map; /* the body of the table map event */
    struct bytes body;
    enum checksum checksum;
};
/* ERR_UNSUPPORTED: larger than an event may be. */
bool binlog_statement_rows(const struct rows_statement *rows, struct buf *out,
                           struct err *err) MUST_CHECK;

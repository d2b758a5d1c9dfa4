/* result.h - what a server answers with: OK, ERR and EOF packets, column definitions, text rows.
 * Pure decoders; views point into the payload given. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum {
    RESULT_COLUMNS_MAX = 4096,
    RESULT_DEFINITION_MAX = 64 * 1024, /* bytes of one column's definition */
    RESULT_NAME_MAX = 1024,            /* bytes of a column's name */
    ERROR_TEXT_MAX = 512,              /* bytes of a server's error text that are kept */
};
/* One row: a server sends at most max_allowed_packet, that is 1 GiB, and a little around it. */
#define RESULT_ROW_MAX ((size_t)(1024 + 16) * 1024 * 1024)

enum { STATUS_MORE_RESULTS = 0x0008 };

struct ok_packet {
    uint64_t affected_rows;
    uint64_t last_insert_id;
    uint16_t status;
    uint16_t warnings;
    struct bytes info;
    struct bytes changes; /* to be encoded: tracked.h; decoded it is empty */
};
/* Also the OK with 0xfe in front that ends rows where EOF packets are deprecated. */
bool ok_packet_decode(struct bytes payload, struct ok_packet *out, struct err *err) MUST_CHECK;

struct error_packet {
    uint16_t code;
    char state[6];     /* "HY000" when none is there */
    struct bytes text; /* not yet bounded, any bytes */
};
bool error_packet_decode(struct bytes payload, struct error_packet *out,
                         struct err *err) MUST_CHECK;
/* Makes the packet an ERR_REFUSED, "error 1146 (42S02): Table ...", or an ERR_PROTOCOL when it
 * is none. Always false. */
bool error_packet_report(struct bytes payload, struct err *err);

/* A packet that ends definitions or rows: fe, and too short to be a row. */
bool is_end_packet(struct bytes payload, bool deprecate_eof);
/* The status in one. */
bool end_packet_decode(struct bytes payload, bool deprecate_eof, uint16_t *status,
                       struct err *err) MUST_CHECK;

struct column_definition {
    struct bytes table;
    struct bytes name;
    uint16_t charset;
    uint32_t length;
    uint8_t type;
    uint16_t flags;
    uint8_t decimals;
};
bool column_count_decode(struct bytes payload, unsigned *count, struct err *err) MUST_CHECK;
bool column_definition_decode(struct bytes payload, struct column_definition *out,
                              struct err *err) MUST_CHECK;
/* Exactly count values; data NULL is the SQL NULL, an empty string has data. */
bool text_row_decode(struct bytes payload, struct bytes *values, unsigned count,
                     struct err *err) MUST_CHECK;

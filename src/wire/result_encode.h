/* result_encode.h - what result.h decodes, made: OK, error and EOF packets.
 * Payloads are appended; only out->failed tells of no room. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "wire/result.h"

/* Status flags beside STATUS_MORE_RESULTS. */
enum {
    STATUS_IN_TRANSACTION = 0x0001,
    STATUS_AUTOCOMMIT = 0x0002,
    STATUS_CURSOR_EXISTS = 0x0040,
    STATUS_LAST_ROW_SENT = 0x0080,
    STATUS_NO_BACKSLASH_ESCAPES = 0x0200,
    STATUS_IN_READ_ONLY_TRANSACTION = 0x2000,
    STATUS_SESSION_CHANGED = 0x4000, /* behind the info: what changed, see tracked.h */
};

void ok_packet_encode(const struct ok_packet *ok, struct buf *out);
/* The end of definitions or rows: an EOF packet, or where those are deprecated an OK with 0xfe in
 * front. Its rows and id are not looked at. */
void end_packet_encode(const struct ok_packet *end, bool deprecate_eof, struct buf *out);
void error_packet_encode(uint16_t code, const char *state, const char *text, struct buf *out);

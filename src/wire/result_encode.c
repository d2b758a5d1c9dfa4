/* result_encode.c - see result_encode.h.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_response_packets.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/result_encode.h"

enum { HEAD_OK = 0x00, HEAD_END = 0xfe, HEAD_ERROR = 0xff, STATE_SIZE = 5 };

static void put_ok(uint8_t head, const struct ok_packet *ok, struct buf *out)
{
    buf_u8(out, head);
    buf_lenenc(out, ok->affected_rows);
    buf_lenenc(out, ok->last_insert_id);
    bool tells = ok->changes.len > 0;
    buf_le(out, (uint16_t)(ok->status | (tells ? STATUS_SESSION_CHANGED : 0)), 2);
    buf_le(out, ok->warnings, 2);
    if (ok->info.len > 0 || tells)
        buf_lenenc_bytes(out, ok->info);
    if (tells)
        buf_lenenc_bytes(out, ok->changes);
}

void ok_packet_encode(const struct ok_packet *ok, struct buf *out)
{
    put_ok(HEAD_OK, ok, out);
}

void end_packet_encode(const struct ok_packet *end, bool deprecate_eof, struct buf *out)
{
    struct ok_packet plain = { .status = end->status, .warnings = end->warnings };
    if (deprecate_eof) {
        put_ok(HEAD_END, &plain, out);
        return;
    }
    buf_u8(out, HEAD_END);
    buf_le(out, end->warnings, 2);
    buf_le(out, end->status, 2);
}

void error_packet_encode(uint16_t code, const char *state, const char *text, struct buf *out)
{
    buf_u8(out, HEAD_ERROR);
    buf_le(out, code, 2);
    buf_u8(out, '#');
    buf_append(out, state, STATE_SIZE);
    buf_str(out, text);
}

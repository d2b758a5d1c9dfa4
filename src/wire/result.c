/* result.c - answers of the text protocol. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/result.h"
#include <stdio.h>
#include "base/reader.h"
#include "wire/packet.h"

enum { VALUE_NULL = 0xfb, EOF_PACKET_MAX = 8 };

bool ok_packet_decode(struct bytes payload, struct ok_packet *out, struct err *err)
{
    struct ok_packet ok = { .changes = { NULL, 0 } };
    struct reader r = reader_of(payload);
    uint8_t head = reader_u8(&r);
    ok.affected_rows = reader_lenenc(&r);
    ok.last_insert_id = reader_lenenc(&r);
    ok.status = reader_u16(&r);
    ok.warnings = reader_u16(&r);
    ok.info = reader_rest(&r);
    if (r.failed || (head != 0 && head != 0xfe))
        return err_set(err, ERR_PROTOCOL, "an OK packet of %zu bytes that is none", payload.len);
    *out = ok;
    return true;
}

bool error_packet_decode(struct bytes payload, struct error_packet *out, struct err *err)
{
    struct error_packet e = { .state = "HY000" };
    struct reader r = reader_of(payload);
    uint8_t head = reader_u8(&r);
    e.code = reader_u16(&r);
    if (r.failed || head != 0xff)
        return err_set(err, ERR_PROTOCOL, "an error packet of %zu bytes that is none", payload.len);
    if (reader_left(&r) >= sizeof e.state && *r.pos == '#') { /* absent before the login */
        reader_take(&r, 1);
        reader_copy(&r, e.state, sizeof e.state - 1);
    }
    e.text = reader_rest(&r);
    *out = e;
    return true;
}

bool error_packet_report(struct bytes payload, struct err *err)
{
    struct error_packet e;
    if (!error_packet_decode(payload, &e, err))
        return false;
    size_t len = e.text.len < ERROR_TEXT_MAX ? e.text.len : ERROR_TEXT_MAX;
    err_set(err, ERR_REFUSED, "error %u (%s): %.*s", e.code, e.state, (int)len,
            len > 0 ? (const char *)e.text.data : "");
    err->server_errno = e.code;
    return false;
}

bool is_end_packet(struct bytes payload, bool deprecate_eof)
{
    size_t below = deprecate_eof ? PACKET_FULL : EOF_PACKET_MAX + 1;
    return payload.len > 0 && payload.data[0] == 0xfe && payload.len < below;
}

bool end_packet_decode(struct bytes payload, bool deprecate_eof, uint16_t *status, struct err *err)
{
    if (deprecate_eof) {
        struct ok_packet ok;
        if (!ok_packet_decode(payload, &ok, err))
            return false;
        *status = ok.status;
        return true;
    }
    struct reader r = reader_of(payload);
    reader_take(&r, 3); /* fe, warnings */
    uint16_t got = reader_u16(&r);
    if (r.failed)
        return err_set(err, ERR_PROTOCOL, "an EOF packet of %zu bytes", payload.len);
    *status = got;
    return true;
}

bool column_count_decode(struct bytes payload, unsigned *count, struct err *err)
{
    struct reader r = reader_of(payload);
    uint64_t got = reader_lenenc(&r);
    if (r.failed || reader_left(&r) != 0 || got == 0)
        return err_set(err, ERR_PROTOCOL, "a result head of %zu bytes that is no column count",
                       payload.len);
    if (got > RESULT_COLUMNS_MAX)
        return err_set(err, ERR_PROTOCOL, "a result of %llu columns; no server has more than %d",
                       (unsigned long long)got, RESULT_COLUMNS_MAX);
    *count = (unsigned)got;
    return true;
}

bool column_definition_decode(struct bytes payload, struct column_definition *out, struct err *err)
{
    enum { FIXED = 0x0c };
    struct column_definition c;
    struct reader r = reader_of(payload);
    reader_lenenc_bytes(&r); /* catalog */
    reader_lenenc_bytes(&r); /* schema */
    c.table = reader_lenenc_bytes(&r);
    reader_lenenc_bytes(&r); /* the table's own name */
    c.name = reader_lenenc_bytes(&r);
    reader_lenenc_bytes(&r); /* the column's own name */
    uint64_t fixed = reader_lenenc(&r);
    c.charset = reader_u16(&r);
    c.length = reader_u32(&r);
    c.type = reader_u8(&r);
    c.flags = reader_u16(&r);
    c.decimals = reader_u8(&r);
    if (r.failed || fixed != FIXED)
        return err_set(err, ERR_PROTOCOL, "a column definition of %zu bytes is malformed",
                       payload.len);
    if (c.name.len > RESULT_NAME_MAX)
        return err_set(err, ERR_PROTOCOL, "a column name of %zu bytes", c.name.len);
    *out = c;
    return true;
}

bool text_row_decode(struct bytes payload, struct bytes *values, unsigned count, struct err *err)
{
    struct reader r = reader_of(payload);
    for (unsigned i = 0; i < count && !r.failed; i++) {
        if (reader_left(&r) > 0 && *r.pos == VALUE_NULL) {
            reader_take(&r, 1);
            values[i] = (struct bytes){ NULL, 0 };
        } else {
            values[i] = reader_lenenc_bytes(&r);
        }
    }
    if (r.failed || reader_left(&r) != 0)
        return err_set(err, ERR_PROTOCOL, "a row of %zu bytes does not hold %u values", payload.len,
                       count);
    return true;
}

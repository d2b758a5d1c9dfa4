/* answer.c - what a statement is answered with, as packets. */
// SPDX-License-Identifier: Apache-2.0
#include "execute/state.h"
#include <stdio.h>
#include "wire/packet.h"
#include "wire/result_encode.h"
#include "wire/tracked.h"

enum {
    OUT_MAX = EXECUTE_CHUNK + EXECUTE_ROW_MAX + (1 << 20),
    UNKNOWN_ERROR = 1105,
    WARNINGS_SHOWN_MAX = 65535,
    COLUMNS_BYTES_MAX = 64 << 20,
};

/* Of the session, after what it has done so far. */
uint16_t answer_status(const struct execution *e)
{
    bool is_open = transaction_is_wanted(e) && (e->has_begun || e->stage != TRANSACTION_NONE);
    return (uint16_t)((e->autocommit ? STATUS_AUTOCOMMIT : 0) |
                      (is_open ? STATUS_IN_TRANSACTION : 0) |
                      (is_open && e->is_read_only ? STATUS_IN_READ_ONLY_TRANSACTION : 0));
}

static uint16_t status_with_more(const struct execution *e)
{
    return (uint16_t)(answer_status(e) | (e->request.has_more ? STATUS_MORE_RESULTS : 0));
}

static uint16_t warnings(const struct execution *e)
{
    unsigned count = e->session.warning_count;
    return (uint16_t)(count < WARNINGS_SHOWN_MAX ? count : WARNINGS_SHOWN_MAX);
}

void answer_begin(struct execution *e)
{
    buf_init(&e->out, OUT_MAX);
    buf_init(&e->scratch, OUT_MAX);
    buf_init(&e->piece, OUT_MAX);
    arena_init(&e->columns_arena, COLUMNS_BYTES_MAX);
    buf_init(&e->converted, 4 * (size_t)QUERY_TEXT_MAX);
}

/* What the session has changed, and the GTID that the client may wait for elsewhere. */
static void put_changes(const struct execution *e, struct buf *out)
{
    static const struct bytes nameless = { NULL, 0 };
    char text[GTID_TEXT_MAX];
    buf_append(out, e->request.changes.data, e->request.changes.len);
    if (e->request.tells_gtids && e->gtid.kind != GTID_NONE)
        tracked_encode(TRACKED_GTIDS, nameless, bytes_of_str(gtid_text(&e->gtid, text)), out);
}

void answer_ok(struct execution *e, const struct query_outcome *outcome)
{
    static const struct query_outcome nothing = { 0 };
    const struct query_outcome *o = outcome != NULL ? outcome : &nothing;
    struct ok_packet ok = { .affected_rows = e->request.counts_found ? o->matched : o->changed,
                            .last_insert_id = o->insert_id,
                            .status = status_with_more(e),
                            .warnings = warnings(e),
                            .info = bytes_of_str(o->info) };
    struct buf changes;
    buf_init(&changes, e->request.changes.len + GTID_TEXT_MAX + TRACKED_OVERHEAD_MAX);
    put_changes(e, &changes);
    ok.changes = buf_bytes(&changes);
    size_t at = packet_open(&e->out);
    ok_packet_encode(&ok, &e->out);
    packet_close(&e->out, at, &e->number);
    buf_clear(&changes);
    e->is_whole = e->ok = true;
}

/* What was made of the answer and not sent yet gives way. */
void answer_error(struct execution *e, const struct err *err)
{
    uint16_t number = err->server_errno != 0 ? err->server_errno : UNKNOWN_ERROR;
    query_session_warn(&e->session, "Error", number, "%s", err->text);
    size_t at = packet_open(&e->out);
    error_packet_encode(number, query_state(number), err->text, &e->out);
    packet_close(&e->out, at, &e->number);
    e->is_whole = true;
    e->ok = false;
}

void answer_end(struct execution *e)
{
    answer_end_with(e, 0);
}

void answer_end_with(struct execution *e, uint16_t status)
{
    struct ok_packet end = { .status = (uint16_t)(status_with_more(e) | status),
                             .warnings = warnings(e) };
    size_t at = packet_open(&e->out);
    end_packet_encode(&end, e->request.deprecates_eof, &e->out);
    packet_close(&e->out, at, &e->number);
}

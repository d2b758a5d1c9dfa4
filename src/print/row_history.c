/* row_history.c - rows are cut out of their event as they stand: nothing is decoded and encoded
 * again. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_history.h"
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/query.h"

enum { BODY_MAX = 1 << 30 };

/* Events that wait, one after the other. */
struct waiting {
    struct buf bytes;
    struct held {
        struct event_place place;
        struct event_header header;
        size_t at, size, body_at, body_size;
    } * events;
    size_t count, cap;
};

struct row_history {
    struct row_tables *tables;
    struct row_match *match;
    struct value *before, *after;
    struct buf scratch; /* unpacked rows */
    struct buf body;
    struct waiting transaction; /* its first events */
    struct waiting statement;
    bool is_shown; /* the transaction that the log stands in */
};

struct row_history *row_history_new(const struct row_scope *scope, struct row_match *match)
{
    struct row_history *history = memory_new(sizeof *history);
    history->tables = row_tables_new(scope, NULL, NULL);
    history->match = match;
    history->before = memory_new(TABLE_COLUMNS_MAX * sizeof *history->before);
    history->after = memory_new(TABLE_COLUMNS_MAX * sizeof *history->after);
    buf_init(&history->scratch, BODY_MAX);
    buf_init(&history->body, EVENT_SIZE_MAX);
    buf_init(&history->transaction.bytes, 2 * (size_t)EVENT_SIZE_MAX);
    buf_init(&history->statement.bytes, 2 * (size_t)EVENT_SIZE_MAX);
    return history;
}

static void waiting_clear(struct waiting *waiting)
{
    buf_clear(&waiting->bytes);
    free(waiting->events);
}

void row_history_free(struct row_history *history)
{
    if (history == NULL)
        return;
    row_tables_free(history->tables);
    row_match_free(history->match);
    free(history->before);
    free(history->after);
    buf_clear(&history->scratch);
    buf_clear(&history->body);
    waiting_clear(&history->transaction);
    waiting_clear(&history->statement);
    free(history);
}

/* ---- what waits ---- */

static void drop(struct waiting *waiting)
{
    buf_reset(&waiting->bytes);
    waiting->count = 0;
}

static bool hold(struct waiting *waiting, const struct event *event,
                 const struct event_place *place, struct err *err)
{
    if (waiting->count == waiting->cap) {
        waiting->cap = waiting->cap == 0 ? 8 : 2 * waiting->cap;
        waiting->events = memory_resize(waiting->events, waiting->cap * sizeof *waiting->events);
    }
    waiting->events[waiting->count++] =
        (struct held){ .place = *place,
                       .header = event->header,
                       .at = waiting->bytes.len,
                       .size = event->raw.len,
                       .body_at = (size_t)(event->body.data - event->raw.data),
                       .body_size = event->body.len };
    buf_append(&waiting->bytes, event->raw.data, event->raw.len);
    return !waiting->bytes.failed ||
           err_set(err, ERR_UNSUPPORTED, "a transaction begins with more than %zu bytes",
                   waiting->bytes.max);
}

static bool release(struct waiting *waiting, const struct format *format,
                    const struct row_history_sink *sink, struct err *err)
{
    for (size_t i = 0; i < waiting->count; i++) {
        const struct held *held = &waiting->events[i];
        const uint8_t *raw = waiting->bytes.data + held->at;
        struct event event = { held->header, bytes_of(raw, held->size),
                               bytes_of(raw + held->body_at, held->body_size) };
        if (!sink->put(&event, format, &held->place, sink->arg, err))
            return false;
    }
    drop(waiting);
    return true;
}

/* ---- rows ---- */

static bool matches(struct row_history *history, const struct rows *rows,
                    const struct row_table *table)
{
    return (rows->kind != ROWS_WRITE && row_match_image(history->match, table, history->before)) ||
           (rows->kind != ROWS_DELETE && row_match_image(history->match, table, history->after));
}

/* The body up to its first row, then the rows that match. *found: there is one. */
static bool cut(struct row_history *history, const struct event *event, struct rows *rows,
                const struct row_table *table, bool *found, struct err *err)
{
    struct buf *body = &history->body;
    buf_reset(body);
    buf_append(body, event->body.data, rows->head_size);
    for (*found = false;;) {
        const uint8_t *start = rows->data.pos;
        bool more = true;
        if (!rows_next(rows, history->before, history->after, &more, err))
            return false;
        if (!more)
            return !body->failed || err_set(err, ERR_UNSUPPORTED, "rows larger than an event");
        if (!matches(history, rows, table))
            continue;
        *found = true;
        buf_append(body, start, (size_t)(rows->data.pos - start));
    }
}

static bool put_rows(struct row_history *history, const struct event *event,
                     const struct format *format, const struct event_place *place,
                     const struct row_history_sink *sink, struct err *err)
{
    struct rows rows;
    const struct row_table *table = NULL;
    bool found = false;
    if (!row_tables_open(history->tables, event, &history->scratch, &rows, &table, err))
        return false;
    bool ends = (rows.flags & ROWS_STATEMENT_END) != 0;
    if (row_match_is_table(history->match, table->db, table->name) &&
        (!row_match_bind(history->match, table, err) ||
         !cut(history, event, &rows, table, &found, err)))
        return false;
    if (found) {
        struct event some = *event;
        some.header.type = row_tables_plain_type(event->header.type);
        some.body = buf_bytes(&history->body);
        history->is_shown = true;
        if (!release(&history->transaction, format, sink, err) ||
            !release(&history->statement, format, sink, err) ||
            !sink->put(&some, format, place, sink->arg, err))
            return false;
    }
    if (ends)
        drop(&history->statement);
    return true;
}

/* ---- events ---- */

enum part {
    PART_FORMAT,
    PART_BEGIN,
    PART_PAYLOAD,
    PART_STATEMENT,
    PART_MAP,
    PART_QUERY,
    PART_END,
    PART_NONE
};

static enum part part_of(uint8_t type)
{
    switch (type) {
    case EVENT_FORMAT_DESCRIPTION:
        return PART_FORMAT;
    case EVENT_GTID:
    case EVENT_ANONYMOUS_GTID:
    case EVENT_GTID_TAGGED:
    case EVENT_MARIADB_GTID:
        return PART_BEGIN;
    case EVENT_TABLE_MAP:
        return PART_MAP;
    case EVENT_ROWS_QUERY:
    case EVENT_ANNOTATE_ROWS:
        return PART_STATEMENT;
    case EVENT_TRANSACTION_PAYLOAD:
        return PART_PAYLOAD;
    case EVENT_QUERY:
    case EVENT_QUERY_COMPRESSED:
        return PART_QUERY;
    case EVENT_XID:
    case EVENT_XA_PREPARE:
        return PART_END;
    default:
        return PART_NONE;
    }
}

static void begin(struct row_history *history)
{
    drop(&history->transaction);
    drop(&history->statement);
    history->is_shown = false;
}

static bool put_end(struct row_history *history, const struct event *event,
                    const struct format *format, const struct event_place *place,
                    const struct row_history_sink *sink, struct err *err)
{
    bool is_shown = history->is_shown;
    begin(history);
    return !is_shown || sink->put(event, format, place, sink->arg, err);
}

/* A map of another table is of no use to what is shown. */
static bool hold_map(struct row_history *history, const struct event *event,
                     const struct format *format, const struct event_place *place, struct err *err)
{
    if (!row_tables_map(history->tables, event, format->flavour, err))
        return false;
    const struct row_table *table = row_tables_newest(history->tables);
    return !row_match_is_table(history->match, table->db, table->name) ||
           hold(&history->statement, event, place, err);
}

bool row_history_event(struct row_history *history, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       const struct row_history_sink *sink, struct err *err)
{
    enum query_bound bound = QUERY_OTHER;
    if (row_tables_is_rows(event->header.type))
        return put_rows(history, event, format, place, sink, err);
    switch (part_of(event->header.type)) {
    case PART_FORMAT:
        begin(history);
        return sink->put(event, format, place, sink->arg, err);
    case PART_BEGIN:
        begin(history);
        return hold(&history->transaction, event, place, err);
    case PART_PAYLOAD:
        return hold(&history->transaction, event, place, err);
    case PART_MAP:
        return hold_map(history, event, format, place, err);
    case PART_STATEMENT:
        return hold(&history->statement, event, place, err);
    case PART_QUERY:
        if (!query_peek(event, &bound))
            return err_set(err, ERR_CORRUPT, "a query event that is cut off");
        if (bound == QUERY_BEGIN)
            return hold(&history->transaction, event, place, err);
        if (bound == QUERY_OTHER) /* XA END, SAVEPOINT; DDL is in no transaction that is shown */
            return !history->is_shown || sink->put(event, format, place, sink->arg, err);
        return put_end(history, event, format, place, sink, err);
    case PART_END:
        return put_end(history, event, format, place, sink, err);
    case PART_NONE:
        break;
    }
    return true;
}

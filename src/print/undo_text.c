/* undo_text.c - a row's images are cut out of its event as they stand, so nothing is decoded and
 * encoded again. */
// SPDX-License-Identifier: Apache-2.0
#include "print/undo_text.h"
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/query.h"
#include "binlog/text.h"
#include "print/binlog_statement.h"
#include "print/row_tables.h"
#include "print/session_sql.h"

enum { BODY_MAX = 1 << 30, STATEMENT_SHOWN = 80 };

struct undo_text {
    struct row_tables *tables;
    struct value *values;
    struct buf scratch;
    struct buf images; /* struct image, one after the other, in the order of the event */
    struct buf body;
    struct buf format; /* the statement of the format that rules all others */
    struct format rules;
    bool is_open;
};

struct image {
    struct bytes before, after;
};

struct undo_text *undo_text_new(const struct row_scope *scope)
{
    struct undo_text *undo = memory_new(sizeof *undo);
    undo->tables = row_tables_new(scope, NULL, NULL);
    undo->values = memory_new(TABLE_COLUMNS_MAX * sizeof *undo->values);
    buf_init(&undo->scratch, BODY_MAX);
    buf_init(&undo->images, (size_t)BODY_MAX * sizeof(struct image));
    buf_init(&undo->body, BODY_MAX);
    buf_init(&undo->format, 1 << 20);
    return undo;
}

void undo_text_free(struct undo_text *undo)
{
    if (undo == NULL)
        return;
    row_tables_free(undo->tables);
    free(undo->values);
    buf_clear(&undo->scratch);
    buf_clear(&undo->images);
    buf_clear(&undo->body);
    buf_clear(&undo->format);
    free(undo);
}

bool undo_text_is_open(const struct undo_text *undo)
{
    return undo->is_open;
}

/* ---- rows ---- */

/* An update can be turned round where it has the old value of each column that it has a new one of:
 * generated columns, and blobs that were not changed, may be in neither. */
static bool is_whole(const struct rows *rows)
{
    if (rows->partial_json)
        return false;
    if (rows->kind == ROWS_UPDATE)
        return bytes_equal(rows->before_present, rows->after_present);
    return rows->before_count + rows->after_count == rows->column_count;
}

/* One image of the next row; rows stands behind it afterwards. *more false: there was none. */
static bool cut_image(struct undo_text *undo, struct rows *rows, enum rows_kind kind,
                      struct bytes *image, bool *more, struct err *err)
{
    const uint8_t *start = rows->data.pos;
    rows->kind = kind; /* a write has an image after, a delete one before */
    if (!rows_next(rows, undo->values, undo->values, more, err))
        return false;
    *image = bytes_of(start, (size_t)(rows->data.pos - start));
    return true;
}

static bool cut_rows(struct undo_text *undo, struct rows rows, struct err *err)
{
    enum rows_kind kind = rows.kind;
    buf_reset(&undo->images);
    for (bool more = true;;) {
        struct image image = { { NULL, 0 }, { NULL, 0 } };
        if (kind != ROWS_WRITE && !cut_image(undo, &rows, ROWS_DELETE, &image.before, &more, err))
            return false;
        if (more && kind != ROWS_DELETE &&
            !cut_image(undo, &rows, ROWS_WRITE, &image.after, &more, err))
            return false;
        if (!more)
            return true;
        buf_append(&undo->images, &image, sizeof image);
    }
}

static uint8_t inverse_type(uint8_t type)
{
    switch (type) {
    case EVENT_WRITE_ROWS_V1:
        return EVENT_DELETE_ROWS_V1;
    case EVENT_DELETE_ROWS_V1:
        return EVENT_WRITE_ROWS_V1;
    case EVENT_WRITE_ROWS:
        return EVENT_DELETE_ROWS;
    case EVENT_DELETE_ROWS:
        return EVENT_WRITE_ROWS;
    default:
        return type;
    }
}

static bool has_extra(uint8_t type)
{
    return type == EVENT_WRITE_ROWS || type == EVENT_UPDATE_ROWS || type == EVENT_DELETE_ROWS;
}

static void make_body(struct undo_text *undo, const struct rows *rows, uint8_t type)
{
    struct buf *body = &undo->body;
    const struct image *images = (const struct image *)(const void *)undo->images.data;
    buf_reset(body);
    buf_le(body, rows->table_id, 6);
    buf_le(body, rows->flags, 2);
    if (has_extra(type))
        buf_le(body, 2, 2); /* the size of the extra data, with itself: none */
    buf_lenenc(body, rows->column_count);
    if (rows->kind != ROWS_DELETE)
        buf_append(body, rows->after_present.data, rows->after_present.len);
    if (rows->kind != ROWS_WRITE)
        buf_append(body, rows->before_present.data, rows->before_present.len);
    for (size_t i = undo->images.len / sizeof *images; i > 0; i--) {
        buf_append(body, images[i - 1].after.data, images[i - 1].after.len);
        buf_append(body, images[i - 1].before.data, images[i - 1].before.len);
    }
}

static bool put_rows(struct undo_text *undo, const struct event *event, const struct format *format,
                     struct buf *out, struct err *err)
{
    struct rows rows;
    const struct row_table *table = NULL;
    uint8_t type = row_tables_plain_type(event->header.type);
    if (!row_tables_open(undo->tables, event, &undo->scratch, &rows, &table, err))
        return false;
    if (!table->is_kept)
        return true;
    if (!is_whole(&rows))
        return err_set(err, ERR_UNSUPPORTED,
                       "cannot be undone: the log has not all columns of these rows "
                       "(binlog_row_image is not FULL, or parts of JSON documents were logged)");
    if (!cut_rows(undo, rows, err))
        return false;
    make_body(undo, &rows, type);
    struct rows_statement statement = { event->header, table->body, buf_bytes(&undo->body),
                                        format->checksum };
    statement.header.type = inverse_type(type);
    if (undo->body.failed || undo->images.failed)
        return err_set(err, ERR_UNSUPPORTED, "cannot be undone: the event is too large");
    if (!binlog_statement_rows(&statement, out, err))
        return false;
    if (!undo->is_open)
        buf_str(out, "COMMIT" LOG_DELIMITER "\n");
    undo->is_open = true;
    return true;
}

/* ---- transactions ---- */

static void end_transaction(struct undo_text *undo, struct buf *out)
{
    if (undo->is_open)
        buf_str(out, "START TRANSACTION" LOG_DELIMITER "\n");
    undo->is_open = false;
}

static bool refuse_statement(struct bytes text, struct err *err)
{
    AUTO_BUF shown;
    buf_init(&shown, 8 * STATEMENT_SHOWN);
    text_escape(bytes_of(text.data, text.len < STATEMENT_SHOWN ? text.len : STATEMENT_SHOWN),
                TEXT_LINE, &shown);
    return err_set(err, ERR_UNSUPPORTED,
                   "cannot be undone: %s (choose what comes before or after it with "
                   "--start-position and --stop-position, or by GTID)",
                   buf_cstr(&shown));
}

static bool take_query(struct undo_text *undo, const struct event *event, struct buf *out,
                       struct err *err)
{
    static const char savepoint[] = "SAVEPOINT ";
    struct query_event query;
    buf_reset(&undo->scratch);
    if (!query_decode(event, &undo->scratch, &query, err))
        return false;
    enum query_bound bound = query_bound_of(query.text);
    bool is_savepoint = query.text.len > strlen(savepoint) &&
                        memcmp(query.text.data, savepoint, strlen(savepoint)) == 0;
    bool is_xa = query.text.len > 3 && memcmp(query.text.data, "XA ", 3) == 0;
    if (is_xa || (bound == QUERY_OTHER && !is_savepoint) ||
        (bound == QUERY_ROLLBACK && undo->is_open))
        return refuse_statement(query.text, err);
    if (bound == QUERY_COMMIT)
        end_transaction(undo, out);
    return true;
}

static bool take_format(struct undo_text *undo, const struct event *event,
                        const struct format *format, struct err *err)
{
    bool is_first = undo->format.len == 0;
    if (!is_first && (format->checksum != undo->rules.checksum ||
                      strcmp(format->server_version, undo->rules.server_version) != 0))
        return err_set(err, ERR_UNSUPPORTED,
                       "the files were written by different servers, or with and without "
                       "checksums: undo one at a time, the last one first");
    if (is_first)
        binlog_statement_format(event, format->flavour, &undo->format);
    undo->rules = *format;
    return true;
}

bool undo_text_event(struct undo_text *undo, const struct event *event, const struct format *format,
                     struct buf *out, struct err *err)
{
    uint8_t type = event->header.type;
    if (row_tables_is_rows(type))
        return put_rows(undo, event, format, out, err);
    switch (type) {
    case EVENT_FORMAT_DESCRIPTION:
        return take_format(undo, event, format, err);
    case EVENT_TABLE_MAP:
        return row_tables_map(undo->tables, event, format->flavour, err);
    case EVENT_XID:
        end_transaction(undo, out);
        return true;
    case EVENT_QUERY:
    case EVENT_QUERY_COMPRESSED:
    case EVENT_EXECUTE_LOAD_QUERY:
        return take_query(undo, event, out, err);
    case EVENT_XA_PREPARE:
        return refuse_statement(bytes_of_str("XA PREPARE"), err);
    default:
        return event_type_handling(type) != HANDLING_REFUSED ||
               (event->header.flags & EVENT_FLAG_IGNORABLE) != 0 ||
               refuse_statement(bytes_of_str(event_type_name(type)), err);
    }
}

void undo_text_begin(const struct undo_text *undo, struct buf *out)
{
    buf_str(out, "DELIMITER " LOG_DELIMITER "\n");
    buf_append(out, undo->format.data, undo->format.len);
}

void undo_text_end(struct buf *out)
{
    buf_str(out, "DELIMITER ;\n");
}

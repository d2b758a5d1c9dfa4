/* results.c - a result's columns and rows as packets, texts in the character set that the client
 * reads. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/column.h"
#include "binlog/text.h"
#include "execute/state.h"
#include "sql/charset.h"
#include "wire/packet.h"
#include "wire/prepared.h"
#include "wire/result_encode.h"

enum { ROW_TOO_LARGE = 1301, NOT_SUPPORTED = 1235, CHARACTER_MAX = 16 };

/* Texts are told of in the set that the client gets them in. */
static void use_charset(const struct charset *results, struct result_column *column)
{
    enum { BINARY = 63, BYTES_IN_UTF8 = 4 };
    if (results == NULL || column->charset == BINARY)
        return;
    column->charset = (uint16_t)charset_collation_id(charset_default_collation(results));
    column->length = column->length / BYTES_IN_UTF8 * charset_max_bytes(results);
}

void results_describe(struct execution *e, const struct query_description *d)
{
    arena_reset(&e->columns_arena);
    e->columns = arena_alloc(&e->columns_arena, (d->column_count + 1) * sizeof *e->columns);
    e->values = arena_alloc(&e->columns_arena, (d->column_count + 1) * sizeof *e->values);
    e->column_count = d->column_count;
    for (unsigned i = 0; i < d->column_count; i++) {
        const struct query_column *c = &d->columns[i];
        e->columns[i] =
            (struct result_column){ .db = arena_str(&e->columns_arena, c->db),
                                    .table = arena_str(&e->columns_arena, c->table),
                                    .org_table = arena_str(&e->columns_arena, c->org_table),
                                    .name = arena_str(&e->columns_arena, c->name),
                                    .org_name = arena_str(&e->columns_arena, c->org_name),
                                    .charset = c->charset,
                                    .length = c->length,
                                    .type = c->type,
                                    .flags = c->flags,
                                    .decimals = c->decimals };
        use_charset(e->request.results, &e->columns[i]);
    }
}

static void put_columns(struct execution *e)
{
    for (unsigned i = 0; i < e->column_count; i++) {
        size_t at = packet_open(&e->out);
        result_column_encode(&e->columns[i], &e->out);
        packet_close(&e->out, at, &e->number);
    }
}

static void put_count(struct execution *e)
{
    size_t at = packet_open(&e->out);
    buf_lenenc(&e->out, e->column_count);
    packet_close(&e->out, at, &e->number);
}

void results_begin(struct execution *e, const struct query_description *d)
{
    results_describe(e, d);
    put_count(e);
    put_columns(e);
    if (e->column_count > 0 && !e->request.deprecates_eof)
        answer_end(e);
}

void results_cursor(struct execution *e)
{
    put_count(e);
    put_columns(e);
    answer_end_with(e, STATUS_CURSOR_EXISTS);
    e->is_whole = e->ok = true;
}

static void put_parameters(struct execution *e)
{
    for (unsigned i = 0; i < e->parameter_count; i++) {
        size_t at = packet_open(&e->out);
        parameter_definition_encode(&e->out);
        packet_close(&e->out, at, &e->number);
    }
    if (e->parameter_count > 0 && !e->request.deprecates_eof)
        answer_end(e);
}

void results_prepared(struct execution *e, const struct query_description *d)
{
    struct prepare_answer answer = { .statement_id = e->request.statement_id,
                                     .column_count = (uint16_t)d->column_count,
                                     .parameter_count = (uint16_t)d->parameter_count };
    e->parameter_count = d->parameter_count;
    results_describe(e, d);
    size_t at = packet_open(&e->out);
    prepare_answer_encode(&answer, &e->out);
    packet_close(&e->out, at, &e->number);
    put_parameters(e);
    put_columns(e);
    if (e->column_count > 0 && !e->request.deprecates_eof)
        answer_end(e);
    e->is_whole = e->ok = true;
}

/* What a row without a value has, as far as the servers tell it here. */
static const char *initial_text(const struct result_column *column, const char *shown)
{
    enum { NOT_NULL = 1 };
    bool is_time = column->type == COLUMN_TIMESTAMP || column->type == COLUMN_DATETIME;
    if (shown != NULL) /* CURRENT_TIMESTAMP is no text */
        return is_time && (shown[0] < '0' || shown[0] > '9') ? NULL : shown;
    if ((column->flags & NOT_NULL) == 0)
        return NULL;
    switch (column->type) {
    case COLUMN_TINY:
    case COLUMN_SHORT:
    case COLUMN_INT24:
    case COLUMN_LONG:
    case COLUMN_LONGLONG:
        return "0";
    case COLUMN_VAR_STRING:
    case COLUMN_STRING:
    case COLUMN_BLOB:
        return "";
    default:
        return NULL;
    }
}

static const char *const *default_of(const struct results_defaults *defaults, const char *column)
{
    for (unsigned i = 0; i < defaults->count; i++)
        if (strcmp(defaults->names[i], column) == 0)
            return &defaults->texts[i];
    return NULL;
}

void results_fields(struct execution *e, const struct query_description *d,
                    const struct results_defaults *defaults)
{
    enum { NULL_MARK = 0xfb };
    results_describe(e, d);
    for (unsigned i = 0; i < e->column_count; i++) {
        const char *const *shown = default_of(defaults, e->columns[i].org_name);
        if (shown == NULL)
            continue;
        const char *text = initial_text(&e->columns[i], *shown);
        size_t at = packet_open(&e->out);
        result_column_encode(&e->columns[i], &e->out);
        if (text == NULL)
            buf_u8(&e->out, NULL_MARK);
        else
            buf_lenenc_bytes(&e->out, bytes_of_str(text));
        packet_close(&e->out, at, &e->number);
    }
    results_end(e);
}

/* Characters that the set has not become '?', as a server makes them. */
static void append_with_marks(const struct charset *charset, struct bytes text, struct buf *out)
{
    struct err ignored;
    struct bytes one;
    struct buf piece;
    buf_init(&piece, CHARACTER_MAX);
    for (size_t at = 0; at < text.len;) {
        size_t size = text_utf8_size(bytes_of(text.data + at, text.len - at));
        size = size == 0 ? 1 : size;
        if (charset_from_utf8(charset, bytes_of(text.data + at, size), &piece, &one, &ignored))
            buf_append(out, one.data, one.len);
        else
            buf_u8(out, '?');
        at += size;
    }
    buf_clear(&piece);
}

/* Into e->values; their texts follow one another in e->scratch, which moves while it grows. */
static bool convert_row(struct execution *e, const struct value *row, struct err *err)
{
    const struct charset *charset = e->request.results;
    struct bytes text;
    size_t at = 0;
    buf_reset(&e->scratch);
    for (unsigned i = 0; i < e->column_count; i++) {
        e->values[i] = row[i];
        if (row[i].kind != VALUE_TEXT)
            continue;
        size_t start = e->scratch.len;
        if (charset_from_utf8(charset, row[i].bytes, &e->piece, &text, err))
            buf_append(&e->scratch, text.data, text.len);
        else if (err->code == ERR_CONFLICT)
            append_with_marks(charset, row[i].bytes, &e->scratch);
        else
            return false;
        e->values[i].bytes.len = e->scratch.len - start;
    }
    for (unsigned i = 0; i < e->column_count; i++) {
        if (row[i].kind != VALUE_TEXT)
            continue;
        e->values[i].bytes.data = e->scratch.data + at;
        at += e->values[i].bytes.len;
    }
    return true;
}

/* Appends the payload to e->out, or nothing. */
static bool encode_row(struct execution *e, const struct value *row, struct err *err)
{
    size_t at = e->out.len;
    if (e->request.results != NULL) {
        if (!convert_row(e, row, err))
            return false;
        row = e->values;
    }
    bool ok = e->request.encode_row(e->columns, row, e->column_count, &e->out, err);
    if (!ok && err->code == ERR_UNSUPPORTED)
        err->server_errno = NOT_SUPPORTED;
    bool is_too_large = e->out.failed || e->out.len - at > EXECUTE_ROW_MAX;
    if (ok && is_too_large)
        ok = err_refuse(err, ROW_TOO_LARGE, "A row of this result is larger than %d bytes",
                        EXECUTE_ROW_MAX);
    if (!ok) {
        e->out.len = at;
        e->out.failed = false;
    }
    return ok;
}

bool results_row(struct execution *e, const struct value *row, struct err *err)
{
    size_t at = packet_open(&e->out);
    if (!encode_row(e, row, err)) {
        e->out.len = at;
        return false;
    }
    packet_close(&e->out, at, &e->number);
    return true;
}

bool results_keep_row(struct execution *e, const struct value *row, struct kept_rows *cursor,
                      struct err *err)
{
    size_t at = e->out.len;
    if (!encode_row(e, row, err))
        return false;
    bool ok = kept_rows_append(cursor, bytes_of(e->out.data + at, e->out.len - at), err);
    e->out.len = at;
    return ok;
}

void results_end(struct execution *e)
{
    results_end_with(e, 0);
}

void results_end_with(struct execution *e, uint16_t status)
{
    answer_end_with(e, status);
    e->is_whole = e->ok = true;
}

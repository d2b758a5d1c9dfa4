/* read.c - SQLite's values as result values, and as values of a column again. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/decimal.h"
#include "binlog/temporal.h"
#include "engine/sqlite/query/query_internal.h"
#include "sql/charset.h"

static struct bytes text_at(sqlite3_stmt *stmt, int index)
{
    const unsigned char *text = sqlite3_column_text(stmt, index);
    return bytes_of(text, (size_t)sqlite3_column_bytes(stmt, index));
}

static bool not_here(const struct column_def *column, struct err *err)
{
    return problem(err, PROBLEM_NOT_SUPPORTED,
                   "values of column '%s' in this place: not supported "
                   "here",
                   column != NULL ? column->name : "?");
}

/* The letters of a negative DECIMAL or TIME as digits; the mark of long times goes. */
static struct bytes plain_digits(struct bytes stored, struct buf *cell)
{
    buf_reset(cell);
    bool negative = stored.len > 0 && stored.data[0] == '-';
    for (size_t i = 0; i < stored.len; i++) {
        uint8_t c = stored.data[i];
        if (c != '~')
            buf_u8(cell, negative && c >= 'A' && c <= 'J' ? (uint8_t)('0' + ('J' - c)) : c);
    }
    return buf_bytes(cell);
}

/* Without the zeros in front, but one. */
static struct bytes decimal_digits(struct bytes stored, struct buf *cell)
{
    struct bytes text = plain_digits(stored, cell);
    size_t sign = text.len > 0 && text.data[0] == '-', zeros = 0;
    while (sign + zeros + 1 < text.len && text.data[sign + zeros] == '0' &&
           text.data[sign + zeros + 1] != '.')
        zeros++;
    memmove(cell->data + sign, cell->data + sign + zeros, text.len - sign - zeros);
    cell->len -= zeros;
    return buf_bytes(cell);
}

/* -0HH… of a stored TIME: three digits of hours, of which the servers show two at least. */
static struct bytes time_digits(struct bytes stored, struct buf *cell)
{
    struct bytes text = plain_digits(stored, cell);
    if (text.len > 1 && text.data[0] == '-' && text.data[1] == '0') {
        memmove(cell->data + 1, cell->data + 2, text.len - 2);
        cell->len--;
    }
    return buf_bytes(cell);
}

static void read_integer(sqlite3_stmt *stmt, int index, bool is_unsigned, struct value *out)
{
    *out = (struct value){ .kind = is_unsigned ? VALUE_UINT : VALUE_INT };
    if (sqlite3_column_type(stmt, index) == SQLITE_TEXT)
        out->u = strtoull((const char *)sqlite3_column_text(stmt, index), NULL, 10);
    else
        out->i = sqlite3_column_int64(stmt, index);
}

static bool read_temporal(struct bytes text, enum rep rep, struct value *out, struct err *err)
{
    if (rep == REP_DATE) {
        out->kind = VALUE_DATE;
        return temporal_parse_date(text, &out->time, err);
    }
    out->kind = rep == REP_TIME ? VALUE_TIME : VALUE_DATETIME;
    return rep == REP_TIME ? temporal_parse_time(text, &out->time, err)
                           : temporal_parse_datetime(text, &out->time, err);
}

/* In the session's zone. */
static bool read_timestamp(struct query *query, struct bytes text, struct value *out,
                           struct err *err)
{
    uint64_t micros = 0;
    out->kind = VALUE_DATETIME;
    return temporal_parse_timestamp(text, &micros, err) &&
           zone_local(query->session, micros, &out->time, err);
}

bool read_result(struct query *query, sqlite3_stmt *stmt, int index, const struct typed *type,
                 struct buf *cell, struct value *out, struct err *err)
{
    if (sqlite3_column_type(stmt, index) == SQLITE_NULL) {
        *out = (struct value){ .kind = VALUE_NULL };
        return true;
    }
    if (type->is_constant) {
        *out = type->value;
        return true;
    }
    const struct column_def *column = type->column;
    if (column != NULL &&
        (column->type == SQL_INET4 || column->type == SQL_INET6 || column->type == SQL_BIT))
        return not_here(column, err);
    if (type->rep == REP_INT) {
        read_integer(stmt, index, type->is_unsigned, out);
        return true;
    }
    *out = (struct value){ .kind = VALUE_TEXT };
    if (type->rep == REP_REAL) {
        out->kind = column != NULL && column->type == SQL_FLOAT ? VALUE_FLOAT : VALUE_DOUBLE;
        out->d = sqlite3_column_double(stmt, index);
        return true;
    }
    if (type->rep == REP_BYTES) {
        out->kind = VALUE_BLOB;
        const void *blob = sqlite3_column_blob(stmt, index);
        out->bytes = bytes_of(blob, (size_t)sqlite3_column_bytes(stmt, index));
        return true;
    }
    if (column != NULL && column->type == SQL_ENUM &&
        sqlite3_column_type(stmt, index) == SQLITE_INTEGER) {
        out->bytes = bytes_of_str("");
        return true;
    }
    struct bytes text = text_at(stmt, index);
    if (column != NULL && column->type == SQL_TIMESTAMP)
        return read_timestamp(query, text, out, err);
    if (type->rep == REP_DATE || type->rep == REP_TIME || type->rep == REP_DATETIME)
        return read_temporal(type->rep == REP_TIME ? time_digits(text, cell) : text, type->rep, out,
                             err);
    out->bytes = type->rep == REP_DECIMAL ? decimal_digits(text, cell) : text;
    return true;
}

static bool stored_decimal(const struct column_def *column, struct bytes text, struct arena *arena,
                           struct value *out, struct err *err)
{
    struct decimal_type type = { column->precision, column->scale };
    uint8_t *packed = arena_alloc(arena, DECIMAL_PACKED_MAX);
    struct buf digits;
    buf_init(&digits, 256);
    bool ok = decimal_pack(type, decimal_digits(text, &digits), packed, err);
    buf_clear(&digits);
    out->kind = VALUE_DECIMAL;
    out->bytes = bytes_of(packed, decimal_packed_size(type));
    return ok;
}

static bool stored_label(const struct column_def *column, struct bytes text, struct value *out)
{
    *out = (struct value){ .kind = VALUE_UINT };
    for (unsigned i = 0; i < column->label_count; i++)
        if (bytes_equal_str(text, column->labels[i]))
            out->u = i + 1;
    return true;
}

static bool stored_time(struct bytes text, struct value *out, struct err *err)
{
    struct buf digits;
    buf_init(&digits, 64);
    bool ok = read_temporal(time_digits(text, &digits), REP_TIME, out, err);
    buf_clear(&digits);
    return ok;
}

static bool stored_text(const struct storage *storage, struct bytes text, struct value *out,
                        struct err *err)
{
    const char *name = charset_name(storage->charset);
    bool is_utf8 = strncmp(name, "utf8mb4", 7) == 0;
    if (strncmp(name, "utf16", 5) == 0 || strncmp(name, "utf32", 5) == 0 ||
        strcmp(name, "ucs2") == 0 || strcmp(name, "swe7") == 0)
        return not_here(storage->column, err);
    for (size_t i = 0; i < text.len && !is_utf8; i++)
        if (text.data[i] >= 0x80)
            return not_here(storage->column, err);
    *out = (struct value){ .kind = VALUE_TEXT, .bytes = text };
    return true;
}

bool read_stored(sqlite3_stmt *stmt, int index, const struct storage *storage, struct arena *arena,
                 struct value *out, struct err *err)
{
    const struct column_def *column = storage->column;
    *out = (struct value){ .kind = VALUE_NULL };
    if (sqlite3_column_type(stmt, index) == SQLITE_NULL)
        return true;
    if (storage->form == FORM_INTEGER || storage->form == FORM_BIG_UNSIGNED) {
        read_integer(stmt, index, column->is_unsigned || column->type == SQL_BIT, out);
        return true;
    }
    if (storage->form == FORM_REAL) {
        out->kind = column->type == SQL_FLOAT ? VALUE_FLOAT : VALUE_DOUBLE;
        out->d = sqlite3_column_double(stmt, index);
        return true;
    }
    struct bytes bytes = arena_copy(arena, sqlite3_column_type(stmt, index) == SQLITE_BLOB
                                               ? bytes_of(sqlite3_column_blob(stmt, index),
                                                          (size_t)sqlite3_column_bytes(stmt, index))
                                               : text_at(stmt, index));
    if (storage->form == FORM_DECIMAL)
        return stored_decimal(column, bytes, arena, out, err);
    if (storage->form == FORM_ENUM)
        return stored_label(column, bytes, out);
    if (storage->form == FORM_TIME)
        return stored_time(bytes, out, err);
    if (storage->form == FORM_DATE || storage->form == FORM_DATETIME)
        return read_temporal(bytes, storage->form == FORM_DATE ? REP_DATE : REP_DATETIME, out, err);
    if (storage->form == FORM_TEXT && !charset_is_binary(storage->charset))
        return stored_text(storage, bytes, out, err);
    *out = (struct value){ .kind = VALUE_BLOB, .bytes = bytes };
    bool is_bytes =
        storage->form == FORM_BLOB || storage->form == FORM_BINARY || storage->form == FORM_TEXT;
    return is_bytes || not_here(column, err);
}
